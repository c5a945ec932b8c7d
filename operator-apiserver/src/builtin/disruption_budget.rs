//! Disruption budgets: how many pods stay, or how many go, never both.

use serde_json::Value;

use super::{
    check::{at_most_all, not_negative, not_supported, number_or_percent, selector},
    fields::{has, text},
    path::Path,
    rules::{Errors, Generation, Rules},
    workload::SPEC,
};
use crate::{field_error::FieldError, metadata::names::path_segment};

pub(super) const RULES: Rules = Rules {
    validate,
    validate_status: |new, _, errors| {
        let counts = [
            "disruptionsAllowed",
            "currentHealthy",
            "desiredHealthy",
            "expectedPods",
        ];
        not_negative(&new["status"], &Path::Root("status"), &counts, errors);
    },
    generation: Generation::Spec,
    name: path_segment,
    unconditional_update: false,
    ..Rules::PLAIN
};

fn validate(object: &Value, errors: &mut Errors) {
    let spec = &object["spec"];
    if has(spec, "minAvailable") && has(spec, "maxUnavailable") {
        let detail = "minAvailable and maxUnavailable cannot be both set";
        errors.push(FieldError::invalid(SPEC, spec.clone(), detail));
    }
    for field in ["minAvailable", "maxUnavailable"] {
        if has(spec, field) {
            number_or_percent(&spec[field], SPEC.field(field), errors);
            at_most_all(&spec[field], SPEC.field(field), errors);
        }
    }
    selector(&spec["selector"], SPEC.field("selector"), errors);
    let policy = text(spec, "unhealthyPodEvictionPolicy");
    if has(spec, "unhealthyPodEvictionPolicy")
        && !["AlwaysAllow", "IfHealthyBudget"].contains(&policy)
    {
        not_supported(
            SPEC.field("unhealthyPodEvictionPolicy"),
            policy,
            &["AlwaysAllow", "IfHealthyBudget"],
            errors,
        );
    }
}
