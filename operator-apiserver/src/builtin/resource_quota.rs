//! Resource quotas: how much of what a namespace may have, of all of it or of the pods in some scopes.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    check::required,
    container_resources::amount,
    fields::{entries, has, list, text},
    format::IMMUTABLE,
    path::Path,
    resource_name::{Use, is_of_quotas, resource_name},
    rules::{Errors, Rules},
    workload::SPEC,
};
use crate::field_error::FieldError;

pub(super) const RULES: Rules = Rules {
    validate,
    validate_change,
    validate_status,
    ..Rules::PLAIN
};

/// The scopes that select pods by what they are; they take no values.
const OF_PODS: &[&str] = &[
    "Terminating",
    "NotTerminating",
    "BestEffort",
    "NotBestEffort",
    "CrossNamespacePodAffinity",
];
const OPPOSITES: &[[&str; 2]] = &[
    ["BestEffort", "NotBestEffort"],
    ["Terminating", "NotTerminating"],
];
/// What is counted by pods in all of their scopes but `BestEffort`.
const COMPUTE: &[&str] = &[
    "pods",
    "cpu",
    "memory",
    "requests.cpu",
    "requests.memory",
    "limits.cpu",
    "limits.memory",
];
const OF_CLAIMS: &[&str] = &["persistentvolumeclaims", "requests.storage"];

fn validate(object: &Value, errors: &mut Errors) {
    let spec = &object["spec"];
    amounts(spec, "hard", &SPEC, errors);
    scopes(spec, &SPEC.field("scopes"), errors);
    selector(spec, &SPEC.field("scopeSelector"), errors);
}

fn validate_change(new: &Value, old: &Value, errors: &mut Errors) {
    let set = |object: &Value| -> BTreeSet<String> {
        let scopes = list(&object["spec"], "scopes").iter();
        scopes
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    };
    if set(new) != set(old) {
        let scopes = new["spec"]["scopes"].clone();
        errors.push(FieldError::invalid(SPEC.field("scopes"), scopes, IMMUTABLE));
    }
}

fn validate_status(new: &Value, _old: &Value, errors: &mut Errors) {
    let path = Path::Root("status");
    amounts(&new["status"], "hard", &path, errors);
    amounts(&new["status"], "used", &path, errors);
}

fn amounts(object: &Value, field: &str, parent: &Path<'_>, errors: &mut Errors) {
    let parent = parent.field(field);
    for (name, value) in entries(object, field) {
        resource_name(name, Use::Quotas, parent.key(name), errors);
        amount(name, value, parent.key(name), errors);
    }
}

fn scopes(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    let listed: Vec<&str> = list(spec, "scopes")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let mut refuse = |detail: &str| {
        errors.push(FieldError::invalid(path, spec["scopes"].clone(), detail));
    };
    for scope in &listed {
        if !is_scope(scope) {
            refuse("unsupported scope");
        }
        for _ in unsupported(spec, scope) {
            refuse("unsupported scope applied to resource");
        }
    }
    if has_opposites(&listed) {
        refuse("conflicting scopes");
    }
}

fn selector(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    let path = path.field("matchExpressions");
    let expressions = list(&spec["scopeSelector"], "matchExpressions");
    for expression in expressions {
        let (scope, operator) = (text(expression, "scopeName"), text(expression, "operator"));
        if !is_scope(scope) {
            let path = path.field("scopeName");
            errors.push(FieldError::invalid(path, scope, "unsupported scope"));
        }
        for _ in unsupported(spec, scope) {
            let detail = "unsupported scope applied to resource";
            errors.push(FieldError::invalid(path, go_selector(expressions), detail));
        }
        if OF_PODS.contains(&scope) && operator != "Exists" {
            let detail = "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, \
                          ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, \
                          ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
            errors.push(FieldError::invalid(
                path.field("operator"),
                operator,
                detail,
            ));
        }
        let values = list(expression, "values");
        match operator {
            "In" | "NotIn" if values.is_empty() => {
                let detail = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
                required(path.field("values"), detail, errors);
            }
            "Exists" | "DoesNotExist" if !values.is_empty() => {
                let detail = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
                errors.push(FieldError::invalid(
                    path.field("values"),
                    values.to_vec(),
                    detail,
                ));
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            _ => errors.push(FieldError::invalid(
                path.field("operator"),
                operator,
                "not a valid selector operator",
            )),
        }
    }
    let listed: Vec<&str> = expressions
        .iter()
        .map(|expression| text(expression, "scopeName"))
        .collect();
    if has_opposites(&listed) {
        // The server shows the scopes, not the selector.
        let shown = spec["scopes"].clone();
        errors.push(FieldError::invalid(path, shown, "conflicting scopes"));
    }
}

fn is_scope(scope: &str) -> bool {
    OF_PODS.contains(&scope) || ["PriorityClass", "VolumeAttributesClass"].contains(&scope)
}

/// What the quota limits and the scope does not have.
fn unsupported<'a>(spec: &'a Value, scope: &'a str) -> impl Iterator<Item = &'a String> {
    let known = match scope {
        "BestEffort" => &COMPUTE[..1],
        "VolumeAttributesClass" => OF_CLAIMS,
        _ if is_scope(scope) => COMPUTE,
        // Any resource may be in a scope that nobody knows.
        _ => &[],
    };
    entries(spec, "hard")
        .map(|(name, _)| name)
        .filter(move |name| is_of_quotas(name) && !known.contains(&name.as_str()))
        .filter(move |_| !known.is_empty())
}

fn has_opposites(scopes: &[&str]) -> bool {
    let has_both = |pair: &[&str; 2]| pair.iter().all(|scope| scopes.contains(scope));
    OPPOSITES.iter().any(has_both)
}

/// The selector as Go's type has it.
fn go_selector(expressions: &[Value]) -> Value {
    let expressions = expressions.iter().map(|expression| {
        let values = has(expression, "values").then(|| expression["values"].clone());
        json!({"ScopeName": expression["scopeName"], "Operator": expression["operator"], "Values": values})
    });
    json!({"MatchExpressions": expressions.collect::<Vec<_>>()})
}
