//! The cells of the kinds of `apps`.

use serde_json::Value;

use super::{
    containers, created, items, name, number,
    selector::{label_selector, labels, requirements},
    text,
};

pub(super) fn cells(kind: &str, object: &Value, now: i64) -> Option<Vec<Value>> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let age = created(object, now);
    let (names, images) = containers(&spec["template"]["spec"]);
    let selector = label_selector(&spec["selector"]);
    let ready = || {
        let (ready, wanted) = (number(&status["readyReplicas"]), number(&spec["replicas"]));
        format!("{ready}/{wanted}").into()
    };
    let count = |field: &str| number(&status[field]).into();
    Some(match kind {
        "Deployment" => {
            let selector = requirements(&spec["selector"]);
            let selector = selector.unwrap_or_else(|| "<invalid>".to_owned());
            let (updated, available) = (count("updatedReplicas"), count("availableReplicas"));
            let selector = selector.into();
            vec![
                name(object),
                ready(),
                updated,
                available,
                age,
                names,
                images,
                selector,
            ]
        }
        "ReplicaSet" => vec![
            name(object),
            number(&spec["replicas"]).into(),
            count("replicas"),
            count("readyReplicas"),
            age,
            names,
            images,
            selector.into(),
        ],
        "StatefulSet" => vec![name(object), ready(), age, names, images],
        "DaemonSet" => vec![
            name(object),
            count("desiredNumberScheduled"),
            count("currentNumberScheduled"),
            count("numberReady"),
            count("updatedNumberScheduled"),
            count("numberAvailable"),
            labels(&spec["template"]["spec"]["nodeSelector"]).into(),
            age,
            names,
            images,
            selector.into(),
        ],
        "ControllerRevision" => vec![
            name(object),
            controller(object).into(),
            number(&object["revision"]).into(),
            age,
        ],
        _ => return None,
    })
}

/// `statefulset.apps/web`, or `<none>`.
fn controller(object: &Value) -> String {
    let mut owners = items(&object["metadata"]["ownerReferences"]).iter();
    let Some(owner) = owners.find(|owner| owner["controller"] == true) else {
        return "<none>".to_owned();
    };
    let kind = text(&owner["kind"]).to_lowercase();
    let owner_name = text(&owner["name"]);
    match text(&owner["apiVersion"]).split_once('/') {
        Some((group, _)) => format!("{kind}.{}/{owner_name}", group.to_lowercase()),
        None => format!("{kind}/{owner_name}"),
    }
}
