//! [`Expected`]: the kind that a body has to be of, and what is said of a body that is not.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::call::Call;
use crate::{
    builtin,
    error::ApiError,
    protobuf,
    request::{Body, media_type},
    resource::Resource,
    schema::decode_typed,
};

/// How much of a body that can't be read is shown.
const SNIPPET: usize = 30;
const OBJECT_META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
const DELETE_OPTIONS: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions";
/// Kinds of subresources: they are known, though nothing of them is stored.
const OF_SUBRESOURCES: &[(&str, &str)] = &[
    ("authentication.k8s.io/v1", "TokenRequest"),
    ("autoscaling/v1", "Scale"),
    ("policy/v1", "Eviction"),
];

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Json,
    Yaml,
    Protobuf,
}

impl Format {
    fn of(content_type: &str) -> Option<Self> {
        match media_type(content_type).as_str() {
            "" | "application/json" => Some(Self::Json),
            "application/yaml" | "application/x-yaml" | "text/yaml" => Some(Self::Yaml),
            protobuf::MEDIA_TYPE => Some(Self::Protobuf),
            _ => None,
        }
    }
}

/// The kind that a body has to be of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected<'a> {
    pub(super) group: &'a str,
    pub(super) version: &'a str,
    pub(super) kind: &'a str,
    /// Whether it is a custom resource: these are not read from protobuf.
    pub(super) custom: bool,
}

impl<'a> Expected<'a> {
    pub(super) fn of(resource: &'a Resource) -> Self {
        Self {
            group: &resource.group,
            version: &resource.version,
            kind: &resource.kind,
            custom: resource.custom,
        }
    }

    /// Reads a body; its type is still to be checked.
    ///
    /// # Errors
    /// 400 or 415 where it holds no object.
    pub(super) fn read(&self, call: &Call<'_>) -> Result<Body, ApiError> {
        let body = call.body;
        let yaml = match Format::of(call.content_type) {
            Some(Format::Json) => false,
            Some(Format::Yaml) => true,
            Some(Format::Protobuf) if self.custom => {
                return Err(unknown_format("application/json, application/yaml"));
            }
            Some(Format::Protobuf) => return self.read_protobuf(body),
            None => return Err(unknown_format(ACCEPTED)),
        };
        let read = call
            .held(yaml)
            .map_err(|why| self.unrecognized(body, &unreadable(&why)))?;
        if !read.value.is_object() {
            let found = match read.value {
                Value::Bool(_) => "bool",
                Value::Number(_) => "number",
                Value::String(_) => "string",
                Value::Null | Value::Object(_) | Value::Array(_) => "array",
            };
            let why = format!(
                "couldn't get version/kind; json parse error: json: cannot unmarshal {found} into Go value of type \
                 struct {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \
                 \"json:\\\"kind,omitempty\\\"\" }}"
            );
            return Err(self.unrecognized(body, &why));
        }
        Ok(read)
    }

    fn read_protobuf(&self, body: &[u8]) -> Result<Body, ApiError> {
        let envelope =
            protobuf::Envelope::open(body).map_err(|why| self.unrecognized(body, &why))?;
        let said = if envelope.api_version.is_empty() {
            self.api_version()
        } else {
            envelope.api_version
        };
        let kind = match envelope.kind {
            none if none.is_empty() => self.kind.to_owned(),
            kind => kind,
        };
        let (group, version) = said.rsplit_once('/').unwrap_or(("", &said));
        let name = builtin::name_of_definition(group, version, &kind);
        let mut value = match protobuf::decode(&name, envelope.message) {
            Some(decoded) => decoded.map_err(|why| self.unfit(&kind, version, &why))?,
            // There is no such kind: the check of the type says so.
            None => json!({}),
        };
        if !value.is_object() {
            value = json!({});
        }
        if let Some(metadata) = value.get_mut("metadata")
            && let Some(schema) = builtin::definition(OBJECT_META)
        {
            // Of the kinds that have no schema here, this is where empty fields would be seen.
            decode_typed(metadata, &schema)?;
        }
        value["apiVersion"] = said.as_str().into();
        value["kind"] = kind.into();
        Ok(Body {
            value,
            duplicates: Vec::new(),
        })
    }

    /// Whether an object of a built-in kind is of this one; it need not say so, and does afterwards.
    ///
    /// # Errors
    /// A 400 if it isn't.
    pub(super) fn check_type(&self, value: &mut Value, body: &[u8]) -> Result<(), ApiError> {
        let text = |field: &str| value[field].as_str().unwrap_or_default();
        let (said_version, said_kind) = (text("apiVersion"), text("kind"));
        let version = self.api_version();
        let same_kind = said_kind.is_empty() || said_kind == self.kind;
        if same_kind && (said_version.is_empty() || said_version == version) {
            value["apiVersion"] = version.into();
            value["kind"] = self.kind.into();
            return Ok(());
        }
        if said_version.matches('/').count() > 1 {
            let why = format!("unexpected GroupVersion string: {said_version}");
            return Err(self.unrecognized(body, &why));
        }
        let said_version = if said_version.is_empty() {
            version.as_str()
        } else {
            said_version
        };
        let said_kind = if said_kind.is_empty() {
            self.kind
        } else {
            said_kind
        };
        let bare = said_version.rsplit('/').next().unwrap_or_default();
        let known = self.knows(said_version, said_kind);
        if known && said_kind == self.kind {
            return Err(ApiError::bad_request(format!(
                "the API version in the data ({said_version}) does not match the expected API version ({version})"
            )));
        }
        let why = if known {
            let (kind, package) = (self.kind, self.package());
            format!("converting ({bare}.{said_kind}) to ({package}.{kind}): unknown conversion")
        } else {
            not_registered(said_kind, said_version)
        };
        Err(self.unfit(said_kind, bare, &why))
    }

    /// The refusal of an object for `why`, with what is wrong with its fields.
    pub(super) fn strictly(&self, why: &str) -> ApiError {
        let why = format!("strict decoding error: {why}");
        self.unfit(self.kind, self.version, &why)
    }

    fn unfit(&self, kind: &str, version: &str, why: &str) -> ApiError {
        ApiError::bad_request(format!(
            "{kind} in version {version:?} cannot be handled as a {}: {why}",
            self.kind
        ))
    }

    fn unrecognized(&self, body: &[u8], why: &str) -> ApiError {
        ApiError::bad_request(format!(
            "the object provided is unrecognized (must be of type {}): {why} ({})",
            self.kind,
            snippet(body)
        ))
    }

    fn api_version(&self) -> String {
        match self.group {
            "" => self.version.to_owned(),
            group => format!("{group}/{}", self.version),
        }
    }

    /// What Go calls the package of the group's own types.
    fn package(&self) -> &str {
        match self.group.split('.').next() {
            None | Some("") => "core",
            Some(first) => first,
        }
    }

    /// Whether the part of the server that serves this kind knows the other one.
    fn knows(&self, api_version: &str, kind: &str) -> bool {
        const EXTENSIONS: &str = "apiextensions.k8s.io";
        if self.group == EXTENSIONS {
            let definitions = api_version.strip_prefix(EXTENSIONS);
            return matches!(definitions, Some("/v1" | "/v1beta1"))
                && kind == "CustomResourceDefinition";
        }
        OF_SUBRESOURCES.contains(&(api_version, kind))
            || builtin::resources().iter().any(|resource| {
                let is_kind = resource.kind == kind || resource.list_kind == kind;
                let is_kind = is_kind || kind == "DeleteOptions";
                is_kind && resource.group != EXTENSIONS && resource.api_version() == api_version
            })
    }
}

/// The `DeleteOptions` in a body.
///
/// # Errors
/// 400 or 415 where it holds something else.
pub(super) fn delete_options(call: &Call<'_>) -> Result<Value, ApiError> {
    let yaml = match Format::of(call.content_type) {
        Some(Format::Json) => false,
        Some(Format::Yaml) => true,
        Some(Format::Protobuf) => return delete_options_in_protobuf(call.body),
        None => return Err(unknown_format(ACCEPTED)),
    };
    let read = call.held(yaml);
    let read = read.map_err(|why| ApiError::bad_request(unreadable(&why)))?;
    Ok(read.value)
}

fn delete_options_in_protobuf(body: &[u8]) -> Result<Value, ApiError> {
    let envelope = protobuf::Envelope::open(body).map_err(ApiError::bad_request)?;
    // Every group has this kind.
    if !matches!(envelope.kind.as_str(), "" | "DeleteOptions") {
        let why = not_registered(&envelope.kind, &envelope.api_version);
        return Err(ApiError::bad_request(why));
    }
    let decoded = protobuf::decode(DELETE_OPTIONS, envelope.message);
    // It is in this crate's own table.
    decoded
        .unwrap_or_else(|| Ok(json!({})))
        .map_err(ApiError::bad_request)
}

/// What is said of a body that can't be parsed: YAML is turned into JSON before anything else is looked at.
fn unreadable(why: &str) -> String {
    if why.starts_with("yaml: ") {
        why.to_owned()
    } else {
        format!("couldn't get version/kind; json parse error: {why}")
    }
}

const ACCEPTED: &str = "application/json, application/yaml, application/vnd.kubernetes.protobuf";

/// 415 for a body.
pub(super) fn unknown_format(accepted: &str) -> ApiError {
    let message = format!(
        "the body of the request was in an unknown format - accepted media types include: {accepted}"
    );
    ApiError::new(415, "UnsupportedMediaType", message)
}

/// The beginning of a body, as errors show it.
pub(super) fn snippet(body: &[u8]) -> String {
    if body.is_empty() {
        return "<empty>".to_owned();
    }
    let shown = &body[..body.len().min(SNIPPET)];
    let more = if body.len() > SNIPPET { " ..." } else { "" };
    if body.starts_with(b"{") {
        format!("{}{more}", String::from_utf8_lossy(shown))
    } else {
        let mut hex = shown.iter().fold(String::new(), |mut hex, byte| {
            // Writing to a String does not fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        hex.push_str(more);
        hex
    }
}

fn not_registered(kind: &str, version: &str) -> String {
    format!(
        "no kind {kind:?} is registered for version {version:?} in scheme \"pkg/runtime/scheme.go:111\""
    )
}
