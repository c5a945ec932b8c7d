//! Pods: pending until somebody runs them, classed by what they ask for, and changed in few places.

use serde_json::{Value, json};

use super::{
    check::{all_invalid, forbidden, form},
    fields::{
        ensure_object, entries, flag, has, is_empty, keep, list, number, object_mut, remove, set,
        text,
    },
    format::{IMMUTABLE, ip},
    limit_admission::permit_pod,
    path::Path,
    pod_admission::{admit, tolerate_lost_nodes},
    pod_spec,
    pod_validation::{Place, validate_spec},
    rules::{Deletion, Errors, Generation, Rules},
};
use crate::{field_error::FieldError, metadata::names::dns_1123_subdomain, quantity::Quantity};

pub(super) const RULES: Rules = Rules {
    default,
    create,
    update,
    admit,
    permit: permit_pod,
    validate_new,
    validate: |object, errors| validate_spec(&object["spec"], &SPEC, Place::Pod, errors),
    validate_change,
    validate_status,
    generation: Generation::Spec,
    field_labels: &[
        "spec.hostNetwork",
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "status.nominatedNodeName",
        "status.phase",
        "status.podIP",
        "status.podIPs",
    ],
    field,
    grace_period,
    deletion: Deletion::Returned,
    ..Rules::PLAIN
};

fn field(object: &Value, label: &str) -> String {
    match label {
        "spec.hostNetwork" => flag(&object["spec"], "hostNetwork").to_string(),
        "status.podIPs" | "status.podIP" => text(&object["status"], "podIP").to_owned(),
        _ => label
            .split('.')
            .fold(object, |value, part| &value[part])
            .as_str()
            .unwrap_or_default()
            .to_owned(),
    }
}

fn default(object: &mut Value) {
    let spec = ensure_object(object, "spec");
    pod_spec::default(spec);
    pod_spec::default_pod(spec);
    addresses(object);
}

/// One address under two names; the older one counts.
fn addresses(object: &mut Value) {
    let Some(status) = object_mut(object, "status") else {
        return;
    };
    let first = text(list(status, "podIPs").first().unwrap_or(&Value::Null), "ip").to_owned();
    let ip = text(status, "podIP").to_owned();
    if ip.is_empty() && !first.is_empty() {
        set(status, "podIP", first);
    } else if !ip.is_empty() && ip != first {
        set(status, "podIPs", json!([{"ip": ip}]));
    }
}

fn create(object: &mut Value) {
    // Its quality of service follows from what admission lets it ask for.
    let mut status = json!({"phase": "Pending"});
    if !list(&object["spec"], "schedulingGates").is_empty() {
        status["conditions"] = json!([{
            "type": "PodScheduled", "status": "False", "reason": "SchedulingGated",
            "message": "Scheduling is blocked due to non-empty scheduling gates",
            "lastProbeTime": null, "lastTransitionTime": object["metadata"]["creationTimestamp"],
        }]);
    }
    set(object, "status", status);
}

fn update(new: &mut Value, old: &Value) {
    // What admission set on creation is not the client's to forget.
    for field in ["priority", "preemptionPolicy"] {
        if !has(&new["spec"], field) {
            keep(ensure_object(new, "spec"), &old["spec"], field);
        }
    }
    tolerate_lost_nodes(new);
}

/// How safe a pod is from eviction: `Guaranteed` if every container limits cpu and memory to what it requests.
pub(super) fn qos_class(spec: &Value) -> &'static str {
    let mut any = false;
    let mut guaranteed = true;
    for container in list(spec, "containers")
        .iter()
        .chain(list(spec, "initContainers"))
    {
        let resources = &container["resources"];
        for name in ["cpu", "memory"] {
            let of = |kind: &str| {
                Quantity::of(&resources[kind][name]).filter(|amount| *amount > Quantity::ZERO)
            };
            let (request, limit) = (of("requests"), of("limits"));
            any |= request.is_some() || limit.is_some();
            guaranteed &= limit.is_some() && request == limit;
        }
    }
    match (any, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}

/// A pod that runs somewhere is left to its node for a while.
fn grace_period(object: &Value, requested: Option<i64>) -> Option<i64> {
    let spec = &object["spec"];
    if text(spec, "nodeName").is_empty()
        || matches!(text(&object["status"], "phase"), "Failed" | "Succeeded")
    {
        return None;
    }
    let period = requested
        .or_else(|| number(spec, "terminationGracePeriodSeconds"))
        .unwrap_or_default();
    match period {
        0 => None,
        negative if negative < 0 => Some(1),
        period => Some(period),
    }
}

const SPEC: Path<'static> = Path::Root("spec");

fn validate_new(object: &Value, errors: &mut Errors) {
    let spec = &object["spec"];
    // Templates of pods may have such images: some controllers replace them.
    for field in ["containers", "initContainers"] {
        for (index, container) in list(spec, field).iter().enumerate() {
            let image = text(container, "image");
            if image != image.trim() {
                errors.push(FieldError::invalid(
                    SPEC.field(field).index(index).field("image"),
                    image,
                    "must not have leading or trailing whitespace",
                ));
            }
        }
    }
    if !list(spec, "ephemeralContainers").is_empty() {
        forbidden(
            SPEC.field("ephemeralContainers"),
            "cannot be set on create",
            errors,
        );
    }
    if !list(spec, "schedulingGates").is_empty() && !text(spec, "nodeName").is_empty() {
        let detail = "cannot be set until all schedulingGates have been cleared";
        forbidden(SPEC.field("nodeName"), detail, errors);
    }
}

const FIXED: &str = "pod updates may not change fields other than `spec.containers[*].image`,\
    `spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing \
    tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

fn validate_change(new: &Value, old: &Value, errors: &mut Errors) {
    let (spec, before) = (&new["spec"], &old["spec"]);
    for kind in ["containers", "initContainers"] {
        if list(spec, kind).len() != list(before, kind).len() {
            forbidden(
                SPEC.field(kind),
                "pod updates may not add or remove containers",
                errors,
            );
            return;
        }
    }
    deadline(spec, before, errors);
    gates(spec, before, errors);
    let known = |toleration: &Value| {
        list(spec, "tolerations")
            .iter()
            .any(|other| same_but_seconds(other, toleration))
    };
    if !list(before, "tolerations").iter().all(known) {
        forbidden(
            SPEC.field("tolerations"),
            "existing toleration can not be modified except its tolerationSeconds",
            errors,
        );
    }
    let mut allowed = spec.clone();
    pod_spec::keep_images(&mut allowed, before);
    for field in ["activeDeadlineSeconds", "schedulingGates", "tolerations"] {
        keep(&mut allowed, before, field);
    }
    if number(before, "terminationGracePeriodSeconds").is_some_and(|seconds| seconds < 0)
        && number(spec, "terminationGracePeriodSeconds") == Some(1)
    {
        keep(&mut allowed, before, "terminationGracePeriodSeconds");
    }
    // Where a pod may go can still be narrowed while it is held back.
    if !list(before, "schedulingGates").is_empty() {
        let kept = |(key, value): (&String, &Value)| spec["nodeSelector"].get(key) == Some(value);
        if entries(before, "nodeSelector").all(kept) {
            keep(&mut allowed, before, "nodeSelector");
        }
        keep(&mut allowed, before, "affinity");
    }
    if differs(&allowed, before) {
        forbidden(SPEC, FIXED, errors);
    }
}

fn differs(new: &Value, old: &Value) -> bool {
    let changed = |one: &Value, other: &Value| {
        let mut fields = one.as_object().into_iter().flatten();
        fields.any(|(name, _)| !super::fields::same(one, other, name))
    };
    changed(new, old) || changed(old, new)
}

fn same_but_seconds(one: &Value, other: &Value) -> bool {
    let mut pair = [one.clone(), other.clone()];
    for value in &mut pair {
        remove(value, "tolerationSeconds");
    }
    pair[0] == pair[1]
}

fn deadline(spec: &Value, before: &Value, errors: &mut Errors) {
    let path = SPEC.field("activeDeadlineSeconds");
    match (
        number(spec, "activeDeadlineSeconds"),
        number(before, "activeDeadlineSeconds"),
    ) {
        (Some(new), Some(old)) if new > old => {
            errors.push(FieldError::invalid(
                path,
                new,
                "must be less than or equal to previous value",
            ));
        }
        (None, Some(_)) => {
            errors.push(FieldError::invalid(
                path,
                Value::Null,
                "must not update from a positive integer to nil value",
            ));
        }
        _ => {}
    }
}

fn gates(spec: &Value, before: &Value, errors: &mut Errors) {
    let known = list(before, "schedulingGates");
    let path = SPEC.field("schedulingGates");
    for (index, gate) in list(spec, "schedulingGates").iter().enumerate() {
        if !known.contains(gate) {
            let detail = format!(
                "only deletion is allowed, but found new scheduling gate '{}'",
                text(gate, "name")
            );
            forbidden(path.index(index).field("name"), &detail, errors);
        }
    }
}

fn validate_status(new: &Value, old: &Value, errors: &mut Errors) {
    let status = &new["status"];
    let path = Path::Root("status");
    let node = text(status, "nominatedNodeName");
    if !node.is_empty() {
        all_invalid(
            dns_1123_subdomain(node),
            &json!(node),
            path.field("nominatedNodeName"),
            errors,
        );
    }
    let class = text(&old["status"], "qosClass");
    if !class.is_empty() && text(status, "qosClass") != class {
        errors.push(FieldError::invalid(
            path.field("qosClass"),
            text(status, "qosClass"),
            IMMUTABLE,
        ));
    }
    if is_empty(status.get("podIPs")) {
        return;
    }
    let ips = path.field("podIPs");
    for (index, address) in list(status, "podIPs").iter().enumerate() {
        form(&address["ip"], ips.index(index), ip, errors);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_pod_that_runs_somewhere_takes_its_time() {
        let pod = |node: &str, phase: &str| json!({"spec": {"nodeName": node, "terminationGracePeriodSeconds": 30}, "status": {"phase": phase}});
        assert_eq!(grace_period(&pod("", "Pending"), Some(5)), None);
        assert_eq!(grace_period(&pod("n", "Running"), None), Some(30));
        assert_eq!(grace_period(&pod("n", "Running"), Some(5)), Some(5));
        assert_eq!(grace_period(&pod("n", "Running"), Some(0)), None);
        assert_eq!(grace_period(&pod("n", "Running"), Some(-3)), Some(1));
        assert_eq!(grace_period(&pod("n", "Succeeded"), Some(5)), None);
    }

    #[test]
    fn fields_are_found_by_their_labels() {
        let pod =
            json!({"spec": {"nodeName": "n"}, "status": {"phase": "Running", "podIP": "1.2.3.4"}});
        assert_eq!(field(&pod, "spec.nodeName"), "n");
        assert_eq!(field(&pod, "status.phase"), "Running");
        assert_eq!(field(&pod, "status.podIPs"), "1.2.3.4");
        assert_eq!(field(&pod, "spec.hostNetwork"), "false");
        assert_eq!(field(&pod, "spec.schedulerName"), "");
    }
}
