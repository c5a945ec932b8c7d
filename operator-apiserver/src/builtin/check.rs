//! Checks that many kinds share: numbers, ports, labels, selectors, names within a spec.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    fields::{entries, list, number, text},
    format::{NOT_NEGATIVE, PORT_RANGE, label_key, label_value, percent, port_name},
    path::Path,
    rules::Errors,
};
use crate::{
    field_error::{FieldError, FieldErrorKind},
    selectors::label_selector,
};

/// Says that `value` is invalid, once for each sentence.
pub(super) fn all_invalid(
    sentences: Vec<String>,
    value: &Value,
    path: Path<'_>,
    errors: &mut Errors,
) {
    for sentence in sentences {
        errors.push(FieldError::invalid(path, value.clone(), sentence));
    }
}

/// A text that has a form; what is absent is checked as the empty text.
pub(super) fn form(
    value: &Value,
    path: Path<'_>,
    check: fn(&str) -> Vec<String>,
    errors: &mut Errors,
) {
    let shown = if value.is_null() {
        &Value::from("")
    } else {
        value
    };
    all_invalid(
        check(shown.as_str().unwrap_or_default()),
        shown,
        path,
        errors,
    );
}

/// A text that has a form, if it is there.
pub(super) fn optional_form(
    object: &Value,
    parent: &Path<'_>,
    field: &str,
    check: fn(&str) -> Vec<String>,
    errors: &mut Errors,
) {
    if !text(object, field).is_empty() {
        form(&object[field], parent.field(field), check, errors);
    }
}

/// `Required value`.
pub(super) fn required(path: Path<'_>, detail: &str, errors: &mut Errors) {
    errors.push(FieldError::required(path, detail));
}

/// `Forbidden`.
pub(super) fn forbidden(path: Path<'_>, detail: &str, errors: &mut Errors) {
    errors.push(FieldError::plain(FieldErrorKind::Forbidden, path, detail));
}

/// `Duplicate value`.
pub(super) fn duplicate(path: Path<'_>, value: impl Into<Value>, errors: &mut Errors) {
    errors.push(FieldError::of(FieldErrorKind::Duplicate, path, value, ""));
}

/// `Unsupported value`, with what is supported.
pub(super) fn not_supported(
    path: Path<'_>,
    value: impl Into<Value>,
    supported: &[&str],
    errors: &mut Errors,
) {
    let listed: Vec<String> = supported.iter().map(|value| format!("{value:?}")).collect();
    let detail = format!("supported values: {}", listed.join(", "));
    errors.push(FieldError::of(
        FieldErrorKind::NotSupported,
        path,
        value,
        detail,
    ));
}

/// A text that is one of a few; absent counts as the empty text.
pub(super) fn one_of(
    object: &Value,
    parent: &Path<'_>,
    field: &str,
    supported: &[&str],
    errors: &mut Errors,
) {
    let value = text(object, field);
    if !supported.contains(&value) {
        not_supported(parent.field(field), value, supported, errors);
    }
}

/// A text that is one of a few, if it is there.
pub(super) fn optional_one_of(
    object: &Value,
    parent: &Path<'_>,
    field: &str,
    supported: &[&str],
    errors: &mut Errors,
) {
    if object.get(field).is_some_and(|value| !value.is_null()) {
        one_of(object, parent, field, supported, errors);
    }
}

/// Numbers that may not be negative, those of them that are there.
pub(super) fn not_negative(
    object: &Value,
    parent: &Path<'_>,
    fields: &[&str],
    errors: &mut Errors,
) {
    for field in fields {
        if let Some(value) = number(object, field).filter(|value| *value < 0) {
            errors.push(FieldError::invalid(
                parent.field(field),
                value,
                NOT_NEGATIVE,
            ));
        }
    }
}

/// The number of a port.
pub(super) fn port_number(value: i64, path: Path<'_>, errors: &mut Errors) {
    if !(1..=65535).contains(&value) {
        errors.push(FieldError::invalid(path, value, PORT_RANGE));
    }
}

/// A port by its number or its name.
pub(super) fn port(value: &Value, path: Path<'_>, errors: &mut Errors) {
    if value.is_string() {
        form(value, path, port_name, errors);
    } else {
        port_number(value.as_i64().unwrap_or_default(), path, errors);
    }
}

/// Labels; the path is that of the map, as the server has it.
pub(super) fn labels(object: &Value, field: &str, path: Path<'_>, errors: &mut Errors) {
    for (key, value) in entries(object, field) {
        all_invalid(label_key(key), &Value::from(key.as_str()), path, errors);
        form(value, path, label_value, errors);
    }
}

/// A label selector.
pub(super) fn selector(selector: &Value, path: Path<'_>, errors: &mut Errors) {
    errors.extend(label_selector::validate(selector, &path));
}

/// Whether a label selector has no requirements.
pub(super) fn selects_all(selector: &Value) -> bool {
    entries(selector, "matchLabels").next().is_none()
        && list(selector, "matchExpressions").is_empty()
}

/// A number or a percentage that may not be negative.
pub(super) fn number_or_percent(value: &Value, path: Path<'_>, errors: &mut Errors) {
    if value.is_string() {
        form(value, path, percent, errors);
    } else if value.as_i64().is_some_and(|value| value < 0) {
        errors.push(FieldError::invalid(path, value.clone(), NOT_NEGATIVE));
    }
}

/// A percentage that is not above 100.
pub(super) fn at_most_all(value: &Value, path: Path<'_>, errors: &mut Errors) {
    if percentage(value).is_some_and(|percentage| percentage > 100) {
        errors.push(FieldError::invalid(
            path,
            value.clone(),
            "must not be greater than 100%",
        ));
    }
}

/// What stands before `%`.
pub(super) fn percentage(value: &Value) -> Option<u64> {
    let text = value.as_str()?;
    if !percent(text).is_empty() {
        return None;
    }
    // More than fits is more than all.
    Some(text.trim_end_matches('%').parse().unwrap_or(u64::MAX))
}

/// Whether a number or a percentage is 0.
pub(super) fn is_zero(value: &Value) -> bool {
    value.as_i64() == Some(0) || percentage(value) == Some(0)
}

/// Names that may not occur twice.
#[derive(Default)]
pub(super) struct Names<'a>(BTreeSet<&'a str>);

impl<'a> Names<'a> {
    /// Adds a name, or says that it is a duplicate.
    pub(super) fn add(&mut self, name: &'a str, path: Path<'_>, errors: &mut Errors) {
        if !self.0.insert(name) {
            duplicate(path, name, errors);
        }
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}
