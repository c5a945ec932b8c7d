//! The objects and the sentences here were seen on a real 1.37.

use serde_json::json;

use super::*;

fn wrong(metadata: &Value) -> Vec<String> {
    let mut object = json!({"metadata": {"name": "a", "namespace": "ns"}});
    for (field, value) in metadata.as_object().into_iter().flatten() {
        object["metadata"][field] = value.clone();
    }
    let errors = validate(
        &object,
        true,
        Finalizers::Qualified,
        &names::dns_1123_subdomain,
    );
    errors.iter().map(ToString::to_string).collect()
}

fn wrong_update(new: &Value, old: &Value) -> Vec<String> {
    let whole = |metadata: &Value| {
        let mut object = json!({"metadata": {
            "name": "a", "namespace": "ns", "uid": "u", "resourceVersion": "1", "creationTimestamp": "t",
        }});
        for (field, value) in metadata.as_object().into_iter().flatten() {
            object["metadata"][field] = value.clone();
        }
        object
    };
    let errors = validate_update(
        &whole(new),
        &whole(old),
        true,
        Finalizers::Qualified,
        &names::dns_1123_subdomain,
    );
    errors.iter().map(ToString::to_string).collect()
}

#[test]
fn ordinary_metadata_is_right() {
    let metadata = json!({
        "labels": {"a.b/c": "d", "e": ""}, "annotations": {"A.com/x": "any thing"}, "generation": 5,
        "finalizers": ["a.b/c", "a.b/c", "orphan"],
        "ownerReferences": [
            {"apiVersion": "apps/v1", "kind": "K", "name": "n", "uid": "u", "controller": true},
            {"apiVersion": "/v1", "kind": "K", "name": "n", "uid": "v", "controller": false},
        ],
        "managedFields": [{"operation": "Apply", "fieldsType": "FieldsV1", "manager": "m"}],
    });
    assert_eq!(wrong(&metadata), [""; 0]);
    assert_eq!(wrong_update(&metadata, &json!({})), [""; 0]);
}

#[test]
fn a_name_is_required() {
    let expected = "metadata.name: Required value: name or generateName is required";
    assert_eq!(wrong(&json!({"name": ""})), [expected]);
}

#[test]
fn generate_name_is_validated_as_a_prefix() {
    assert_eq!(wrong(&json!({"generateName": "a-"})), [""; 0]);
    let errors = wrong(&json!({"generateName": "B"}));
    assert_eq!(errors.len(), 1);
    assert!(errors[0].starts_with("metadata.generateName: Invalid value: \"B\": a lowercase"));
}

#[test]
fn the_namespace_has_to_fit_the_kind() {
    let missing = wrong(&json!({"namespace": ""}));
    assert_eq!(missing, ["metadata.namespace: Required value"]);
    let object = json!({"metadata": {"name": "a", "namespace": "ns"}});
    let errors = validate(&object, false, Finalizers::Any, &names::path_segment);
    assert_eq!(
        errors[0].to_string(),
        "metadata.namespace: Forbidden: not allowed on this type"
    );
}

#[test]
fn wrong_labels_and_annotations_are_named_by_what_is_wrong() {
    let errors = wrong(&json!({"labels": {"a b": "c d"}, "annotations": {"/x": ""}}));
    let starts = [
        "metadata.labels: Invalid value: \"a b\": name part must consist of",
        "metadata.labels: Invalid value: \"c d\": a valid label must be an empty string",
        "metadata.annotations: Invalid value: \"/x\": prefix part must be non-empty",
    ];
    assert_eq!(errors.len(), starts.len());
    for (error, start) in errors.iter().zip(starts) {
        assert!(error.starts_with(start), "{error}");
    }
}

#[test]
fn annotations_have_a_total_size() {
    let annotations = |size: usize| json!({"annotations": {"a": "x".repeat(size)}});
    assert_eq!(wrong(&annotations(262_143)), [""; 0]);
    assert_eq!(
        wrong(&annotations(262_144)),
        ["metadata.annotations: Too long: may not be more than 262144 bytes"]
    );
}

#[test]
fn owner_references_are_complete_and_have_one_controller() {
    let reference = "metadata.ownerReferences[0]";
    assert_eq!(
        wrong(&json!({"ownerReferences": [{}]})),
        ["apiVersion", "kind", "name", "uid"]
            .map(|field| format!("{reference}.{field}: Required value: must not be empty"))
    );
    for api_version in ["a/b/c", "a/", "/"] {
        let owner = json!({"apiVersion": api_version, "kind": "K", "name": "n", "uid": "u"});
        assert_eq!(
            wrong(&json!({"ownerReferences": [owner]})),
            [format!(
                "{reference}.apiVersion: Invalid value: {api_version:?}: must be <group>/<version> or <version>"
            )]
        );
    }
    let event = json!({"apiVersion": "v1", "kind": "Event", "name": "n", "uid": "u"});
    assert_eq!(
        wrong(&json!({"ownerReferences": [event]})),
        [format!(
            "{reference}: Invalid value: {event}: /v1, Kind=Event is disallowed from being an owner"
        )]
    );
    let owner = |kind: &str, name: &str| json!({"apiVersion": "v1", "kind": kind, "name": name, "uid": name, "controller": true});
    let owners = json!([owner("A", "n"), owner("B", "m"), owner("B", "o")]);
    let expected = |other: &str| {
        format!(
            "metadata.ownerReferences: Invalid value: {owners}: Only one reference can have Controller set to true. \
             Found \"true\" in references for A/n and {other}"
        )
    };
    assert_eq!(
        wrong(&json!({"ownerReferences": owners})),
        [expected("B/m"), expected("B/o")]
    );
}

#[test]
fn finalizers_of_built_in_kinds_have_a_domain() {
    let not_qualified = |index: usize, name: &str| {
        format!(
            "metadata.finalizers[{index}]: Invalid value: {name:?}: name is neither a standard finalizer name nor is it \
             fully qualified"
        )
    };
    assert_eq!(
        wrong(&json!({"finalizers": ["x"]})),
        [not_qualified(0, "x")]
    );
    let errors = wrong(&json!({"finalizers": ["a.b/c", "x y"]}));
    assert!(errors[0].starts_with("metadata.finalizers: Invalid value: \"x y\": name part"));
    assert_eq!(errors[1], not_qualified(1, "x y"));
    assert_eq!(
        wrong(&json!({"finalizers": ["orphan", "foregroundDeletion"]})),
        [
            "metadata.finalizers: Invalid value: [\"orphan\",\"foregroundDeletion\"]: finalizer orphan and \
             foregroundDeletion cannot be both set"
        ]
    );
    let object = json!({"metadata": {"name": "a", "finalizers": ["x"]}});
    let errors = validate(&object, false, Finalizers::Any, &names::path_segment);
    assert_eq!(errors, [], "a custom resource may have any");
}

#[test]
fn managed_fields_are_well_formed() {
    let entry = json!({"operation": "Foo", "fieldsType": "X", "manager": "m".repeat(129), "subresource": "s".repeat(257)});
    let path = "metadata.managedFields[0]";
    assert_eq!(
        wrong(&json!({"managedFields": [entry, {}]})),
        [
            format!(
                "{path}.operation: Unsupported value: \"Foo\": supported values: \"Apply\", \"Update\""
            ),
            format!("{path}.fieldsType: Invalid value: \"X\": must be `FieldsV1`"),
            format!("{path}.manager: Too long: may not be more than 128 bytes"),
            format!("{path}.subresource: Too long: may not be more than 256 bytes"),
            "metadata.managedFields[1].operation: Required value: must not be empty".to_owned(),
        ]
    );
}

#[test]
fn what_identifies_an_object_is_immutable() {
    for (field, value) in [
        ("name", json!("b")),
        ("uid", json!("zz")),
        ("deletionTimestamp", json!("2020-01-01T00:00:00Z")),
        ("deletionGracePeriodSeconds", json!(4)),
    ] {
        let expected = format!("metadata.{field}: Invalid value: {value}: field is immutable");
        assert_eq!(wrong_update(&json!({field: value}), &json!({})), [expected]);
    }
}

#[test]
fn generation_and_resource_version_are_checked_on_update() {
    assert_eq!(
        wrong_update(&json!({"generation": 1}), &json!({"generation": 2})),
        ["metadata.generation: Invalid value: 1: must not be decremented"]
    );
    assert_eq!(
        wrong_update(&json!({"resourceVersion": ""}), &json!({})),
        ["metadata.resourceVersion: Invalid value: \"\": must be specified for an update"]
    );
}

#[test]
fn a_terminating_object_gets_no_new_finalizers() {
    let terminating = |finalizers: Value| json!({"deletionTimestamp": "t", "deletionGracePeriodSeconds": 0, "finalizers": finalizers});
    let old = terminating(json!(["x.io/a"]));
    assert_eq!(
        wrong_update(&terminating(json!(["x.io/a", "x.io/c", "x.io/b"])), &old),
        [
            "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new \
             finalizers []string{\"x.io/b\", \"x.io/c\"}"
        ]
    );
    assert_eq!(wrong_update(&terminating(json!([])), &old), [""; 0]);
}
