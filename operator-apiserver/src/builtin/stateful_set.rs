//! Stateful sets: ordered pods with claims of their own; most of their spec is settled when they are made.

use serde_json::{Value, json};

use super::{
    check::{not_negative, not_supported, number_or_percent, required, selector, selects_all},
    fields::{ensure_object, has, items_mut, list, set, set_default, text},
    pod_spec::default_template,
    rules::{Errors, Generation, Rules},
    volume::{default_claim, validate_claim_spec},
    workload::{SPEC, counts, immutable, running_template},
};
use crate::{field_error::FieldError, metadata::names::dns_1123_label};

pub(super) const RULES: Rules = Rules {
    default,
    validate,
    validate_change,
    name,
    validate_status: |new, _, errors| {
        counts(
            &new["status"],
            &[
                "replicas",
                "readyReplicas",
                "currentReplicas",
                "updatedReplicas",
                "observedGeneration",
                "collisionCount",
                "availableReplicas",
            ],
            &[
                "readyReplicas",
                "currentReplicas",
                "updatedReplicas",
                "availableReplicas",
            ],
            "status.readyReplicas",
            errors,
        );
    },
    generation: Generation::Spec,
    ..Rules::PLAIN
};

/// The name is part of the names and addresses of its pods.
fn name(name: &str) -> Vec<String> {
    if name.contains('.') {
        return vec!["must not contain dots".to_owned()];
    }
    dns_1123_label(name)
}

fn default(object: &mut Value) {
    let spec = ensure_object(object, "spec");
    set_default(spec, "podManagementPolicy", "OrderedReady");
    let strategy = ensure_object(spec, "updateStrategy");
    set_default(strategy, "type", "RollingUpdate");
    if text(strategy, "type") == "RollingUpdate" {
        let rolling = ensure_object(strategy, "rollingUpdate");
        set_default(rolling, "partition", 0);
        set_default(rolling, "maxUnavailable", 1);
    }
    let retention = ensure_object(spec, "persistentVolumeClaimRetentionPolicy");
    set_default(retention, "whenDeleted", "Retain");
    set_default(retention, "whenScaled", "Retain");
    set_default(spec, "replicas", 1);
    set_default(spec, "revisionHistoryLimit", 10);
    default_template(spec);
    for claim in items_mut(spec, "volumeClaimTemplates") {
        set(claim, "apiVersion", "v1");
        set(claim, "kind", "PersistentVolumeClaim");
        default_claim(claim);
    }
}

fn validate(object: &Value, errors: &mut Errors) {
    let spec = &object["spec"];
    let policy = text(spec, "podManagementPolicy");
    if !["OrderedReady", "Parallel"].contains(&policy) {
        errors.push(FieldError::invalid(
            SPEC.field("podManagementPolicy"),
            policy,
            "must be 'OrderedReady' or 'Parallel'",
        ));
    }
    strategy(spec, errors);
    let retention = SPEC.field("persistentVolumeClaimRetentionPolicy");
    for field in ["whenDeleted", "whenScaled"] {
        let wanted = text(&spec["persistentVolumeClaimRetentionPolicy"], field);
        if !["Retain", "Delete"].contains(&wanted) {
            not_supported(
                retention.field(field),
                wanted,
                &["Retain", "Delete"],
                errors,
            );
        }
    }
    not_negative(spec, &SPEC, &["replicas"], errors);
    not_negative(spec, &SPEC, &["minReadySeconds"], errors);
    not_negative(
        &spec["ordinals"],
        &SPEC.field("ordinals"),
        &["start"],
        errors,
    );
    own_selector(spec, errors);
    claims(spec, errors);
    let service = text(spec, "serviceName");
    if !service.is_empty() {
        let wrong = dns_1123_label(service);
        errors.extend(
            wrong
                .into_iter()
                .map(|text| FieldError::invalid(SPEC.field("serviceName"), service, text)),
        );
    }
}

fn own_selector(spec: &Value, errors: &mut Errors) {
    let path = SPEC.field("selector");
    let before = errors.len();
    if spec["selector"].is_object() {
        selector(&spec["selector"], path, errors);
        if errors.len() == before && selects_all(&spec["selector"]) {
            let detail = "empty selector is invalid for statefulset";
            errors.push(FieldError::invalid(path, spec["selector"].clone(), detail));
            running_template(spec, false, "StatefulSet", errors);
            return;
        }
        if errors.len() > before {
            errors.push(FieldError::invalid(path, spec["selector"].clone(), ""));
            running_template(spec, false, "StatefulSet", errors);
            return;
        }
    } else {
        required(path, "", errors);
    }
    running_template(spec, true, "StatefulSet", errors);
}

fn claims(spec: &Value, errors: &mut Errors) {
    let parent = SPEC.field("volumeClaimTemplates");
    for (index, claim) in list(spec, "volumeClaimTemplates").iter().enumerate() {
        let path = parent.index(index);
        validate_claim_spec(&claim["spec"], &path.field("spec"), errors);
    }
}

fn strategy(spec: &Value, errors: &mut Errors) {
    let strategy = &spec["updateStrategy"];
    let path = SPEC.field("updateStrategy");
    let rolling = &strategy["rollingUpdate"];
    let rolling_path = path.field("rollingUpdate");
    match text(strategy, "type") {
        "" => required(path, "", errors),
        "OnDelete" => {
            if has(strategy, "rollingUpdate") {
                let detail = "only allowed for updateStrategy 'RollingUpdate'";
                errors.push(FieldError::invalid(rolling_path, rolling.clone(), detail));
            }
        }
        "RollingUpdate" => {
            not_negative(rolling, &rolling_path, &["partition"], errors);
            number_or_percent(
                &rolling["maxUnavailable"],
                rolling_path.field("maxUnavailable"),
                errors,
            );
        }
        _ => errors.push(FieldError::invalid(
            path,
            json!({"type": strategy["type"]}),
            "must be 'RollingUpdate' or 'OnDelete'",
        )),
    }
}

/// What is settled; everything else that a stateful set has may be changed.
const SETTLED: &[&str] = &[
    "serviceName",
    "selector",
    "podManagementPolicy",
    "volumeClaimTemplates",
];

fn validate_change(new: &Value, old: &Value, errors: &mut Errors) {
    for field in SETTLED {
        immutable(&new["spec"], &old["spec"], &SPEC, field, errors);
    }
}
