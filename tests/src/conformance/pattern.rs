//! [`Pattern`]: expected JSON that says as much about the found JSON as is known beforehand.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use regex::Regex;
use serde_json::{Map, Value, json};

/// The key of the elements that a list has to have among others.
const HAS: &str = "<has>";

/// Expected JSON. Objects are subsets of what is found, below a key that starts with `=` they are equal to it; lists have
/// as many elements. These texts stand for values that can't be known:
///
/// | Text | What it accepts |
/// |---|---|
/// | `<any>` | anything that is there |
/// | `<absent>` | nothing |
/// | `<uid>` | a random UUID |
/// | `<time>`, `<microtime>` | a time in UTC, to the second and to the microsecond |
/// | `<number>` | digits |
/// | `<not:X>` | any text but `X` |
/// | `<above:X>` | digits that are a greater number than `X` |
/// | `<regex:X>` | a text that matches `X` as a whole |
/// | `<base64:X>` | the text `X`, in base64 for URLs |
///
/// `{<has>: [X, Y]}` accepts a list that has, among others, an element for each of `X` and `Y`.
#[derive(Clone, Debug)]
pub struct Pattern(Value);

impl Pattern {
    /// The pattern that this JSON is.
    #[must_use]
    pub fn new(expected: Value) -> Self {
        Self(expected)
    }

    /// What was found, told in the pattern's own words: equal to the pattern if it fits, else different where it doesn't.
    #[must_use]
    pub fn retell(&self, found: &Value) -> Value {
        retell(&self.0, found, false)
    }

    /// The pattern as JSON.
    #[must_use]
    pub fn as_json(&self) -> &Value {
        &self.0
    }
}

fn retell(expected: &Value, found: &Value, exactly: bool) -> Value {
    match (expected, found) {
        (Value::String(text), found) if accepts(text, found) => expected.clone(),
        (Value::Object(expected), Value::Object(found)) => retell_object(expected, found, exactly),
        (Value::Array(expected), Value::Array(found)) => {
            let mut expected = expected.iter();
            found
                .iter()
                .map(|found| {
                    expected.next().map_or_else(
                        || found.clone(),
                        |expected| retell(expected, found, exactly),
                    )
                })
                .collect()
        }
        (Value::Object(expected), Value::Array(found)) if expected.contains_key(HAS) => {
            retell_some(&expected[HAS], found, exactly)
        }
        (_, found) => found.clone(),
    }
}

/// Those of the wanted elements that a list has; the whole list, too, if some are missing.
fn retell_some(wanted: &Value, found: &[Value], exactly: bool) -> Value {
    let wanted = wanted.as_array().map_or(&[][..], Vec::as_slice);
    let is_there = |wanted: &&Value| {
        found
            .iter()
            .any(|found| retell(wanted, found, exactly) == **wanted)
    };
    let there: Vec<_> = wanted.iter().filter(is_there).collect();
    if there.len() == wanted.len() {
        json!({HAS: there})
    } else {
        json!({HAS: there, "of": found})
    }
}

fn retell_object(
    expected: &Map<String, Value>,
    found: &Map<String, Value>,
    exactly: bool,
) -> Value {
    let mut told = Map::new();
    let mut rest = found.clone();
    for (key, expected) in expected {
        let (name, exactly) = key
            .strip_prefix('=')
            .map_or((key.as_str(), exactly), |name| (name, true));
        match rest.remove(name) {
            Some(found) => told.insert(key.clone(), retell(expected, &found, exactly)),
            None if expected == "<absent>" => told.insert(key.clone(), expected.clone()),
            None => None,
        };
    }
    if exactly {
        told.append(&mut rest);
    }
    Value::Object(told)
}

fn accepts(pattern: &str, found: &Value) -> bool {
    let Some(inner) = pattern
        .strip_prefix('<')
        .and_then(|rest| rest.strip_suffix('>'))
    else {
        return false;
    };
    if inner == "any" {
        return true;
    }
    let Some(text) = found.as_str() else {
        return false;
    };
    match inner.split_once(':').unwrap_or((inner, "")) {
        ("uid", _) => matches(
            r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
            text,
        ),
        ("time", _) => matches(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text),
        ("microtime", _) => matches(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", text),
        ("number", _) => number(text).is_some(),
        ("not", other) => text != other,
        ("above", least) => number(text) > number(least),
        ("regex", regex) => matches(regex, text),
        ("base64", plain) => URL_SAFE_NO_PAD
            .decode(text)
            .is_ok_and(|decoded| decoded == plain.as_bytes()),
        _ => false,
    }
}

/// Resource versions are compared as numbers.
fn number(text: &str) -> Option<u64> {
    text.parse().ok()
}

fn matches(regex: &str, text: &str) -> bool {
    Regex::new(&format!("(?s)^(?:{regex})$")).is_ok_and(|regex| regex.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(expected: Value, found: &Value) -> bool {
        let pattern = Pattern::new(expected);
        pattern.retell(found) == *pattern.as_json()
    }

    #[test]
    fn an_object_is_a_subset() {
        assert!(fits(
            json!({"a": {"b": 1}}),
            &json!({"a": {"b": 1, "c": 2}, "d": 3})
        ));
        assert!(!fits(json!({"a": {"b": 1}}), &json!({"a": {"b": 2}})));
        assert!(!fits(json!({"a": {}}), &json!({})));
    }

    #[test]
    fn a_list_has_as_many_elements() {
        assert!(fits(json!([{"a": 1}]), &json!([{"a": 1, "b": 2}])));
        assert!(!fits(json!([1]), &json!([1, 2])));
        assert!(!fits(json!([1, 2]), &json!([1])));
    }

    #[test]
    fn a_list_has_elements_among_others() {
        let found = json!([{"a": 1, "b": 2}, {"a": 2}, 3]);
        assert!(fits(json!({"<has>": [{"a": 2}, {"b": 2}]}), &found));
        assert!(!fits(json!({"<has>": [{"a": 2}, {"b": 3}]}), &found));
        assert!(!fits(
            json!({"=l": {"<has>": [{"a": 1}]}}),
            &json!({"l": found})
        ));
    }

    #[test]
    fn an_equals_sign_wants_all_of_it() {
        assert!(fits(
            json!({"=a": {"b": {}}}),
            &json!({"a": {"b": {}}, "c": 1})
        ));
        assert!(!fits(
            json!({"=a": {"b": {}}}),
            &json!({"a": {"b": {"c": 1}}})
        ));
        assert!(!fits(json!({"=a": [{}]}), &json!({"a": [{"b": 1}]})));
    }

    #[test]
    fn what_is_absent_is_not_there_even_as_null() {
        assert!(fits(json!({"a": "<absent>"}), &json!({})));
        assert!(!fits(json!({"a": "<absent>"}), &json!({"a": null})));
        assert!(!fits(json!({"a": "<any>"}), &json!({})));
        assert!(fits(json!({"a": "<any>"}), &json!({"a": null})));
    }

    #[test]
    fn texts_that_cannot_be_known_are_described() {
        assert!(fits(
            json!("<uid>"),
            &json!("0a1b2c3d-0000-4000-8000-000000000000")
        ));
        assert!(!fits(
            json!("<uid>"),
            &json!("0a1b2c3d-0000-1000-8000-000000000000")
        ));
        assert!(fits(json!("<time>"), &json!("2026-01-02T03:04:05Z")));
        assert!(!fits(
            json!("<time>"),
            &json!("2026-01-02T03:04:05.000001Z")
        ));
        assert!(fits(
            json!("<microtime>"),
            &json!("2026-01-02T03:04:05.000001Z")
        ));
        assert!(fits(json!("<above:9>"), &json!("10")));
        assert!(!fits(json!("<above:10>"), &json!("10")));
        assert!(fits(json!("<not:9>"), &json!("10")));
        assert!(!fits(json!("<not:9>"), &json!("9")));
        assert!(fits(json!("<regex:a-[a-z]{5}>"), &json!("a-bcdfg")));
        assert!(!fits(json!("<regex:a-[a-z]{5}>"), &json!("a-bcdfgh")));
        assert!(fits(json!("<base64:{}>"), &json!("e30")));
    }

    #[test]
    fn another_text_in_brackets_is_itself() {
        assert!(fits(json!("<nil>"), &json!("<nil>")));
        assert!(!fits(json!("<nil>"), &json!("nil")));
    }
}
