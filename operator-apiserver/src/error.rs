//! [`ApiError`]: a refusal, as the `Status` that a client reads.

use std::fmt;

use serde_json::{Value, json};

use crate::field_error::FieldError;

/// Why a request failed: everything that its `Status` says.
///
/// The constructors carry the API server's own words, so that a client that looks at `reason` and a person who
/// reads `message` see what they would see on a cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiError {
    /// The HTTP status, and the `code` of the `Status`.
    pub code: u16,
    /// `NotFound`, `Conflict` and the like; empty where the server gives none.
    pub reason: &'static str,
    /// What a person reads.
    pub message: String,
    /// What it is about; boxed, so that the `Result`s that every request passes through stay small.
    pub details: Box<Details>,
    /// For a list that can't be continued as it began: a token to go on with nevertheless; else empty.
    pub continue_token: String,
}

/// What an [`ApiError`] is about; what is empty is left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Details {
    /// The object's name.
    pub name: String,
    /// The API group.
    pub group: String,
    /// The plural for errors of the store, the kind for errors of validation.
    pub kind: String,
    /// The object's uid.
    pub uid: String,
    /// What is wrong with which field.
    pub causes: Vec<Cause>,
    /// When to ask again, in seconds: also the header `Retry-After`.
    pub retry_after_seconds: u32,
}

/// One thing that is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cause {
    /// `FieldValueInvalid` and the like.
    pub reason: String,
    /// The error without the field.
    pub message: String,
    /// The path of the field.
    pub field: String,
}

impl ApiError {
    /// An error without details.
    pub fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            reason,
            message: message.into(),
            details: Box::default(),
            continue_token: String::new(),
        }
    }

    /// 400.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// 405 for a method that the path does not take.
    #[must_use]
    pub(crate) fn method_not_allowed() -> Self {
        let message = "the server does not allow this method on the requested resource";
        Self::new(405, "MethodNotAllowed", message)
    }

    /// 500.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "InternalError", message)
    }

    /// 404 for an object; `resource` is the plural.
    #[must_use]
    pub fn not_found(group: &str, resource: &str, name: &str) -> Self {
        let message = format!("{} {name:?} not found", qualified(group, resource));
        Self::new(404, "NotFound", message).about(group, resource, name)
    }

    /// 409 for a creation on a name that is taken; `resource` is the plural.
    #[must_use]
    pub fn already_exists(group: &str, resource: &str, name: &str) -> Self {
        let message = format!("{} {name:?} already exists", qualified(group, resource));
        Self::new(409, "AlreadyExists", message).about(group, resource, name)
    }

    /// 409 for a write that is based on something else than what is there; `resource` is the plural.
    #[must_use]
    pub fn conflict(group: &str, resource: &str, name: &str, why: &str) -> Self {
        let what = qualified(group, resource);
        let message = format!("Operation cannot be fulfilled on {what} {name:?}: {why}");
        Self::new(409, "Conflict", message).about(group, resource, name)
    }

    /// 403 for an object; `resource` is the plural.
    #[must_use]
    pub fn forbidden(group: &str, resource: &str, name: &str, why: &str) -> Self {
        let what = qualified(group, resource);
        let message = if name.is_empty() {
            format!("{what} is forbidden: {why}")
        } else {
            format!("{what} {name:?} is forbidden: {why}")
        };
        Self::new(403, "Forbidden", message).about(group, resource, name)
    }

    /// 422 with the server's summary of `errors`; `kind` is the kind, not the plural.
    #[must_use]
    pub(crate) fn invalid(group: &str, kind: &str, name: &str, errors: &[FieldError]) -> Self {
        let mut texts: Vec<String> = Vec::new();
        for error in errors {
            let text = error.to_string();
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        let list = match texts.as_slice() {
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        let what = qualified(group, kind);
        let mut error = Self::new(
            422,
            "Invalid",
            format!("{what} {name:?} is invalid: {list}"),
        );
        error = error.about(group, kind, name);
        error.details.causes = errors.iter().map(FieldError::cause).collect();
        error
    }

    /// The same error with the object that it is about in its details.
    #[must_use]
    pub fn about(mut self, group: &str, kind: &str, name: &str) -> Self {
        group.clone_into(&mut self.details.group);
        kind.clone_into(&mut self.details.kind);
        name.clone_into(&mut self.details.name);
        self
    }

    /// 404 for a path that is not there at all: told as text, not as a `Status`.
    #[must_use]
    pub(crate) fn page_not_found() -> Self {
        Self::new(404, "", "404 page not found")
    }

    /// Whether it is told as text.
    #[must_use]
    pub(crate) fn is_plain_text(&self) -> bool {
        self.code == 404 && self.reason.is_empty()
    }

    /// The `Status` object.
    #[must_use]
    pub fn to_status(&self) -> Value {
        let mut status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message, "code": self.code,
        });
        if !self.reason.is_empty() {
            status["reason"] = self.reason.into();
        }
        if !self.continue_token.is_empty() {
            status["metadata"]["continue"] = self.continue_token.as_str().into();
        }
        // These two always have details, empty as they may be.
        let always = matches!(
            self.reason,
            "Invalid" | "Forbidden" | "MethodNotAllowed" | "NotFound"
        );
        if always || *self.details != Details::default() {
            status["details"] = self.details.to_value();
        }
        status
    }
}

impl Details {
    fn to_value(&self) -> Value {
        let mut value = json!({});
        for (key, text) in [
            ("name", &self.name),
            ("group", &self.group),
            ("kind", &self.kind),
            ("uid", &self.uid),
        ] {
            if !text.is_empty() {
                value[key] = text.as_str().into();
            }
        }
        if !self.causes.is_empty() {
            value["causes"] = self.causes.iter().map(Cause::to_value).collect();
        }
        if self.retry_after_seconds > 0 {
            value["retryAfterSeconds"] = self.retry_after_seconds.into();
        }
        value
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.field, self.message)
        }
    }
}

impl Cause {
    fn to_value(&self) -> Value {
        let mut value = json!({"message": self.message});
        if !self.reason.is_empty() {
            value["reason"] = self.reason.as_str().into();
        }
        if !self.field.is_empty() {
            value["field"] = self.field.as_str().into();
        }
        value
    }
}

/// `deployments.apps`, or `pods` in the core group.
pub(crate) fn qualified(group: &str, resource: &str) -> String {
    if group.is_empty() {
        resource.to_owned()
    } else {
        format!("{resource}.{group}")
    }
}
