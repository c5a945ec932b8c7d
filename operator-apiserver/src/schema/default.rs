//! Defaults and nulls of custom resources.

use serde_json::Value;

use super::{AdditionalProperties, Schema};

/// Fills in the schema's defaults below values that exist.
pub(crate) fn apply_defaults(value: &mut Value, schema: &Schema) {
    match value {
        Value::Object(fields) => {
            for (name, property) in &schema.properties {
                let Some(default) = &property.default else {
                    continue;
                };
                match fields.get_mut(name) {
                    None => _ = fields.insert(name.clone(), default.clone()),
                    Some(value) if value.is_null() && !property.nullable => {
                        value.clone_from(default);
                    }
                    Some(_) => {}
                }
            }
            for (name, value) in fields {
                if let Some(property) = schema.properties.get(name) {
                    apply_defaults(value, property);
                } else if let Some(AdditionalProperties::Schema(schema)) =
                    &schema.additional_properties
                {
                    replace_null(value, schema);
                    apply_defaults(value, schema);
                }
            }
        }
        Value::Array(items) => {
            if let Some(schema) = &schema.items {
                for item in items {
                    replace_null(item, schema);
                    apply_defaults(item, schema);
                }
            }
        }
        _ => {}
    }
}

fn replace_null(value: &mut Value, schema: &Schema) {
    if let Some(default) = &schema.default
        && value.is_null()
        && !schema.nullable
    {
        value.clone_from(default);
    }
}

/// Drops nulls where the schema does not allow null and has no default that replaces it; call before
/// [`apply_defaults`]. Items of lists stay, and so does what the schema does not know.
pub(crate) fn drop_nulls(value: &mut Value, schema: &Schema) {
    match value {
        Value::Object(fields) => fields.retain(|name, value| {
            let schema = match (schema.properties.get(name), &schema.additional_properties) {
                (Some(property), _) => property,
                (None, Some(AdditionalProperties::Schema(schema))) => schema,
                _ => return true,
            };
            if value.is_null() && !schema.nullable && schema.default.is_none() {
                return false;
            }
            drop_nulls(value, schema);
            true
        }),
        Value::Array(items) => {
            if let Some(schema) = &schema.items {
                for item in items {
                    drop_nulls(item, schema);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn filled(mut value: Value) -> Value {
        let schema = json!({"type": "object", "properties": {
            "plain": {"type": "string"},
            "nullable": {"type": "string", "nullable": true},
            "default": {"type": "string", "default": "d"},
            "both": {"type": "string", "default": "d", "nullable": true},
            "parent": {"type": "object", "properties": {"child": {"type": "integer", "default": 1}}},
            "made": {"type": "object", "default": {}, "properties": {"child": {"type": "integer", "default": 1}}},
            "map": {"type": "object", "additionalProperties": {"type": "string", "default": "v"}},
            "bare": {"type": "object", "additionalProperties": {"type": "string"}},
            "list": {"type": "array", "items": {"type": "object", "properties": {"x": {"type": "integer",
                "default": 2}}}},
        }});
        let schema = Schema::load(&schema, &|_| None);
        drop_nulls(&mut value, &schema);
        apply_defaults(&mut value, &schema);
        value
    }

    #[test]
    fn defaults_fill_in_what_is_absent_below_what_exists() {
        let defaults = json!({"default": "d", "both": "d", "made": {"child": 1}});
        assert_eq!(filled(json!({})), defaults);
        let mut expected = defaults;
        expected["parent"] = json!({"child": 1});
        expected["list"] = json!([{"x": 2}, {"x": 3}]);
        assert_eq!(
            filled(json!({"parent": {}, "list": [{}, {"x": 3}]})),
            expected
        );
    }

    #[test]
    fn null_goes_becomes_the_default_or_stays() {
        let given = json!({"plain": null, "nullable": null, "default": null, "both": null, "made": {"child": null},
            "map": {"k": null}, "bare": {"k": null}, "list": [null], "unknown": null});
        let expected = json!({"nullable": null, "default": "d", "both": null, "made": {"child": 1},
            "map": {"k": "v"}, "bare": {}, "list": [null], "unknown": null});
        assert_eq!(filled(given), expected);
    }
}
