//! Whether a value is valid for a node of a structural schema, as far as that needs no pattern, no format and no rule.

use serde_json::{Map, Value};

type Node = Map<String, Value>;

/// Says what is wrong with a value, in words that follow a noun.
pub(super) fn fits(value: &Value, node: &Node) -> Result<(), String> {
    if value.is_null() {
        return if is_true(node, "nullable") || !is_whole(node) {
            Ok(())
        } else {
            Err("is null, and that isn't valid".to_owned())
        };
    }
    of_type(value, node)?;
    if let Some(values) = node.get("enum").and_then(Value::as_array)
        && !values.contains(value)
    {
        let values = Value::from(values.clone());
        return Err(format!("is {value}, which is none of {values}"));
    }
    match value {
        Value::Number(number) => {
            let beyond = beyond(
                number.as_f64().unwrap_or_default(),
                node,
                "minimum",
                "maximum",
            );
            beyond.map_err(|limit| format!("is {value}, which is {limit}"))?;
        }
        Value::String(text) => counted("letters", text.chars().count(), node, "Length")?,
        Value::Array(items) => {
            counted("items", items.len(), node, "Items")?;
            if let Some(schema) = node.get("items").and_then(Value::as_object) {
                items
                    .iter()
                    .try_for_each(|item| within("[]", item, schema))?;
            }
        }
        Value::Object(fields) => {
            counted("fields", fields.len(), node, "Properties")?;
            object_fits(fields, node)?;
        }
        _ => {}
    }
    junctions_fit(value, node)
}

/// The schema of a field of an object, or of a value of a map.
pub(super) fn field<'a>(node: &'a Node, name: &str) -> Option<&'a Node> {
    let named = node.get("properties").and_then(|it| it.get(name));
    named
        .or_else(|| node.get("additionalProperties"))?
        .as_object()
}

pub(super) fn is_true(node: &Node, key: &str) -> bool {
    node.get(key) == Some(&Value::Bool(true))
}

/// Inside a junction a node names only some of the fields, and null passes.
fn is_whole(node: &Node) -> bool {
    node.contains_key("type")
}

fn of_type(value: &Value, node: &Node) -> Result<(), String> {
    let is_integer = || value.as_f64().is_some_and(|it| it.fract() == 0.0);
    let (fits, expected) = if is_true(node, "x-kubernetes-int-or-string") {
        (is_integer() || value.is_string(), "integer or string")
    } else {
        let expected = node.get("type").and_then(Value::as_str).unwrap_or_default();
        let fits = match expected {
            "integer" => is_integer(),
            "number" => value.is_number(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            _ => true,
        };
        (fits, expected)
    };
    if fits {
        Ok(())
    } else {
        Err(format!("is {value}, which is no {expected}"))
    }
}

/// The limit that a number is beyond.
fn beyond(number: f64, node: &Node, minimum: &str, maximum: &str) -> Result<(), String> {
    for (key, exclusive, sign) in [
        (minimum, "exclusiveMinimum", 1.0),
        (maximum, "exclusiveMaximum", -1.0),
    ] {
        let Some(limit) = node.get(key).and_then(Value::as_f64) else {
            continue;
        };
        let room = (number - limit) * sign;
        if room < 0.0 {
            return Err(format!("beyond its {key} of {limit}"));
        }
        if room == 0.0 && is_true(node, exclusive) {
            return Err(format!("its {key}, which is excluded"));
        }
    }
    Ok(())
}

fn counted(what: &str, count: usize, node: &Node, suffix: &str) -> Result<(), String> {
    let number = f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    beyond(
        number,
        node,
        &format!("min{suffix}"),
        &format!("max{suffix}"),
    )
    .map_err(|limit| format!("has {count} {what}, which is {limit}"))
}

fn object_fits(fields: &Map<String, Value>, node: &Node) -> Result<(), String> {
    let open = is_true(node, "x-kubernetes-preserve-unknown-fields") || !is_whole(node);
    for (name, value) in fields {
        match field(node, name) {
            Some(schema) => within(name, value, schema)?,
            None if open => {}
            None => return Err(format!("has a field `{name}`, and there is none")),
        }
    }
    let required = node.get("required").and_then(Value::as_array);
    for name in required.into_iter().flatten().filter_map(Value::as_str) {
        // The server fills defaults in before it looks.
        let filled = field(node, name).is_some_and(|it| it.contains_key("default"));
        if !fields.contains_key(name) && !filled {
            return Err(format!("has no `{name}`, and it is required"));
        }
    }
    Ok(())
}

fn within(name: &str, value: &Value, node: &Node) -> Result<(), String> {
    fits(value, node).map_err(|wrong| format!("is wrong at `{name}`, which {wrong}"))
}

/// Whether all that a node asks for is looked at here, so that a value that fits is known to be valid.
fn is_decided(node: &Value) -> bool {
    const NOT_LOOKED_AT: [&str; 4] = [
        "pattern",
        "format",
        "multipleOf",
        "x-kubernetes-validations",
    ];
    match node {
        Value::Object(fields) => fields
            .iter()
            .all(|(name, it)| !NOT_LOOKED_AT.contains(&name.as_str()) && is_decided(it)),
        Value::Array(items) => items.iter().all(is_decided),
        _ => true,
    }
}

fn junctions_fit(value: &Value, node: &Node) -> Result<(), String> {
    let fits_one = |it: &Value| it.as_object().is_some_and(|it| fits(value, it).is_ok());
    let branches = |key: &str| node.get(key).and_then(Value::as_array);
    // One that may turn out not to fit after all is none of too many.
    let surely = |it: &&Value| is_decided(it) && fits_one(it);
    let fit = branches("allOf").is_none_or(|all| all.iter().all(fits_one))
        && branches("anyOf").is_none_or(|any| any.iter().any(fits_one))
        && branches("oneOf")
            .is_none_or(|one| one.iter().any(fits_one) && one.iter().filter(surely).count() <= 1)
        && node.get("not").is_none_or(|it| !surely(&it));
    if fit {
        Ok(())
    } else {
        Err(format!("is {value}, which fits none of the variants"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_looked_at_makes_no_value_invalid() {
        let node = |json: Value| json.as_object().unwrap().clone();
        let either =
            node(json!({ "type": "string", "oneOf": [{ "pattern": "^a" }, { "pattern": "^b" }] }));
        assert_eq!(fits(&json!("a"), &either), Ok(()));
        let neither = node(json!({ "type": "string", "not": { "pattern": "^b" } }));
        assert_eq!(fits(&json!("a"), &neither), Ok(()));
        let both =
            node(json!({ "type": "string", "oneOf": [{ "minLength": 1 }, { "maxLength": 1 }] }));
        assert!(fits(&json!("a"), &both).is_err());
        let not = node(json!({ "type": "string", "not": { "minLength": 1 } }));
        assert!(fits(&json!("a"), &not).is_err());
    }

    #[test]
    fn a_value_fits_or_is_told_why_not() {
        let Value::Object(node) = json!({
            "type": "object",
            "required": ["a", "b"],
            "properties": {
                "a": { "type": "integer", "minimum": 1, "exclusiveMinimum": true },
                "b": { "type": "string", "default": "x", "maxLength": 2 },
                "c": { "type": "array", "items": { "type": "string", "enum": ["on", "off"] } },
                "d": { "x-kubernetes-int-or-string": true, "nullable": true },
                "f": { "type": "object", "oneOf": [{ "required": ["x"] }, { "required": ["y"] }],
                    "properties": { "x": { "type": "number" }, "y": { "type": "number" } } },
            },
        }) else {
            panic!("a node is an object");
        };
        let valid = json!({ "a": 2, "c": ["on"], "d": null, "f": { "x": 0.5 } });
        assert_eq!(fits(&valid, &node), Ok(()));
        let wrong = [
            (json!(1), "is 1, which is no object"),
            (json!(null), "is null, and that isn't valid"),
            (json!({}), "has no `a`, and it is required"),
            (
                json!({ "a": 1 }),
                "is wrong at `a`, which is 1, which is its minimum, which is excluded",
            ),
            (
                json!({ "a": "x" }),
                "is wrong at `a`, which is \"x\", which is no integer",
            ),
            (
                json!({ "a": 2, "b": "xyz" }),
                "is wrong at `b`, which has 3 letters, which is beyond its maxLength of 2",
            ),
            (
                json!({ "a": 2, "c": ["no"] }),
                "is wrong at `c`, which is wrong at `[]`, which is \"no\", which is none of [\"on\",\"off\"]",
            ),
            (
                json!({ "a": 2, "d": true }),
                "is wrong at `d`, which is true, which is no integer or string",
            ),
            (
                json!({ "a": 2, "f": {} }),
                "is wrong at `f`, which is {}, which fits none of the variants",
            ),
            (
                json!({ "a": 2, "e": 1 }),
                "has a field `e`, and there is none",
            ),
        ];
        for (value, said) in wrong {
            assert_eq!(fits(&value, &node), Err(said.to_owned()), "{value}");
        }
    }
}
