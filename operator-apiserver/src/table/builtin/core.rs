//! The cells of kinds of the core group that have no file of their own.

use serde_json::Value;

use super::{
    condition, containers, created, items, name, number, plain, selector::labels, size, text,
    text_or,
};

pub(super) fn cells(kind: &str, object: &Value, now: i64) -> Option<Vec<Value>> {
    let age = created(object, now);
    Some(match kind {
        "ConfigMap" => {
            let entries = size(&object["data"]) + size(&object["binaryData"]);
            vec![name(object), entries.into(), age]
        }
        "Secret" => {
            let (secret_type, entries) = (text(&object["type"]), size(&object["data"]));
            vec![name(object), secret_type.into(), entries.into(), age]
        }
        "ServiceAccount" => vec![name(object), age],
        "Namespace" => vec![name(object), text(&object["status"]["phase"]).into(), age],
        "Node" => node(object, age),
        "ResourceQuota" => resource_quota(object, age),
        "ReplicationController" => replication_controller(object, age),
        "PodTemplate" => {
            let (names, images) = containers(&object["template"]["spec"]);
            let pod_labels = labels(&object["template"]["metadata"]["labels"]);
            vec![name(object), names, images, pod_labels.into()]
        }
        _ => return None,
    })
}

fn replication_controller(object: &Value, age: Value) -> Vec<Value> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let (names, images) = containers(&spec["template"]["spec"]);
    vec![
        name(object),
        number(&spec["replicas"]).into(),
        number(&status["replicas"]).into(),
        number(&status["readyReplicas"]).into(),
        age,
        names,
        images,
        labels(&spec["selector"]).into(),
    ]
}

fn node(object: &Value, age: Value) -> Vec<Value> {
    let info = &object["status"]["nodeInfo"];
    let mut status = match condition(object, "Ready") {
        None => "Unknown",
        Some(ready) if ready["status"] == "True" => "Ready",
        Some(_) => "NotReady",
    }
    .to_owned();
    if object["spec"]["unschedulable"] == true {
        status.push_str(",SchedulingDisabled");
    }
    let mut kernel = text_or(&info["kernelVersion"], "<unknown>").to_owned();
    let architecture = text(&info["architecture"]);
    if !architecture.is_empty() {
        kernel = format!("{kernel} ({architecture})");
    }
    vec![
        name(object),
        status.into(),
        node_roles(object).into(),
        age,
        text(&info["kubeletVersion"]).into(),
        node_address(object, "InternalIP").into(),
        node_address(object, "ExternalIP").into(),
        text_or(&info["osImage"], "<unknown>").into(),
        kernel.into(),
        text_or(&info["containerRuntimeVersion"], "<unknown>").into(),
    ]
}

fn node_address<'a>(node: &'a Value, address_type: &str) -> &'a str {
    let mut addresses = items(&node["status"]["addresses"]).iter();
    let address = addresses.find(|address| address["type"] == address_type);
    address.map_or("<none>", |address| text(&address["address"]))
}

fn node_roles(node: &Value) -> String {
    let labels = node["metadata"]["labels"].as_object().into_iter().flatten();
    let mut roles: Vec<&str> = labels
        .filter_map(|(key, value)| match key.as_str() {
            "kubernetes.io/role" => Some(text(value)),
            key => key.strip_prefix("node-role.kubernetes.io/"),
        })
        .filter(|role| !role.is_empty())
        .collect();
    roles.sort_unstable();
    roles.dedup();
    match roles.as_slice() {
        [] => "<none>".to_owned(),
        roles => roles.join(","),
    }
}

fn resource_quota(object: &Value, age: Value) -> Vec<Value> {
    let (mut requests, mut limits) = (Vec::new(), Vec::new());
    for (resource, hard) in object["status"]["hard"].as_object().into_iter().flatten() {
        let used = match &object["status"]["used"][resource] {
            Value::Null => "0".to_owned(),
            used => plain(used),
        };
        let column = if resource.starts_with("limits.") {
            &mut limits
        } else {
            &mut requests
        };
        column.push(format!("{resource}: {used}/{}", plain(hard)));
    }
    vec![
        name(object),
        requests.join(", ").into(),
        limits.join(", ").into(),
        age,
    ]
}
