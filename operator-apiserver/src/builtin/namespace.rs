//! Namespaces: they are active until they are deleted, carry their name as a label, and a fresh server has four.

use serde_json::{Value, json};

use super::{
    fields::{ensure_object, keep, list, set, set_default, text},
    format::label_key,
    path::Path,
    rules::{Deletion, Errors, Rules},
};
use crate::{
    field_error::FieldError,
    metadata::names::dns_1123_label,
    object::{is_terminating, name},
};

pub(super) const RULES: Rules = Rules {
    default,
    create,
    update,
    validate,
    validate_status,
    name: dns_1123_label,
    field_labels: &["status.phase"],
    field: |object, _| text(&object["status"], "phase").to_owned(),
    deletion: Deletion::Returned,
    ..Rules::PLAIN
};

const LABEL: &str = "kubernetes.io/metadata.name";
/// The finalizer that keeps a namespace until it is empty.
const KUBERNETES: &str = "kubernetes";

fn default(object: &mut Value) {
    label(object);
    set_default(ensure_object(object, "status"), "phase", "Active");
}

fn label(object: &mut Value) {
    let name = name(object).to_owned();
    if !name.is_empty() {
        set(
            ensure_object(ensure_object(object, "metadata"), "labels"),
            LABEL,
            name,
        );
    }
}

fn create(object: &mut Value) {
    // A name that was generated is known only now.
    label(object);
    set(object, "status", json!({"phase": "Active"}));
    let spec = ensure_object(object, "spec");
    if !list(spec, "finalizers").contains(&json!(KUBERNETES)) {
        let finalizers = list(spec, "finalizers").iter().cloned();
        let finalizers: Vec<Value> = finalizers.chain([json!(KUBERNETES)]).collect();
        set(spec, "finalizers", finalizers);
    }
}

fn update(new: &mut Value, old: &Value) {
    // Finalizers are changed through `finalize` only.
    keep(ensure_object(new, "spec"), &old["spec"], "finalizers");
}

fn validate(object: &Value, errors: &mut Errors) {
    for finalizer in list(&object["spec"], "finalizers") {
        let finalizer = finalizer.as_str().unwrap_or_default();
        let path = Path::Root("spec.finalizers");
        let mut wrong = label_key(finalizer);
        if wrong.is_empty() && !finalizer.contains('/') && finalizer != KUBERNETES {
            wrong.push(
                "name is neither a standard finalizer name nor is it fully qualified".to_owned(),
            );
        }
        errors.extend(
            wrong
                .into_iter()
                .map(|text| FieldError::invalid(path, finalizer, text)),
        );
    }
}

fn validate_status(new: &Value, _old: &Value, errors: &mut Errors) {
    let phase = text(&new["status"], "phase");
    let (wrong, detail) = if is_terminating(new) {
        (
            phase != "Terminating",
            "may only be 'Terminating' if `deletionTimestamp` is not empty",
        )
    } else {
        (
            phase != "Active",
            "may only be 'Active' if `deletionTimestamp` is empty",
        )
    };
    if wrong {
        errors.push(FieldError::invalid("status.Phase", phase, detail));
    }
}

/// The objects that a fresh server has: its namespaces, the Service that leads to itself, and the priority classes
/// of the system.
///
/// They are as a client would send them: they go through creation like any other object, as the server's own.
#[must_use]
pub(crate) fn initial_objects() -> Vec<Value> {
    let names = ["default", "kube-system", "kube-public", "kube-node-lease"];
    let namespaces = names
        .map(|name| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}));
    let service = json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {
            "name": "kubernetes", "namespace": "default",
            "labels": {"component": "apiserver", "provider": "kubernetes"},
        },
        "spec": {
            "clusterIP": super::service::FIRST_CLUSTER_IP.to_string(),
            "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443}],
        },
    });
    let classes = super::priority_class::initial_objects();
    namespaces
        .into_iter()
        .chain([service])
        .chain(classes)
        .collect()
}
