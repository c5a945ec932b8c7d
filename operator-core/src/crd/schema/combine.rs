//! Two nodes to one: both hold (`both`), either may hold (`union`), or what one says beyond the other
//! (`constraint`).

use serde_json::{Map, Value, json};

use super::convert::Node;

/// Keywords that a server refuses inside a junction.
const NOT_INSIDE: [&str; 5] = [
    "additionalProperties",
    "default",
    "description",
    "nullable",
    "type",
];

/// Combines what two schemas say of the same value: both hold.
pub(super) fn both(node: &mut Node, other: Node) -> Result<(), String> {
    for (key, value) in other {
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
            ("type", mine, theirs) if *mine != theirs => {
                return Err(format!(
                    "it has to be {mine} and {theirs} at once: rename one of the fields of that name"
                ));
            }
            // What stands nearer to the field is more specific: its own description, default, limits.
            _ => {}
        }
    }
    Ok(())
}

/// The node that has the fields of both, and only those limits that both have.
pub(super) fn union(left: Node, right: &Node) -> Result<Node, String> {
    let mut node = Node::new();
    for key in [
        "type",
        "x-kubernetes-int-or-string",
        "x-kubernetes-preserve-unknown-fields",
    ] {
        if left.get(key) != right.get(key) {
            return Err(format!(
                "its variants are {} and {}, and a field of a CRD has one type: \
                 give every variant fields (`A {{}}` for one without), or none of them",
                kind(&left),
                kind(right)
            ));
        }
    }
    for (key, mine) in left {
        let theirs = right.get(&key);
        let united = match (key.as_str(), mine, theirs) {
            ("properties", Value::Object(mine), Some(Value::Object(theirs))) => {
                Value::Object(fields(mine, theirs)?)
            }
            ("properties", mine, None) | ("description" | "nullable", mine, _) => mine,
            (
                "items" | "additionalProperties",
                Value::Object(mine),
                Some(Value::Object(theirs)),
            ) => Value::Object(union(mine, theirs)?),
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
    for key in ["properties", "nullable"] {
        if let (false, Some(theirs)) = (node.contains_key(key), right.get(key)) {
            node.insert(key.to_owned(), theirs.clone());
        }
    }
    Ok(node)
}

fn fields(
    mut left: Map<String, Value>,
    right: &Map<String, Value>,
) -> Result<Map<String, Value>, String> {
    for (name, theirs) in right {
        let united = match (left.remove(name), theirs) {
            (Some(Value::Object(mine)), Value::Object(theirs)) => {
                let united = union(mine, theirs).map_err(|_| {
                    format!(
                        "its variants disagree about the type of `{name}`: rename it in one of them"
                    )
                })?;
                Value::Object(united)
            }
            _ => theirs.clone(),
        };
        left.insert(name.clone(), united);
    }
    Ok(left)
}

/// What is left to say of one branch inside a junction, `base` being said outside of it.
pub(super) fn constraint(node: &Node, base: &Node) -> Node {
    let mut left = Node::new();
    for (key, value) in node {
        match (key.as_str(), value) {
            (key, _) if NOT_INSIDE.contains(&key) || key.starts_with("x-kubernetes-") => {}
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

fn kind(node: &Node) -> String {
    match node.get("type").and_then(Value::as_str) {
        Some("object") => "an object".to_owned(),
        Some(one) => format!("of type {one}"),
        None => "any value".to_owned(),
    }
}
