//! The scopes of a quota: which pods and claims it is about.

use serde_json::Value;

use super::usage::Counted;

/// Whether an object is within all scopes of a quota. Only pods and claims are in any.
pub(super) fn includes(quota: &Value, counted: &Counted, object: &Value) -> bool {
    let spec = &quota["spec"];
    let list = |value: &'_ Value| value.as_array().cloned().unwrap_or_default();
    let plain = list(&spec["scopes"]);
    let plain = plain.iter().filter_map(Value::as_str);
    let selected = list(&spec["scopeSelector"]["matchExpressions"]);
    plain
        .into_iter()
        .all(|scope| is_in(scope, "Exists", &[], counted, object))
        && selected.iter().all(|expression| {
            let text = |field: &str| expression[field].as_str().unwrap_or_default();
            let values = list(&expression["values"]);
            is_in(
                text("scopeName"),
                text("operator"),
                &values,
                counted,
                object,
            )
        })
}

fn is_in(scope: &str, operator: &str, values: &[Value], counted: &Counted, object: &Value) -> bool {
    let spec = &object["spec"];
    let class = |field: &str| spec[field].as_str().filter(|class| !class.is_empty());
    if counted.is_core("persistentvolumeclaims") {
        let class = class("volumeAttributesClassName");
        return scope == "VolumeAttributesClass" && chooses(operator, values, class);
    }
    if !counted.is_core("pods") {
        return false;
    }
    let ends = spec["activeDeadlineSeconds"]
        .as_i64()
        .is_some_and(|seconds| seconds >= 0);
    let best_effort = object["status"]["qosClass"] == "BestEffort";
    match scope {
        "Terminating" => ends,
        "NotTerminating" => !ends,
        "BestEffort" => best_effort,
        "NotBestEffort" => !best_effort,
        "PriorityClass" => chooses(operator, values, class("priorityClassName")),
        "CrossNamespacePodAffinity" => looks_elsewhere(&spec["affinity"]),
        _ => false,
    }
}

fn chooses(operator: &str, values: &[Value], class: Option<&str>) -> bool {
    let listed = class.is_some_and(|class| values.iter().any(|value| value == class));
    match operator {
        "Exists" => class.is_some(),
        "DoesNotExist" => class.is_none(),
        "In" => listed,
        "NotIn" => !listed,
        _ => false,
    }
}

/// Whether a pod wants to be near or far from pods of other namespaces.
fn looks_elsewhere(affinity: &Value) -> bool {
    let elsewhere = |term: &Value| {
        let named = term["namespaces"]
            .as_array()
            .is_some_and(|names| !names.is_empty());
        named || !term["namespaceSelector"].is_null()
    };
    let terms = |sort: &str, field: &str| {
        affinity[sort][field]
            .as_array()
            .cloned()
            .unwrap_or_default()
    };
    ["podAffinity", "podAntiAffinity"].iter().any(|sort| {
        let required = terms(sort, "requiredDuringSchedulingIgnoredDuringExecution");
        let preferred = terms(sort, "preferredDuringSchedulingIgnoredDuringExecution");
        required.iter().any(elsewhere)
            || preferred
                .iter()
                .any(|term| elsewhere(&term["podAffinityTerm"]))
    })
}
