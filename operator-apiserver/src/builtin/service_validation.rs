//! What is wrong with a Service.

use serde_json::{Value, json};

use super::{
    check::{
        Names, duplicate, forbidden, form, labels, not_supported, one_of, optional_one_of, port,
        port_number, required,
    },
    fields::{has, is_empty, list, number, text},
    format::{cidr, ip, label_key},
    path::Path,
    rules::Errors,
    service::{is_headless, needs_cluster_ip},
};
use crate::{
    field_error::FieldError,
    metadata::names::{dns_1123_label, dns_1123_subdomain},
};

const ONLY_BALANCERS: &str = "may only be used when `type` is 'LoadBalancer'";
const SPEC: Path<'static> = Path::Root("spec");

pub(super) fn validate(object: &Value, errors: &mut Errors) {
    let spec = &object["spec"];
    let external_name = text(spec, "type") == "ExternalName";
    if list(spec, "ports").is_empty() && !is_headless(spec) && !external_name {
        required(SPEC.field("ports"), "", errors);
    }
    match text(spec, "type") {
        kind @ ("LoadBalancer" | "NodePort") if is_headless(spec) => {
            let detail = format!("may not be set to 'None' for {kind} services");
            errors.push(FieldError::invalid("spec.clusterIPs[0]", "None", detail));
        }
        "ExternalName" => {
            let wanted = text(spec, "externalName");
            if wanted.is_empty() {
                required(SPEC.field("externalName"), "", errors);
            } else {
                let path = SPEC.field("externalName");
                let wrong = dns_1123_subdomain(wanted.trim_end_matches('.'));
                errors.extend(
                    wrong
                        .into_iter()
                        .map(|text| FieldError::invalid(path, wanted, text)),
                );
            }
        }
        _ => {}
    }
    ports(spec, errors);
    labels(spec, "selector", SPEC.field("selector"), errors);
    affinity(spec, errors);
    cluster_ips(spec, errors);
    families(spec, errors);
    for (index, address) in list(spec, "externalIPs").iter().enumerate() {
        ordinary_ip(address, SPEC.field("externalIPs").index(index), errors);
    }
    one_of(
        spec,
        &SPEC,
        "type",
        &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"],
        errors,
    );
    balancer(spec, errors);
    policies(spec, errors);
}

fn ports(spec: &Value, errors: &mut Errors) {
    let all = list(spec, "ports");
    let parent = SPEC.field("ports");
    let mut names = Names::default();
    for (index, item) in all.iter().enumerate() {
        let path = parent.index(index);
        let name = text(item, "name");
        if !name.is_empty() {
            let before = errors.len();
            form(&item["name"], path.field("name"), dns_1123_label, errors);
            if errors.len() == before {
                names.add(name, path.field("name"), errors);
            }
        } else if all.len() > 1 {
            required(path.field("name"), "", errors);
        }
        port_number(
            number(item, "port").unwrap_or_default(),
            path.field("port"),
            errors,
        );
        one_of(item, &path, "protocol", &["SCTP", "TCP", "UDP"], errors);
        port(&item["targetPort"], path.field("targetPort"), errors);
        if !text(item, "appProtocol").is_empty() {
            form(
                &item["appProtocol"],
                path.field("appProtocol"),
                label_key,
                errors,
            );
        }
    }
    if text(spec, "type") == "ClusterIP" {
        for (index, item) in all.iter().enumerate() {
            if number(item, "nodePort").unwrap_or_default() != 0 {
                let path = parent.index(index);
                forbidden(
                    path.field("nodePort"),
                    "may not be used when `type` is 'ClusterIP'",
                    errors,
                );
            }
        }
    }
    let key = |item: &Value| (number(item, "port"), text(item, "protocol").to_owned());
    let mut seen = std::collections::BTreeSet::new();
    for (index, item) in all.iter().enumerate() {
        if !seen.insert(key(item)) {
            duplicate(
                parent.index(index),
                json!({"port": item["port"], "protocol": item["protocol"]}),
                errors,
            );
        }
    }
}

fn affinity(spec: &Value, errors: &mut Errors) {
    one_of(
        spec,
        &SPEC,
        "sessionAffinity",
        &["ClientIP", "None"],
        errors,
    );
    if text(spec, "sessionAffinity") != "ClientIP" {
        return;
    }
    let seconds = &spec["sessionAffinityConfig"]["clientIP"]["timeoutSeconds"];
    if seconds
        .as_i64()
        .is_some_and(|seconds| !(1..=86400).contains(&seconds))
    {
        let detail = "must be greater than 0 and less than 86400";
        errors.push(FieldError::invalid(
            "spec.sessionAffinityConfig.clientIP.timeoutSeconds",
            seconds.clone(),
            detail,
        ));
    }
}

fn cluster_ips(spec: &Value, errors: &mut Errors) {
    let ips = list(spec, "clusterIPs");
    let path = SPEC.field("clusterIPs");
    if !needs_cluster_ip(spec) {
        for (field, set) in [
            ("clusterIPs", !ips.is_empty()),
            ("ipFamilies", !list(spec, "ipFamilies").is_empty()),
            ("ipFamilyPolicy", has(spec, "ipFamilyPolicy")),
        ] {
            if set {
                forbidden(
                    SPEC.field(field),
                    "may not be set for ExternalName services",
                    errors,
                );
            }
        }
        return;
    }
    let single = text(spec, "clusterIP");
    if single.is_empty() && !ips.is_empty() {
        errors.push(FieldError::invalid(
            path,
            Value::from(ips),
            "must be empty when `clusterIP` is not specified",
        ));
        return;
    }
    if !ips.is_empty() && ips[0] != json!(single) {
        errors.push(FieldError::invalid(
            path,
            Value::from(ips),
            "first value must match `clusterIP`",
        ));
    }
    for (index, address) in ips.iter().enumerate() {
        if index == 0 && address == &json!("None") {
            if ips.len() > 1 {
                errors.push(FieldError::invalid(
                    path,
                    Value::from(ips),
                    "'None' must be the first and only value",
                ));
            }
            return;
        }
        form(address, path.index(index), ip, errors);
    }
}

fn families(spec: &Value, errors: &mut Errors) {
    if !needs_cluster_ip(spec) {
        return;
    }
    let all = list(spec, "ipFamilies");
    let without = is_headless(spec) && is_empty(spec.get("selector"));
    optional_one_of(
        spec,
        &SPEC,
        "ipFamilyPolicy",
        &["PreferDualStack", "RequireDualStack", "SingleStack"],
        errors,
    );
    if all.len() > 1 && text(spec, "ipFamilyPolicy") == "SingleStack" {
        errors.push(FieldError::invalid(
            SPEC.field("ipFamilyPolicy"),
            "SingleStack",
            "must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified",
        ));
        return;
    }
    if !without {
        if text(spec, "ipFamilyPolicy") == "RequireDualStack" {
            errors.push(FieldError::invalid(
                SPEC.field("ipFamilyPolicy"),
                "RequireDualStack",
                "this cluster is not configured for dual-stack services",
            ));
        }
        for (index, family) in all.iter().enumerate() {
            if family == &json!("IPv6") {
                errors.push(FieldError::invalid(
                    SPEC.field("ipFamilies").index(index),
                    "IPv6",
                    "not configured on this cluster",
                ));
            }
        }
    }
    for (index, family) in all.iter().enumerate() {
        if !["IPv4", "IPv6"].contains(&family.as_str().unwrap_or_default()) {
            not_supported(
                SPEC.field("ipFamilies").index(index),
                family.clone(),
                &["IPv4", "IPv6"],
                errors,
            );
        }
    }
    if all.len() == 2 && all[0] == all[1] {
        duplicate(SPEC.field("ipFamilies").index(1), all[1].clone(), errors);
    }
}

fn balancer(spec: &Value, errors: &mut Errors) {
    let balances = text(spec, "type") == "LoadBalancer";
    let ranges = list(spec, "loadBalancerSourceRanges");
    if !ranges.is_empty() && !balances {
        forbidden(
            SPEC.field("LoadBalancerSourceRanges"),
            ONLY_BALANCERS,
            errors,
        );
    }
    for (index, range) in ranges.iter().enumerate().filter(|_| balances) {
        // The server capitalizes this field.
        form(
            range,
            SPEC.field("LoadBalancerSourceRanges").index(index),
            cidr,
            errors,
        );
    }
    if has(spec, "allocateLoadBalancerNodePorts") && !balances {
        forbidden(
            SPEC.field("allocateLoadBalancerNodePorts"),
            ONLY_BALANCERS,
            errors,
        );
    }
    if has(spec, "loadBalancerClass") {
        if balances {
            form(
                &spec["loadBalancerClass"],
                SPEC.field("loadBalancerClass"),
                label_key,
                errors,
            );
        } else {
            forbidden(SPEC.field("loadBalancerClass"), ONLY_BALANCERS, errors);
        }
    }
}

fn policies(spec: &Value, errors: &mut Errors) {
    let policy = text(spec, "externalTrafficPolicy");
    let external = matches!(text(spec, "type"), "LoadBalancer" | "NodePort")
        || text(spec, "type") == "ClusterIP" && !list(spec, "externalIPs").is_empty();
    if !policy.is_empty() && !external {
        let detail = "may only be set for externally-accessible services";
        errors.push(FieldError::invalid(
            SPEC.field("externalTrafficPolicy"),
            policy,
            detail,
        ));
    } else if external {
        one_of(
            spec,
            &SPEC,
            "externalTrafficPolicy",
            &["Cluster", "Local"],
            errors,
        );
    }
    let check = number(spec, "healthCheckNodePort").unwrap_or_default();
    if check != 0 && !(text(spec, "type") == "LoadBalancer" && policy == "Local") {
        let detail =
            "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
        errors.push(FieldError::invalid(
            SPEC.field("healthCheckNodePort"),
            check,
            detail,
        ));
    }
    if needs_cluster_ip(spec) {
        one_of(
            spec,
            &SPEC,
            "internalTrafficPolicy",
            &["Cluster", "Local"],
            errors,
        );
    }
}

/// An address that is not of a special range.
pub(super) fn ordinary_ip(value: &Value, path: Path<'_>, errors: &mut Errors) {
    let Ok(address) = value
        .as_str()
        .unwrap_or_default()
        .parse::<std::net::IpAddr>()
    else {
        form(value, path, ip, errors);
        return;
    };
    let link_local = match address {
        std::net::IpAddr::V4(address) => address.is_link_local(),
        std::net::IpAddr::V6(address) => address.is_unicast_link_local(),
    };
    let local_multicast = match address {
        std::net::IpAddr::V4(address) => address.octets()[..3] == [224, 0, 0],
        std::net::IpAddr::V6(address) => address.segments()[0] & 0xff0f == 0xff02,
    };
    let detail = if address.is_unspecified() {
        format!("may not be unspecified ({address})")
    } else if address.is_loopback() {
        "may not be in the loopback range (127.0.0.0/8, ::1/128)".to_owned()
    } else if link_local {
        "may not be in the link-local range (169.254.0.0/16, fe80::/10)".to_owned()
    } else if local_multicast {
        "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)".to_owned()
    } else {
        return;
    };
    errors.push(FieldError::invalid(path, value.clone(), detail));
}

pub(super) fn validate_change(new: &Value, old: &Value, errors: &mut Errors) {
    let (spec, before) = (&new["spec"], &old["spec"]);
    if !needs_cluster_ip(spec) || !needs_cluster_ip(before) {
        return;
    }
    let (now, then) = (text(spec, "clusterIP"), text(before, "clusterIP"));
    // Of what is no address that alone is said.
    let is_address = now.is_empty() || now == "None" || now.parse::<std::net::IpAddr>().is_ok();
    if !then.is_empty() && now != then && is_address {
        let error = FieldError::invalid(
            "spec.clusterIPs[0]",
            spec["clusterIPs"].clone(),
            "may not change once set",
        );
        // The server looks at this first.
        errors.insert(0, error);
    }
    if text(spec, "type") == "LoadBalancer"
        && text(before, "type") == "LoadBalancer"
        && text(spec, "loadBalancerClass") != text(before, "loadBalancerClass")
    {
        let detail = "may not change once set";
        errors.push(FieldError::invalid(
            "spec.loadBalancerClass",
            spec["loadBalancerClass"].clone(),
            detail,
        ));
    }
}

pub(super) fn validate_status(new: &Value, _old: &Value, errors: &mut Errors) {
    if text(&new["spec"], "type") == "LoadBalancer" {
        balancer_addresses(new, errors);
    } else if !list(&new["status"]["loadBalancer"], "ingress").is_empty() {
        let path = Path::Root("status.loadBalancer.ingress");
        forbidden(
            path,
            "may only be used when `spec.type` is 'LoadBalancer'",
            errors,
        );
    }
}

/// Where a balancer can be reached, of services and of ingresses.
pub(super) fn balancer_addresses(object: &Value, errors: &mut Errors) {
    let parent = Path::Root("status.loadBalancer.ingress");
    for (index, item) in list(&object["status"]["loadBalancer"], "ingress")
        .iter()
        .enumerate()
    {
        let path = parent.index(index);
        if !text(item, "ip").is_empty() {
            form(&item["ip"], path.field("ip"), ip, errors);
        }
        let host = text(item, "hostname");
        if host.parse::<std::net::IpAddr>().is_ok() {
            let detail = "must be a DNS name, not an IP address";
            errors.push(FieldError::invalid(path.field("hostname"), host, detail));
        } else if !host.is_empty() {
            form(
                &item["hostname"],
                path.field("hostname"),
                dns_1123_subdomain,
                errors,
            );
        }
    }
}
