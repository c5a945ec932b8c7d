//! Jobs: their pods carry the uid of their job, and what they run never changes.

use serde_json::{Value, json};

use super::{
    check::{not_negative, not_supported, one_of, required, selector},
    fields::{
        ensure_object, flag, has, is_empty, items_mut, keep, number, object_mut, set, set_default,
        text,
    },
    job_status,
    path::Path,
    pod_spec::default_template,
    pod_validation::validate_template,
    rules::{Deletion, Errors, Generation, Rules},
    workload::{SPEC, immutable, status_number},
};
use crate::{field_error::FieldError, object, selectors::LabelSelector};

pub(super) const RULES: Rules = Rules {
    default,
    create,
    validate_new,
    validate,
    validate_change,
    validate_status: job_status::validate,
    generation: Generation::Spec,
    field_labels: &["status.successful"],
    field: |object, _| status_number(object, "status.succeeded"),
    deletion: Deletion::Orphans,
    ..Rules::PLAIN
};

const CONTROLLER_UID: &str = "batch.kubernetes.io/controller-uid";

fn default(object: &mut Value) {
    let spec = ensure_object(object, "spec");
    if !has(spec, "completions") && !has(spec, "parallelism") {
        set(spec, "completions", 1);
    }
    set_default(spec, "parallelism", 1);
    let retries = if has(spec, "backoffLimitPerIndex") {
        i32::MAX
    } else {
        6
    };
    set_default(spec, "backoffLimit", retries);
    set_default(spec, "completionMode", "NonIndexed");
    set_default(spec, "suspend", false);
    set_default(spec, "manualSelector", false);
    let replaced = if has(spec, "podFailurePolicy") {
        "Failed"
    } else {
        "TerminatingOrFailed"
    };
    set_default(spec, "podReplacementPolicy", replaced);
    default_job_spec(spec);
    copy_labels(object);
}

/// The defaults of a job's spec in the template of a cron job, too.
pub(super) fn default_job_spec(spec: &mut Value) {
    default_template(spec);
    if let Some(policy) = object_mut(spec, "podFailurePolicy") {
        for rule in items_mut(policy, "rules") {
            for pattern in items_mut(rule, "onPodConditions") {
                set_default(pattern, "status", "True");
            }
        }
    }
}

/// A job without labels has those of its template.
fn copy_labels(object: &mut Value) {
    let labels = object["spec"]["template"]["metadata"]["labels"].clone();
    let metadata = ensure_object(object, "metadata");
    if labels.is_object() && is_empty(metadata.get("labels")) {
        set(metadata, "labels", labels);
    }
}

fn create(object: &mut Value) {
    if flag(&object["spec"], "manualSelector") {
        return;
    }
    let (name, uid) = (
        object::name(object).to_owned(),
        object::uid(object).to_owned(),
    );
    let spec = ensure_object(object, "spec");
    let labels = ensure_object(
        ensure_object(ensure_object(spec, "template"), "metadata"),
        "labels",
    );
    for (key, value) in [
        ("controller-uid", &uid),
        (CONTROLLER_UID, &uid),
        ("job-name", &name),
        ("batch.kubernetes.io/job-name", &name),
    ] {
        set(labels, key, value.as_str());
    }
    let selector = ensure_object(ensure_object(spec, "selector"), "matchLabels");
    set(selector, CONTROLLER_UID, uid);
    copy_labels(object);
}

fn validate_new(object: &Value, errors: &mut Errors) {
    let spec = &object["spec"];
    if flag(spec, "manualSelector") {
        return;
    }
    let generated = json!({"matchLabels": {CONTROLLER_UID: object::uid(object)}});
    if spec["selector"] != generated {
        let detail = "`selector` not auto-generated";
        errors.push(FieldError::invalid(
            "spec.selector",
            spec["selector"].clone(),
            detail,
        ));
    }
}

fn validate(object: &Value, errors: &mut Errors) {
    let spec = &object["spec"];
    if spec["selector"].is_object() {
        selector(&spec["selector"], SPEC.field("selector"), errors);
    } else {
        required(SPEC.field("selector"), "", errors);
    }
    let labels = &spec["template"]["metadata"]["labels"];
    // Of a selector that can't be read, enough has been said.
    let picks = LabelSelector::from_object(&spec["selector"]);
    if picks.is_ok_and(|selector| !selector.matches_labels(labels)) {
        let detail = "`selector` does not match template `labels`";
        errors.push(FieldError::invalid(
            "spec.template.metadata.labels",
            labels.clone(),
            detail,
        ));
    }
    validate_job_spec(spec, &SPEC, errors);
}

/// Checks a job's spec in the template of a cron job, too.
pub(super) fn validate_job_spec(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    let numbers = [
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
        "backoffLimitPerIndex",
        "maxFailedIndexes",
    ];
    not_negative(spec, path, &numbers, errors);
    if has(spec, "completionMode") {
        one_of(
            spec,
            path,
            "completionMode",
            &["NonIndexed", "Indexed"],
            errors,
        );
        if text(spec, "completionMode") == "Indexed" && !has(spec, "completions") {
            required(
                path.field("completions"),
                "when completion mode is Indexed",
                errors,
            );
        }
    }
    if has(spec, "backoffLimitPerIndex") && text(spec, "completionMode") != "Indexed" {
        let limit = spec["backoffLimitPerIndex"].clone();
        errors.push(FieldError::invalid(
            path.field("backoffLimitPerIndex"),
            limit,
            "requires indexed completion mode",
        ));
    }
    let template = path.field("template");
    validate_template(&spec["template"], &template, errors);
    let template = template.field("spec");
    match text(&spec["template"]["spec"], "restartPolicy") {
        "OnFailure" | "Never" => {}
        "" | "Always" => {
            required(
                template.field("restartPolicy"),
                "valid values: \"OnFailure\", \"Never\"",
                errors,
            );
        }
        other => not_supported(
            template.field("restartPolicy"),
            other,
            &["OnFailure", "Never"],
            errors,
        ),
    }
}

fn validate_change(new: &Value, old: &Value, errors: &mut Errors) {
    let (spec, before) = (&new["spec"], &old["spec"]);
    if !elastic(spec, before) {
        immutable(spec, before, &SPEC, "completions", errors);
    }
    immutable(spec, before, &SPEC, "selector", errors);
    if flag(before, "suspend") && !has(&old["status"], "startTime") {
        // Where its pods may go can still be changed before they are made.
        let mut spec = spec.clone();
        let template = ensure_object(&mut spec, "template");
        keep(template, &before["template"], "metadata");
        let pod = ensure_object(template, "spec");
        for field in ["affinity", "nodeSelector", "schedulingGates", "tolerations"] {
            keep(pod, &before["template"]["spec"], field);
        }
        immutable(&spec, before, &SPEC, "template", errors);
    } else {
        immutable(spec, before, &SPEC, "template", errors);
    }
    for field in [
        "completionMode",
        "podFailurePolicy",
        "backoffLimitPerIndex",
        "managedBy",
        "successPolicy",
    ] {
        immutable(spec, before, &SPEC, field, errors);
    }
}

/// An indexed job may grow and shrink if its completions keep to its parallelism.
fn elastic(spec: &Value, before: &Value) -> bool {
    text(spec, "completionMode") == "Indexed"
        && number(spec, "completions") == number(spec, "parallelism")
        && number(before, "completions") == number(before, "parallelism")
}
