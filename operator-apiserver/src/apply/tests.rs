//! What a client sees of field ownership and server-side apply: the sequences and their results are a 1.37 server's.

use serde_json::{Value, json};

use proptest::prelude::*;

use super::{
    ScalePaths, Writer, apply, ignore_new_times, parent_managed_fields, scale_managed_fields,
    track_update,
};
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

fn thing(spec: Value) -> Value {
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

#[test]
fn an_applier_owns_exactly_what_it_says() {
    let mut server = Server::new();
    server.apply(
        "m",
        json!({
            "free": {"known": {"b": 1}, "z": {"y": [1]}}, "any": [1], "plain": ["a"], "nums": [1, 10, 2, -1],
            "emb": {"apiVersion": "v1", "kind": "X", "metadata": {"labels": {"a": "b"}}, "spec": {"q": 1}},
            "set": ["a&b", "c"], "struct": {}, "atom": {"a": "1"}, "map": {"k": "v"}, "maps": {"k": {"a": "1"}},
            "ports": [{"port": 80}, {"port": 443, "protocol": "UDP"}, {"port": 9, "x": "q"}], "name": null,
        }),
    );
    let fields = json!({"f:spec": {"f:any": {}, "f:atom": {}, "f:emb": {"f:apiVersion": {}, "f:kind": {},
        "f:metadata": {"f:labels": {"f:a": {}}}, "f:spec": {".": {}, "f:q": {}}},
        "f:free": {"f:known": {"f:b": {}}, "f:z": {".": {}, "f:y": {}}}, "f:map": {"f:k": {}},
        "f:maps": {"f:k": {".": {}, "f:a": {}}}, "f:name": {}, "f:nums": {"v:-1": {}, "v:1": {}, "v:10": {}, "v:2": {}},
        "f:plain": {}, "f:ports": {
            "k:{\"port\":443,\"protocol\":\"UDP\"}": {".": {}, "f:port": {}, "f:protocol": {}},
            "k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}},
            "k:{\"port\":9,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}, "f:x": {}}},
        "f:set": {"v:\"a\\u0026b\"": {}, "v:\"c\"": {}}, "f:struct": {}}});
    assert_eq!(server.owners(), [format!("m Apply 01: {fields}")]);
}

#[test]
fn a_creator_owns_everything_and_what_is_around_it() {
    let mut server = Server::new();
    server.put_spec(
        "m",
        json!({"size": 1, "list": [{"name": "a"}], "struct": {"a": "1"}}),
    );
    let fields = json!({"f:spec": {".": {}, "f:list": {".": {}, "k:{\"name\":\"a\"}": {".": {}, "f:name": {}}},
        "f:size": {}, "f:struct": {".": {}, "f:a": {}}}});
    assert_eq!(server.owners(), [format!("m Update 01: {fields}")]);
}

#[test]
fn a_field_applied_with_the_same_value_is_shared_and_the_new_owner_has_no_time() {
    let mut server = Server::new();
    server.put_spec("m0", json!({"size": 1}));
    server.apply("m1", json!({"size": 1}));
    assert_eq!(
        server.owners(),
        [
            r#"m1 Apply -: {"f:spec":{"f:size":{}}}"#,
            r#"m0 Update 01: {"f:spec":{".":{},"f:size":{}}}"#
        ]
    );
}

#[test]
fn a_change_of_what_another_applied_is_a_conflict() {
    let mut server = Server::new();
    server.apply("m1", json!({"size": 1, "list": [{"name": "a", "v": "1"}]}));
    let error = server.refused("m2", json!({"size": 2}));
    assert_eq!((error.code, error.reason), (409, "Conflict"));
    assert_eq!(
        error.message,
        r#"Apply failed with 1 conflict: conflict with "m1": .spec.size"#
    );
    let cause = &error.details.causes[0];
    assert_eq!(
        (&*cause.reason, &*cause.message, &*cause.field),
        ("FieldManagerConflict", "conflict with \"m1\"", ".spec.size")
    );
    server.put_spec(
        "upd",
        json!({"size": 1, "list": [{"name": "a", "v": "1"}], "name": "x"}),
    );
    let error = server.refused(
        "m2",
        json!({"size": 2, "name": "y", "list": [{"name": "a", "v": "2"}]}),
    );
    assert_eq!(
        error.message,
        "Apply failed with 3 conflicts: conflicts with \"m1\":\n- .spec.size\n- .spec.list[name=\"a\"].v\nconflicts \
         with \"upd\" using example.com/v1:\n- .spec.name"
    );
    assert_eq!(error.details.causes.len(), 3);
}

#[test]
fn force_takes_fields_and_drops_who_has_nothing_left() {
    let mut server = Server::new();
    server.apply("m1", json!({"size": 1}));
    server.force("m2", json!({"size": 2}));
    assert_eq!(
        server.owners(),
        [r#"m2 Apply 02: {"f:spec":{"f:size":{}}}"#]
    );
    assert_eq!(*server.spec(), json!({"size": 2}));
}

#[test]
fn what_nobody_applies_any_more_goes_and_what_is_shared_stays() {
    let mut server = Server::new();
    server.apply(
        "m1",
        json!({"size": 1, "name": "x", "set": ["a", "b"], "list": [{"name": "p"}, {"name": "q"}]}),
    );
    server.apply(
        "m2",
        json!({"name": "x", "set": ["b"], "list": [{"name": "q"}]}),
    );
    server.apply("m1", json!({"size": 1}));
    assert_eq!(
        *server.spec(),
        json!({"size": 1, "name": "x", "set": ["b"], "list": [{"name": "q"}]})
    );
    server.apply("m2", json!({}));
    assert_eq!(*server.spec(), json!({"size": 1}));
}

#[test]
fn a_list_that_loses_its_last_item_goes_unless_somebody_owns_it() {
    let mut server = Server::new();
    server.apply("m1", json!({"size": 1, "set": ["a"]}));
    server.apply("m1", json!({"size": 1}));
    assert_eq!(*server.spec(), json!({"size": 1}));

    let mut server = Server::new();
    server.put_spec("m0", json!({"size": 1, "set": ["b"]}));
    server.apply("m1", json!({"set": ["a"]}));
    server.apply("m1", json!({}));
    assert_eq!(*server.spec(), json!({"size": 1, "set": ["b"]}));
}

#[test]
fn fields_that_others_added_below_what_is_given_up_stay() {
    let mut server = Server::new();
    server.apply("m1", json!({"list": [{"name": "p", "v": "1"}]}));
    server.apply("m2", json!({"list": [{"name": "p", "sub": ["x"]}]}));
    server.apply("m1", json!({}));
    assert_eq!(
        *server.spec(),
        json!({"list": [{"name": "p", "sub": ["x"]}]})
    );
}

#[test]
fn an_update_takes_what_it_changes_and_forgets_what_it_removes() {
    let mut server = Server::new();
    server.apply("m1", json!({"size": 1, "name": "x", "set": ["a", "b"]}));
    server.put_spec("upd", json!({"size": 2, "set": ["a", "c"]}));
    assert_eq!(
        server.owners(),
        [
            r#"m1 Apply 01: {"f:spec":{"f:set":{"v:\"a\"":{}}}}"#,
            r#"upd Update 02: {"f:spec":{"f:set":{"v:\"c\"":{}},"f:size":{}}}"#
        ]
    );
    // And keeps what it had.
    server.put_spec("upd", json!({"size": 2, "set": ["a"], "name": "y"}));
    assert_eq!(
        server.owners()[1],
        r#"upd Update 03: {"f:spec":{"f:name":{},"f:size":{}}}"#
    );
}

#[test]
fn an_update_that_changes_nothing_keeps_times() {
    let mut server = Server::new();
    server.put_spec("m1", json!({"size": 1}));
    let before = server.object.clone();
    server.put_spec("m2", json!({"size": 1}));
    assert_eq!(server.object, before);
}

#[test]
fn atomic_values_have_one_owner() {
    let mut server = Server::new();
    server.apply("m1", json!({"atom": {"a": "1"}, "plain": ["a"]}));
    let error = server.refused("m2", json!({"atom": {"b": "1"}, "plain": ["b"]}));
    assert_eq!(
        error.message,
        "Apply failed with 2 conflicts: conflicts with \"m1\":\n- .spec.atom\n- .spec.plain"
    );
    server.force("m2", json!({"atom": {"b": "1"}, "plain": ["b"]}));
    assert_eq!(*server.spec(), json!({"atom": {"b": "1"}, "plain": ["b"]}));
}

#[test]
fn items_keep_the_order_of_the_configuration_among_those_of_others() {
    let mut server = Server::new();
    server.put_spec("m0", json!({"set": ["a", "b", "c", "d"]}));
    server.apply("m1", json!({"set": ["d", "x", "b"]}));
    assert_eq!(*server.spec(), json!({"set": ["a", "c", "d", "x", "b"]}));
}

#[test]
fn keys_that_are_not_said_have_their_defaults() {
    let mut server = Server::new();
    server.apply("m1", json!({"ports": [{"port": 1, "x": "a"}]}));
    server.force("m2", json!({"ports": [{"port": 1, "protocol": "TCP", "x": "b"}, {"port": 1, "protocol": "UDP"}]}));
    assert_eq!(
        *server.spec(),
        json!({"ports": [{"port": 1, "protocol": "TCP", "x": "b"}, {"port": 1, "protocol": "UDP"}]})
    );
}

#[test]
fn the_status_is_owned_through_its_own_endpoint_only() {
    let mut server = Server::new();
    let mut config = thing(json!({"size": 1}));
    config["status"] = json!({"phase": "mine"});
    server.try_apply("m1", false, &config).unwrap();
    assert_eq!(
        server.owners(),
        [r#"m1 Apply 01: {"f:spec":{"f:size":{}}}"#]
    );
    server.put_status("m1", json!({"phase": "Ready"}));
    assert_eq!(
        server.owners()[1],
        r#"m1 Update status 02: {"f:status":{"f:phase":{}}}"#
    );
}

#[test]
fn conflicts_name_the_subresource() {
    let mut server = Server::new();
    server.put_spec("m1", json!({}));
    server.put_status("ctl", json!({"phase": "Ready"}));
    let error = server.write("m2", "status", |server, writer| {
        let config = json!({"apiVersion": VERSION, "kind": "Thing", "metadata": {"name": "a"}, "status": {"phase": "No"}});
        apply(&server.schema, server.object.as_ref(), &config, writer, false, &[&["spec"]]).unwrap_err()
    });
    assert_eq!(
        error.message,
        "Apply failed with 1 conflict: conflict with \"ctl\" with subresource \"status\" using example.com/v1: .status.phase"
    );
}

#[test]
fn what_was_there_before_the_first_apply_belongs_to_a_manager_of_its_own() {
    let mut server = Server::new();
    server.object = Some(thing(json!({"size": 1, "name": "x"})));
    server.apply("m1", json!({"size": 1}));
    assert_eq!(
        server.owners(),
        [
            r#"m1 Apply -: {"f:spec":{"f:size":{}}}"#,
            r#"before-first-apply Update 01: {"f:spec":{".":{},"f:name":{},"f:size":{}}}"#
        ]
    );
}

#[test]
fn an_object_that_is_not_tracked_is_not_tracked_by_an_update() {
    let mut server = Server::new();
    server.object = Some(thing(json!({"size": 1})));
    server.put_spec("m1", json!({"size": 2}));
    assert!(server.owners().is_empty());
}

#[test]
fn an_empty_entry_forgets_all_and_broken_ones_are_ignored() {
    let mut server = Server::new();
    server.put_spec("m1", json!({"size": 1}));
    let owners = server.owners();
    for broken in [
        json!([{"manager": "x", "operation": "Nope"}]),
        json!([{"manager": 1}]),
        json!([]),
        json!("x"),
    ] {
        let mut object = thing(json!({"size": 1}));
        object["metadata"]["managedFields"] = broken;
        server.put("m2", object);
        assert_eq!(server.owners(), owners);
    }
    let mut object = thing(json!({"size": 1}));
    object["metadata"]["managedFields"] = json!([{}]);
    server.put("m2", object);
    assert!(server.owners().is_empty());
}

#[test]
fn entries_that_a_client_writes_replace_those_that_are_there() {
    let mut server = Server::new();
    server.put_spec("m1", json!({"size": 1, "name": "x"}));
    let mut object = thing(json!({"size": 1, "name": "y"}));
    object["metadata"]["managedFields"] = json!([{"manager": "z", "operation": "Apply", "apiVersion": VERSION,
        "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:size": {}, "f:name": {}}}}]);
    server.put("m2", object);
    assert_eq!(
        server.owners(),
        [
            r#"z Apply -: {"f:spec":{"f:size":{}}}"#,
            r#"m2 Update 02: {"f:spec":{"f:name":{}}}"#
        ]
    );
}

#[test]
fn more_than_ten_updaters_are_thrown_together_from_the_oldest_on() {
    let mut server = Server::new();
    let mut map = json!({});
    for i in 0..12 {
        map[format!("k{i}")] = "1".into();
        server.put_spec(&format!("u{i}"), json!({"map": map}));
    }
    let owners = server.owners();
    assert_eq!(owners.len(), 10);
    assert_eq!(
        owners[0],
        r#"ancient-changes Update 03: {"f:spec":{".":{},"f:map":{".":{},"f:k0":{},"f:k1":{},"f:k2":{}}}}"#
    );
    assert_eq!(
        owners[1],
        r#"u3 Update 04: {"f:spec":{"f:map":{"f:k3":{}}}}"#
    );
}

#[test]
fn a_configuration_that_does_not_fit_the_schema_is_refused_in_the_servers_words() {
    let what = "failed to create typed patch object (ns/a; example.com/v1, Kind=Thing): ";
    for (spec, problem) in [
        (json!({"x": 1}), ".spec.x: field not declared in schema"),
        (
            json!({"list": {"a": 1}, "name": 1}),
            "errors:\n  .spec.list: expected list, got &{map[a:1]}\n  .spec.name: expected string, got \
             &value.valueUnstructured{Value:1}",
        ),
        (
            json!({"struct": "x"}),
            ".spec.struct: expected map, got &{x}",
        ),
        (
            json!({"on": "yes"}),
            ".spec.on: expected boolean, got &{yes}",
        ),
        (
            json!({"size": [1]}),
            ".spec.size: expected numeric (int or float), got []interface {}",
        ),
        (
            json!({"when": {}}),
            ".spec.when: expected any scalar, got &{map[]}",
        ),
        (
            json!({"set": ["a", "a"], "nums": [7, 7]}),
            "errors:\n  .spec.nums: duplicate entries for key [=7]\n  .spec.set: duplicate entries for key [=\"a\"]",
        ),
        (
            json!({"ports": [{"port": 1}, {"port": 1, "protocol": "TCP"}]}),
            ".spec.ports: duplicate entries for key [port=1,protocol=\"TCP\"]",
        ),
        (
            json!({"list": [{"name": "x", "v": 1}, {"v": "2"}]}),
            "errors:\n  .spec.list[name=\"x\"].v: expected string, got &value.valueUnstructured{Value:1}\n  .spec.list: \
             element 1: associative list with keys has an element that omits all key fields [\"name\"] (and doesn't have \
             default values for any key fields)",
        ),
        (
            json!({"list": [null]}),
            ".spec.list: element 0: associative list with keys may not have a null element",
        ),
        (
            json!({"list": ["x"]}),
            ".spec.list: element 0: associative list with keys may not have non-map elements",
        ),
        (
            json!({"set": [null]}),
            ".spec.set: element 0: associative list without keys has an element that's an explicit null",
        ),
        (
            json!({"set": [{}]}),
            ".spec.set: element 0: associative list without keys has an element that's a map type",
        ),
        (
            json!({"set": [[]]}),
            ".spec.set: element 0: not supported: associative list with lists as elements",
        ),
    ] {
        let error = Server::new().refused("m", spec);
        assert_eq!((error.code, error.reason), (500, ""));
        assert_eq!(error.message, format!("{what}{problem}"));
    }
}

#[test]
fn a_configuration_may_not_say_who_owns_what() {
    let mut config = thing(json!({}));
    config["metadata"]["managedFields"] = json!([]);
    let error = Server::new().try_apply("m", false, &config).unwrap_err();
    assert_eq!((error.code, error.reason), (400, "BadRequest"));
    assert_eq!(error.message, "metadata.managedFields must be nil");
    config["metadata"]["managedFields"] = json!(null);
    Server::new().try_apply("m", false, &config).unwrap();
}

#[test]
fn a_value_that_changes_its_form_changes_its_owner() {
    let mut server = Server::new();
    for any in [
        json!({"z": 1}),
        json!("x"),
        json!([1]),
        json!({}),
        json!(null),
        json!({"y": {"z": 1}}),
    ] {
        server.force("m1", json!({"any": any}));
        assert_eq!(server.spec()["any"], any);
        assert_eq!(server.owners().len(), 1);
    }
    server.put_spec("m2", json!({"any": "x"}));
    server.put_spec("m2", json!({"any": {"q": [1]}}));
    assert_eq!(
        server.owners(),
        [r#"m2 Update 08: {"f:spec":{"f:any":{".":{},"f:q":{}}}}"#]
    );
}

#[test]
fn what_became_atomic_is_owned_as_a_whole() {
    let mut server = Server::new();
    server.apply("m1", json!({"struct": {"a": "1"}, "set": ["x"]}));
    let text = json!({"type": "string"});
    server.schema = schema(
        &json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {
        "struct": {"type": "object", "x-kubernetes-map-type": "atomic", "properties": {"a": text}},
        "set": {"type": "array", "items": text}, "size": {"type": "integer"}}}}}),
    );
    server.put_spec("m2", json!({"struct": {"a": "1"}, "set": ["x"], "size": 1}));
    assert_eq!(
        server.owners()[0],
        r#"m1 Apply 01: {"f:spec":{"f:set":{},"f:struct":{}}}"#
    );
}

#[test]
fn what_is_owned_in_a_version_that_is_not_served_is_forgotten() {
    let mut server = Server::new();
    server.apply("m1", json!({"size": 1}));
    let entry = &mut server.object.as_mut().unwrap()["metadata"]["managedFields"][0];
    entry["apiVersion"] = "example.com/v1alpha1".into();
    server.apply("m2", json!({"size": 2}));
    assert_eq!(
        server.owners(),
        [r#"m2 Apply 02: {"f:spec":{"f:size":{}}}"#]
    );
}

#[test]
fn every_version_has_its_own_idea_of_what_is_owned() {
    let of_plain = |plain: Value| {
        schema(
            &json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {
            "plain": plain, "size": {"type": "integer"}, "name": {"type": "string"}}}}}),
        )
    };
    let text = json!({"type": "string"});
    let v1 = of_plain(json!({"type": "array", "items": text}));
    let v2 = of_plain(json!({"type": "array", "items": text, "x-kubernetes-list-type": "set"}));
    let schemas = [("example.com/v1", &v1), ("example.com/v2", &v2)];
    let mut object = None;
    let mut apply_in = |version: usize, manager: &str, spec: Value| {
        let (api_version, schema) = schemas[version - 1];
        let writer = Writer {
            manager,
            api_version,
            subresource: "",
            now: "2020-01-01T00:00:00Z",
            other_versions: &schemas,
        };
        let config = json!({"apiVersion": api_version, "kind": "Thing", "metadata": {"name": "a"}, "spec": spec});
        let applied = apply(schema, object.as_ref(), &config, &writer, false, &[]).unwrap();
        let entries = applied["metadata"]["managedFields"].as_array().unwrap();
        let entries = entries.iter();
        let owned: Vec<Value> = entries
            .map(|e| json!([e["manager"], e["apiVersion"], e["fieldsV1"]["f:spec"]]))
            .collect();
        object = Some(applied.clone());
        (applied["spec"].clone(), Value::from(owned))
    };

    apply_in(2, "m1", json!({"plain": ["a"], "size": 1}));
    let (spec, owned) = apply_in(1, "m2", json!({"plain": ["a", "b"]}));
    assert_eq!(spec, json!({"plain": ["a", "b"], "size": 1}));
    assert_eq!(
        owned,
        json!([
            ["m1", "example.com/v2", {"f:plain": {"v:\"a\"": {}}, "f:size": {}}],
            ["m2", "example.com/v1", {"f:plain": {}}],
        ])
    );
    let (spec, _) = apply_in(1, "m1", json!({"size": 1}));
    assert_eq!(spec, json!({"plain": ["a", "b"], "size": 1}));
    let (spec, owned) = apply_in(2, "m2", json!({"name": "x"}));
    assert_eq!(spec, json!({"name": "x", "size": 1}));
    assert_eq!(
        owned,
        json!([
            ["m1", "example.com/v1", {"f:size": {}}],
            ["m2", "example.com/v2", {"f:name": {}}],
        ])
    );
}

/// What `OpenAPI` says of a Go type: structs that are always there have `{}` as their default.
fn workload_schema() -> Schema {
    let text = json!({"type": "string"});
    let container = json!({"definition": "Container", "type": "object", "properties": {
        "name": {"type": "string", "default": ""}, "image": text,
        "resources": {"default": {}, "definition": "Resources", "type": "object", "properties": {
            "limits": {"type": "object", "additionalProperties": text}}}}});
    schema(
        &json!({"definition": "Workload", "type": "object", "required": ["value"], "properties": {
        "value": {"type": "integer", "default": 0},
        "rules": {"type": "array", "items": text},
        "spec": {"default": {}, "definition": "Spec", "type": "object", "required": ["containers"], "properties": {
            "strategy": {"default": {}, "definition": "Strategy", "type": "object", "properties": {
                "type": text, "rolling": {"definition": "Rolling", "type": "object", "properties": {"max": text}}}},
            "containers": {"type": "array", "items": container, "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["name"]}}}}}),
    )
}

#[test]
fn structs_that_are_always_there_are_owned_by_nobody() {
    let mut object = json!({"apiVersion": "v1", "kind": "Workload", "metadata": {"labels": {"l": "1"}}, "value": 0,
        "rules": null, "spec": {"strategy": {"type": "T", "rolling": {"max": "1"}},
            "containers": [{"name": "c", "resources": {"limits": {"cpu": "1"}}}]}});
    let writer = Writer {
        manager: "m",
        api_version: "v1",
        subresource: "",
        now: "2020-01-01T00:00:00Z",
        other_versions: &[],
    };
    track_update(&workload_schema(), None, &mut object, &writer, &[]);
    assert_eq!(
        object["metadata"]["managedFields"][0]["fieldsV1"],
        json!({"f:metadata": {"f:labels": {".": {}, "f:l": {}}}, "f:spec": {
            "f:containers": {"k:{\"name\":\"c\"}": {".": {}, "f:name": {},
                "f:resources": {".": {}, "f:limits": {".": {}, "f:cpu": {}}}}},
            "f:strategy": {"f:rolling": {".": {}, "f:max": {}}, "f:type": {}}}})
    );
}

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

#[test]
fn kubectl_takes_over_from_client_side_apply_without_a_conflict() {
    let mut server = Server::new();
    let config = thing(json!({"size": 1, "name": "<x>"}));
    let mut created = config.clone();
    created["metadata"]["annotations"] = json!({LAST_APPLIED: config.to_string()});
    server.put("kubectl-client-side-apply", created);
    server.refused("other", json!({"size": 2}));
    server.apply("kubectl", json!({"size": 2, "name": "<x>&"}));
    let object = server.object.as_ref().unwrap();
    assert_eq!(
        object["metadata"]["annotations"][LAST_APPLIED],
        "{\"apiVersion\":\"example.com/v1\",\"kind\":\"Thing\",\"metadata\":{\"name\":\"a\",\"namespace\":\"ns\"},\"spec\":\
         {\"name\":\"\\u003cx\\u003e\\u0026\",\"size\":2}}\n"
    );
}

#[test]
fn kubectl_does_not_overrule_who_changed_something_after_client_side_apply() {
    let mut server = Server::new();
    let config = thing(json!({"size": 1, "name": "x"}));
    let mut created = config.clone();
    created["metadata"]["annotations"] = json!({LAST_APPLIED: config.to_string()});
    server.put("kubectl-client-side-apply", created.clone());
    created["spec"]["size"] = 5.into();
    server.put("edit", created);
    let error = server.refused("kubectl", json!({"size": 2, "name": "y"}));
    assert_eq!(
        error.message,
        "Apply failed with 1 conflict: conflict with \"edit\" using example.com/v1: .spec.size"
    );
}

#[test]
fn a_write_of_the_scale_owns_the_replicas_of_the_scaled_object() {
    let mut server = Server::new();
    server.apply("m1", json!({"replicas": 1, "size": 1}));
    let parent = server.object.as_ref().unwrap()["metadata"]["managedFields"].clone();
    let paths: &ScalePaths<'_> = &[(VERSION, Some(&["spec", "replicas"]))];
    let of_scale = scale_managed_fields(&parent, paths).unwrap();
    assert_eq!(of_scale[0]["apiVersion"], "autoscaling/v1");
    assert_eq!(
        of_scale[0]["fieldsV1"],
        json!({"f:spec": {"f:replicas": {}}})
    );

    let scale_schema = schema(
        &json!({"definition": "Scale", "type": "object", "properties": {
        "spec": {"default": {}, "definition": "ScaleSpec", "type": "object", "properties": {
            "replicas": {"type": "integer"}}}}}),
    );
    let scale = |replicas| {
        json!({"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "a", "managedFields": of_scale},
            "spec": {"replicas": replicas}})
    };
    let mut new = scale(2);
    server.write("hpa", "scale", |_, writer| {
        let writer = Writer {
            api_version: "autoscaling/v1",
            ..*writer
        };
        track_update(&scale_schema, Some(&scale(1)), &mut new, &writer, &[]);
    });
    let of_scale = &new["metadata"]["managedFields"];
    let merged = parent_managed_fields(&parent, of_scale, VERSION, paths).unwrap();
    server.object.as_mut().unwrap()["metadata"]["managedFields"] = merged;
    assert_eq!(
        server.owners(),
        [
            r#"m1 Apply 01: {"f:spec":{"f:size":{}}}"#,
            r#"hpa Update scale -: {"f:spec":{"f:replicas":{}}}"#
        ]
    );
}

#[test]
fn a_tracking_error_keeps_what_was_tracked() {
    let mut server = Server::new();
    server.put_spec("m1", json!({"size": 1}));
    let owners = server.owners();
    server.put_spec("m2", json!({"size": "not a number"}));
    assert_eq!(server.owners(), owners);
}

/// No empty sets or list-type maps: nobody owns those, so they come and go by other rules.
fn arbitrary_spec() -> impl Strategy<Value = Value> {
    let text = prop::sample::select(vec!["a", "b", "c"]);
    let texts = prop::sample::subsequence(vec!["a", "b", "c", "d"], 1..=4).prop_shuffle();
    let names = prop::sample::subsequence(vec!["p", "q", "r"], 1..=3).prop_shuffle();
    let any = prop_oneof![
        Just(json!(null)),
        Just(json!("x")),
        Just(json!([1])),
        Just(json!({})),
        Just(json!({"z": 1})),
        Just(json!({"z": {"y": null}})),
    ];
    let optional = |value: BoxedStrategy<Value>| prop::option::of(value);
    let fields = (
        optional((1..3).prop_map(Value::from).boxed()),
        optional(text.clone().prop_map(Value::from).boxed()),
        optional(texts.clone().prop_map(|texts| json!(texts)).boxed()),
        optional(texts.prop_map(|texts| json!(texts)).boxed()),
        optional(
            (names, text.clone())
                .prop_map(|(names, v)| {
                    names
                        .iter()
                        .map(|name| json!({"name": name, "v": v}))
                        .collect()
                })
                .boxed(),
        ),
        optional(text.prop_map(|a| json!({"a": a})).boxed()),
        optional(any.boxed()),
    );
    fields.prop_map(|(size, name, set, plain, list, structure, any)| {
        let fields = [
            ("size", size),
            ("name", name),
            ("set", set),
            ("plain", plain),
            ("list", list),
            ("struct", structure),
            ("any", any),
        ];
        fields
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect()
    })
}

proptest! {
    #[test]
    fn to_apply_the_same_again_changes_nothing(base in arbitrary_spec(), spec in arbitrary_spec()) {
        let mut server = Server::new();
        server.put_spec("base", base);
        server.force("m", spec.clone());
        let before = server.object.clone();
        server.apply("m", spec);
        prop_assert_eq!(&server.object, &before);
    }

    #[test]
    fn what_only_one_manager_applied_is_gone_when_it_gives_it_up(spec in arbitrary_spec()) {
        let mut server = Server::new();
        server.apply("other", json!({"replicas": 1}));
        server.force("m", spec);
        server.force("m", json!({}));
        prop_assert_eq!(server.spec(), &json!({"replicas": 1}));
    }

    #[test]
    fn after_any_writes_every_owner_owns_something_and_what_was_applied_is_there(
        writes in prop::collection::vec((any::<bool>(), 0..3_usize, arbitrary_spec()), 1..6),
    ) {
        let mut server = Server::new();
        for (update, manager, spec) in writes {
            let manager = ["m0", "m1", "m2"][manager];
            if update {
                server.put_spec(manager, spec);
            } else {
                server.force(manager, spec.clone());
                for (name, value) in spec.as_object().unwrap() {
                    let there = &server.spec()[name];
                    let all = value.as_array().is_none_or(|items| {
                        let there = there.as_array().unwrap();
                        items.iter().all(|item| there.contains(item) || item.is_object())
                    });
                    prop_assert!(all, "{name}: {value} {there}");
                }
            }
            for owner in server.owners() {
                prop_assert!(!owner.ends_with(": {}"), "{owner}");
            }
        }
    }
}
