//! Deployments: rolling updates by a quarter, generations that also count annotations, selectors that stay.

use serde_json::Value;

use super::{
    check::{
        at_most_all, forbidden, is_zero, not_negative, not_supported, number_or_percent, required,
    },
    fields::{ensure_object, has, number, set_default, text},
    pod_spec::default_template,
    rules::{Errors, Generation, Rules},
    workload::{SPEC, counts, immutable, own_selector, running_template},
};
use crate::field_error::FieldError;

pub(super) const RULES: Rules = Rules {
    default,
    validate,
    validate_change: |new, old, errors| {
        immutable(&new["spec"], &old["spec"], &SPEC, "selector", errors);
    },
    validate_status: |new, _, errors| {
        counts(
            &new["status"],
            &[
                "observedGeneration",
                "replicas",
                "updatedReplicas",
                "readyReplicas",
                "availableReplicas",
                "unavailableReplicas",
                "terminatingReplicas",
                "collisionCount",
            ],
            &["updatedReplicas", "readyReplicas", "availableReplicas"],
            "readyReplicas",
            errors,
        );
    },
    generation: Generation::SpecAndAnnotations,
    status_resets: &[&["spec"], &["metadata", "labels"]],
    ..Rules::PLAIN
};

fn default(object: &mut Value) {
    let spec = ensure_object(object, "spec");
    set_default(spec, "replicas", 1);
    let strategy = ensure_object(spec, "strategy");
    set_default(strategy, "type", "RollingUpdate");
    if text(strategy, "type") == "RollingUpdate" {
        let rolling = ensure_object(strategy, "rollingUpdate");
        set_default(rolling, "maxUnavailable", "25%");
        set_default(rolling, "maxSurge", "25%");
    }
    set_default(spec, "revisionHistoryLimit", 10);
    set_default(spec, "progressDeadlineSeconds", 600);
    default_template(spec);
}

fn validate(object: &Value, errors: &mut Errors) {
    let spec = &object["spec"];
    not_negative(spec, &SPEC, &["replicas"], errors);
    let usable = own_selector(spec, "deployment", errors);
    running_template(spec, usable, "ReplicaSet", errors);
    strategy(spec, errors);
    not_negative(
        spec,
        &SPEC,
        &["minReadySeconds", "revisionHistoryLimit"],
        errors,
    );
    let Some(deadline) = number(spec, "progressDeadlineSeconds") else {
        return;
    };
    not_negative(spec, &SPEC, &["progressDeadlineSeconds"], errors);
    if deadline <= number(spec, "minReadySeconds").unwrap_or_default() {
        let path = SPEC.field("progressDeadlineSeconds");
        errors.push(FieldError::invalid(
            path,
            deadline,
            "must be greater than minReadySeconds",
        ));
    }
}

fn strategy(spec: &Value, errors: &mut Errors) {
    let strategy = &spec["strategy"];
    let path = SPEC.field("strategy");
    let rolling_path = path.field("rollingUpdate");
    match text(strategy, "type") {
        "Recreate" => {
            if has(strategy, "rollingUpdate") {
                forbidden(
                    rolling_path,
                    "may not be specified when strategy `type` is 'Recreate'",
                    errors,
                );
            }
        }
        "RollingUpdate" => {
            let rolling = &strategy["rollingUpdate"];
            if !rolling.is_object() {
                required(
                    rolling_path,
                    "this should be defaulted and never be nil",
                    errors,
                );
                return;
            }
            let (unavailable, surge) = (&rolling["maxUnavailable"], &rolling["maxSurge"]);
            number_or_percent(unavailable, rolling_path.field("maxUnavailable"), errors);
            number_or_percent(surge, rolling_path.field("maxSurge"), errors);
            if is_zero(unavailable) && is_zero(surge) {
                let detail = "may not be 0 when `maxSurge` is 0";
                errors.push(FieldError::invalid(
                    rolling_path.field("maxUnavailable"),
                    unavailable.clone(),
                    detail,
                ));
            }
            at_most_all(unavailable, rolling_path.field("maxUnavailable"), errors);
        }
        _ => not_supported(
            path,
            strategy.clone(),
            &["Recreate", "RollingUpdate"],
            errors,
        ),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn half_a_rolling_update_is_completed() {
        let mut object =
            json!({"spec": {"strategy": {"rollingUpdate": {"maxSurge": 3}}, "replicas": 0}});
        default(&mut object);
        assert_eq!(
            object["spec"]["strategy"],
            json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 3, "maxUnavailable": "25%"}})
        );
        assert_eq!(object["spec"]["replicas"], 0);
    }
}
