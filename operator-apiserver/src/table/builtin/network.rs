//! The cells of Services, of what stands behind and before them, and of network policies.

use serde_json::Value;

use super::{
    created, items, joined, name, number, plain,
    selector::{label_selector, labels},
    some_of, text, text_or,
};

pub(super) fn cells(kind: &str, object: &Value, now: i64) -> Option<Vec<Value>> {
    let age = created(object, now);
    let spec = &object["spec"];
    Some(match kind {
        "Service" => service(object, age),
        "Endpoints" => vec![name(object), endpoints(object).into(), age],
        "EndpointSlice" => vec![
            name(object),
            text(&object["addressType"]).into(),
            slice_ports(object).into(),
            slice_endpoints(object).into(),
            age,
        ],
        "Ingress" => vec![
            name(object),
            spec["ingressClassName"].as_str().unwrap_or("<none>").into(),
            hosts(object).into(),
            load_balancer(object).into(),
            if items(&spec["tls"]).is_empty() {
                "80".into()
            } else {
                "80, 443".into()
            },
            age,
        ],
        "IngressClass" => vec![
            class_name(object).into(),
            text(&spec["controller"]).into(),
            class_parameters(&spec["parameters"]).into(),
            age,
        ],
        "NetworkPolicy" => vec![
            name(object),
            label_selector(&spec["podSelector"]).into(),
            age,
        ],
        "ServiceCIDR" => vec![
            name(object),
            joined(items(&spec["cidrs"]).iter().map(text)).into(),
            age,
        ],
        _ => return None,
    })
}

fn service(object: &Value, age: Value) -> Vec<Value> {
    let spec = &object["spec"];
    let ports: Vec<String> = items(&spec["ports"])
        .iter()
        .map(|port| {
            let (port_number, protocol) = (number(&port["port"]), text(&port["protocol"]));
            match number(&port["nodePort"]) {
                0 => format!("{port_number}/{protocol}"),
                node_port => format!("{port_number}:{node_port}/{protocol}"),
            }
        })
        .collect();
    let ports = match ports.as_slice() {
        [] => "<none>".to_owned(),
        ports => ports.join(","),
    };
    vec![
        name(object),
        text(&spec["type"]).into(),
        spec["clusterIPs"][0].as_str().unwrap_or("<none>").into(),
        external_ip(object).into(),
        ports.into(),
        age,
        labels(&spec["selector"]).into(),
    ]
}

fn external_ip(service: &Value) -> String {
    let spec = &service["spec"];
    let mut addresses: Vec<String> = items(&spec["externalIPs"]).iter().map(plain).collect();
    let none = match text(&spec["type"]) {
        "ClusterIP" | "NodePort" => "<none>",
        "LoadBalancer" => {
            let balancer = load_balancer(service);
            if !balancer.is_empty() {
                addresses.insert(0, balancer);
            }
            "<pending>"
        }
        "ExternalName" => return text(&spec["externalName"]).to_owned(),
        _ => return "<unknown>".to_owned(),
    };
    match addresses.as_slice() {
        [] => none.to_owned(),
        addresses => addresses.join(","),
    }
}

fn load_balancer(object: &Value) -> String {
    let ingress = items(&object["status"]["loadBalancer"]["ingress"]).iter();
    let mut addresses: Vec<&str> = ingress
        .map(|ingress| text_or(&ingress["ip"], text(&ingress["hostname"])))
        .filter(|address| !address.is_empty())
        .collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses.join(",")
}

fn endpoints(object: &Value) -> String {
    let subsets = items(&object["subsets"]);
    if subsets.is_empty() {
        return "<none>".to_owned();
    }
    let mut all = Vec::new();
    for subset in subsets {
        let addresses = items(&subset["addresses"]).iter().map(|a| text(&a["ip"]));
        match items(&subset["ports"]) {
            [] => all.extend(addresses.map(str::to_owned)),
            ports => {
                for port in ports {
                    let port = number(&port["port"]);
                    all.extend(addresses.clone().map(|ip| host_port(ip, port)));
                }
            }
        }
    }
    some_of(&all, 3, ",")
}

fn host_port(ip: &str, port: i64) -> String {
    if ip.contains(':') {
        format!("[{ip}]:{port}")
    } else {
        format!("{ip}:{port}")
    }
}

fn slice_ports(object: &Value) -> String {
    let ports: Vec<String> = items(&object["ports"])
        .iter()
        .map(|port| match (&port["port"], &port["name"]) {
            (Value::Null, Value::Null) => "*".to_owned(),
            (Value::Null, name) => plain(name),
            (port, _) => plain(port),
        })
        .collect();
    or_unset(&ports)
}

fn slice_endpoints(object: &Value) -> String {
    let addresses: Vec<String> = items(&object["endpoints"])
        .iter()
        .flat_map(|endpoint| items(&endpoint["addresses"]))
        .map(plain)
        .collect();
    or_unset(&addresses)
}

fn or_unset(texts: &[String]) -> String {
    match some_of(texts, 3, ",") {
        text if text.is_empty() => "<unset>".to_owned(),
        text => text,
    }
}

/// The first three hosts of the rules. How many more there are counts all rules, with and without a host.
fn hosts(ingress: &Value) -> String {
    let rules = items(&ingress["spec"]["rules"]);
    let (mut hosts, mut more) = (Vec::new(), false);
    for rule in rules {
        more = more || hosts.len() == 3;
        let host = text(&rule["host"]);
        if !more && !host.is_empty() {
            hosts.push(host);
        }
    }
    match (hosts.join(","), more) {
        (hosts, _) if hosts.is_empty() => "*".to_owned(),
        (hosts, true) => format!("{hosts} + {} more...", rules.len() - 3),
        (hosts, false) => hosts,
    }
}

fn class_name(object: &Value) -> String {
    let annotations = &object["metadata"]["annotations"];
    let class = text(&object["metadata"]["name"]);
    if annotations["ingressclass.kubernetes.io/is-default-class"] == "true" {
        format!("{class} (default)")
    } else {
        class.to_owned()
    }
}

fn class_parameters(parameters: &Value) -> String {
    if !parameters.is_object() {
        return "<none>".to_owned();
    }
    let (kind, name) = (text(&parameters["kind"]), text(&parameters["name"]));
    match parameters["apiGroup"].as_str() {
        Some(group) => format!("{kind}.{group}/{name}"),
        None => format!("{kind}/{name}"),
    }
}
