//! What comes back from the server, observed on Kubernetes 1.37.

use serde_json::json;

use super::*;
use crate::schema::{SchemaNode, object_meta::object_meta_schema};

/// As much of the OpenAPI of the kinds as the tests need.
fn schema(name: &str) -> Option<Schema> {
    let name = name.rsplit('.').next()?;
    let reference =
        |name: &str| json!({"allOf": [{"$ref": format!("#/components/schemas/{name}")}]});
    let owned = |name: &str| json!({"default": {}, "allOf": [{"$ref": format!("#/components/schemas/{name}")}]});
    let text = json!({"type": "string"});
    let number = json!({"type": "integer", "format": "int32"});
    let flag = json!({"type": "boolean"});
    let of = |properties: Value| json!({"type": "object", "properties": properties});
    let list = |name: &str| json!({"type": "array", "items": {"$ref": name}});
    let quantities = json!({"type": "object", "additionalProperties": {"$ref": "Quantity"}});
    let (package, source) = match name {
        "ConfigMap" => (
            "api.core.v1",
            of(json!({"metadata": owned("ObjectMeta"), "immutable": flag,
                "data": {"type": "object", "additionalProperties": text},
                "binaryData": {"type": "object", "additionalProperties": {"type": "string", "format": "byte"}}})),
        ),
        "Pod" => (
            "api.core.v1",
            of(
                json!({"metadata": owned("ObjectMeta"), "spec": owned("PodSpec"), "status": owned("PodStatus")}),
            ),
        ),
        "PodStatus" => ("api.core.v1", of(json!({"phase": text}))),
        "PodSpec" => (
            "api.core.v1",
            of(
                json!({"containers": list("Container"), "hostNetwork": flag, "restartPolicy": text,
                "priority": number, "volumes": list("Volume")}),
            ),
        ),
        "Container" => (
            "api.core.v1",
            of(
                json!({"name": {"type": "string", "default": ""}, "image": text, "args": {"type": "array", "items": text},
                "resources": owned("ResourceRequirements"), "securityContext": reference("SecurityContext"),
                "livenessProbe": reference("Probe")}),
            ),
        ),
        "Volume" => (
            "api.core.v1",
            of(json!({"name": text, "emptyDir": reference("EmptyDirVolumeSource")})),
        ),
        "EmptyDirVolumeSource" => (
            "api.core.v1",
            of(json!({"medium": text, "sizeLimit": reference("Quantity")})),
        ),
        "ResourceRequirements" => ("api.core.v1", of(json!({"limits": quantities}))),
        "SecurityContext" => ("api.core.v1", of(json!({"privileged": flag}))),
        "Probe" => (
            "api.core.v1",
            of(json!({"httpGet": reference("HTTPGetAction"), "periodSeconds": number})),
        ),
        "HTTPGetAction" => (
            "api.core.v1",
            of(json!({"path": text, "port": reference("IntOrString")})),
        ),
        "Role" => (
            "api.rbac.v1",
            of(json!({"rules": {"type": "array", "items": text}})),
        ),
        "Lease" => (
            "api.coordination.v1",
            of(json!({"spec": owned("LeaseSpec")})),
        ),
        "LeaseSpec" => (
            "api.coordination.v1",
            of(json!({"acquireTime": reference("MicroTime"), "leaseTransitions": number})),
        ),
        "JSONSchemaProps" => (
            "apiextensions-apiserver.pkg.apis.apiextensions.v1",
            of(json!({"type": text, "items": {"$ref": "JSONSchemaPropsOrArray"}})),
        ),
        "JSONSchemaPropsOrArray" => (
            "apiextensions-apiserver.pkg.apis.apiextensions.v1",
            json!({}),
        ),
        "MicroTime" => (
            "apimachinery.pkg.apis.meta.v1",
            json!({"type": "string", "format": "date-time"}),
        ),
        "Quantity" => (
            "apimachinery.pkg.api.resource",
            json!({"oneOf": [text, {"type": "number"}]}),
        ),
        "IntOrString" => (
            "apimachinery.pkg.util.intstr",
            json!({"format": "int-or-string", "oneOf": [{"type": "integer"}, text]}),
        ),
        "ObjectMeta" => return Some(object_meta_schema().clone()),
        _ => return None,
    };
    let mut schema = Schema::load(&source, &|name| schema(name).map(SchemaNode::from));
    schema.definition = Some(format!("io.k8s.{package}.{name}").into());
    Some(schema)
}

fn decoded(kind: &str, mut value: Value) -> (Result<Vec<String>, String>, Value) {
    let schema = schema(kind).unwrap();
    let outcome = decode_typed(&mut value, &schema).map_err(|error| {
        assert_eq!((error.code, error.reason), (400, "BadRequest"));
        let prefix = format!("{kind} in version \"v1\" cannot be handled as a {kind}: ");
        error.message.strip_prefix(&prefix).unwrap().to_owned()
    });
    (outcome, value)
}

#[test]
fn a_value_takes_the_shape_of_its_type() {
    let cases = [
        (
            "ConfigMap",
            json!({"metadata": {"name": "a", "creationTimestamp": "2020-01-01T00:00:00+02:00", "labels": {"a": null},
                "annotations": {}, "generateName": "", "finalizers": null}, "data": {}, "immutable": false,
                "binaryData": {"a": "", "b": null, "c": "eB=="}}),
            json!({"metadata": {"name": "a", "creationTimestamp": "2019-12-31T22:00:00Z", "labels": {"a": ""}},
                "immutable": false, "binaryData": {"a": "", "b": "", "c": "eA=="}}),
        ),
        (
            "Pod",
            json!({"spec": {"hostNetwork": false, "priority": 0, "restartPolicy": "", "containers": [
                {"name": "c", "args": [null], "securityContext": {"privileged": false},
                    "resources": {"limits": {"cpu": "1000m", "memory": "1024Mi", "x": 5, "y": "0.1n"}},
                    "livenessProbe": {"periodSeconds": 0, "httpGet": {"port": 0, "path": ""}}}, {}],
                "volumes": [{"name": "v", "emptyDir": {"medium": "", "sizeLimit": "0.1n"}}]}}),
            json!({"metadata": {}, "status": {}, "spec": {"priority": 0, "containers": [
                {"name": "c", "args": [""], "securityContext": {"privileged": false},
                    "resources": {"limits": {"cpu": "1", "memory": "1Gi", "x": "5", "y": "1m"}},
                    "livenessProbe": {"httpGet": {"port": 0}}}, {"name": "", "resources": {}}],
                "volumes": [{"name": "v", "emptyDir": {"sizeLimit": "1n"}}]}}),
        ),
        (
            "Pod",
            json!({}),
            json!({"metadata": {}, "status": {}, "spec": {"containers": null}}),
        ),
        ("Role", json!({"rules": []}), json!({"rules": null})),
        ("Role", json!({}), json!({"rules": null})),
        (
            "Lease",
            json!({"spec": {"acquireTime": "2020-01-01T00:00:00.123456+02:00", "leaseTransitions": 0}}),
            json!({"spec": {"acquireTime": "2019-12-31T22:00:00.123456Z", "leaseTransitions": 0}}),
        ),
        ("Lease", json!({}), json!({"spec": {}})),
    ];
    for (kind, given, expected) in cases {
        assert_eq!(decoded(kind, given), (Ok(Vec::new()), expected));
    }
}

#[test]
fn what_the_type_does_not_know_is_dropped_and_told() {
    let given = json!({"bar": 1, "metadata": {"foo": 1, "ownerReferences": [{"x": 1}]},
        "spec": {"containers": [{"name": "c", "Image": "x"}]}});
    let (unknown, value) = decoded("Pod", given);
    let expected = [
        r#"unknown field "bar""#,
        r#"unknown field "metadata.foo""#,
        r#"unknown field "metadata.ownerReferences[0].x""#,
        r#"unknown field "spec.containers[0].Image""#,
    ];
    assert_eq!(unknown.unwrap(), expected);
    let owner = json!({"apiVersion": "", "kind": "", "name": "", "uid": ""});
    assert_eq!(value["metadata"], json!({"ownerReferences": [owner]}));
    assert_eq!(
        value["spec"]["containers"],
        json!([{"name": "c", "resources": {}}])
    );
}

#[test]
fn schemas_within_a_schema_are_dropped_from_silently() {
    let (unknown, value) = decoded(
        "JSONSchemaProps",
        json!({"type": "array", "items": {"type": "string", "x": 1}}),
    );
    assert_eq!(unknown.unwrap(), Vec::<String>::new());
    assert_eq!(value, json!({"type": "array", "items": {"type": "string"}}));
}

#[test]
fn a_value_of_the_wrong_type_is_refused_in_the_servers_words() {
    let container = |field: Value| json!({"spec": {"containers": [field]}});
    let cases = [
        (
            "ConfigMap",
            json!({"metadata": {"labels": {"a": 1}}}),
            "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string",
        ),
        (
            "ConfigMap",
            json!({"metadata": {"labels": "x"}}),
            "json: cannot unmarshal string into Go struct field ObjectMeta.metadata.labels of type map[string]string",
        ),
        (
            "ConfigMap",
            json!({"metadata": []}),
            "json: cannot unmarshal array into Go struct field ConfigMap.metadata of type v1.ObjectMeta",
        ),
        (
            "ConfigMap",
            json!({"metadata": {"generation": 1.5}}),
            "json: cannot unmarshal number 1.5 into Go struct field ObjectMeta.metadata.generation of type int64",
        ),
        (
            "ConfigMap",
            json!({"metadata": {"ownerReferences": [{"controller": 1}]}}),
            "json: cannot unmarshal number into Go struct field OwnerReference.metadata.ownerReferences.controller of \
             type bool",
        ),
        (
            "ConfigMap",
            json!({"binaryData": {"a": 1}}),
            "json: cannot unmarshal number into Go struct field ConfigMap.binaryData of type []uint8",
        ),
        (
            "ConfigMap",
            json!({"binaryData": {"a": "%%"}}),
            "illegal base64 data at input byte 0",
        ),
        (
            "ConfigMap",
            json!({"metadata": {"creationTimestamp": "x"}}),
            r#"parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006""#,
        ),
        (
            "Pod",
            json!({"spec": {"containers": {}}}),
            "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container",
        ),
        (
            "Pod",
            json!({"spec": {"containers": ["x"]}}),
            "json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type v1.Container",
        ),
        (
            "Pod",
            json!({"spec": {"restartPolicy": 1}}),
            "json: cannot unmarshal number into Go struct field PodSpec.spec.restartPolicy of type v1.RestartPolicy",
        ),
        (
            "Pod",
            json!({"spec": {"priority": 3_000_000_000_i64}}),
            "json: cannot unmarshal number 3000000000 into Go struct field PodSpec.spec.priority of type int32",
        ),
        (
            "Pod",
            container(json!({"resources": {"limits": 1}})),
            "json: cannot unmarshal number into Go struct field ResourceRequirements.spec.containers.resources.limits \
             of type v1.ResourceList",
        ),
        (
            "Pod",
            container(json!({"resources": {"limits": {"cpu": true}}})),
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        ),
        (
            "Pod",
            container(json!({"livenessProbe": {"httpGet": {"port": true}}})),
            "json: cannot unmarshal bool into Go struct field \
             HTTPGetAction.spec.containers.livenessProbe.ProbeHandler.httpGet.port of type int32",
        ),
        (
            "Pod",
            json!({"spec": {"volumes": [{"emptyDir": 1}]}}),
            "json: cannot unmarshal number into Go struct field Volume.spec.volumes.VolumeSource.emptyDir of type \
             v1.EmptyDirVolumeSource",
        ),
        (
            "Lease",
            json!({"spec": {"acquireTime": 5}}),
            "json: cannot unmarshal number into Go struct field LeaseSpec.spec.acquireTime of type string",
        ),
    ];
    for (kind, given, expected) in cases {
        assert_eq!(decoded(kind, given).0, Err(expected.to_owned()));
    }
}

#[test]
fn base64_is_refused_where_go_stops_reading() {
    let cases = [
        ("x", Some(0)),
        ("eA", Some(0)),
        ("eA-_", Some(2)),
        ("eA==\n", None),
        ("e\nHg=", None),
        ("eA==x", Some(4)),
        ("eA=x", Some(2)),
        ("=", Some(0)),
    ];
    for (text, expected) in cases {
        assert_eq!(first_illegal_byte(text.as_bytes()), expected, "{text:?}");
    }
}
