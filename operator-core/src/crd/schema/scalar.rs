//! Types, formats and limits of single values, as API servers know them.

use serde_json::{Map, Value, json};

use super::{convert::Node, format, pattern};

const INT_OR_STRING: &str = "x-kubernetes-int-or-string";

/// Brings a node's type, format, limits, enum and list type into a form that a server takes.
pub(super) fn finish(node: &mut Node) {
    infer_type(node);
    format::finish(node);
    int_or_string(node);
    set(node);
    null_in_enum(node);
}

/// `exclusiveMinimum: 5` is `minimum: 5` with a flag in `OpenAPI` 3.0, unless a stricter minimum stands beside it.
pub(super) fn exclusive(node: &mut Map<String, Value>, limit: &str, key: &str, value: &Value) {
    if value.is_number() {
        node.insert(limit.to_owned(), value.clone());
        node.insert(key.to_owned(), json!(true));
    }
}

/// Why no value fits, where a lower limit is above the upper one.
pub(super) fn nothing_fits(node: &Node) -> Option<String> {
    let limit = |key: &str| node.get(key).and_then(Value::as_f64);
    let crossed = |(lower, upper): (&str, &str)| {
        let (low, high) = (limit(lower)?, limit(upper)?);
        (low > high).then(|| {
            format!("no value fits it, since its {lower} {low} is above its {upper} {high}: correct one of them")
        })
    };
    let pairs = [
        ("minimum", "maximum"),
        ("minItems", "maxItems"),
        ("minLength", "maxLength"),
        ("minProperties", "maxProperties"),
    ];
    pairs.into_iter().find_map(crossed)
}

/// What says neither a type nor that it is free, but has values or fields that all are of one.
fn infer_type(node: &mut Node) {
    if node.contains_key("type") {
        return;
    }
    let values = node
        .get("enum")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let mut types: Vec<&str> = values.filter_map(type_of).collect();
    types.dedup();
    if let [one] = types.as_slice() {
        let one = json!(one);
        node.insert("type".to_owned(), one);
    } else if node.contains_key("properties") || node.contains_key("additionalProperties") {
        node.insert("type".to_owned(), json!("object"));
    } else if node.contains_key("items") {
        node.insert("type".to_owned(), json!("array"));
    }
}

fn type_of(value: &Value) -> Option<&'static str> {
    match value {
        Value::String(_) => Some("string"),
        Value::Bool(_) => Some("boolean"),
        Value::Number(number) if number.is_f64() => Some("number"),
        Value::Number(_) => Some("integer"),
        Value::Object(_) => Some("object"),
        Value::Array(_) => Some("array"),
        Value::Null => None,
    }
}

/// A value that is an integer or a string has no type of its own.
fn int_or_string(node: &mut Node) {
    if node.get(INT_OR_STRING) == Some(&json!(true)) {
        node.remove("type");
        format::to_limits(node);
    }
}

/// Reduces a node that says an integer or a string to what the other of the two passes.
pub(super) fn let_other_types_pass(node: &mut Node) -> Result<(), String> {
    node.remove("type");
    format::to_limits(node);
    let Some(values) = node.remove("enum") else {
        return Ok(());
    };
    let values = values.as_array().map_or(&[][..], Vec::as_slice);
    let words: Option<Vec<_>> = values.iter().map(Value::as_str).collect();
    let words = words.ok_or_else(|| {
        "an enum of numbers beside a string can't be said: write the limits of the numbers, or all as strings"
            .to_owned()
    })?;
    node.insert("pattern".to_owned(), json!(pattern::words(&words)));
    Ok(())
}

/// A list is a set to the server only where its items are plain values that are never null.
fn set(node: &mut Node) {
    if node.get("x-kubernetes-list-type") != Some(&json!("set")) {
        return;
    }
    let items = &node.get("items").cloned().unwrap_or_default();
    let plain = matches!(
        items["type"].as_str(),
        Some("string" | "integer" | "number" | "boolean")
    ) || items[INT_OR_STRING] == true;
    if !plain || items["nullable"] == true {
        node.remove("x-kubernetes-list-type");
    }
}

/// `null` among the values is said by `nullable`.
fn null_in_enum(node: &mut Node) {
    let Some(values) = node.get_mut("enum").and_then(Value::as_array_mut) else {
        return;
    };
    let before = values.len();
    values.retain(|value| !value.is_null());
    if values.len() < before {
        node.insert("nullable".to_owned(), json!(true));
    }
}

/// A value that may be null passes `enum` only inside a junction: a server checks null against `enum` even
/// where it is nullable, and `null` among the values isn't null to it, but it skips junctions for null.
pub(super) fn let_null_pass(node: &mut Node) {
    if node.get("nullable") != Some(&json!(true)) {
        return;
    }
    if let Some(values) = node.remove("enum") {
        let all = node.entry("allOf").or_insert_with(|| json!([]));
        if let Some(all) = all.as_array_mut() {
            all.push(json!({ "enum": values }));
        }
    }
}
