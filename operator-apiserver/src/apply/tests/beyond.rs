//! Other endpoints, other versions and other ways to apply.

use serde_json::{Value, json};

use super::{Server, VERSION, schema, thing};
use crate::apply::{
    OtherVersion, ScalePaths, Writer, apply, parent_managed_fields, scale_managed_fields,
    track_update,
};

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
    let versions = [("example.com/v1", &v1), ("example.com/v2", &v2)];
    let versions = versions.map(|(api_version, schema)| OtherVersion {
        api_version,
        schema,
        conversion: None,
    });
    let mut object = None;
    let mut apply_in = |version: usize, manager: &str, spec: Value| {
        let OtherVersion {
            api_version,
            schema,
            ..
        } = versions[version - 1];
        let writer = Writer {
            manager,
            api_version,
            subresource: "",
            now: "2020-01-01T00:00:00Z",
            other_versions: &versions,
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
