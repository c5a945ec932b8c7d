//! Runtime classes: how a node runs a pod; the handler never changes.

use serde_json::Value;

use super::{
    check::{form, required},
    fields::{same, text},
    format::IMMUTABLE,
    path::Path,
    rules::Rules,
};
use crate::{field_error::FieldError, metadata::names::dns_1123_label};

pub(super) const RULES: Rules = Rules {
    validate: |object, errors| {
        let path = Path::Root("handler");
        if text(object, "handler").is_empty() {
            required(path, "", errors);
        } else {
            form(&object["handler"], path, dns_1123_label, errors);
        }
    },
    validate_change: |new, old, errors| {
        if !same(new, old, "handler") {
            errors.push(FieldError::invalid("handler", Value::Null, IMMUTABLE));
        }
    },
    unconditional_update: false,
    create_on_update: true,
    ..Rules::PLAIN
};
