//! What is wrong with where a pod may go: tolerations, affinity, spread.

use serde_json::{Value, json};

use super::{
    check::{form, not_supported, required, selector},
    fields::{has, list, number, text},
    format::{label_key, label_value},
    path::Path,
    rules::Errors,
};
use crate::field_error::FieldError;

pub(super) fn tolerations(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    let parent = path.field("tolerations");
    for (index, item) in list(spec, "tolerations").iter().enumerate() {
        let path = parent.index(index);
        let (operator, effect) = (text(item, "operator"), text(item, "effect"));
        if !text(item, "key").is_empty() {
            form(&item["key"], path.field("key"), label_key, errors);
        } else if operator != "Exists" {
            let detail = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
            errors.push(FieldError::invalid(
                path.field("operator"),
                operator,
                detail,
            ));
        }
        if has(item, "tolerationSeconds") && effect != "NoExecute" {
            let detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
            errors.push(FieldError::invalid(path.field("effect"), effect, detail));
        }
        match operator {
            "" | "Equal" => form(&item["value"], path.field("operator"), label_value, errors),
            "Exists" if !text(item, "value").is_empty() => {
                let detail = "value must be empty when `operator` is 'Exists'";
                errors.push(FieldError::invalid(
                    path.field("operator"),
                    text(item, "value"),
                    detail,
                ));
            }
            "Exists" => {}
            other => not_supported(path.field("operator"), other, &["Equal", "Exists"], errors),
        }
        if !["", "NoSchedule", "PreferNoSchedule", "NoExecute"].contains(&effect) {
            not_supported(
                path.field("effect"),
                effect,
                &["NoSchedule", "PreferNoSchedule", "NoExecute"],
                errors,
            );
        }
    }
}

pub(super) fn spread(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    let parent = path.field("topologySpreadConstraints");
    for (index, item) in list(spec, "topologySpreadConstraints").iter().enumerate() {
        let path = parent.index(index);
        let skew = number(item, "maxSkew").unwrap_or_default();
        if skew <= 0 {
            errors.push(FieldError::invalid(
                path.field("maxSkew"),
                skew,
                "must be greater than zero",
            ));
        }
        if text(item, "topologyKey").is_empty() {
            required(path.field("topologyKey"), "can not be empty", errors);
        }
        let action = text(item, "whenUnsatisfiable");
        if !["DoNotSchedule", "ScheduleAnyway"].contains(&action) {
            not_supported(
                path.field("whenUnsatisfiable"),
                action,
                &["DoNotSchedule", "ScheduleAnyway"],
                errors,
            );
        }
        selector(&item["labelSelector"], path.field("labelSelector"), errors);
    }
}

pub(super) fn affinity(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    let affinity = &spec["affinity"];
    if !affinity.is_object() {
        return;
    }
    let path = path.field("affinity");
    node_affinity(
        &affinity["nodeAffinity"],
        &path.field("nodeAffinity"),
        errors,
    );
    for kind in ["podAffinity", "podAntiAffinity"] {
        pod_affinity(&affinity[kind], &path.field(kind), errors);
    }
}

fn node_affinity(affinity: &Value, path: &Path<'_>, errors: &mut Errors) {
    const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
    const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";
    if affinity[REQUIRED].is_object() {
        let path = path.field(REQUIRED);
        let terms_path = path.field("nodeSelectorTerms");
        let terms = list(&affinity[REQUIRED], "nodeSelectorTerms");
        if terms.is_empty() {
            required(
                terms_path,
                "must have at least one node selector term",
                errors,
            );
        }
        for (index, term) in terms.iter().enumerate() {
            node_term(term, &terms_path.index(index), errors);
        }
    }
    let preferred = path.field(PREFERRED);
    for (index, item) in list(affinity, PREFERRED).iter().enumerate() {
        let path = preferred.index(index);
        weight(item, &path, errors);
        node_term(&item["preference"], &path.field("preference"), errors);
    }
}

fn weight(item: &Value, path: &Path<'_>, errors: &mut Errors) {
    let weight = number(item, "weight").unwrap_or_default();
    if !(1..=100).contains(&weight) {
        errors.push(FieldError::invalid(
            path.field("weight"),
            weight,
            "must be in the range 1-100",
        ));
    }
}

fn node_term(term: &Value, path: &Path<'_>, errors: &mut Errors) {
    let parent = path.field("matchExpressions");
    for (index, item) in list(term, "matchExpressions").iter().enumerate() {
        let path = parent.index(index);
        let values = list(item, "values");
        match text(item, "operator") {
            "In" | "NotIn" if values.is_empty() => {
                required(
                    path.field("values"),
                    "must be specified when `operator` is 'In' or 'NotIn'",
                    errors,
                );
            }
            "Exists" | "DoesNotExist" if !values.is_empty() => {
                let detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                super::check::forbidden(path.field("values"), detail, errors);
            }
            "Gt" | "Lt" if values.len() != 1 => {
                required(
                    path.field("values"),
                    "must be specified single value when `operator` is 'Lt' or 'Gt'",
                    errors,
                );
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => {}
            other => errors.push(FieldError::invalid(
                path.field("operator"),
                other,
                "not a valid selector operator",
            )),
        }
        form(&item["key"], path.field("key"), label_key, errors);
    }
}

fn pod_affinity(affinity: &Value, path: &Path<'_>, errors: &mut Errors) {
    const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
    const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";
    let hard = path.field(REQUIRED);
    for (index, term) in list(affinity, REQUIRED).iter().enumerate() {
        pod_term(term, &hard.index(index), errors);
    }
    let soft = path.field(PREFERRED);
    for (index, item) in list(affinity, PREFERRED).iter().enumerate() {
        let path = soft.index(index);
        weight(item, &path, errors);
        pod_term(
            &item["podAffinityTerm"],
            &path.field("podAffinityTerm"),
            errors,
        );
    }
}

fn pod_term(term: &Value, path: &Path<'_>, errors: &mut Errors) {
    selector(&term["labelSelector"], path.field("labelSelector"), errors);
    selector(
        &term["namespaceSelector"],
        path.field("namespaceSelector"),
        errors,
    );
    if text(term, "topologyKey").is_empty() {
        required(path.field("topologyKey"), "can not be empty", errors);
    }
    let key = if term["topologyKey"].is_null() {
        &json!("")
    } else {
        &term["topologyKey"]
    };
    form(key, path.field("topologyKey"), label_key, errors);
}

/// The taints of a node.
pub(super) fn taints(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    for (index, taint) in list(spec, "taints").iter().enumerate() {
        let path = path.index(index);
        form(&taint["key"], path.field("key"), label_key, errors);
        form(&taint["value"], path.field("value"), label_value, errors);
        match text(taint, "effect") {
            "" => required(path.field("effect"), "", errors),
            "NoSchedule" | "PreferNoSchedule" | "NoExecute" => {}
            other => not_supported(
                path.field("effect"),
                other,
                &["NoSchedule", "PreferNoSchedule", "NoExecute"],
                errors,
            ),
        }
    }
}
