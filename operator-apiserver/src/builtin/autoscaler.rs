//! Autoscalers: by cpu unless told otherwise, from one replica up.

use serde_json::{Value, json};

use super::{
    autoscaler_v1,
    check::{forbidden, not_supported, required},
    fields::{ensure_object, has, is_empty, list, number, object_mut, set, set_default, text},
    format::NOT_NEGATIVE,
    path::Path,
    rules::{Errors, Generation, Rules},
    workload::SPEC,
};
use crate::{field_error::FieldError, metadata::names::path_segment, quantity::Quantity};

pub(super) const RULES: Rules = Rules {
    default,
    validate,
    convert: Some(autoscaler_v1::to_v2),
    generation: Generation::Spec,
    ..Rules::PLAIN
};

fn default(object: &mut Value) {
    let spec = ensure_object(object, "spec");
    set_default(spec, "minReplicas", 1);
    if is_empty(spec.get("metrics")) {
        let target = json!({"type": "Utilization", "averageUtilization": 80});
        set(
            spec,
            "metrics",
            json!([{"type": "Resource", "resource": {"name": "cpu", "target": target}}]),
        );
    }
    if let Some(behavior) = object_mut(spec, "behavior") {
        let percent = json!({"type": "Percent", "value": 100, "periodSeconds": 15});
        let pods = json!({"type": "Pods", "value": 4, "periodSeconds": 15});
        let up = ensure_object(behavior, "scaleUp");
        set_default(up, "stabilizationWindowSeconds", 0);
        scaling(up, json!([pods, percent]));
        scaling(ensure_object(behavior, "scaleDown"), json!([percent]));
    }
}

fn scaling(rules: &mut Value, policies: Value) {
    set_default(rules, "selectPolicy", "Max");
    if is_empty(rules.get("policies")) {
        set(rules, "policies", policies);
    }
}

fn validate(object: &Value, errors: &mut Errors) {
    let spec = &object["spec"];
    let (least, most) = (
        number(spec, "minReplicas").unwrap_or(1),
        number(spec, "maxReplicas").unwrap_or_default(),
    );
    if least < 0 {
        errors.push(FieldError::invalid(
            SPEC.field("minReplicas"),
            least,
            NOT_NEGATIVE,
        ));
    }
    if most < least {
        let detail = "must be greater than or equal to `minReplicas`";
        errors.push(FieldError::invalid(SPEC.field("maxReplicas"), most, detail));
    }
    target(
        &spec["scaleTargetRef"],
        &SPEC.field("scaleTargetRef"),
        errors,
    );
    let parent = SPEC.field("metrics");
    for (index, item) in list(spec, "metrics").iter().enumerate() {
        metric(item, &parent.index(index), errors);
    }
    let outside = |metric: &Value| matches!(text(metric, "type"), "External" | "Object");
    if least == 0 && !list(spec, "metrics").iter().any(outside) {
        let detail = "must specify at least one Object or External metric to support scaling to zero replicas";
        forbidden(parent, detail, errors);
    }
    if most == 0 {
        required(SPEC.field("maxReplicas"), "", errors);
    }
}

fn target(target: &Value, path: &Path<'_>, errors: &mut Errors) {
    for field in ["kind", "name"] {
        let value = text(target, field);
        if value.is_empty() {
            required(path.field(field), "", errors);
        } else {
            let wrong = path_segment(value);
            errors.extend(
                wrong
                    .into_iter()
                    .map(|text| FieldError::invalid(path.field(field), value, text)),
            );
        }
    }
    let version = text(target, "apiVersion");
    let core = version == "v1" && text(target, "kind") == "ReplicationController";
    if !version.contains('/') && !core {
        errors.push(FieldError::invalid(
            path.field("apiVersion"),
            version,
            "apiVersion must specify API group",
        ));
    }
}

/// The sources of metrics, and the fields that hold them.
const SOURCES: &[(&str, &str)] = &[
    ("ContainerResource", "containerResource"),
    ("External", "external"),
    ("Object", "object"),
    ("Pods", "pods"),
    ("Resource", "resource"),
];

fn metric(metric: &Value, path: &Path<'_>, errors: &mut Errors) {
    let kind = text(metric, "type");
    if kind.is_empty() {
        required(
            path.field("type"),
            "must specify a metric source type",
            errors,
        );
    }
    let Some((_, field)) = SOURCES.iter().find(|(name, _)| *name == kind) else {
        let names: Vec<&str> = SOURCES.iter().map(|(name, _)| *name).collect();
        not_supported(path.field("type"), kind, &names, errors);
        return;
    };
    if !metric[*field].is_object() {
        required(
            path.field(field),
            "must populate information for the given metric source",
            errors,
        );
        return;
    }
    if ["resource", "containerResource"].contains(field) {
        let source = &metric[*field];
        let path = path.field(field);
        if text(source, "name").is_empty() {
            required(path.field("name"), "must specify a resource name", errors);
        }
        metric_target(&source["target"], &path.field("target"), errors);
    }
}

fn metric_target(target: &Value, path: &Path<'_>, errors: &mut Errors) {
    let kind = text(target, "type");
    if !["Utilization", "Value", "AverageValue"].contains(&kind) {
        let detail = "must be either Utilization, Value, or AverageValue";
        errors.push(FieldError::invalid(path.field("type"), kind, detail));
    }
    for field in ["value", "averageValue"] {
        if Quantity::of(&target[field]).is_some_and(|amount| amount <= Quantity::ZERO) {
            let value = target[field].clone();
            errors.push(FieldError::invalid(
                path.field(field),
                value,
                "must be positive",
            ));
        }
    }
    if let Some(percentage) = number(target, "averageUtilization").filter(|value| *value < 1) {
        let path = path.field("averageUtilization");
        errors.push(FieldError::invalid(
            path,
            percentage,
            "must be greater than 0",
        ));
    }
    let given = |field: &str| has(target, field);
    if !given("averageUtilization") && !given("averageValue") {
        let detail = "must set either a target raw value or a target utilization";
        required(path.field("averageUtilization"), detail, errors);
    }
    if given("averageUtilization") && given("averageValue") {
        let detail = "may not set both a target raw value and a target utilization";
        forbidden(path.field("averageValue"), detail, errors);
    }
}
