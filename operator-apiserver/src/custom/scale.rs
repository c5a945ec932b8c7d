//! What the `scale` subresource reads from a custom resource, and what is wrong with it there.

use serde_json::Value;

use super::go_fmt;
use crate::{field_error::FieldError, resource::ScalePaths};

/// The number at a path such as `.spec.replicas`; `None` if there is none.
///
/// # Errors
/// In the server's words, if something else stands there or on the way.
pub fn replicas(object: &Value, path: &str) -> Result<Option<i64>, String> {
    match nested(object, path)? {
        None => Ok(None),
        Some(value) => match value.as_i64() {
            Some(number) => Ok(Some(number)),
            None => Err(mismatch(path.trim_start_matches('.'), value, "int64")),
        },
    }
}

/// The selector at a path, empty if there is none.
///
/// # Errors
/// In the server's words, if something else stands there or on the way.
pub fn selector<'a>(object: &'a Value, path: &str) -> Result<&'a str, String> {
    match nested(object, path)? {
        None => Ok(""),
        Some(Value::String(text)) => Ok(text),
        Some(value) => Err(mismatch(path.trim_start_matches('.'), value, "string")),
    }
}

/// What is wrong with the wanted number.
pub(super) fn check_spec(object: &Value, paths: &ScalePaths) -> Vec<FieldError> {
    check_replicas(object, &paths.spec_replicas)
}

/// What is wrong with the observed number, and with the selector.
pub(super) fn check_status(object: &Value, paths: &ScalePaths) -> Vec<FieldError> {
    let mut errors = check_replicas(object, &paths.status_replicas);
    if let Some(path) = &paths.label_selector
        && let Err(detail) = selector(object, path)
    {
        errors.push(FieldError::invalid(path.as_str(), "", detail));
    }
    errors
}

fn check_replicas(object: &Value, path: &str) -> Vec<FieldError> {
    let (number, detail) = match replicas(object, path) {
        Err(detail) => (0, detail),
        Ok(Some(number)) if number < 0 => (number, "should be a non-negative integer".to_owned()),
        Ok(Some(number)) if number > i64::from(i32::MAX) => {
            let detail = format!("should be less than or equal to {}", i32::MAX);
            (number, detail)
        }
        Ok(_) => return Vec::new(),
    };
    vec![FieldError::invalid(path, number, detail)]
}

fn nested<'a>(object: &'a Value, path: &str) -> Result<Option<&'a Value>, String> {
    let path = path.strip_prefix('.').unwrap_or(path);
    let (mut value, mut end) = (object, 0);
    for field in path.split('.') {
        end += field.len();
        match value {
            Value::Null => return Ok(None),
            Value::Object(map) => match map.get(field) {
                Some(found) => value = found,
                None => return Ok(None),
            },
            other => return Err(mismatch(&path[..end], other, "map[string]interface{}")),
        }
        end += 1;
    }
    Ok(Some(value))
}

fn mismatch(path: &str, value: &Value, expected: &str) -> String {
    let (text, kind) = (go_fmt::print(value), go_fmt::type_name(value));
    format!(".{path} accessor error: {text} is of the type {kind}, expected {expected}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn texts(object: &Value) -> Vec<String> {
        let paths = ScalePaths {
            spec_replicas: ".spec.r".to_owned(),
            status_replicas: ".status.r".to_owned(),
            label_selector: Some(".status.s".to_owned()),
        };
        let mut errors = check_spec(object, &paths);
        errors.extend(check_status(object, &paths));
        errors.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn numbers_are_counts_and_selectors_are_texts() {
        assert!(texts(&json!({"spec": {"r": 5}, "status": {"r": 0, "s": "a=b"}})).is_empty());
        assert!(texts(&json!({"spec": null})).is_empty());
        assert_eq!(
            texts(&json!({"spec": {"r": -1}, "status": {"r": 3_000_000_000_i64}})),
            [
                ".spec.r: Invalid value: -1: should be a non-negative integer",
                ".status.r: Invalid value: 3000000000: should be less than or equal to 2147483647",
            ]
        );
        assert_eq!(
            texts(&json!({"spec": {"r": "x"}, "status": {"s": 5}})),
            [
                ".spec.r: Invalid value: 0: .spec.r accessor error: x is of the type string, expected int64",
                ".status.s: Invalid value: \"\": .status.s accessor error: 5 is of the type int64, expected string",
            ]
        );
        assert_eq!(
            texts(&json!({"spec": [], "status": "x"})),
            [
                ".spec.r: Invalid value: 0: .spec.r accessor error: [] is of the type []interface {}, expected \
                 map[string]interface{}",
                ".status.r: Invalid value: 0: .status.r accessor error: x is of the type string, expected \
                 map[string]interface{}",
                ".status.s: Invalid value: \"\": .status.s accessor error: x is of the type string, expected \
                 map[string]interface{}",
            ]
        );
    }
}
