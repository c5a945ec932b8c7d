//! Services: types, IP families and ports are filled in, each has a cluster IP and node ports of its own, and
//! what was given out stays.

use serde_json::{Value, json};

use super::{
    fields::{
        ensure_object, has, items_mut, keep, list, number, object_mut, remove, same, set,
        set_default, text,
    },
    rules::{Deletion, Rules},
    service_validation::{validate, validate_change, validate_status},
};
use crate::metadata::names::dns_1123_label;

pub(super) use super::service_addresses::FIRST_CLUSTER_IP;

pub(super) const RULES: Rules = Rules {
    default,
    create,
    update,
    admit: super::service_addresses::admit,
    validate,
    validate_change,
    validate_status,
    warnings,
    name: dns_1123_label,
    create_on_update: true,
    field_labels: &["spec.clusterIP", "spec.type"],
    field: |object, label| text(&object["spec"], label.trim_start_matches("spec.")).to_owned(),
    deletion: Deletion::Returned,
    ..Rules::PLAIN
};

/// Whether a service has a cluster IP, `None` being one.
pub(super) fn needs_cluster_ip(spec: &Value) -> bool {
    text(spec, "type") != "ExternalName"
}

/// Whether a service opens ports on nodes.
pub(super) fn needs_node_ports(spec: &Value) -> bool {
    match text(spec, "type") {
        "NodePort" => true,
        "LoadBalancer" => spec["allocateLoadBalancerNodePorts"] != json!(false),
        _ => false,
    }
}

/// Whether a service has no address of its own.
pub(super) fn is_headless(spec: &Value) -> bool {
    text(spec, "clusterIP") == "None" || list(spec, "clusterIPs").first() == Some(&json!("None"))
}

/// Fields that mean nothing for the service's type.
fn warnings(service: &Value, warnings: &mut Vec<String>) {
    let spec = &service["spec"];
    let is_set = |field: &str| match &spec[field] {
        Value::String(text) => !text.is_empty() && text != "None",
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    if is_headless(spec) {
        let fields = [
            ("loadBalancerIP", "loadBalancerIP"),
            ("externalIPs", "externalIPs"),
            ("sessionAffinity", "SessionAffinity"),
        ];
        for (field, shown) in fields {
            if is_set(field) {
                warnings.push(format!("spec.{shown} is ignored for headless services"));
            }
        }
    }
    match text(spec, "type") {
        "ExternalName" if is_set("externalIPs") => warnings
            .push("spec.externalIPs is ignored when spec.type is \"ExternalName\"".to_owned()),
        "ExternalName" => {}
        _ if is_set("externalName") => warnings
            .push("spec.externalName is ignored when spec.type is not \"ExternalName\"".to_owned()),
        _ => {}
    }
}

fn is_external(spec: &Value) -> bool {
    matches!(text(spec, "type"), "LoadBalancer" | "NodePort")
        || text(spec, "type") == "ClusterIP" && !list(spec, "externalIPs").is_empty()
}

fn default(object: &mut Value) {
    let spec = ensure_object(object, "spec");
    set_default(spec, "sessionAffinity", "None");
    match text(spec, "sessionAffinity") {
        "None" => drop(remove(spec, "sessionAffinityConfig")),
        "ClientIP" if !has(&spec["sessionAffinityConfig"]["clientIP"], "timeoutSeconds") => {
            set(
                spec,
                "sessionAffinityConfig",
                json!({"clientIP": {"timeoutSeconds": 10800}}),
            );
        }
        _ => {}
    }
    set_default(spec, "type", "ClusterIP");
    for port in items_mut(spec, "ports") {
        set_default(port, "protocol", "TCP");
        let target = port.get("targetPort");
        if target.is_none_or(|target| target == &json!(0) || target == &json!("")) {
            let number = number(port, "port").unwrap_or_default();
            set(port, "targetPort", number);
        }
        if number(port, "nodePort") == Some(0) {
            remove(port, "nodePort");
        }
        set_default(port, "port", 0);
    }
    if is_external(spec) {
        set_default(spec, "externalTrafficPolicy", "Cluster");
    }
    if needs_cluster_ip(spec) {
        set_default(spec, "internalTrafficPolicy", "Cluster");
    }
    if text(spec, "type") == "LoadBalancer" {
        set_default(spec, "allocateLoadBalancerNodePorts", true);
    }
    ensure_object(ensure_object(object, "status"), "loadBalancer");
    balancer_modes(object);
}

fn balancer_modes(object: &mut Value) {
    if text(&object["spec"], "type") != "LoadBalancer" {
        return;
    }
    let Some(balancer) =
        object_mut(object, "status").and_then(|status| object_mut(status, "loadBalancer"))
    else {
        return;
    };
    for ingress in items_mut(balancer, "ingress") {
        if !text(ingress, "ip").is_empty() {
            set_default(ingress, "ipMode", "VIP");
        }
    }
}

fn create(object: &mut Value) {
    let spec = ensure_object(object, "spec");
    if !text(spec, "clusterIP").is_empty() && list(spec, "clusterIPs").is_empty() {
        let ips = json!([spec["clusterIP"]]);
        set(spec, "clusterIPs", ips);
    }
    default_families(spec);
}

/// One family, as on a cluster that has only one; a headless service that selects nothing may have both.
fn default_families(spec: &mut Value) {
    if !needs_cluster_ip(spec) {
        return;
    }
    let selects = spec["selector"]
        .as_object()
        .is_some_and(|map| !map.is_empty());
    let without = is_headless(spec) && !selects;
    if text(spec, "ipFamilyPolicy").is_empty() {
        let policy = if list(spec, "ipFamilies").len() > 1 || without {
            "RequireDualStack"
        } else {
            "SingleStack"
        };
        set(spec, "ipFamilyPolicy", policy);
    }
    if list(spec, "ipFamilies").is_empty() {
        let both = without && text(spec, "ipFamilyPolicy") != "SingleStack";
        set(
            spec,
            "ipFamilies",
            if both {
                json!(["IPv4", "IPv6"])
            } else {
                json!(["IPv4"])
            },
        );
    } else if without
        && list(spec, "ipFamilies").len() == 1
        && text(spec, "ipFamilyPolicy") != "SingleStack"
    {
        let other = if list(spec, "ipFamilies")[0] == json!("IPv4") {
            "IPv6"
        } else {
            "IPv4"
        };
        let families = json!([spec["ipFamilies"][0], other]);
        set(spec, "ipFamilies", families);
    }
}

fn update(new: &mut Value, old: &Value) {
    let spec = ensure_object(new, "spec");
    let before = &old["spec"];
    align_cluster_ips(spec, before);
    patch_allocated(spec, before);
    drop_what_the_type_lacks(spec, before);
    default_families(spec);
}

/// Keeps `clusterIP` and `clusterIPs` together where a client changed only one of them.
fn align_cluster_ips(spec: &mut Value, before: &Value) {
    let (now, then) = (text(spec, "clusterIP"), text(before, "clusterIP"));
    if now == then {
        if list(spec, "clusterIPs").is_empty() {
            keep(spec, before, "clusterIPs");
        }
    } else if same(spec, before, "clusterIPs") {
        if now.is_empty() {
            remove(spec, "clusterIPs");
        } else {
            let ips = json!([now]);
            set(spec, "clusterIPs", ips);
        }
    }
}

/// What a client leaves out of what it was given stays.
fn patch_allocated(spec: &mut Value, before: &Value) {
    if needs_cluster_ip(before) && needs_cluster_ip(spec) {
        if text(spec, "clusterIP").is_empty() {
            keep(spec, before, "clusterIP");
        }
        if list(spec, "clusterIPs").is_empty() && same(spec, before, "clusterIP") {
            keep(spec, before, "clusterIPs");
        }
        for field in ["ipFamilies", "ipFamilyPolicy"] {
            if !has(spec, field) {
                keep(spec, before, field);
            }
        }
    }
    if needs_node_ports(before) && needs_node_ports(spec) {
        let mut used: Vec<i64> = list(spec, "ports")
            .iter()
            .filter_map(|port| number(port, "nodePort"))
            .collect();
        for port in items_mut(spec, "ports") {
            let was = list(before, "ports")
                .iter()
                .find(|was| same(was, port, "protocol") && same(was, port, "port"));
            let node_port = was.and_then(|was| number(was, "nodePort"));
            if let Some(node_port) = node_port
                && number(port, "nodePort").is_none()
                && !used.contains(&node_port)
            {
                set(port, "nodePort", node_port);
                used.push(node_port);
            }
        }
    }
    if needs_health_check(before)
        && needs_health_check(spec)
        && number(spec, "healthCheckNodePort").is_none()
    {
        keep(spec, before, "healthCheckNodePort");
    }
}

/// Whether a balancer asks the nodes which of them have endpoints.
pub(super) fn needs_health_check(spec: &Value) -> bool {
    text(spec, "type") == "LoadBalancer" && text(spec, "externalTrafficPolicy") == "Local"
}

/// What only the old type had, and what the client did not touch, goes with it.
fn drop_what_the_type_lacks(spec: &mut Value, before: &Value) {
    type Needs = fn(&Value) -> bool;
    let balances = |spec: &Value| text(spec, "type") == "LoadBalancer";
    let kinds: [(Needs, &[&str]); 4] = [
        (
            needs_cluster_ip,
            &[
                "clusterIP",
                "clusterIPs",
                "ipFamilies",
                "ipFamilyPolicy",
                "internalTrafficPolicy",
            ],
        ),
        (is_external, &["externalTrafficPolicy"]),
        (needs_health_check, &["healthCheckNodePort"]),
        (
            balances,
            &["allocateLoadBalancerNodePorts", "loadBalancerClass"],
        ),
    ];
    for (needs, fields) in kinds {
        if needs(before) && !needs(spec) {
            for field in fields {
                if same(spec, before, field) {
                    remove(spec, field);
                }
            }
        }
    }
    if needs_node_ports(before) && !needs_node_ports(spec) {
        for (index, port) in items_mut(spec, "ports").enumerate() {
            if same(port, &before["ports"][index], "nodePort") {
                remove(port, "nodePort");
            }
        }
    }
}
