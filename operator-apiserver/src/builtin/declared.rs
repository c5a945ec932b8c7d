//! Defaults that are declared on the types: the protocol of a port, the pool of a block device.

use serde_json::{Map, Value};

use crate::schema::{AdditionalProperties, Schema, SchemaNode};

/// Fields whose declared default is an empty text that is written nevertheless.
const WRITTEN: (&str, &str) = ("io.k8s.api.core.v1.GRPCAction", "service");

/// Fills in declared defaults at every depth of `value`.
///
/// What is declared as `{}`, 0 or an empty text says only how the type is written, which decoding has seen to.
pub(super) fn fill(value: &mut Value, schema: &Schema) {
    match value {
        Value::Object(map) => fill_object(map, schema),
        Value::Array(items) => {
            if let Some(node) = &schema.items {
                for item in items {
                    fill(item, node);
                }
            }
        }
        _ => {}
    }
}

fn fill_object(map: &mut Map<String, Value>, schema: &Schema) {
    if let Some(AdditionalProperties::Schema(node)) = &schema.additional_properties {
        // A map of texts has nothing to fill.
        if !node.properties.is_empty() {
            map.values_mut().for_each(|value| fill(value, node));
        }
        return;
    }
    for (name, value) in map.iter_mut() {
        if (value.is_object() || value.is_array())
            && let Some(node) = schema.properties.get(name)
        {
            fill(value, node);
        }
    }
    for (name, node) in &schema.properties {
        if let Some(default) = default_of(name, node, schema)
            && !map.contains_key(name)
        {
            map.insert(name.clone(), default.clone());
        }
    }
}

fn default_of<'a>(name: &str, node: &'a SchemaNode, parent: &Schema) -> Option<&'a Value> {
    let default = node.default.as_ref()?;
    let says_something = match default {
        Value::Object(map) => !map.is_empty(),
        Value::String(text) => {
            !text.is_empty() || (parent.definition.as_deref(), name) == (Some(WRITTEN.0), WRITTEN.1)
        }
        Value::Number(number) => number.as_i64() != Some(0),
        _ => true,
    };
    // A required flag is written by its type.
    let by_type = default.is_boolean() && parent.required.iter().any(|required| required == name);
    (says_something && !by_type).then_some(default)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::builtin::definition;

    #[test]
    fn a_port_speaks_tcp_and_a_probe_asks_the_unnamed_service() {
        let schema = definition("io.k8s.api.core.v1.Container").expect("it is there");
        let mut container = json!({"name": "c", "ports": [{"containerPort": 80}], "startupProbe": {"grpc": {"port": 1}}});
        fill(&mut container, &schema);
        assert_eq!(
            container,
            json!({
                "name": "c", "ports": [{"containerPort": 80, "protocol": "TCP"}],
                "startupProbe": {"grpc": {"port": 1, "service": ""}},
            })
        );
    }
}
