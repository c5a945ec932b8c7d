//! [`prune`]: what a custom resource's schema does not know is dropped.

use serde_json::Value;

use super::{AdditionalProperties, Schema, path::Path};

/// Drops what the schema does not know; returns the paths (`spec.x`, `spec.list[0].y`) in order.
/// `value` is a whole object if `is_resource`: its `apiVersion`, `kind` and `metadata` are then left alone.
pub(crate) fn prune(value: &mut Value, schema: &Schema, is_resource: bool) -> Vec<String> {
    let mut dropped = Vec::new();
    let mut node = Node::of(schema);
    node.embedded |= is_resource;
    node.prune(value, &Path::Root, &mut dropped);
    dropped.sort_unstable();
    dropped
}

/// Whether a field belongs to every object.
pub(super) fn is_meta(name: &str) -> bool {
    matches!(name, "apiVersion" | "kind" | "metadata")
}

/// A schema as it stands where it is met.
#[derive(Clone, Copy)]
struct Node<'a> {
    schema: &'a Schema,
    embedded: bool,
    preserve: bool,
}

impl<'a> Node<'a> {
    fn of(schema: &'a Schema) -> Self {
        Self {
            schema,
            embedded: schema.embedded_resource,
            preserve: schema.preserve_unknown_fields,
        }
    }

    fn prune(self, value: &mut Value, path: &Path<'_>, dropped: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                fields.retain(|name, value| self.keeps(name, value, path, dropped));
            }
            Value::Array(items) => match &self.schema.items {
                Some(schema) => {
                    let mut node = Node::of(schema);
                    // A list that keeps what is unknown keeps it in its items, too.
                    node.preserve |= self.preserve;
                    for (index, item) in items.iter_mut().enumerate() {
                        node.prune(item, &Path::Index(path, index), dropped);
                    }
                }
                None if self.preserve => {}
                None => prune_items(items, path, dropped),
            },
            _ => {}
        }
    }

    /// Prunes a field's value; whether the field itself is known.
    fn keeps(
        self,
        name: &str,
        value: &mut Value,
        path: &Path<'_>,
        dropped: &mut Vec<String>,
    ) -> bool {
        if self.embedded && is_meta(name) {
            return true;
        }
        let field = Path::Field(path, name);
        if let Some(schema) = self.schema.properties.get(name) {
            Node::of(schema).prune(value, &field, dropped);
            return true;
        }
        match &self.schema.additional_properties {
            Some(AdditionalProperties::Schema(schema)) => {
                Node::of(schema).prune(value, &field, dropped);
                true
            }
            Some(AdditionalProperties::Allowed(_)) => {
                prune_unknown(value, &field, dropped);
                true
            }
            None if self.preserve => true,
            None => {
                // The server does not tell of the fields that every object has.
                if !(path.is_root() && is_meta(name)) {
                    dropped.push(field.to_string());
                }
                false
            }
        }
    }
}

/// Nothing is known of the value: scalars and lists stay, fields go.
fn prune_unknown(value: &mut Value, path: &Path<'_>, dropped: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            let names = fields
                .keys()
                .map(|name| Path::Field(path, name).to_string());
            dropped.extend(names);
            fields.clear();
        }
        Value::Array(items) => prune_items(items, path, dropped),
        _ => {}
    }
}

fn prune_items(items: &mut [Value], path: &Path<'_>, dropped: &mut Vec<String>) {
    for (index, item) in items.iter_mut().enumerate() {
        prune_unknown(item, &Path::Index(path, index), dropped);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_schema_does_not_know_goes() {
        let known = json!({"type": "object", "properties": {"a": {"type": "string"}}});
        let preserving = |inner: Value| {
            json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true,
            "properties": {"in": inner}})
        };
        let cases = [
            (
                known.clone(),
                json!({"a": "x", "b": 1}),
                json!({"a": "x"}),
                vec!["b"],
            ),
            (
                json!({"type": "array", "items": known}),
                json!([{"a": "x"}, {"b": {"c": 1}}]),
                json!([{"a": "x"}, {}]),
                vec!["[1].b"],
            ),
            (
                json!({"type": "object", "additionalProperties": known}),
                json!({"k": {"a": "x", "b": 1}}),
                json!({"k": {"a": "x"}}),
                vec!["k.b"],
            ),
            (
                preserving(known.clone()),
                json!({"x": {"y": 1}, "in": {"a": "x", "b": 1}}),
                json!({"x": {"y": 1}, "in": {"a": "x"}}),
                vec!["in.b"],
            ),
            (
                json!({"type": "array", "x-kubernetes-preserve-unknown-fields": true, "items": known}),
                json!([{"b": 1}]),
                json!([{"b": 1}]),
                vec![],
            ),
            (
                json!({"type": "object", "additionalProperties": true}),
                json!({"k": {"a": 1}, "l": [{"b": 1}], "m": 1}),
                json!({"k": {}, "l": [{}], "m": 1}),
                vec!["k.a", "l[0].b"],
            ),
        ];
        for (schema, mut value, expected, paths) in cases {
            let schema = Schema::load(&schema, &|_| None);
            assert_eq!(prune(&mut value, &schema, false), paths);
            assert_eq!(value, expected);
        }
    }

    #[test]
    fn an_objects_own_fields_stay_where_it_is_one() {
        let schema = json!({"type": "object", "properties": {"in": {"type": "object", "x-kubernetes-embedded-resource":
            true, "x-kubernetes-preserve-unknown-fields": true}, "out": {"type": "object"}}});
        let schema = Schema::load(&schema, &|_| None);
        let object = json!({"apiVersion": "v1", "kind": "A", "metadata": {"x": 1}, "in": {"kind": "B", "y": 1},
            "out": {"kind": "C"}});
        let mut whole = object.clone();
        assert_eq!(prune(&mut whole, &schema, true), ["out.kind"]);
        assert_eq!(whole["metadata"], json!({"x": 1}));
        let mut part = object;
        assert_eq!(prune(&mut part, &schema, false), ["out.kind"]);
        assert_eq!(part, json!({"in": {"kind": "B", "y": 1}, "out": {}}));
    }
}
