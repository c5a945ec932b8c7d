//! What workloads share: a selector that selects their own template, and counts of replicas.

use serde_json::Value;

use super::{
    check::{required, selector, selects_all},
    fields::{number, same},
    format::{IMMUTABLE, NOT_NEGATIVE},
    path::Path,
    pod_validation::validate_running_template,
    rules::Errors,
};
use crate::{field_error::FieldError, selectors::label_selector::selects};

pub(super) const SPEC: Path<'static> = Path::Root("spec");
const MISMATCH: &str = "`selector` does not match template `labels`";

/// Checks that the selector is there, well formed and selects something; says whether it can be used.
pub(super) fn own_selector(spec: &Value, owner: &str, errors: &mut Errors) -> bool {
    let path = SPEC.field("selector");
    if !spec["selector"].is_object() {
        required(path, "", errors);
        return true;
    }
    let before = errors.len();
    selector(&spec["selector"], path, errors);
    if errors.len() == before && selects_all(&spec["selector"]) {
        let detail = format!("empty selector is invalid for {owner}");
        errors.push(FieldError::invalid(path, spec["selector"].clone(), detail));
        return false;
    }
    if errors.len() > before {
        errors.push(FieldError::invalid(
            path,
            spec["selector"].clone(),
            "invalid label selector",
        ));
        return false;
    }
    true
}

/// Checks the template of a workload that keeps its pods running; its labels only where `usable`.
pub(super) fn running_template(spec: &Value, usable: bool, owner: &str, errors: &mut Errors) {
    if usable {
        own_labels(spec, errors);
    }
    validate_running_template(&spec["template"], &SPEC.field("template"), owner, errors);
}

/// Checks that the selector selects the template.
pub(super) fn own_labels(spec: &Value, errors: &mut Errors) {
    let labels = &spec["template"]["metadata"]["labels"];
    // Without a selector nothing is selected.
    if !selects(&spec["selector"], labels) {
        errors.push(FieldError::invalid(
            "spec.template.metadata.labels",
            labels.clone(),
            MISMATCH,
        ));
    }
}

/// Says that a field is immutable if it changed.
pub(super) fn immutable(
    new: &Value,
    old: &Value,
    parent: &Path<'_>,
    field: &str,
    errors: &mut Errors,
) {
    if !same(new, old, field) {
        let value = new.get(field).cloned().unwrap_or_default();
        errors.push(FieldError::invalid(parent.field(field), value, IMMUTABLE));
    }
}

/// Checks the counts of a status: none is negative, none is above the number of replicas.
pub(super) fn counts(
    status: &Value,
    counts: &[&str],
    parts: &[&str],
    ready: &str,
    errors: &mut Errors,
) {
    let path = Path::Root("status");
    for field in counts {
        if let Some(value) = number(status, field).filter(|value| *value < 0) {
            errors.push(FieldError::invalid(path.field(field), value, NOT_NEGATIVE));
        }
    }
    let count = |field: &str| number(status, field).unwrap_or_default();
    for field in parts {
        if count(field) > count("replicas") {
            errors.push(FieldError::invalid(
                path.field(field),
                count(field),
                "cannot be greater than status.replicas",
            ));
        }
    }
    if parts.contains(&"availableReplicas") && count("availableReplicas") > count("readyReplicas") {
        let detail = format!("cannot be greater than {ready}");
        errors.push(FieldError::invalid(
            path.field("availableReplicas"),
            count("availableReplicas"),
            detail,
        ));
    }
}

/// A number of the status, as a field selector compares it.
pub(super) fn status_number(object: &Value, label: &str) -> String {
    let field = label.trim_start_matches("status.");
    number(&object["status"], field)
        .unwrap_or_default()
        .to_string()
}
