//! Types, formats and limits of single values, as API servers know them.

use serde_json::{Map, Value, json};

use super::convert::Node;

/// The formats that every supported API server checks; for any other a server warns, or ignores it.
const KNOWN_FORMATS: [&str; 14] = [
    "byte",
    "date",
    "date-time",
    "double",
    "duration",
    "email",
    "float",
    "hostname",
    "int32",
    "int64",
    "ipv4",
    "ipv6",
    "password",
    "uuid",
];

/// Brings a node's type, format, limits, enum and list type into a form that a server takes.
pub(super) fn finish(node: &mut Node) {
    infer_type(node);
    int_or_string(node);
    format(node);
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

/// A value that is an integer or a string has no type of its own, and no limit that fits only one of them.
fn int_or_string(node: &mut Node) {
    if node.get("x-kubernetes-int-or-string") == Some(&json!(true)) {
        for key in ["type", "format", "minimum", "maximum", "enum"] {
            node.remove(key);
        }
    }
}

fn format(node: &mut Node) {
    let Some(format) = node.get("format").and_then(Value::as_str) else {
        return;
    };
    let (known, limits) = match format {
        "int8" | "int16" | "uint8" | "uint16" => ("int32", None),
        // Servers know signed integers only, and a wider one would let through what the struct can't hold.
        "uint32" => ("int64", Some(u32::MAX)),
        "int" | "int128" | "uint" | "uint64" | "uint128" => ("int64", None),
        other if KNOWN_FORMATS.contains(&other) => return,
        _ => {
            node.remove("format");
            return;
        }
    };
    node.insert("format".to_owned(), json!(known));
    if let Some(maximum) = limits {
        node.entry("maximum").or_insert(json!(maximum));
    }
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
    ) || items["x-kubernetes-int-or-string"] == true;
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
