//! What a client sees of field ownership and server-side apply: the sequences and their results are a 1.37 server's.

mod applying;
mod beyond;
mod properties;
mod updating;

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

const VERSION: &str = "example.com/v1";

fn thing_schema() -> Schema {
    let text = json!({"type": "string"});
    schema(&json!({"type": "object", "properties": {
        "spec": {"type": "object", "properties": {
            "size": {"type": "integer"},
            "replicas": {"type": "integer"},
            "name": text,
            "on": {"type": "boolean"},
            "when": {"type": "string", "format": "date-time"},
            "port": {"x-kubernetes-int-or-string": true},
            "struct": {"type": "object", "properties": {"a": text, "b": text}},
            "atom": {"type": "object", "x-kubernetes-map-type": "atomic", "properties": {"a": text, "b": text}},
            "map": {"type": "object", "additionalProperties": text},
            "maps": {"type": "object", "additionalProperties": {"type": "object", "properties": {"a": text}}},
            "plain": {"type": "array", "items": text},
            "set": {"type": "array", "x-kubernetes-list-type": "set", "items": text},
            "nums": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "integer"}},
            "list": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                "items": {"type": "object", "properties": {"name": text, "v": text,
                    "sub": {"type": "array", "x-kubernetes-list-type": "set", "items": text}}}},
            "ports": {"type": "array", "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["port", "protocol"],
                "items": {"type": "object", "properties": {"port": {"type": "integer"},
                    "protocol": {"type": "string", "default": "TCP"}, "x": text}}},
            "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true,
                "properties": {"known": {"type": "object", "properties": {"a": text}}}},
            "any": {"x-kubernetes-preserve-unknown-fields": true},
            "emb": {"type": "object", "x-kubernetes-embedded-resource": true,
                "x-kubernetes-preserve-unknown-fields": true},
        }},
        "status": {"type": "object", "properties": {"phase": text}},
    }}))
}

fn thing(spec: impl Into<Value>) -> Value {
    let spec = spec.into();
    json!({"apiVersion": VERSION, "kind": "Thing", "metadata": {"name": "a", "namespace": "ns"}, "spec": spec})
}

/// A server with one thing: every write has a time of its own.
struct Server {
    schema: Schema,
    object: Option<Value>,
    seconds: u32,
}

impl Server {
    fn new() -> Self {
        Self {
            schema: thing_schema(),
            object: None,
            seconds: 0,
        }
    }

    fn write<R>(
        &mut self,
        manager: &str,
        subresource: &str,
        f: impl FnOnce(&mut Self, &Writer<'_>) -> R,
    ) -> R {
        self.seconds += 1;
        let now = format!("2020-01-01T00:00:{:02}Z", self.seconds);
        let writer = Writer {
            manager,
            api_version: VERSION,
            subresource,
            now: &now,
            other_versions: &[],
        };
        f(self, &writer)
    }

    fn try_apply(&mut self, manager: &str, force: bool, config: &Value) -> Result<(), ApiError> {
        self.write(manager, "", |server, writer| {
            let reset: &[&[&str]] = &[&["status"]];
            let live = server.object.as_ref();
            let mut object = apply(&server.schema, live, config, writer, force, reset)?;
            if let Some(live) = live {
                ignore_new_times(live, &mut object);
            }
            server.object = Some(object);
            Ok(())
        })
    }

    fn apply(&mut self, manager: &str, spec: Value) {
        self.try_apply(manager, false, &thing(spec)).unwrap();
    }

    fn force(&mut self, manager: &str, spec: Value) {
        self.try_apply(manager, true, &thing(spec)).unwrap();
    }

    fn refused(&mut self, manager: &str, spec: Value) -> ApiError {
        self.try_apply(manager, false, &thing(spec)).unwrap_err()
    }

    /// Creates the object, or replaces all but its status.
    fn put(&mut self, manager: &str, object: Value) {
        self.write(manager, "", |server, writer| {
            let mut object = object;
            track_update(
                &server.schema,
                server.object.as_ref(),
                &mut object,
                writer,
                &[&["status"]],
            );
            server.object = Some(object);
        });
    }

    fn put_spec(&mut self, manager: &str, spec: Value) {
        self.put(manager, thing(spec));
    }

    fn put_status(&mut self, manager: &str, status: Value) {
        self.write(manager, "status", |server, writer| {
            let mut object = server.object.clone().unwrap();
            object["status"] = status;
            let reset: &[&[&str]] = &[&["metadata"], &["spec"]];
            track_update(
                &server.schema,
                server.object.as_ref(),
                &mut object,
                writer,
                reset,
            );
            server.object = Some(object);
        });
    }

    fn spec(&self) -> &Value {
        &self.object.as_ref().unwrap()["spec"]
    }

    /// The entries as `manager operation [subresource] [second]: fieldsV1`.
    fn owners(&self) -> Vec<String> {
        let entries = self.object.as_ref().unwrap()["metadata"]["managedFields"].as_array();
        let entries = entries.into_iter().flatten();
        entries
            .map(|entry| {
                assert_eq!(entry["apiVersion"], VERSION);
                assert_eq!(entry["fieldsType"], "FieldsV1");
                let mut text = String::new();
                for field in ["manager", "operation", "subresource"] {
                    text.push_str(entry[field].as_str().unwrap_or_default());
                    text.push_str(if entry[field].is_null() { "" } else { " " });
                }
                let time = entry["time"].as_str().map_or("-", |time| &time[17..19]);
                format!("{text}{time}: {}", entry["fieldsV1"])
            })
            .collect()
    }
}
