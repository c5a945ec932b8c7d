//! Expected and found as a unified diff of YAML, and what of an object an expectation is about.

use serde::Serialize;
use serde_json::Value;

/// What changes from `expected` to `found`, as a unified diff of YAML.
pub(crate) fn diff(expected: &impl Serialize, found: &impl Serialize) -> String {
    let (expected, found) = (yaml(expected), yaml(found));
    let diff = similar::TextDiff::from_lines(&expected, &found);
    diff.unified_diff()
        .context_radius(3)
        .header("expected", "found")
        .to_string()
}

/// A value as YAML; what can't be written is said.
pub(crate) fn yaml(value: &impl Serialize) -> String {
    // By way of a `Value`, so that keys are sorted.
    let text = serde_json::to_value(value)
        .map_err(|error| error.to_string())
        .and_then(|value| serde_saphyr::to_string(&value).map_err(|error| error.to_string()));
    let mut text = text.unwrap_or_else(|error| format!("(can't be written as YAML: {error})"));
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// Whether `found` holds all of `expected`: of an object the fields that are named, where `null` means that one is
/// absent; of a list as many items, each of which holds what is expected of it.
pub(crate) fn contains(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            expected
                .iter()
                .all(|(name, expected)| match found.get(name) {
                    Some(found) => contains(found, expected),
                    None => expected.is_null(),
                })
        }
        (Value::Array(found), Value::Array(expected)) => {
            found.len() == expected.len()
                && found
                    .iter()
                    .zip(expected)
                    .all(|(found, expected)| contains(found, expected))
        }
        _ => found == expected,
    }
}

/// What of `found` the expectation is about: the fields that it names.
pub(crate) fn projected(found: &Value, expected: &Value) -> Value {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            let named = expected.iter().filter_map(|(name, expected)| {
                let found = found.get(name)?;
                Some((name.clone(), projected(found, expected)))
            });
            Value::Object(named.collect())
        }
        (Value::Array(found), Value::Array(expected)) => {
            let items = found
                .iter()
                .enumerate()
                .map(|(at, found)| match expected.get(at) {
                    Some(expected) => projected(found, expected),
                    None => found.clone(),
                });
            Value::Array(items.collect())
        }
        _ => found.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_that_are_not_named_do_not_count() {
        let found = json!({"spec": {"replicas": 2, "paused": false}, "status": {}});
        assert!(contains(&found, &json!({"spec": {"replicas": 2}})));
        assert!(!contains(&found, &json!({"spec": {"replicas": 3}})));
        assert!(contains(&found, &json!({"spec": {"minReady": null}})));
        assert!(!contains(&found, &json!({"spec": {"paused": null}})));
    }

    #[test]
    fn a_list_has_as_many_items_as_is_expected() {
        let found = json!([{"name": "a", "port": 1}, {"name": "b", "port": 2}]);
        assert!(contains(&found, &json!([{"name": "a"}, {"port": 2}])));
        assert!(!contains(&found, &json!([{"name": "a"}])));
    }

    #[test]
    fn a_difference_shows_what_the_expectation_names_and_nothing_else() {
        let expected = json!({"spec": {"replicas": 3, "x": 1}});
        let found = json!({"spec": {"replicas": 2, "paused": false}, "status": {}});
        let shown = projected(&found, &expected);
        assert_eq!(shown, json!({"spec": {"replicas": 2}}));
        let diff = diff(&expected, &shown);
        assert!(diff.contains("-  replicas: 3\n"), "{diff}");
        assert!(diff.contains("+  replicas: 2\n"), "{diff}");
    }
}
