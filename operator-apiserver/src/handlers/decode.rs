//! From a body to an object of the kind that the path names.

use serde_json::Value;

use super::call::Call;
use crate::{
    error::ApiError,
    field_error::FieldError,
    request::{Body, FieldValidation, decode_body, media_type},
};

/// How much of a body that can't be read is shown.
const SNIPPET: usize = 30;

impl Call<'_> {
    /// The object in the body: decoded, unknown fields dealt with, defaults filled in.
    ///
    /// # Errors
    /// 400 or 415 where it is none, or is of another kind.
    pub(crate) fn object(&mut self, validation: FieldValidation) -> Result<Value, ApiError> {
        let yaml = match media_type(self.content_type).as_str() {
            "" | "application/json" => false,
            "application/yaml" | "application/x-yaml" | "text/yaml" => true,
            _ => return Err(unknown_format("application/json, application/yaml")),
        };
        let kind = self.kind.resource.kind.clone();
        let body = decode_body(self.body, yaml).map_err(|why| unrecognized(&kind, self.body, &why))?;
        if !body.value.is_object() {
            let why = "json: cannot unmarshal array into Go value of type struct { APIVersion string \
                       \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }";
            return Err(unrecognized(&kind, self.body, why));
        }
        let Body { mut value, duplicates } = body;
        self.check_type(&mut value)?;
        self.bring_into_shape(value, duplicates, validation)
            .map_err(|refused| match refused {
                Refused::Strictly(why) => {
                    let version = &self.kind.resource.version;
                    ApiError::bad_request(format!(
                        "{kind} in version {version:?} cannot be handled as a {kind}: strict decoding error: {why}"
                    ))
                }
                Refused::Otherwise(error) => error,
            })
    }

    /// A patched object, as [`object`](Self::object) treats a body.
    ///
    /// # Errors
    /// 422 with the object where it is refused, as the server does for patches.
    pub(crate) fn patched(
        &mut self,
        mut value: Value,
        duplicates: Vec<String>,
        validation: FieldValidation,
    ) -> Result<Value, ApiError> {
        let shown = value.clone();
        let refuse = |why: String| {
            let error = FieldError::invalid("patch", shown.to_string(), why);
            ApiError::invalid("", "", "", &[error])
        };
        if self.kind.resource.custom {
            self.check_patched_type(&value)?;
        } else if let Err(error) = self.check_type(&mut value) {
            return Err(refuse(error.message));
        }
        match self.bring_into_shape(value, duplicates, validation) {
            Ok(value) => Ok(value),
            Err(Refused::Strictly(why)) => Err(refuse(format!("strict decoding error: {why}"))),
            Err(Refused::Otherwise(error)) => Err(refuse(error.message)),
        }
    }

    fn bring_into_shape(
        &mut self,
        mut value: Value,
        duplicates: Vec<String>,
        validation: FieldValidation,
    ) -> Result<Value, Refused> {
        let resource = &self.kind.resource;
        let unknown = resource.strategy.decode(&mut value).map_err(Refused::Otherwise)?;
        let twice = duplicates.into_iter().map(|path| format!("duplicate field {path:?}"));
        let complaints: Vec<String> = if resource.custom {
            twice.chain(unknown).collect()
        } else {
            unknown.into_iter().chain(twice).collect()
        };
        match validation {
            FieldValidation::Strict if !complaints.is_empty() => return Err(Refused::Strictly(complaints.join(", "))),
            FieldValidation::Warn => self.warnings.extend(complaints),
            FieldValidation::Strict | FieldValidation::Ignore => {}
        }
        resource.strategy.default(&mut value);
        Ok(value)
    }

    /// Whether the body's type is the path's; built-in kinds need not say it.
    fn check_type(&self, value: &mut Value) -> Result<(), ApiError> {
        let resource = &self.kind.resource;
        let (version, kind) = (resource.api_version(), &resource.kind);
        let text = |field: &str| value[field].as_str().unwrap_or_default().to_owned();
        let (said_version, said_kind) = (text("apiVersion"), text("kind"));
        if resource.custom {
            if said_kind.is_empty() {
                let why = format!("Object 'Kind' is missing in '{}'", String::from_utf8_lossy(self.body));
                let shown = snippet(self.body);
                return Err(ApiError::bad_request(format!(
                    "the object provided is unrecognized (must be of type {kind}): {why} ({shown})"
                )));
            }
            if said_version != version {
                return Err(ApiError::bad_request(format!(
                    "the API version in the data ({said_version}) does not match the expected API version ({version})"
                )));
            }
            // Another kind is told by validation, with the object's name.
            return self.check_patched_type(value);
        }
        let same_kind = said_kind.is_empty() || said_kind == *kind;
        let same_version = said_version.is_empty() || said_version == version;
        if same_kind && same_version {
            value["apiVersion"] = version.into();
            value["kind"] = kind.as_str().into();
            return Ok(());
        }
        let bare = said_version.rsplit('/').next().unwrap_or_default();
        let why = if same_version && self.kind.resource.group.is_empty() && is_core_kind(&said_kind) {
            format!("converting (v1.{said_kind}) to (core.{kind}): unknown conversion")
        } else {
            format!("no kind {said_kind:?} is registered for version {said_version:?} in scheme \"pkg/runtime/scheme.go:111\"")
        };
        Err(ApiError::bad_request(format!(
            "{said_kind} in version {bare:?} cannot be handled as a {kind}: {why}"
        )))
    }

    fn check_patched_type(&self, value: &Value) -> Result<(), ApiError> {
        let resource = &self.kind.resource;
        let name = crate::object::name(value);
        let version = resource.api_version();
        if value["apiVersion"] != version.as_str() {
            let error = FieldError::invalid("apiVersion", value["apiVersion"].clone(), format!("must be {version}"));
            return Err(ApiError::invalid("", &resource.kind, name, &[error]));
        }
        if value["kind"] != resource.kind.as_str() {
            let said = value["kind"].as_str().unwrap_or_default();
            let error = FieldError::invalid("kind", said, format!("must be {}", resource.kind));
            return Err(ApiError::invalid(&resource.group, said, name, &[error]));
        }
        Ok(())
    }

    /// Whether the body speaks of what the path names; an absent name and namespace are filled in.
    ///
    /// # Errors
    /// A 400 if it doesn't.
    pub(crate) fn check_names(&self, object: &mut Value) -> Result<(), ApiError> {
        self.check_namespace(object)?;
        let (said, name) = (crate::object::name(object), self.name());
        if said.is_empty() {
            return Err(ApiError::bad_request(format!(
                "the name of the object ({name} based on URL) was undeterminable: name must be provided"
            )));
        }
        if said != name {
            return Err(ApiError::bad_request(format!(
                "the name of the object ({said}) does not match the name on the URL ({name})"
            )));
        }
        Ok(())
    }

    /// Whether the body's namespace is the path's; an absent one is filled in.
    ///
    /// # Errors
    /// A 400 if it isn't.
    pub(crate) fn check_namespace(&self, object: &mut Value) -> Result<(), ApiError> {
        let said = crate::object::namespace(object);
        if said.is_empty() {
            if self.kind.resource.namespaced {
                crate::object::set_text(object, "namespace", self.namespace());
            }
            return Ok(());
        }
        if said != self.namespace() {
            return Err(ApiError::bad_request(
                "the namespace of the provided object does not match the namespace sent on the request",
            ));
        }
        Ok(())
    }
}

enum Refused {
    Strictly(String),
    Otherwise(ApiError),
}

/// 415 for a body.
pub(super) fn unknown_format(accepted: &str) -> ApiError {
    let message = format!("the body of the request was in an unknown format - accepted media types include: {accepted}");
    ApiError::new(415, "UnsupportedMediaType", message)
}

fn unrecognized(kind: &str, body: &[u8], why: &str) -> ApiError {
    let shown = snippet(body);
    ApiError::bad_request(format!(
        "the object provided is unrecognized (must be of type {kind}): couldn't get version/kind; json parse error: {why} ({shown})"
    ))
}

fn snippet(body: &[u8]) -> String {
    if body.is_empty() {
        return "<empty>".to_owned();
    }
    let shown = &body[..body.len().min(SNIPPET)];
    let more = if body.len() > SNIPPET { " ..." } else { "" };
    if body.starts_with(b"{") {
        format!("{}{more}", String::from_utf8_lossy(shown))
    } else {
        let hex: String = shown.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{hex}{more}")
    }
}

fn is_core_kind(kind: &str) -> bool {
    crate::builtin::resources().iter().any(|resource| resource.group.is_empty() && resource.kind == kind)
}
