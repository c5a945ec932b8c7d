//! Whether a value is valid for a node of a structural schema, as far as that needs no pattern and no rule.

use serde_json::{Map, Value};

/// Says what is wrong with a value, in words that follow a noun.
pub(crate) fn fits(value: &Value, node: &Value) -> Result<(), String> {
    if value.is_null() {
        return if node["nullable"] == true || node.get("type").is_none() {
            Ok(())
        } else {
            Err("is null, and that isn't valid".to_owned())
        };
    }
    of_type(value, node)?;
    let unlisted = |it: &Vec<Value>| !it.contains(value);
    if node["enum"].as_array().is_some_and(unlisted) {
        return Err(format!("is {value}, which is none of {}", node["enum"]));
    }
    match value {
        Value::Number(number) => number_fits(number.as_f64().unwrap_or_default(), node),
        Value::String(text) => counted("letters", text.chars().count(), node, "Length"),
        Value::Array(items) => {
            counted("items", items.len(), node, "Items")?;
            items
                .iter()
                .try_for_each(|item| within("[]", item, &node["items"]))
        }
        Value::Object(fields) => {
            counted("fields", fields.len(), node, "Properties")?;
            object_fits(fields, node)
        }
        _ => Ok(()),
    }
}

fn of_type(value: &Value, node: &Value) -> Result<(), String> {
    if node["x-kubernetes-int-or-string"] == true {
        return if value.is_i64() || value.is_string() {
            Ok(())
        } else {
            Err(format!("is {value}, which is no integer or string"))
        };
    }
    let fits = match node["type"].as_str() {
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => true,
    };
    if fits {
        Ok(())
    } else {
        Err(format!(
            "is {value}, which is no {}",
            node["type"].as_str().unwrap_or_default()
        ))
    }
}

fn number_fits(number: f64, node: &Value) -> Result<(), String> {
    let limit = |key: &str| node[key].as_f64();
    let below = limit("minimum").is_some_and(|least| {
        number < least || (number <= least && node["exclusiveMinimum"] == true)
    });
    let above = limit("maximum")
        .is_some_and(|most| number > most || (number >= most && node["exclusiveMaximum"] == true));
    match (below, above) {
        (true, _) => Err(format!("is {number}, which is too small")),
        (_, true) => Err(format!("is {number}, which is too large")),
        _ => Ok(()),
    }
}

fn counted(what: &str, count: usize, node: &Value, suffix: &str) -> Result<(), String> {
    let limit = |prefix: &str| {
        let limit = node[format!("{prefix}{suffix}")].as_u64()?;
        usize::try_from(limit).ok()
    };
    let fits = limit("min").is_none_or(|least| count >= least)
        && limit("max").is_none_or(|most| count <= most);
    if fits {
        Ok(())
    } else {
        Err(format!("has {count} {what}, which isn't valid"))
    }
}

fn object_fits(fields: &Map<String, Value>, node: &Value) -> Result<(), String> {
    let open = node["x-kubernetes-preserve-unknown-fields"] == true;
    for (name, value) in fields {
        let known = node["properties"]
            .get(name)
            .or(node.get("additionalProperties"));
        match known {
            Some(schema) => within(name, value, schema)?,
            None if open => {}
            None => return Err(format!("has a field `{name}`, and there is none")),
        }
    }
    let required = node["required"].as_array().into_iter().flatten();
    for name in required.filter_map(Value::as_str) {
        // The server fills defaults in before it looks.
        let filled = node["properties"][name].get("default").is_some();
        if !fields.contains_key(name) && !filled {
            return Err(format!("has no `{name}`, and it is required"));
        }
    }
    Ok(())
}

fn within(name: &str, value: &Value, node: &Value) -> Result<(), String> {
    fits(value, node).map_err(|wrong| format!("is wrong at `{name}`, which {wrong}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_fits_or_is_told_why_not() {
        let node = json!({
            "type": "object",
            "required": ["a", "b"],
            "properties": {
                "a": { "type": "integer", "minimum": 1, "exclusiveMinimum": true },
                "b": { "type": "string", "default": "x", "maxLength": 2 },
                "c": { "type": "array", "items": { "type": "string", "enum": ["on", "off"] } },
                "d": { "x-kubernetes-int-or-string": true, "nullable": true },
            },
        });
        let valid = json!({ "a": 2, "c": ["on"], "d": null });
        assert_eq!(fits(&valid, &node), Ok(()));
        let wrong = [
            (json!(1), "is 1, which is no object"),
            (json!(null), "is null, and that isn't valid"),
            (json!({}), "has no `a`, and it is required"),
            (
                json!({ "a": 1 }),
                "is wrong at `a`, which is 1, which is too small",
            ),
            (
                json!({ "a": "x" }),
                "is wrong at `a`, which is \"x\", which is no integer",
            ),
            (
                json!({ "a": 2, "b": "xyz" }),
                "is wrong at `b`, which has 3 letters, which isn't valid",
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
                json!({ "a": 2, "e": 1 }),
                "has a field `e`, and there is none",
            ),
        ];
        for (value, said) in wrong {
            assert_eq!(fits(&value, &node), Err(said.to_owned()), "{value}");
        }
    }
}
