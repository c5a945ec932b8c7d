//! Priority classes: a number that never changes; the names of the system's own are taken.

use serde_json::{Value, json};

use super::{
    check::{forbidden, not_supported},
    fields::{number, same, set_default, text},
    format::IMMUTABLE,
    path::Path,
    rules::{Errors, Generation, Rules},
};
use crate::{field_error::FieldError, object};

pub(super) const RULES: Rules = Rules {
    default: |object| set_default(object, "preemptionPolicy", "PreemptLowerPriority"),
    validate,
    validate_change: |new, old, errors| {
        if !same(new, old, "value") {
            forbidden(
                Path::Root("value"),
                "may not be changed in an update.",
                errors,
            );
        }
        if !same(new, old, "preemptionPolicy") {
            errors.push(FieldError::invalid(
                "preemptionPolicy",
                new["preemptionPolicy"].clone(),
                IMMUTABLE,
            ));
        }
    },
    generation: Generation::Fixed,
    ..Rules::PLAIN
};

/// The classes that the server itself makes.
const SYSTEM: &[(&str, i64)] = &[
    ("system-cluster-critical", 2_000_000_000),
    ("system-node-critical", 2_000_001_000),
];
const MAX: i64 = 1_000_000_000;

fn validate(object: &Value, errors: &mut Errors) {
    let name = object::name(object);
    let value = number(object, "value").unwrap_or_default();
    if let Some(rest) = name.strip_prefix("system-") {
        if !SYSTEM.contains(&(name, value)) {
            let detail = format!(
                "priority class names with 'system-' prefix are reserved for system use only. error: system-{rest} is not \
                 a known system priority class"
            );
            forbidden(Path::Root("metadata.name"), &detail, errors);
        }
    } else if value > MAX {
        let detail = format!("maximum allowed value of a user defined priority is {MAX}");
        forbidden(Path::Root("value"), &detail, errors);
    }
    let policy = text(object, "preemptionPolicy");
    let supported = ["PreemptLowerPriority", "Never"];
    if !supported.contains(&policy) {
        not_supported(Path::Root("preemptionPolicy"), policy, &supported, errors);
    }
}

/// The system's own classes, for a fresh server.
pub(super) fn initial_objects() -> impl Iterator<Item = Value> {
    SYSTEM.iter().map(|(name, value)| {
        json!({
            "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name}, "value": value,
            "description": DESCRIPTIONS[usize::from(name.contains("node"))],
        })
    })
}

const DESCRIPTIONS: [&str; 2] = [
    "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
    "Used for system critical pods that must not be moved from their current node.",
];
