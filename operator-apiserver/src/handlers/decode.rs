//! From a body to an object of the kind that the path names.

use serde_json::Value;

use super::{
    call::Call,
    complaints::Complaints,
    expected::{Expected, snippet},
};
use crate::{
    error::ApiError,
    field_error::FieldError,
    metadata,
    request::{Body, FieldValidation},
};

impl Call<'_> {
    /// The object in the body: decoded, unknown fields dealt with, defaults filled in.
    ///
    /// # Errors
    /// 400 or 415 where it is none, or is of another kind.
    pub(crate) fn object(&mut self, validation: FieldValidation) -> Result<Value, ApiError> {
        let resource = std::sync::Arc::clone(&self.kind.resource);
        let expected = Expected::of(&resource);
        let Body {
            mut value,
            duplicates,
        } = expected.read(self)?;
        self.check_type(&mut value)?;
        let twice = Complaints::of(&duplicates);
        self.bring_into_shape(value, twice, self.kind.resource.custom, validation)
            .map_err(|refused| match refused {
                Refused::Strictly(why) => expected.strictly(&why),
                Refused::Otherwise(error) => error,
            })
    }

    /// A patched object, as [`object`](Self::object) treats a body.
    ///
    /// # Errors
    /// 422 with the object where it is refused, as the server does for patches.
    pub(super) fn patched(
        &mut self,
        mut value: Value,
        complaints: Complaints,
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
        match self.bring_into_shape(value, complaints, true, validation) {
            Ok(value) => Ok(value),
            Err(Refused::Strictly(why)) => Err(refuse(format!("strict decoding error: {why}"))),
            Err(Refused::Otherwise(error)) => {
                // Of a patched object the server says only why.
                let why = error.message.split_once(" cannot be handled as a ");
                let why = why.and_then(|(_, rest)| rest.split_once(": "));
                let why = why.map_or(error.message.as_str(), |(_, why)| why);
                Err(refuse(why.to_owned()))
            }
        }
    }

    /// `complaints` are about the text; they come before those about the value if `first`.
    fn bring_into_shape(
        &mut self,
        mut value: Value,
        mut complaints: Complaints,
        first: bool,
        validation: FieldValidation,
    ) -> Result<Value, Refused> {
        let strategy = &self.kind.resource.strategy;
        let unknown = strategy.decode(&mut value).map_err(Refused::Otherwise)?;
        if first {
            complaints.add_last(unknown);
        } else {
            complaints.add_first(unknown);
        }
        if !self.kind.resource.custom {
            complaints.limit();
        }
        let settled = complaints.settle(&mut self.warnings, validation);
        settled.map_err(Refused::Strictly)?;
        self.kind.resource.strategy.default(&mut value);
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
                let why = format!(
                    "Object 'Kind' is missing in '{}'",
                    String::from_utf8_lossy(self.body)
                );
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
        Expected::of(resource).check_type(value, self.body)
    }

    fn check_patched_type(&self, value: &Value) -> Result<(), ApiError> {
        let resource = &self.kind.resource;
        let name = crate::object::name(value);
        let version = resource.api_version();
        if value["apiVersion"] != version.as_str() {
            let error = FieldError::invalid(
                "apiVersion",
                value["apiVersion"].clone(),
                format!("must be {version}"),
            );
            let said = value["apiVersion"].as_str().unwrap_or_default();
            let group = said.split_once('/').map_or("", |(group, _)| group);
            return Err(ApiError::invalid(group, &resource.kind, name, &[error]));
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
        metadata::check_namespace(object, self.namespace())
    }
}

enum Refused {
    Strictly(String),
    Otherwise(ApiError),
}
