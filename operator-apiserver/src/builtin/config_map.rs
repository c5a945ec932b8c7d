//! Config maps: keys are file names, data is small, and what is immutable stays as it is.

use serde_json::Value;

use super::{
    fields::{entries, flag, same},
    format::config_map_key,
    path::Path,
    rules::{Errors, Rules},
};
use crate::field_error::{FieldError, FieldErrorKind};

pub(super) const RULES: Rules = Rules {
    validate,
    validate_change,
    ..Rules::PLAIN
};

/// How much a config map or a secret may hold.
pub(super) const MAX_SIZE: usize = 1024 * 1024;
pub(super) const FROZEN: &str = "field is immutable when `immutable` is set";

fn validate(object: &Value, errors: &mut Errors) {
    let mut size = 0;
    for (key, value) in entries(object, "data") {
        check_key(key, Path::Root("data"), errors);
        if object["binaryData"].get(key).is_some() {
            errors.push(FieldError::invalid(
                Path::Root("data").key(key),
                key.as_str(),
                "duplicate of key present in binaryData",
            ));
        }
        size += value.as_str().map_or(0, str::len);
    }
    for (key, value) in entries(object, "binaryData") {
        check_key(key, Path::Root("binaryData"), errors);
        size += decoded_len(value.as_str().unwrap_or_default());
    }
    if size > MAX_SIZE {
        // So the server writes a path without a name.
        errors.push(too_long("[]"));
    }
}

pub(super) fn check_key(key: &str, path: Path<'_>, errors: &mut Errors) {
    for text in config_map_key(key) {
        errors.push(FieldError::invalid(path.key(key), key, text));
    }
}

pub(super) fn too_long(path: &str) -> FieldError {
    let detail = format!("may not be more than {MAX_SIZE} bytes");
    FieldError::plain(FieldErrorKind::TooLong, path, detail)
}

/// How many bytes a base64 text stands for.
pub(super) fn decoded_len(text: &str) -> usize {
    text.trim_end_matches('=').len() * 3 / 4
}

fn validate_change(new: &Value, old: &Value, errors: &mut Errors) {
    if flag(old, "immutable") {
        let mut forbid = |field: &str| {
            errors.push(FieldError::plain(FieldErrorKind::Forbidden, field, FROZEN));
        };
        if !flag(new, "immutable") {
            forbid("immutable");
        }
        for field in ["data", "binaryData"] {
            if !same(new, old, field) {
                forbid(field);
            }
        }
    }
}
