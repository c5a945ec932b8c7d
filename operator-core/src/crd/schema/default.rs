//! Defaults: a server fills in only a value that it would take itself, and refuses the CRD otherwise.

use serde_json::{Map, Value};

use super::convert::{Node, PRESERVE};

/// Leaves out a default that an old server can't read, and says what is wrong with one that no server takes.
///
/// Patterns and formats are left to the server.
pub(super) fn settle(node: &mut Node) -> Result<(), String> {
    let Some(default) = node.get("default") else {
        return Ok(());
    };
    // Kubernetes 1.20 reads an empty string as null here and refuses it. Serde fills it in anyway.
    if has_empty_string(default, node) {
        node.remove("default");
        return Ok(());
    }
    fits(default, node).map_err(|why| {
        format!(
            "its default is refused by a server, since {why}: write one that fits with \
             `#[serde(default = \"…\")]`"
        )
    })
}

fn has_empty_string(value: &Value, node: &Node) -> bool {
    let empty = Node::new();
    match value {
        Value::String(text) => {
            text.is_empty() && !is_true(node, "nullable") && !is_true(node, PRESERVE)
        }
        Value::Array(items) => {
            let schema = node.get("items").and_then(Value::as_object);
            items
                .iter()
                .any(|item| has_empty_string(item, schema.unwrap_or(&empty)))
        }
        Value::Object(fields) => fields.iter().any(|(name, value)| {
            let schema = field(node, name);
            has_empty_string(value, schema.unwrap_or(&empty))
        }),
        _ => false,
    }
}

/// Whether a server takes a value as a default, or what it has against it.
fn fits(value: &Value, node: &Node) -> Result<(), String> {
    if value.is_null() {
        return if is_true(node, "nullable") || !is_whole(node) {
            Ok(())
        } else {
            Err("it holds a null where none may be".to_owned())
        };
    }
    is_of_type(value, node)?;
    if let Some(values) = node.get("enum").and_then(Value::as_array)
        && !values.contains(value)
    {
        return Err(format!("{value} is none of the values of the enum"));
    }
    let outside = match value {
        Value::Number(number) => number
            .as_f64()
            .and_then(|it| outside(it, node, "minimum", "maximum")),
        Value::String(text) => counted(text.chars().count(), node, "minLength", "maxLength"),
        Value::Array(items) => counted(items.len(), node, "minItems", "maxItems"),
        Value::Object(fields) => counted(fields.len(), node, "minProperties", "maxProperties"),
        _ => None,
    };
    if let Some(limit) = outside {
        return Err(format!("{value} is beyond its {limit}"));
    }
    match value {
        Value::Array(items) => {
            let schema = node.get("items").and_then(Value::as_object);
            schema.map_or(Ok(()), |it| {
                items.iter().try_for_each(|item| fits(item, it))
            })?;
        }
        Value::Object(fields) => has_fields(fields, node)?,
        _ => {}
    }
    passes_junctions(value, node)
}

fn is_of_type(value: &Value, node: &Node) -> Result<(), String> {
    let Some(expected) = node.get("type").and_then(Value::as_str) else {
        return Ok(());
    };
    let fits = match expected {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.as_f64().is_some_and(|it| it.fract() == 0.0),
        _ => value.is_number(),
    };
    if fits {
        Ok(())
    } else {
        Err(format!("{value} isn't of type {expected}"))
    }
}

fn has_fields(fields: &Map<String, Value>, node: &Node) -> Result<(), String> {
    for (name, value) in fields {
        match field(node, name) {
            Some(schema) => fits(value, schema)?,
            None if is_true(node, PRESERVE) || !is_whole(node) => {}
            None => return Err(format!("it has the unknown field `{name}`")),
        }
    }
    requires(fields, node)
}

/// A field that has a default of its own is there when the object is checked.
fn requires(fields: &Map<String, Value>, node: &Node) -> Result<(), String> {
    let required = node.get("required").and_then(Value::as_array);
    let mut names = required.into_iter().flatten().filter_map(Value::as_str);
    let missing = names.find(|name| {
        let filled_in = field(node, name).is_some_and(|it| it.contains_key("default"));
        !fields.contains_key(*name) && !filled_in
    });
    missing.map_or(Ok(()), |name| Err(format!("it lacks the field `{name}`")))
}

fn passes_junctions(value: &Value, node: &Node) -> Result<(), String> {
    let passing = |key: &str| {
        let branches = node.get(key)?.as_array()?;
        let objects = branches.iter().filter_map(Value::as_object);
        let count = objects.filter(|it| fits(value, it).is_ok()).count();
        Some((count, branches.len()))
    };
    let passes = passing("allOf").is_none_or(|(count, all)| count == all)
        && passing("anyOf").is_none_or(|(count, _)| count > 0)
        && passing("oneOf").is_none_or(|(count, _)| count == 1)
        && node
            .get("not")
            .and_then(Value::as_object)
            .is_none_or(|it| fits(value, it).is_err());
    if passes {
        Ok(())
    } else {
        Err(format!("{value} fits none of the variants"))
    }
}

fn counted(count: usize, node: &Node, minimum: &str, maximum: &str) -> Option<String> {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    outside(f64::from(count), node, minimum, maximum)
}

/// The limit that a number is beyond.
fn outside(number: f64, node: &Node, minimum: &str, maximum: &str) -> Option<String> {
    let limit = |key: &str| node.get(key).and_then(Value::as_f64);
    let below = limit(minimum)
        .filter(|it| number < *it || (number <= *it && is_true(node, "exclusiveMinimum")));
    let above = limit(maximum)
        .filter(|it| number > *it || (number >= *it && is_true(node, "exclusiveMaximum")));
    below
        .map(|it| format!("{minimum} of {it}"))
        .or_else(|| above.map(|it| format!("{maximum} of {it}")))
}

fn field<'a>(node: &'a Node, name: &str) -> Option<&'a Node> {
    let named = node.get("properties").and_then(|it| it.get(name));
    named
        .or_else(|| node.get("additionalProperties"))?
        .as_object()
}

/// Inside a junction a node names only some of the fields, and null passes.
fn is_whole(node: &Node) -> bool {
    node.contains_key("type")
}

fn is_true(node: &Node, key: &str) -> bool {
    node.get(key) == Some(&Value::Bool(true))
}
