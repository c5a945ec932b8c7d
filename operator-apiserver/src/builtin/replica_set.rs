//! Replica sets and their ancestor, the replication controller.

use serde_json::Value;

use super::{
    check::{not_negative, required},
    fields::{ensure_object, has, is_empty, set, set_default},
    path::Path,
    pod_spec::default_template,
    pod_validation::validate_running_template,
    rules::{Deletion, Errors, Generation, Rules},
    workload::{SPEC, counts, immutable, own_selector, running_template, status_number},
};
use crate::field_error::FieldError;

pub(super) const RULES: Rules = Rules {
    default: |object| {
        let spec = ensure_object(object, "spec");
        set_default(spec, "replicas", 1);
        default_template(spec);
    },
    validate: |object, errors| {
        let spec = &object["spec"];
        not_negative(spec, &SPEC, &["replicas", "minReadySeconds"], errors);
        let usable = own_selector(spec, "deployment", errors);
        running_template(spec, usable, "ReplicaSet", errors);
    },
    validate_change: |new, old, errors| {
        immutable(&new["spec"], &old["spec"], &SPEC, "selector", errors);
    },
    validate_status,
    generation: Generation::Spec,
    ..Rules::PLAIN
};

fn validate_status(new: &Value, _old: &Value, errors: &mut Errors) {
    counts(
        &new["status"],
        &[
            "replicas",
            "fullyLabeledReplicas",
            "readyReplicas",
            "availableReplicas",
            "observedGeneration",
            "terminatingReplicas",
        ],
        &["fullyLabeledReplicas", "readyReplicas", "availableReplicas"],
        "readyReplicas",
        errors,
    );
}

pub(super) const CONTROLLER_RULES: Rules = Rules {
    default: default_controller,
    validate: validate_controller,
    validate_status,
    generation: Generation::Spec,
    field_labels: &["status.replicas"],
    field: status_number,
    deletion: Deletion::Orphans,
    ..Rules::PLAIN
};

fn default_controller(object: &mut Value) {
    let spec = ensure_object(object, "spec");
    set_default(spec, "replicas", 1);
    if !has(spec, "template") {
        return;
    }
    default_template(spec);
    let labels = spec["template"]["metadata"]["labels"].clone();
    if labels.is_object() {
        if is_empty(spec.get("selector")) {
            set(spec, "selector", labels.clone());
        }
        let metadata = ensure_object(object, "metadata");
        if is_empty(metadata.get("labels")) {
            set(metadata, "labels", labels);
        }
    }
}

fn validate_controller(object: &Value, errors: &mut Errors) {
    let spec = &object["spec"];
    not_negative(spec, &SPEC, &["minReadySeconds"], errors);
    if is_empty(spec.get("selector")) {
        required(SPEC.field("selector"), "", errors);
    }
    not_negative(spec, &SPEC, &["replicas"], errors);
    let path: Path<'_> = SPEC.field("template");
    if !spec["template"].is_object() {
        required(path, "", errors);
        return;
    }
    let labels = &spec["template"]["metadata"]["labels"];
    let mut wanted = spec["selector"].as_object().into_iter().flatten();
    if !wanted.all(|(key, value)| labels.get(key) == Some(value)) {
        let detail = "`selector` does not match template `labels`";
        errors.push(FieldError::invalid(
            "spec.template.metadata.labels",
            labels.clone(),
            detail,
        ));
    }
    validate_running_template(&spec["template"], &path, "ReplicationController", errors);
}
