//! Two nodes to one: both hold (`both`), either may hold (`union`), or what one says beyond the other
//! (`constraint`).

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

use super::{
    convert::{Node, PRESERVE},
    format,
};

/// What a node tells readers of itself.
pub(in crate::crd) const TOLD: [&str; 3] = ["description", "externalDocs", "title"];

/// Keywords that a server refuses inside a junction, besides what is [told](TOLD).
const NOT_INSIDE: [&str; 4] = ["additionalProperties", "default", "nullable", "type"];

/// Combines what two schemas say of the same value: both hold.
pub(super) fn both(node: &mut Node, other: Node) -> Result<(), String> {
    for (key, value) in stricter(node, other) {
        let Some(mine) = node.get_mut(&key) else {
            node.insert(key, value);
            continue;
        };
        match (key.as_str(), mine, value) {
            ("properties", Value::Object(mine), Value::Object(theirs)) => {
                for (name, schema) in theirs {
                    match (mine.get_mut(&name), schema) {
                        (Some(Value::Object(mine)), Value::Object(theirs)) => both(mine, theirs)?,
                        (_, schema) => drop(mine.insert(name, schema)),
                    }
                }
            }
            ("required", Value::Array(mine), Value::Array(theirs)) => {
                mine.extend(theirs);
                mine.sort_unstable_by_key(ToString::to_string);
                mine.dedup();
            }
            ("allOf", Value::Array(mine), Value::Array(theirs)) => mine.extend(theirs),
            ("oneOf" | "anyOf", mine, theirs) if *mine != theirs => {
                let first = mine.take();
                node.remove(&key);
                let parts = json!([{ &key: first }, { &key: theirs }]);
                both(node, Node::from_iter([("allOf".to_owned(), parts)]))?;
            }
            ("enum" | "format" | "multipleOf" | "not" | "pattern", mine, theirs)
                if *mine != theirs =>
            {
                let part = json!([{ &key: theirs }]);
                both(node, Node::from_iter([("allOf".to_owned(), part)]))?;
            }
            ("type", mine, theirs) if *mine != theirs => {
                return Err(format!(
                    "it has to be {mine} and {theirs} at once: rename one of the fields of that name"
                ));
            }
            // What stands nearer to the field is more specific: its own description, its own default.
            _ => {}
        }
    }
    Ok(())
}

/// The limits of values and lengths, which of two is the stricter, and the flag that excludes it.
const LIMITS: [(&str, Ordering, Option<&str>); 8] = [
    ("minimum", Ordering::Greater, Some("exclusiveMinimum")),
    ("maximum", Ordering::Less, Some("exclusiveMaximum")),
    ("minItems", Ordering::Greater, None),
    ("maxItems", Ordering::Less, None),
    ("minLength", Ordering::Greater, None),
    ("maxLength", Ordering::Less, None),
    ("minProperties", Ordering::Greater, None),
    ("maxProperties", Ordering::Less, None),
];

/// Where both have a limit, the stricter one goes to `node`; what is left of `other` is returned.
fn stricter(node: &mut Node, mut other: Node) -> Node {
    for (key, stricter, flag) in LIMITS {
        let (Some(mine), Some(theirs)) = (node.get(key), other.get(key)) else {
            continue;
        };
        let order = theirs.as_f64().partial_cmp(&mine.as_f64());
        let theirs = other.remove(key);
        let excluded = flag.and_then(|it| other.remove(it));
        let flag = flag.unwrap_or_default();
        if order == Some(stricter) {
            node.remove(flag);
            node.extend(theirs.map(|it| (key.to_owned(), it)));
        }
        if order == Some(stricter) || order == Some(Ordering::Equal) {
            node.extend(excluded.map(|it| (flag.to_owned(), it)));
        }
    }
    other
}

/// The node that has the fields of both, and only those limits that both have.
pub(super) fn union(mut left: Node, right: &Node) -> Result<Node, String> {
    let mut node = Node::new();
    // An integer is a number.
    let numbers = [kind(&left), kind(right)];
    if numbers == ["integer", "number"] || numbers == ["number", "integer"] {
        left.insert("type".to_owned(), json!("number"));
        node.insert("type".to_owned(), json!("number"));
    } else if numbers[0] != numbers[1] {
        return Err(disagreement(numbers));
    }
    let open = opens(&left, right) || opens(right, &left);
    for (key, mine) in left {
        let theirs = right.get(&key);
        let united = match (key.as_str(), mine, theirs) {
            ("properties", Value::Object(mine), theirs) => {
                let empty = Map::new();
                let theirs = theirs.and_then(Value::as_object).unwrap_or(&empty);
                Value::Object(fields(mine, theirs)?)
            }
            ("nullable", mine, _) => mine,
            (key, mine, _) if TOLD.contains(&key) => mine,
            (
                "items" | "additionalProperties",
                Value::Object(mine),
                Some(Value::Object(theirs)),
            ) => Value::Object(union(mine, theirs)?),
            ("additionalProperties", mine, None) if !open => mine,
            ("required", Value::Array(mine), Some(Value::Array(theirs))) => mine
                .into_iter()
                .filter(|name| theirs.contains(name))
                .collect(),
            ("enum", Value::Array(mut mine), Some(Value::Array(theirs))) => {
                let new: Vec<_> = theirs
                    .iter()
                    .filter(|value| !mine.contains(value))
                    .cloned()
                    .collect();
                mine.extend(new);
                Value::Array(mine)
            }
            (_, mine, Some(theirs)) if mine == *theirs => mine,
            _ => continue,
        };
        if united.as_array().is_none_or(|list| !list.is_empty()) {
            node.insert(key, united);
        }
    }
    for key in ["properties", "nullable", "additionalProperties"] {
        let taken = node.contains_key(key) || (key == "additionalProperties" && open);
        match right.get(key) {
            Some(Value::Object(theirs)) if !taken && key == "properties" => {
                node.insert(key.to_owned(), Value::Object(fields(Map::new(), theirs)?));
            }
            Some(theirs) if !taken => drop(node.insert(key.to_owned(), theirs.clone())),
            _ => {}
        }
    }
    if open {
        node.insert(PRESERVE.to_owned(), json!(true));
    }
    Ok(node)
}

/// Whether a map has to keep unknown fields to be united with a struct, which a CRD can't say otherwise.
fn opens(map: &Node, other: &Node) -> bool {
    let is_map =
        map.contains_key("additionalProperties") && !other.contains_key("additionalProperties");
    map.contains_key(PRESERVE) || (is_map && other.contains_key("properties"))
}

fn fields(
    left: Map<String, Value>,
    right: &Map<String, Value>,
) -> Result<Map<String, Value>, String> {
    let mut all = Map::new();
    for (name, mine) in left {
        let united = match (mine, right.get(&name)) {
            (Value::Object(mine), Some(Value::Object(theirs))) => {
                field(mine, theirs).map_err(|_| {
                    format!(
                        "its variants disagree about the type of `{name}`: give it one type, or rename it \
                         in one of them (content beside a tag: give all variants named fields)"
                    )
                })?
            }
            (mine, _) => of_one_variant(mine),
        };
        all.insert(name, united);
    }
    for (name, theirs) in right {
        if !all.contains_key(name) {
            all.insert(name.clone(), of_one_variant(theirs.clone()));
        }
    }
    Ok(all)
}

/// A field that both variants have. A null is taken where both take one: elsewhere a server drops it, which
/// means the same to the variant that takes it.
fn field(mut mine: Node, theirs: &Node) -> Result<Value, String> {
    let mut theirs = theirs.clone();
    if mine.get("nullable") != theirs.get("nullable") {
        for node in [&mut mine, &mut theirs] {
            node.remove("nullable");
            node.remove("default");
        }
    }
    union(mine, &theirs).map(Value::Object)
}

/// A default in one variant would be filled in for the others too.
fn of_one_variant(mut schema: Value) -> Value {
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("default");
    }
    schema
}

/// What is left to say of one branch inside a junction, `base` being said outside of it.
pub(super) fn constraint(node: &Node, base: &Node) -> Node {
    let mut left = Node::new();
    for (key, value) in node {
        match (key.as_str(), value) {
            (key, _)
                if NOT_INSIDE.contains(&key)
                    || TOLD.contains(&key)
                    || key.starts_with("x-kubernetes-") => {}
            // Without a type beside it a server doesn't know the format of a number; its limits it does.
            ("format", Value::String(format)) if format::is_of_number(format) => {}
            ("properties", Value::Object(properties)) => {
                let nested = properties.iter().filter_map(|(name, schema)| {
                    let outside = base.get("properties")?.get(name)?.as_object()?;
                    let inside = constraint(schema.as_object()?, outside);
                    (!inside.is_empty()).then(|| (name.clone(), Value::Object(inside)))
                });
                let nested: Map<_, _> = nested.collect();
                if !nested.is_empty() {
                    left.insert(key.clone(), Value::Object(nested));
                }
            }
            ("items", Value::Object(items)) => {
                let empty = Node::new();
                let outside = base
                    .get("items")
                    .and_then(Value::as_object)
                    .unwrap_or(&empty);
                let inside = constraint(items, outside);
                if !inside.is_empty() {
                    left.insert(key.clone(), Value::Object(inside));
                }
            }
            ("required", _) => drop(left.insert(key.clone(), value.clone())),
            _ if base.get(key) == Some(value) => {}
            _ => drop(left.insert(key.clone(), value.clone())),
        }
    }
    // Outside it is required already, so it tells the variants apart no more.
    if left.get("required") == base.get("required") {
        left.remove("required");
    }
    left
}

/// What a node takes, as far as two of different kinds can't be one.
fn kind(node: &Node) -> &str {
    let either = node.get("x-kubernetes-int-or-string") == Some(&json!(true));
    match node.get("type").and_then(Value::as_str) {
        Some(one) => one,
        None if either => "integer or string",
        None => "any value",
    }
}

fn disagreement(kinds: [&str; 2]) -> String {
    let advice = match kinds {
        ["string", "object"] | ["object", "string"] => {
            "give every variant fields (`A {}` for one without), or none of them"
        }
        ["array", _] | [_, "array"] => "write a list in every case, if only of one",
        _ => "write one of them in every case, or a struct with a field for each",
    };
    let [one, other] = kinds;
    format!(
        "its variants are of type {one} and of type {other}, and a field of a CRD has one type: {advice}"
    )
}
