//! What the real server did with the same custom resources.

use serde_json::json;

use super::*;

fn definition() -> Value {
    json!({"spec": {"group": "example.com", "names": {"kind": "Foo"}}})
}

fn version() -> Value {
    let spec = json!({"type": "object", "required": ["a"], "properties": {
        "a": {"type": "string"}, "b": {"type": "boolean"}, "d": {"type": "string", "default": "dd"},
        "i": {"type": "integer"}, "n": {"type": "number"}, "r": {"type": "integer"}}});
    let status = json!({"type": "object", "properties": {
        "r": {"type": "integer"}, "s": {"type": "string"},
        "req": {"type": "object", "required": ["z"], "properties": {"z": {"type": "string"}}}}});
    json!({
        "name": "v1",
        "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec, "status": status}}},
        "subresources": {"status": {}, "scale": {
            "specReplicasPath": ".spec.r", "statusReplicasPath": ".status.r", "labelSelectorPath": ".status.s"}},
        "selectableFields": [{"jsonPath": ".spec.a"}, {"jsonPath": ".spec.i"}, {"jsonPath": ".spec.b"}],
    })
}

fn of(version: &Value) -> CustomStrategy {
    CustomStrategy::new(&definition(), version).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn strategy() -> CustomStrategy {
    of(&version())
}

fn without_status() -> CustomStrategy {
    let mut version = version();
    version["subresources"] = Value::Null;
    of(&version)
}

fn foo(spec: &Value) -> Value {
    json!({"apiVersion": "example.com/v1", "kind": "Foo", "metadata": {"name": "a", "generation": 1}, "spec": spec})
}

fn texts(errors: &[FieldError]) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}

#[test]
fn a_creation_has_no_status_and_the_first_generation() {
    let mut object = foo(&json!({"a": "x"}));
    object["status"] = json!({"r": 1});
    object["metadata"]["generation"] = 77.into();
    let mut kept = object.clone();
    strategy().prepare_for_create(&mut object);
    assert_eq!(object, foo(&json!({"a": "x"})));
    without_status().prepare_for_create(&mut kept);
    assert_eq!(kept["status"], json!({"r": 1}));
}

#[test]
fn what_the_schema_does_not_know_is_reported_after_metadata() {
    let mut object = foo(&json!({"a": "x", "zz": 1, "n": 2.0}));
    object["extra"] = 1.into();
    object["metadata"]["foo"] = 1.into();
    let unknown = strategy().decode(&mut object);
    let expected =
        ["metadata.foo", "extra", "spec.zz"].map(|path| format!("unknown field {path:?}"));
    assert_eq!(unknown, Ok(expected.to_vec()));
    assert_eq!(object, foo(&json!({"a": "x", "n": 2})));

    object["metadata"]["labels"] = json!({"a": 1});
    let error = strategy()
        .decode(&mut object)
        .expect_err("labels are texts");
    assert_eq!(
        error,
        ApiError::bad_request(
            "Foo in version \"v1\" cannot be handled as a Foo: json: cannot unmarshal number into Go struct field \
             ObjectMeta.labels of type string"
        )
    );
}

#[test]
fn nulls_without_a_default_go_and_others_become_it() {
    let mut object = foo(&json!({"a": "x", "i": null, "d": null}));
    object["status"] = Value::Null;
    strategy().default(&mut object);
    assert_eq!(object, foo(&json!({"a": "x", "d": "dd"})));
}

#[test]
fn an_old_definition_keeps_what_it_does_not_know() {
    let mut definition = definition();
    definition["spec"]["preserveUnknownFields"] = true.into();
    let strategy = CustomStrategy::new(&definition, &json!({"name": "v1"}));
    let strategy = strategy.unwrap_or_else(|errors| panic!("{errors:?}"));
    let mut object = foo(&json!({"x": null, "y": {"z": 1}}));
    let before = object.clone();
    assert_eq!(strategy.decode(&mut object), Ok(vec![]));
    strategy.default(&mut object);
    assert_eq!(object, before);
    assert!(strategy.validate(&object).is_empty());
}

/// The generation after an update.
fn generation(strategy: &CustomStrategy, change: impl FnOnce(&mut Value)) -> i64 {
    let mut old = foo(&json!({"a": "x"}));
    old["status"] = json!({"r": 1});
    let mut new = old.clone();
    new["metadata"]["generation"] = 77.into();
    change(&mut new);
    strategy.prepare_for_update(&mut new, &old);
    object::generation(&new)
}

#[test]
fn the_generation_counts_what_is_neither_metadata_nor_status() {
    let strategy = strategy();
    assert_eq!(
        generation(&strategy, |o| o["metadata"]["labels"] = json!({"a": "b"})),
        1
    );
    assert_eq!(generation(&strategy, |o| o["status"]["r"] = 2.into()), 1);
    assert_eq!(generation(&strategy, |o| o["spec"]["a"] = "y".into()), 2);
    assert_eq!(generation(&strategy, |o| o["other"] = 1.into()), 2);
    let without = without_status();
    assert_eq!(
        generation(&without, |o| o["metadata"]["labels"] = json!({"a": "b"})),
        1
    );
    assert_eq!(generation(&without, |o| o["status"]["r"] = 2.into()), 2);
}

#[test]
fn a_status_update_changes_the_status_and_its_managers() {
    let mut old = foo(&json!({"a": "x"}));
    old["metadata"]["managedFields"] = json!([{"manager": "old"}]);
    let mut new = foo(&json!({"a": "zzz"}));
    new["metadata"]["labels"] = json!({"via": "status"});
    new["metadata"]["managedFields"] = json!([{"manager": "new"}]);
    new["status"] = json!({"r": 7});
    strategy().prepare_for_status_update(&mut new, &old);
    let mut expected = old.clone();
    expected["metadata"]["managedFields"] = json!([{"manager": "new"}]);
    expected["status"] = json!({"r": 7});
    assert_eq!(new, expected);

    let mut removed = foo(&json!({}));
    strategy().prepare_for_status_update(&mut removed, &expected);
    assert_eq!(removed.get("status"), None);
    assert_eq!(removed["metadata"].get("managedFields"), None);
}

#[test]
fn another_kind_is_all_that_is_said() {
    let mut object = foo(&json!({"a": 1}));
    object["kind"] = "Bar".into();
    assert_eq!(
        texts(&strategy().validate(&object)),
        ["kind: Invalid value: \"Bar\": must be Foo"]
    );
}

#[test]
fn types_and_scale_are_checked_together() {
    assert_eq!(
        texts(&strategy().validate(&foo(&json!({"a": 1, "r": "x"})))),
        [
            "spec.a: Invalid value: \"integer\": spec.a in body must be of type string: \"integer\"",
            "spec.r: Invalid value: \"string\": spec.r in body must be of type integer: \"string\"",
            ".spec.r: Invalid value: 0: .spec.r accessor error: x is of the type string, expected int64",
        ]
    );
    assert_eq!(
        texts(&strategy().validate(&foo(&json!({"a": "x", "r": -1})))),
        [".spec.r: Invalid value: -1: should be a non-negative integer"]
    );
}

#[test]
fn of_a_status_the_messages_speak_as_if_it_were_all() {
    let old = foo(&json!({}));
    let mut new = old.clone();
    new["status"] = json!({"r": "x", "req": {}});
    // The spec is wrong, too, but that is not what is written.
    assert_eq!(
        texts(&strategy().validate_status_update(&new, &old)),
        [
            "status.r: Invalid value: \"string\": r in body must be of type integer: \"string\"",
            "status.req.z: Required value",
            ".status.r: Invalid value: 0: .status.r accessor error: x is of the type string, expected int64",
        ]
    );
    new["status"] = "x".into();
    assert_eq!(
        texts(&strategy().validate_status_update(&new, &old))[0],
        "status: Invalid value: \"string\":  in body must be of type object: \"string\""
    );
}

#[test]
fn rules_wait_until_the_shape_is_right() {
    let mut version = version();
    let spec = &mut version["schema"]["openAPIV3Schema"]["properties"]["spec"];
    spec["x-kubernetes-validations"] = json!([{"rule": "self.a != 'x'"}]);
    assert_eq!(
        texts(&of(&version).validate(&foo(&json!({"b": true})))),
        [
            "spec.a: Required value",
            "<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct \
             the existing errors to complete validation",
        ]
    );
}

#[test]
fn an_unchanged_mistake_does_not_stop_an_update() {
    let old = foo(&json!({"a": "x", "i": "wrong"}));
    let mut new = old.clone();
    new["metadata"]["labels"] = json!({"a": "b"});
    assert!(strategy().validate_update(&new, &old).is_empty());
    new["spec"]["n"] = "wrong".into();
    assert_eq!(strategy().validate_update(&new, &old).len(), 1);
}

#[test]
fn selectable_fields_are_compared_as_texts() {
    let strategy = strategy();
    assert_eq!(strategy.field_labels(), ["spec.a", "spec.i", "spec.b"]);
    let object = foo(&json!({"i": 5, "b": true, "n": 1}));
    for (label, value) in [
        ("spec.a", ""),
        ("spec.i", "5"),
        ("spec.b", "true"),
        ("spec.n", ""),
    ] {
        assert_eq!(strategy.field(&object, label), value, "{label}");
    }
}

#[test]
fn what_a_write_resets_is_not_owned() {
    assert_eq!(strategy().reset_fields(""), [["status"]]);
    assert_eq!(strategy().reset_fields("status"), [["metadata"], ["spec"]]);
    assert!(without_status().reset_fields("").is_empty());
}
