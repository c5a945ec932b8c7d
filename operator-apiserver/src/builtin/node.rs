//! Nodes: not ready until somebody says so; what they can hold is at first all that they have.

use serde_json::{Value, json};

use super::{
    check::forbidden,
    fields::{ensure_object, flag, has, list, set, text},
    path::Path,
    pod_scheduling::taints,
    rules::{Errors, Rules},
};
use crate::{error::ApiError, strategy::Others};

pub(super) const RULES: Rules = Rules {
    default,
    admit,
    validate: |object, errors| taints(&object["spec"], &Path::Root("metadata.taints"), errors),
    validate_change,
    keeps_status: true,
    field_labels: &["spec.unschedulable"],
    field: |object, _| flag(&object["spec"], "unschedulable").to_string(),
    ..Rules::PLAIN
};

fn default(object: &mut Value) {
    let status = ensure_object(object, "status");
    if !has(status, "allocatable") && has(status, "capacity") {
        let capacity = status["capacity"].clone();
        set(status, "allocatable", capacity);
    }
    let spec = ensure_object(object, "spec");
    let range = text(spec, "podCIDR").to_owned();
    // Two names for one range; the older one counts.
    if !range.is_empty() && list(spec, "podCIDRs").first() != Some(&json!(range)) {
        set(spec, "podCIDRs", json!([range]));
    }
}

/// A new node is tainted until it is known to be ready.
#[allow(
    clippy::unnecessary_wraps,
    reason = "the signature is that of all admission"
)]
fn admit(new: &mut Value, old: Option<&Value>, _others: &dyn Others) -> Result<(), ApiError> {
    if old.is_some() {
        return Ok(());
    }
    let spec = ensure_object(new, "spec");
    let taint = json!({"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"});
    let known = |item: &Value| {
        ["key", "effect"]
            .iter()
            .all(|field| item[*field] == taint[*field])
    };
    if !list(spec, "taints").iter().any(known) {
        let mut all = list(spec, "taints").to_vec();
        all.push(taint);
        set(spec, "taints", all);
    }
    Ok(())
}

fn validate_change(new: &Value, old: &Value, errors: &mut Errors) {
    let (spec, before) = (&new["spec"], &old["spec"]);
    if !list(before, "podCIDRs").is_empty() && spec["podCIDRs"] != before["podCIDRs"] {
        let detail = "node updates may not change podCIDR except from \"\" to valid";
        forbidden(Path::Root("spec.podCIDRs"), detail, errors);
    }
    let (now, then) = (text(spec, "providerID"), text(before, "providerID"));
    if !then.is_empty() && now != then {
        forbidden(
            Path::Root("spec.providerID"),
            "node updates may not change providerID except from \"\" to valid",
            errors,
        );
    }
}
