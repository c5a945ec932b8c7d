//! The patches and their outcomes here were seen on a real 1.37.

use serde_json::json;

use super::*;
use crate::schema::SchemaNode;

/// A schema from the few words of `OpenAPI` that matter to a strategic merge.
fn schema(source: &Value) -> Schema {
    let node = |value: &Value| SchemaNode::from(schema(value));
    let text = |key: &str| source[key].as_str();
    Schema {
        definition: text("x-name").map(Into::into),
        value_type: text("type").map(|name| match name {
            "array" => ValueType::Array,
            "string" => ValueType::String,
            "integer" => ValueType::Integer,
            _ => ValueType::Object,
        }),
        properties: source["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), node(value)))
            .collect(),
        additional_properties: source
            .get("additionalProperties")
            .map(|value| AdditionalProperties::Schema(node(value))),
        items: source.get("items").map(node),
        patch_strategy: text("x-kubernetes-patch-strategy")
            .into_iter()
            .flat_map(|list| list.split(',').map(str::to_owned))
            .collect(),
        patch_merge_key: text("x-kubernetes-patch-merge-key").map(str::to_owned),
        all_of: source
            .get("allOf")
            .map(|all| node(&all[0]))
            .into_iter()
            .collect(),
        ..Schema::default()
    }
}

fn keyed_list(key: &str, properties: &Value) -> Value {
    json!({
        "type": "array", "x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": key,
        "items": {"type": "object", "properties": properties},
    })
}

/// The parts of a pod template that the patches here are about.
fn pod_schema() -> Schema {
    let strings = json!({"type": "array", "items": {"type": "string"}});
    let ports = keyed_list("containerPort", &json!({"name": {"type": "string"}}));
    let env = keyed_list("name", &json!({}));
    let object = json!({"type": "object"});
    schema(&json!({"type": "object", "properties": {
        "metadata": {"type": "object", "x-name": "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta", "properties": {
            "name": {"type": "string"},
            "annotations": {"type": "object", "additionalProperties": {"type": "string"}},
            "finalizers": {"type": "array", "x-kubernetes-patch-strategy": "merge", "items": {"type": "string"}},
        }},
        "containers": keyed_list("name", &json!({"ports": ports, "env": env, "args": strings})),
        "volumes": {
            "type": "array", "x-kubernetes-patch-strategy": "merge,retainKeys", "x-kubernetes-patch-merge-key": "name",
            "items": {"type": "object", "properties": {"emptyDir": object, "configMap": object}},
        },
        "tolerations": {"type": "array", "items": {"type": "object"}},
        "nodeSelector": {"type": "object", "additionalProperties": {"type": "string"}},
        "strategy": {
            "x-kubernetes-patch-strategy": "retainKeys",
            "allOf": [{"type": "object", "properties": {"type": {"type": "string"}, "rollingUpdate": object}}],
        },
    }}))
}

fn pod() -> Value {
    json!({
        "metadata": {"name": "d", "annotations": {"a": "1"}, "finalizers": ["x.io/a", "x.io/b", "x.io/c"]},
        "containers": [
            {"name": "c1", "image": "i1", "args": ["x", "y"],
             "ports": [{"containerPort": 80}, {"containerPort": 81}],
             "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]},
            {"name": "c2", "image": "i2"},
            {"name": "c3", "image": "i3"},
        ],
        "volumes": [{"name": "v", "emptyDir": {}}],
        "tolerations": [{"key": "t"}],
        "nodeSelector": {"c": "d"},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}},
    })
}

fn try_patch(patch: &Value) -> Result<Value, ApiError> {
    let mut target = pod();
    let result = strategic_merge(&mut target, patch, &pod_schema());
    if result.is_err() {
        assert_eq!(target, pod(), "nothing is changed by a patch that fails");
    }
    result.map(|()| target)
}

fn patched(patch: &Value) -> Value {
    try_patch(patch).expect("the patch applies")
}

fn failure_of(patch: &Value) -> (u16, String) {
    let error = try_patch(patch).unwrap_err();
    (error.code, error.message)
}

fn containers(patch: &Value) -> Vec<String> {
    let target = patched(patch);
    let containers = target["containers"].as_array().expect("a list");
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    containers
        .iter()
        .map(|c| format!("{}={}", text(&c["name"]), text(&c["image"])))
        .collect()
}

#[test]
fn new_items_come_first_and_known_ones_merge_in_place() {
    let c4 = json!({"name": "c4", "image": "i4"});
    assert_eq!(
        containers(&json!({"containers": [c4]})),
        ["c4=i4", "c1=i1", "c2=i2", "c3=i3"]
    );
    assert_eq!(
        containers(&json!({"containers": [c4, {"name": "c2", "image": "n"}]})),
        ["c4=i4", "c1=i1", "c2=n", "c3=i3"]
    );
}

#[test]
fn the_order_of_the_patch_counts_before_that_of_the_object() {
    let patch = json!({"containers": [{"name": "c3", "image": "n"}, {"name": "c1", "image": "n"}]});
    assert_eq!(containers(&patch), ["c2=i2", "c3=n", "c1=n"]);
    let patch = json!({"$setElementOrder/containers": [{"name": "c3"}, {"name": "c1"}]});
    assert_eq!(containers(&patch), ["c2=i2", "c3=i3", "c1=i1"]);
    let c4 = json!({"name": "c4", "image": "i4"});
    let patch = json!({
        "$setElementOrder/containers": [{"name": "c1"}, {"name": "c4"}, {"name": "c3"}], "containers": [c4],
    });
    assert_eq!(containers(&patch), ["c1=i1", "c4=i4", "c2=i2", "c3=i3"]);
    let patch = json!({"$setElementOrder/containers": [], "containers": [c4]});
    assert_eq!(containers(&patch), ["c1=i1", "c2=i2", "c3=i3", "c4=i4"]);
}

#[test]
fn items_are_deleted_or_replaced_by_directive() {
    assert_eq!(
        containers(&json!({"containers": [{"name": "c2", "$patch": "delete"}]})),
        ["c1=i1", "c3=i3"]
    );
    assert_eq!(
        containers(&json!({"containers": [{"$patch": "replace"}, {"name": "z", "image": "z"}]})),
        ["z=z"]
    );
    let patch = json!({
        "$setElementOrder/containers": [{"name": "c1"}, {"name": "c3"}],
        "containers": [{"name": "c2", "$patch": "delete"}],
    });
    assert_eq!(containers(&patch), ["c1=i1", "c3=i3"]);
}

#[test]
fn a_new_item_takes_the_place_that_a_deleted_one_left() {
    let c4 = json!({"name": "c4", "image": "i4"});
    let patch = json!({
        "$setElementOrder/containers": [{"name": "c2"}, {"name": "c4"}],
        "containers": [c4, {"name": "c1", "$patch": "delete"}],
    });
    assert_eq!(
        containers(&patch),
        ["c2=i2", "c3=i3", "c4=i4"],
        "with an order it comes after those that were there"
    );
    let patch = json!({"containers": [c4, {"name": "c1", "$patch": "delete"}]});
    assert_eq!(containers(&patch), ["c4=i4", "c2=i2", "c3=i3"]);
}

#[test]
fn lists_within_items_merge_by_their_own_keys() {
    let target = patched(&json!({"containers": [{
        "name": "c1", "args": ["z"],
        "ports": [{"containerPort": 82}, {"containerPort": 80, "name": "web"}],
        "env": [{"name": "A", "$patch": "delete"}, {"name": "C", "value": "3"}],
    }]}));
    let c1 = &target["containers"][0];
    assert_eq!(
        c1["ports"],
        json!([{"containerPort": 82}, {"containerPort": 80, "name": "web"}, {"containerPort": 81}])
    );
    assert_eq!(
        c1["env"],
        json!([{"name": "C", "value": "3"}, {"name": "B", "value": "2"}])
    );
    assert_eq!(
        c1["args"],
        json!(["z"]),
        "a list without a strategy is one value"
    );
}

#[test]
fn finalizers_merge_as_a_set() {
    let finalizers =
        |metadata: Value| patched(&json!({"metadata": metadata}))["metadata"]["finalizers"].take();
    assert_eq!(
        finalizers(json!({"finalizers": ["x.io/z"]})),
        json!(["x.io/z", "x.io/a", "x.io/b", "x.io/c"])
    );
    assert_eq!(
        finalizers(json!({"finalizers": ["x.io/z", "x.io/a"]})),
        json!(["x.io/z", "x.io/a", "x.io/b", "x.io/c"])
    );
    assert_eq!(
        finalizers(json!({"$deleteFromPrimitiveList/finalizers": ["x.io/a"]})),
        json!(["x.io/b", "x.io/c"])
    );
    assert_eq!(
        finalizers(json!({
            "$deleteFromPrimitiveList/finalizers": ["x.io/a"],
            "$setElementOrder/finalizers": ["x.io/c", "x.io/b"],
        })),
        json!(["x.io/c", "x.io/b"])
    );
    assert_eq!(
        finalizers(json!({
            "$setElementOrder/finalizers": ["x.io/c", "x.io/b", "x.io/z"], "finalizers": ["x.io/z"],
        })),
        json!(["x.io/a", "x.io/c", "x.io/b", "x.io/z"])
    );
    assert_eq!(
        finalizers(json!({"finalizers": []})),
        json!(["x.io/a", "x.io/b", "x.io/c"])
    );
    assert_eq!(finalizers(json!({"finalizers": null})), json!(null));
}

#[test]
fn objects_merge_are_replaced_or_emptied() {
    let annotations = |value: Value| {
        patched(&json!({"metadata": {"annotations": value}}))["metadata"]["annotations"].take()
    };
    assert_eq!(
        annotations(json!({"x": null, "b": "2"})),
        json!({"a": "1", "b": "2"})
    );
    assert_eq!(
        annotations(json!({"$patch": "replace", "z": "1"})),
        json!({"z": "1"})
    );
    assert_eq!(annotations(json!({"$patch": "delete"})), json!({}));
    assert_eq!(patched(&json!({"$patch": "delete"})), json!({}));
    assert_eq!(patched(&json!(null)), pod());
}

#[test]
fn retain_keys_drops_what_it_does_not_name() {
    let retained = json!({"strategy": {"$retainKeys": ["type"], "type": "Recreate"}});
    assert_eq!(patched(&retained)["strategy"], json!({"type": "Recreate"}));
    let kept = json!({"strategy": {"type": "Recreate"}});
    assert_eq!(
        patched(&kept)["strategy"],
        json!({"type": "Recreate", "rollingUpdate": {"maxSurge": 1}})
    );
    let volume = json!({"volumes": [{
        "name": "v", "$retainKeys": ["name", "configMap"], "configMap": {"name": "x"},
    }]});
    assert_eq!(
        patched(&volume)["volumes"],
        json!([{"name": "v", "configMap": {"name": "x"}}])
    );
    for wrong in [json!(["z"]), json!("z")] {
        let patch = json!({"strategy": {"$retainKeys": wrong, "type": "x"}});
        let expected = (400, "invalid patch format of retainKeys".to_owned());
        assert_eq!(failure_of(&patch), expected);
    }
}

#[test]
fn what_is_new_carries_neither_nulls_nor_directives() {
    let target = patched(&json!({"extra": {"a": null, "l": [{"x": null}, {"$patch": "delete"}]}}));
    assert_eq!(target["extra"], json!({"l": [{}]}));
}

#[test]
fn what_can_not_be_merged_is_told_in_the_servers_words() {
    for (patch, message) in [
        (
            json!({"containers": [{"image": "x"}]}),
            "map: map[image:x] does not contain declared merge key: name",
        ),
        (
            json!({"containers": [{"$patch": "delete"}]}),
            "map: map[$patch:delete] does not contain declared merge key: name",
        ),
        (
            json!({"containers": [{"$patch": "merge", "name": "c1"}]}),
            "merging lists cannot yet be specified in the patch",
        ),
        (
            json!({"containers": [{"$patch": "zz", "name": "c1"}]}),
            "unknown patch type: zz in map: map[$patch:zz name:c1]",
        ),
        (
            json!({"$patch": 1}),
            "unknown patch type: %!s(int64=1) in map: map[$patch:1]",
        ),
        (
            json!({"$setElementOrder/containers": [{"nam": "c1"}]}),
            "map: map[nam:c1] does not contain declared merge key: name",
        ),
        (
            json!({"$setElementOrder/containers": ["c1"]}),
            "value for key 0 is not a map",
        ),
        (
            json!({"metadata": {"$setElementOrder/finalizers": ["c", "b"], "finalizers": ["z"]}}),
            "The order in patch list:\n[z]\n doesn't match $setElementOrder list:\n[c b]\n",
        ),
        (
            json!({"metadata": {"$setElementOrder/finalizers": "x"}}),
            "expected a []interface {}, but received a string",
        ),
        (
            json!({"metadata": {"$setElementOrder/annotations": ["x"]}}),
            "expected a []interface {}, but received a map[string]interface {}",
        ),
        (
            json!({"metadata": {"$setElementOrder/nope": ["x"]}}),
            "unable to find api field in struct ObjectMeta for the json field \"nope\"",
        ),
        (
            json!({"metadata": {"finalizers": [{"a": 1}]}}),
            "list element types are not identical: [[x.io/a x.io/b x.io/c] [map[a:1]]]",
        ),
        (
            json!({"metadata": {"finalizers": [null]}}),
            "list element types are not identical: [[x.io/a x.io/b x.io/c] [<nil>]]",
        ),
    ] {
        assert_eq!(failure_of(&patch), (500, message.to_owned()), "{patch}");
    }
}

#[test]
fn directives_without_a_field_are_bad_requests() {
    for (patch, message) in [
        (
            json!({"metadata": {"$deleteFromPrimitiveList": ["a"]}}),
            "invalid patch format of primitive list",
        ),
        (
            json!({"metadata": {"$setElementOrder": ["a"]}}),
            "invalid patch format of setElementOrder list",
        ),
    ] {
        assert_eq!(failure_of(&patch), (400, message.to_owned()));
    }
    let error = read_strategic_patch(Ok(json!([]))).unwrap_err();
    assert_eq!(
        error.message,
        "json: cannot unmarshal array into Go value of type map[string]interface {}"
    );
}

#[test]
fn long_lists_merge_in_linear_time() {
    let items = |from: usize| -> Value {
        (from..from + 20_000)
            .map(|i| json!({"name": format!("c{i}")}))
            .collect()
    };
    let mut target = json!({"containers": items(0)});
    let patch = json!({"containers": items(10_000)});
    strategic_merge(&mut target, &patch, &pod_schema()).expect("the patch applies");
    assert_eq!(target["containers"].as_array().map(Vec::len), Some(30_000));
}
