//! What is wrong with a pod's spec, in pods and in the templates of workloads alike.

use serde_json::{Value, json};

use super::{
    check::{form, labels, not_supported, one_of, optional_form, optional_one_of, required},
    container_validation,
    fields::{entries, flag, list, number, text},
    format::label_key,
    path::Path,
    pod_scheduling, pod_volume,
    rules::Errors,
};
use crate::{
    field_error::FieldError,
    metadata::names::{dns_1123_label, dns_1123_subdomain},
};

/// Where a spec stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In a pod.
    Pod,
    /// In a template.
    Template,
}

/// Checks a whole spec.
pub(super) fn validate_spec(spec: &Value, path: &Path<'_>, place: Place, errors: &mut Errors) {
    let volumes = pod_volume::validate(spec, path, errors);
    container_validation::validate(spec, path, &volumes, errors);
    if place == Place::Template && !list(spec, "ephemeralContainers").is_empty() {
        super::check::forbidden(
            path.field("ephemeralContainers"),
            "ephemeral containers not allowed in pod template",
            errors,
        );
    }
    policy(
        spec,
        path,
        "restartPolicy",
        &["Always", "OnFailure", "Never"],
        errors,
    );
    policy(
        spec,
        path,
        "dnsPolicy",
        &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"],
        errors,
    );
    labels(spec, "nodeSelector", path.field("nodeSelector"), errors);
    security(spec, path, errors);
    pod_scheduling::affinity(spec, path, errors);
    dns(spec, path, errors);
    let gates = path.field("readinessGates");
    for (index, gate) in list(spec, "readinessGates").iter().enumerate() {
        form(
            &gate["conditionType"],
            gates.index(index).field("conditionType"),
            label_key,
            errors,
        );
    }
    let gates = path.field("schedulingGates");
    for (index, gate) in list(spec, "schedulingGates").iter().enumerate() {
        form(&gate["name"], gates.index(index), label_key, errors);
    }
    pod_scheduling::spread(spec, path, errors);
    optional_form(spec, path, "serviceAccountName", dns_1123_subdomain, errors);
    optional_form(spec, path, "nodeName", dns_1123_subdomain, errors);
    if let Some(seconds) = number(spec, "activeDeadlineSeconds")
        && !(1..=i64::from(i32::MAX)).contains(&seconds)
    {
        errors.push(FieldError::invalid(
            path.field("activeDeadlineSeconds"),
            seconds,
            "must be between 1 and 2147483647, inclusive",
        ));
    }
    optional_form(spec, path, "hostname", dns_1123_label, errors);
    optional_form(spec, path, "subdomain", dns_1123_label, errors);
    pod_scheduling::tolerations(spec, path, errors);
    host_aliases(spec, path, errors);
    optional_form(spec, path, "priorityClassName", dns_1123_subdomain, errors);
    optional_form(spec, path, "runtimeClassName", dns_1123_subdomain, errors);
    optional_one_of(
        spec,
        path,
        "preemptionPolicy",
        &["PreemptLowerPriority", "Never"],
        errors,
    );
    for (name, amount) in entries(spec, "overhead") {
        let path = path.field("overhead");
        super::container_resources::amount(name, amount, path.key(name), errors);
    }
}

/// A policy of a fixed set, which may not be empty.
fn policy(spec: &Value, path: &Path<'_>, field: &str, supported: &[&str], errors: &mut Errors) {
    if text(spec, field).is_empty() {
        required(path.field(field), "", errors);
    } else {
        one_of(spec, path, field, supported, errors);
    }
}

fn security(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    if flag(spec, "hostPID") && flag(spec, "shareProcessNamespace") {
        errors.push(FieldError::invalid(
            path.field("shareProcessNamespace"),
            true,
            "ShareProcessNamespace and HostPID cannot both be enabled",
        ));
    }
    let parent = path.field("securityContext");
    container_validation::user_ids(
        &spec["securityContext"],
        &parent,
        &["runAsUser", "runAsGroup", "fsGroup"],
        errors,
    );
}

fn dns(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    if text(spec, "dnsPolicy") != "None" {
        return;
    }
    let config = path.field("dnsConfig");
    if !spec["dnsConfig"].is_object() {
        required(
            config,
            "must provide `dnsConfig` when `dnsPolicy` is None",
            errors,
        );
    } else if list(&spec["dnsConfig"], "nameservers").is_empty() {
        let detail = "must provide at least one DNS nameserver when `dnsPolicy` is None";
        required(config.field("nameservers"), detail, errors);
    }
}

fn host_aliases(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    let parent = path.field("hostAliases");
    for (index, alias) in list(spec, "hostAliases").iter().enumerate() {
        let path = parent.index(index);
        form(&alias["ip"], path.field("ip"), super::format::ip, errors);
        let names = path.field("hostnames");
        for (index, name) in list(alias, "hostnames").iter().enumerate() {
            form(name, names.index(index), dns_1123_subdomain, errors);
        }
    }
}

/// Checks a template: its labels and its spec.
pub(super) fn validate_template(template: &Value, path: &Path<'_>, errors: &mut Errors) {
    labels(
        &template["metadata"],
        "labels",
        path.field("labels"),
        errors,
    );
    validate_spec(
        &template["spec"],
        &path.field("spec"),
        Place::Template,
        errors,
    );
}

/// Checks the template of a workload that keeps its pods running.
pub(super) fn validate_running_template(
    template: &Value,
    path: &Path<'_>,
    owner: &str,
    errors: &mut Errors,
) {
    validate_template(template, path, errors);
    let spec_path = path.field("spec");
    let spec = &template["spec"];
    if text(spec, "restartPolicy") != "Always" {
        not_supported(
            spec_path.field("restartPolicy"),
            json!(text(spec, "restartPolicy")),
            &["Always"],
            errors,
        );
    }
    if spec["activeDeadlineSeconds"].is_i64() {
        let detail = format!("activeDeadlineSeconds in {owner} is not Supported");
        super::check::forbidden(spec_path.field("activeDeadlineSeconds"), &detail, errors);
    }
}
