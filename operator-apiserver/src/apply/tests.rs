//! What a client sees of field ownership and server-side apply: the sequences and their results are a 1.37 server's.

use serde_json::{Value, json};

use super::{Writer, apply, ignore_new_times, track_update};
use crate::{
    error::ApiError,
    schema::{AdditionalProperties, ListType, Schema, SchemaNode, ValueType},
};

/// A schema from JSON, as far as these tests need it; `definition` marks what stands for a Go type.
fn schema(json: &Value) -> Schema {
    let node = |json: &Value| SchemaNode::from(schema(json));
    let flag = |name: &str| json[name] == true;
    let texts = |name: &str| {
        let items = json[name].as_array().into_iter().flatten();
        let texts = items.filter_map(Value::as_str);
        texts.map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    let properties = json["properties"].as_object().into_iter().flatten();
    let additional = json.get("additionalProperties");
    Schema {
        definition: json["definition"].as_str().map(Into::into),
        value_type: json["type"].as_str().map(|name| match name {
            "object" => ValueType::Object,
            "array" => ValueType::Array,
            "string" => ValueType::String,
            "integer" => ValueType::Integer,
            "number" => ValueType::Number,
            "boolean" => ValueType::Boolean,
            other => panic!("no type: {other}"),
        }),
        format: json["format"].as_str().map(ToOwned::to_owned),
        int_or_string: flag("x-kubernetes-int-or-string"),
        preserve_unknown_fields: flag("x-kubernetes-preserve-unknown-fields"),
        embedded_resource: flag("x-kubernetes-embedded-resource"),
        properties: properties.map(|(k, v)| (k.clone(), node(v))).collect(),
        additional_properties: additional.map(|additional| match additional {
            Value::Bool(allowed) => AdditionalProperties::Allowed(*allowed),
            schema => AdditionalProperties::Schema(node(schema)),
        }),
        items: json.get("items").map(node),
        default: json.get("default").cloned(),
        required: texts("required"),
        list_type: json["x-kubernetes-list-type"]
            .as_str()
            .map(|name| match name {
                "set" => ListType::Set,
                "map" => ListType::Map,
                _ => ListType::Atomic,
            }),
        list_map_keys: texts("x-kubernetes-list-map-keys"),
        atomic_map: json["x-kubernetes-map-type"] == "atomic",
        ..Schema::default()
    }
}
