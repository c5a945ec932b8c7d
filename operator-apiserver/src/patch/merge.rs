//! Merge patch (RFC 7386), with what Go's library does beyond the letter of it.

use serde_json::{Map, Value};

use crate::{error::ApiError, go_text};

/// A merge patch from what its body holds.
///
/// # Errors
/// A 400 where it is no JSON, or no object.
pub(crate) fn read_merge_patch(body: Result<Value, String>) -> Result<Value, ApiError> {
    match body {
        Err(_) => Err(ApiError::bad_request("invalid JSON patch")),
        Ok(Value::Null) => Err(ApiError::bad_request("Invalid JSON Patch")),
        Ok(patch @ Value::Object(_)) => Ok(patch),
        Ok(other) => Err(ApiError::bad_request(format!(
            "error decoding patch: {}",
            no_object(&other)
        ))),
    }
}

/// What the decoder says of a patch that should have been an object.
pub(super) fn no_object(value: &Value) -> String {
    format!(
        "json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
        go_text::json_kind(value)
    )
}

/// Merges `patch` into `target`: objects field by field, null removes, everything else replaces.
///
/// A value that is new loses its nulls, also within lists: the server's library does that, the RFC leaves lists
/// as they are.
pub(crate) fn merge_patch(target: &mut Value, patch: &Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => merge_objects(target, patch),
        // Only what comes in place of an object is taken as it is.
        (target @ Value::Object(_), patch) => *target = patch.clone(),
        (target, patch) => *target = without_nulls(patch),
    }
}

fn merge_objects(target: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (key, value) in patch {
        if value.is_null() {
            target.remove(key);
        } else if let Some(current) = target.get_mut(key) {
            merge_patch(current, value);
        } else {
            target.insert(key.clone(), without_nulls(value));
        }
    }
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(map) => map
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), without_nulls(value)))
            .collect(),
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn merged(mut target: Value, patch: &Value) -> Value {
        merge_patch(&mut target, patch);
        target
    }

    #[test]
    fn null_removes_objects_merge_and_the_rest_replaces() {
        let target = json!({"a": {"b": 1, "c": 2}, "l": [1, 2], "s": "x"});
        let patch = json!({"a": {"b": null, "d": 3}, "l": [3], "s": {"t": 1}, "n": {"m": null}});
        assert_eq!(
            merged(target, &patch),
            json!({"a": {"c": 2, "d": 3}, "l": [3], "s": {"t": 1}, "n": {}})
        );
    }

    #[test]
    fn a_list_loses_the_nulls_of_its_objects_but_not_its_own() {
        let patch = json!({"l": [{"a": null, "b": 1}, null]});
        let expected = json!({"l": [{"b": 1}, null]});
        assert_eq!(merged(json!({}), &patch), expected);
        assert_eq!(merged(json!({"l": [1]}), &patch), expected);
        assert_eq!(
            merged(json!({"l": {}}), &patch),
            patch,
            "in place of an object it is taken as it is"
        );
    }

    #[test]
    fn a_patch_that_is_no_object_is_refused() {
        let message = |body: &str| {
            read_merge_patch(serde_json::from_str(body).map_err(|error| error.to_string()))
                .unwrap_err()
                .message
        };
        assert_eq!(message("bad"), "invalid JSON patch");
        assert_eq!(message(""), "invalid JSON patch");
        assert_eq!(message("null"), "Invalid JSON Patch");
        assert_eq!(
            message("[]"),
            "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}"
        );
    }
}
