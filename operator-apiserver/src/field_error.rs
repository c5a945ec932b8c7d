//! [`FieldError`]: what is wrong with one field, in the API server's words.

use std::fmt;

use serde_json::Value;

use crate::{error::Cause, go_text};

/// What is wrong with one field of an object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FieldError {
    /// What sort of mistake it is.
    pub(crate) kind: FieldErrorKind,
    /// The path: `spec.ports[0].name`, `metadata.labels[a/b]`.
    pub(crate) path: String,
    /// The culprit, for the kinds that show it.
    pub(crate) value: Option<Value>,
    /// What it should be.
    pub(crate) detail: String,
}

/// The sorts of mistakes, with the words and the reason that the server has for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldErrorKind {
    /// Something that it refers to isn't there.
    NotFound,
    /// It has to be there.
    Required,
    /// It has to be unique.
    Duplicate,
    /// Its value is not allowed.
    Invalid,
    /// It is none of a fixed set.
    NotSupported,
    /// It may not be there, or not now.
    Forbidden,
    /// It is too long.
    TooLong,
    /// There are too many.
    TooMany,
    /// It could not be checked.
    Internal,
    /// It has the wrong type.
    TypeInvalid,
}

impl FieldErrorKind {
    /// The words of the message.
    #[must_use]
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::NotFound => "Not found",
            Self::Required => "Required value",
            Self::Duplicate => "Duplicate value",
            Self::Invalid | Self::TypeInvalid => "Invalid value",
            Self::NotSupported => "Unsupported value",
            Self::Forbidden => "Forbidden",
            Self::TooLong => "Too long",
            Self::TooMany => "Too many",
            Self::Internal => "Internal error",
        }
    }

    /// The reason of the cause.
    #[must_use]
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::NotFound => "FieldValueNotFound",
            Self::Required => "FieldValueRequired",
            Self::Duplicate => "FieldValueDuplicate",
            Self::Invalid => "FieldValueInvalid",
            Self::NotSupported => "FieldValueNotSupported",
            Self::Forbidden => "FieldValueForbidden",
            Self::TooLong => "FieldValueTooLong",
            Self::TooMany => "FieldValueTooMany",
            Self::Internal => "InternalError",
            Self::TypeInvalid => "FieldValueTypeInvalid",
        }
    }
}

impl FieldError {
    /// An error that shows `value`.
    pub(crate) fn of(
        kind: FieldErrorKind,
        path: impl Into<String>,
        value: impl Into<Value>,
        detail: impl Into<String>,
    ) -> Self {
        let (path, value, detail) = (path.into(), Some(value.into()), detail.into());
        Self {
            kind,
            path,
            value,
            detail,
        }
    }

    /// An error that shows no value, such as `Required` and `Forbidden`.
    pub(crate) fn plain(
        kind: FieldErrorKind,
        path: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        let (path, detail) = (path.into(), detail.into());
        Self {
            kind,
            path,
            value: None,
            detail,
        }
    }

    /// `Invalid value`.
    pub(crate) fn invalid(
        path: impl Into<String>,
        value: impl Into<Value>,
        detail: impl Into<String>,
    ) -> Self {
        Self::of(FieldErrorKind::Invalid, path, value, detail)
    }

    /// `Required value`.
    pub(crate) fn required(path: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::plain(FieldErrorKind::Required, path, detail)
    }

    /// The message without the field.
    #[must_use]
    pub(crate) fn body(&self) -> String {
        let mut text = self.kind.words().to_owned();
        if let Some(value) = &self.value {
            text.push_str(": ");
            text.push_str(&go_text::shown(value));
        }
        if !self.detail.is_empty() {
            text.push_str(": ");
            text.push_str(&self.detail);
        }
        text
    }

    /// As it stands in the details of a `Status`.
    #[must_use]
    pub(crate) fn cause(&self) -> Cause {
        Cause {
            reason: self.kind.reason().to_owned(),
            message: self.body(),
            field: self.path.clone(),
        }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.body())
    }
}
