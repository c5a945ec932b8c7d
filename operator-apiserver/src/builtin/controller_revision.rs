//! Controller revisions: numbered snapshots that never change.

use serde_json::Value;

use super::{
    check::required,
    fields::{has, number, same},
    format::{IMMUTABLE, NOT_NEGATIVE},
    path::Path,
    rules::Rules,
};
use crate::field_error::FieldError;

pub(super) const RULES: Rules = Rules {
    validate: |object, errors| {
        if let Some(revision) = number(object, "revision").filter(|revision| *revision < 0) {
            errors.push(FieldError::invalid("revision", revision, NOT_NEGATIVE));
        }
        if !has(object, "data") {
            required(Path::Root("data"), "data is mandatory", errors);
        }
    },
    validate_change: |new, old, errors| {
        if !same(new, old, "data") {
            let data: Value = new["data"].clone();
            errors.push(FieldError::invalid("data", data, IMMUTABLE));
        }
    },
    ..Rules::PLAIN
};
