//! Labels and label selectors as text.

use serde_json::Value;

use super::{items, text};

/// `a=b,c=d`, or `<none>`.
pub(super) fn labels(labels: &Value) -> String {
    match joined_labels(labels) {
        text if text.is_empty() => "<none>".to_owned(),
        text => text,
    }
}

/// A label selector, or `<none>` if it is empty or absent; `<error>` if it is none.
pub(super) fn label_selector(selector: &Value) -> String {
    match requirements(selector) {
        None => "<error>".to_owned(),
        Some(text) if text.is_empty() => "<none>".to_owned(),
        Some(text) => text,
    }
}

/// `a=b,c in (d,e),!f`; `None` for what is no selector.
pub(super) fn requirements(selector: &Value) -> Option<String> {
    let mut all: Vec<(&str, String)> = Vec::new();
    for (key, value) in selector["matchLabels"].as_object().into_iter().flatten() {
        all.push((key, format!("{key}={}", text(value))));
    }
    for expression in items(&selector["matchExpressions"]) {
        let key = text(&expression["key"]);
        let mut values: Vec<&str> = items(&expression["values"]).iter().map(text).collect();
        values.sort_unstable();
        let values = values.join(",");
        let requirement = match text(&expression["operator"]) {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "Exists" => key.to_owned(),
            "DoesNotExist" => format!("!{key}"),
            _ => return None,
        };
        all.push((key, requirement));
    }
    all.sort_by_key(|(key, _)| *key);
    let texts: Vec<String> = all.into_iter().map(|(_, text)| text).collect();
    Some(texts.join(","))
}

fn joined_labels(labels: &Value) -> String {
    let labels = labels.as_object().into_iter().flatten();
    let texts: Vec<String> = labels
        .map(|(key, value)| format!("{key}={}", text(value)))
        .collect();
    texts.join(",")
}
