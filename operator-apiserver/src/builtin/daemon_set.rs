//! Daemon sets: one pod a node, replaced one by one, and a count of templates in an annotation.

use serde_json::{Value, json};

use super::{
    check::{
        at_most_all, is_zero, not_negative, not_supported, number_or_percent, required, selector,
        selects_all,
    },
    fields::{ensure_object, has, set, set_default, text},
    pod_spec::default_template,
    rules::{Errors, Generation, Rules},
    workload::{SPEC, immutable, running_template},
};
use crate::field_error::FieldError;

pub(super) const RULES: Rules = Rules {
    default,
    create: |object| count_template(object, 1),
    update,
    validate,
    validate_change: |new, old, errors| {
        immutable(&new["spec"], &old["spec"], &SPEC, "selector", errors);
    },
    validate_status: |new, _, errors| {
        let counts = [
            "currentNumberScheduled",
            "numberMisscheduled",
            "desiredNumberScheduled",
            "numberReady",
            "observedGeneration",
            "updatedNumberScheduled",
            "numberAvailable",
            "numberUnavailable",
        ];
        not_negative(
            &new["status"],
            &super::path::Path::Root("status"),
            &counts,
            errors,
        );
    },
    generation: Generation::Spec,
    ..Rules::PLAIN
};

const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

fn default(object: &mut Value) {
    let spec = ensure_object(object, "spec");
    let strategy = ensure_object(spec, "updateStrategy");
    set_default(strategy, "type", "RollingUpdate");
    if text(strategy, "type") == "RollingUpdate" {
        let rolling = ensure_object(strategy, "rollingUpdate");
        set_default(rolling, "maxUnavailable", 1);
        set_default(rolling, "maxSurge", 0);
    }
    set_default(spec, "revisionHistoryLimit", 10);
    default_template(spec);
}

fn count_template(object: &mut Value, count: i64) {
    let metadata = ensure_object(object, "metadata");
    set(
        ensure_object(metadata, "annotations"),
        TEMPLATE_GENERATION,
        count.to_string(),
    );
}

fn update(new: &mut Value, old: &Value) {
    let count: i64 = text(&old["metadata"]["annotations"], TEMPLATE_GENERATION)
        .parse()
        .unwrap_or_default();
    let changed = new["spec"]["template"] != old["spec"]["template"];
    let count = count + i64::from(changed);
    if count > 0 {
        count_template(new, count);
    }
}

fn validate(object: &Value, errors: &mut Errors) {
    let spec = &object["spec"];
    let path = SPEC.field("selector");
    let before = errors.len();
    selector(&spec["selector"], path, errors);
    let usable = errors.len() == before;
    if usable && spec["selector"].is_object() && selects_all(&spec["selector"]) {
        errors.push(FieldError::invalid(
            path,
            spec["selector"].clone(),
            "empty selector is invalid for daemonset",
        ));
    }
    running_template(spec, usable, "DaemonSet", errors);
    not_negative(spec, &SPEC, &["minReadySeconds"], errors);
    strategy(spec, errors);
    not_negative(spec, &SPEC, &["revisionHistoryLimit"], errors);
}

fn strategy(spec: &Value, errors: &mut Errors) {
    let strategy = &spec["updateStrategy"];
    let path = SPEC.field("updateStrategy");
    match text(strategy, "type") {
        "OnDelete" => {}
        "RollingUpdate" => {
            let path = path.field("rollingUpdate");
            if !has(strategy, "rollingUpdate") {
                required(path, "", errors);
                return;
            }
            let (unavailable, surge) = (
                &strategy["rollingUpdate"]["maxUnavailable"],
                &strategy["rollingUpdate"]["maxSurge"],
            );
            number_or_percent(unavailable, path.field("maxUnavailable"), errors);
            number_or_percent(surge, path.field("maxSurge"), errors);
            if !is_zero(unavailable) && !is_zero(surge) {
                let detail = "may not be set when maxUnavailable is non-zero";
                errors.push(FieldError::invalid(
                    path.field("maxSurge"),
                    surge.clone(),
                    detail,
                ));
            } else if is_zero(unavailable) && is_zero(surge) {
                required(
                    path.field("maxUnavailable"),
                    "cannot be 0 when maxSurge is 0",
                    errors,
                );
            }
            at_most_all(unavailable, path.field("maxUnavailable"), errors);
            at_most_all(surge, path.field("maxSurge"), errors);
        }
        _ => not_supported(
            path,
            json!({"type": strategy["type"]}),
            &["RollingUpdate", "OnDelete"],
            errors,
        ),
    }
}
