//! The cells of volumes, claims and the kinds of `storage.k8s.io`.

use serde_json::Value;

use super::{age, created, items, joined, name, plain, size, text, text_or};
use crate::object;

pub(super) fn cells(kind: &str, object: &Value, now: i64) -> Option<Vec<Value>> {
    let age = created(object, now);
    let spec = &object["spec"];
    Some(match kind {
        "PersistentVolume" => volume(object, age),
        "PersistentVolumeClaim" => claim(object, age),
        "StorageClass" => vec![
            name(object),
            text(&object["provisioner"]).into(),
            text_or(&object["reclaimPolicy"], "Delete").into(),
            text_or(&object["volumeBindingMode"], "Immediate").into(),
            flag(&object["allowVolumeExpansion"], false),
            age,
        ],
        "VolumeAttachment" => vec![
            name(object),
            text(&spec["attacher"]).into(),
            text(&spec["source"]["persistentVolumeName"]).into(),
            text(&spec["nodeName"]).into(),
            flag(&object["status"]["attached"], false),
            age,
        ],
        "VolumeAttributesClass" => vec![name(object), text(&object["driverName"]).into(), age],
        "CSINode" => vec![name(object), size(&spec["drivers"]).into(), age],
        "CSIDriver" => csi_driver(object, age),
        _ => return None,
    })
}

/// The index of the storage class that claims without a class get, if these are storage classes: only in a list
/// is it known which of several that say so is meant.
pub(in super::super) fn default_class(objects: &[Value]) -> Option<usize> {
    let is_default = |class: &Value| {
        let annotations = &class["metadata"]["annotations"];
        class["kind"] == "StorageClass"
            && text(&class["apiVersion"]).starts_with("storage.k8s.io/")
            && (annotations["storageclass.kubernetes.io/is-default-class"] == "true"
                || annotations["storageclass.beta.kubernetes.io/is-default-class"] == "true")
    };
    let created = |class: &Value| age::seconds(&class["metadata"]["creationTimestamp"]);
    // The newest; of several of one age the one whose name comes first.
    let mut defaults = objects
        .iter()
        .enumerate()
        .filter(|(_, class)| is_default(class));
    let first = defaults.next()?;
    let newest = defaults.fold(first, |best, class| {
        let by_age = created(class.1).cmp(&created(best.1));
        match by_age.then_with(|| object::name(best.1).cmp(object::name(class.1))) {
            std::cmp::Ordering::Greater => class,
            _ => best,
        }
    });
    Some(newest.0)
}

fn volume(object: &Value, age: Value) -> Vec<Value> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let claim = match &spec["claimRef"] {
        Value::Null => String::new(),
        claim => format!("{}/{}", text(&claim["namespace"]), text(&claim["name"])),
    };
    vec![
        name(object),
        storage_of(&spec["capacity"]).into(),
        access_modes(&spec["accessModes"]).into(),
        text(&spec["persistentVolumeReclaimPolicy"]).into(),
        phase(object).into(),
        claim.into(),
        class(object).into(),
        or_unset(&spec["volumeAttributesClassName"]),
        text(&status["reason"]).into(),
        age,
        or_unset(&spec["volumeMode"]),
    ]
}

fn claim(object: &Value, age: Value) -> Vec<Value> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let bound = text(&spec["volumeName"]);
    let (capacity, modes) = if bound.is_empty() {
        (String::new(), String::new())
    } else {
        (
            storage_of(&status["capacity"]),
            access_modes(&status["accessModes"]),
        )
    };
    vec![
        name(object),
        phase(object).into(),
        bound.into(),
        capacity.into(),
        modes.into(),
        class(object).into(),
        or_unset(&spec["volumeAttributesClassName"]),
        age,
        or_unset(&spec["volumeMode"]),
    ]
}

fn csi_driver(object: &Value, age: Value) -> Vec<Value> {
    let spec = &object["spec"];
    let tokens = match &spec["tokenRequests"] {
        Value::Null => "<unset>".to_owned(),
        tokens => joined(items(tokens).iter().map(|token| text(&token["audience"]))),
    };
    let modes = match joined(items(&spec["volumeLifecycleModes"]).iter().map(text)) {
        modes if modes.is_empty() => "<none>".to_owned(),
        modes => modes,
    };
    vec![
        name(object),
        flag(&spec["attachRequired"], true),
        flag(&spec["podInfoOnMount"], false),
        flag(&spec["storageCapacity"], false),
        tokens.into(),
        flag(&spec["requiresRepublish"], false),
        modes.into(),
        age,
    ]
}

fn flag(value: &Value, absent: bool) -> Value {
    value.as_bool().unwrap_or(absent).into()
}

fn or_unset(value: &Value) -> Value {
    value.as_str().unwrap_or("<unset>").into()
}

fn phase(object: &Value) -> &str {
    if object::is_terminating(object) {
        "Terminating"
    } else {
        text(&object["status"]["phase"])
    }
}

fn storage_of(resources: &Value) -> String {
    match &resources["storage"] {
        Value::Null => "0".to_owned(),
        quantity => plain(quantity),
    }
}

/// The class: an old annotation goes before the field.
fn class(object: &Value) -> &str {
    let annotation = &object["metadata"]["annotations"]["volume.beta.kubernetes.io/storage-class"];
    let class = annotation.as_str();
    class.unwrap_or_else(|| text(&object["spec"]["storageClassName"]))
}

fn access_modes(modes: &Value) -> String {
    let short = [
        ("ReadWriteOnce", "RWO"),
        ("ReadOnlyMany", "ROX"),
        ("ReadWriteMany", "RWX"),
        ("ReadWriteOncePod", "RWOP"),
    ];
    let has = |mode: &str| items(modes).iter().any(|m| m == mode);
    joined(
        short
            .into_iter()
            .filter(|(mode, _)| has(mode))
            .map(|(_, short)| short),
    )
}
