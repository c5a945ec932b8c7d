//! Applying: what an applier owns, what it may not take, what goes when it is given up.

use serde_json::json;

use super::{Server, thing};

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
fn items_that_are_there_several_times_are_owned_as_one_and_replaced_as_one() {
    let mut server = Server::new();
    let items = |pairs: &[(&str, &str)]| {
        let items = pairs.iter().map(|(name, v)| json!({"name": name, "v": v}));
        json!({"list": items.collect::<Vec<_>>()})
    };
    server.put_spec("u1", items(&[("a", "1"), ("a", "2"), ("b", "1")]));
    assert_eq!(
        server.owners()[0],
        r#"u1 Update 01: {"f:spec":{".":{},"f:list":{".":{},"k:{\"name\":\"a\"}":{},"k:{\"name\":\"b\"}":{".":{},"f:name":{},"f:v":{}}}}}"#
    );
    server.apply("m1", items(&[("b", "1"), ("c", "1")]));
    assert_eq!(
        *server.spec(),
        items(&[("a", "1"), ("a", "2"), ("b", "1"), ("c", "1")])
    );
    let error = server.refused("m1", items(&[("a", "3")]));
    assert_eq!(
        error.message,
        "Apply failed with 1 conflict: conflict with \"u1\" using example.com/v1: .spec.list[name=\"a\"]"
    );
    server.force("m1", items(&[("a", "3")]));
    assert_eq!(*server.spec(), items(&[("a", "3"), ("b", "1")]));
    server.put_spec("u1", items(&[("a", "3"), ("a", "4")]));
    server.force("m2", items(&[("a", "4")]));
    assert_eq!(*server.spec(), items(&[("a", "4")]));
}
