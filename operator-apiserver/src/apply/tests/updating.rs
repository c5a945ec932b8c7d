//! Updates: what they own, what they take from others, and how clients can change who owns what.

use serde_json::json;

use super::{Server, VERSION, schema, thing};
use crate::{
    apply::{Writer, track_update},
    schema::Schema,
};

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

#[test]
fn a_tracking_error_keeps_what_was_tracked() {
    let mut server = Server::new();
    server.put_spec("m1", json!({"size": 1}));
    let owners = server.owners();
    server.put_spec("m2", json!({"size": "not a number"}));
    assert_eq!(server.owners(), owners);
}
