//! Storage classes: who makes volumes, and how; only whether they may grow can be changed.

use serde_json::Value;

use super::{
    check::{not_supported, required},
    fields::{entries, same, set_default, text},
    format::IMMUTABLE,
    path::Path,
    rules::{Deletion, Errors, Rules},
};
use crate::field_error::FieldError;

pub(super) const RULES: Rules = Rules {
    default: |object| {
        set_default(object, "reclaimPolicy", "Delete");
        set_default(object, "volumeBindingMode", "Immediate");
    },
    validate,
    validate_change: |new, old, errors| {
        for field in [
            "provisioner",
            "parameters",
            "reclaimPolicy",
            "volumeBindingMode",
        ] {
            if !same(new, old, field) {
                errors.push(FieldError::invalid(field, Value::Null, IMMUTABLE));
            }
        }
    },
    deletion: Deletion::Returned,
    ..Rules::PLAIN
};

fn validate(object: &Value, errors: &mut Errors) {
    for (key, _) in entries(object, "parameters") {
        if key.is_empty() {
            errors.push(FieldError::invalid(
                "parameters",
                key.as_str(),
                "field can not be empty.",
            ));
        }
    }
    top_level(object, "reclaimPolicy", &["Delete", "Retain"], errors);
    top_level(
        object,
        "volumeBindingMode",
        &["Immediate", "WaitForFirstConsumer"],
        errors,
    );
    if text(object, "provisioner").is_empty() {
        required(Path::Root("provisioner"), "", errors);
    }
}

fn top_level(object: &Value, field: &str, supported: &[&str], errors: &mut Errors) {
    let value = text(object, field);
    if !supported.contains(&value) {
        not_supported(Path::Root(field), value, supported, errors);
    }
}
