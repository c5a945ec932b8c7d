//! Cluster IPs and node ports: every service that needs one has one, and no two have the same.

use std::{collections::HashSet, net::Ipv4Addr};

use serde_json::{Value, json};

use super::{
    fields::{items_mut, list, number, object_mut, set, text},
    path::Path,
    service::{is_headless, needs_cluster_ip, needs_health_check, needs_node_ports},
    service_allocations::{Allocations, Taken},
};
use crate::{error::ApiError, field_error::FieldError, object, strategy::Others};

/// The address of the server's own service.
pub(crate) const FIRST_CLUSTER_IP: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const RANGE: &str = "10.0.0.0/16";
const NETWORK: u32 = 0x0a00_0000;
const LAST: u32 = 0x0a00_ffff;
/// Below these, addresses and ports are left to those who choose their own.
const DYNAMIC_IP: u32 = NETWORK + 256;
const NODE_PORTS: std::ops::RangeInclusive<i64> = 30000..=32767;
const DYNAMIC_PORT: i64 = 30086;

/// Gives a service what it needs and has not, and refuses what others have.
pub(super) fn admit(
    new: &mut Value,
    old: Option<&Value>,
    others: &dyn Others,
) -> Result<(), ApiError> {
    let spec = &new["spec"];
    // What a service has stays: whether it may change validation says.
    let had_ip = old.is_some_and(|old| needs_cluster_ip(&old["spec"]));
    let wants_ip = needs_cluster_ip(spec) && !is_headless(spec) && !had_ip;
    let settled = old.is_some_and(|old| {
        ["clusterIP", "ports", "type", "healthCheckNodePort"]
            .iter()
            .all(|field| old["spec"][field] == spec[field])
    });
    let has_all = !text(spec, "clusterIP").is_empty() || !wants_ip;
    if settled && has_all || !wants_ip && !needs_node_ports(spec) {
        return Ok(());
    }
    let allocations = others.allocations();
    let taken = allocations.but_of(object::namespace(new), object::name(new));
    let mut errors = Vec::new();
    if wants_ip {
        cluster_ip(new, &taken, &mut errors);
    }
    if needs_node_ports(&new["spec"]) {
        node_ports(new, &taken, &mut errors);
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(ApiError::invalid("", "Service", object::name(new), &errors))
    }
}

/// The services' allocations, from nothing.
pub(crate) fn allocations() -> Allocations {
    Allocations::from_ip(DYNAMIC_IP)
}

/// The first port that neither others nor this service have.
fn free_port(taken: &Taken<'_>, mine: &mut HashSet<i64>) -> Option<i64> {
    let (first, last) = (*NODE_PORTS.start(), *NODE_PORTS.end());
    let mut ports = (DYNAMIC_PORT..=last).chain(first..DYNAMIC_PORT);
    let port = ports.find(|port| !taken.has_port(*port) && !mine.contains(port))?;
    mine.insert(port);
    Some(port)
}

fn cluster_ip(new: &mut Value, taken: &Taken<'_>, errors: &mut Vec<FieldError>) {
    let Some(spec) = object_mut(new, "spec") else {
        return;
    };
    let wanted = text(spec, "clusterIP");
    if wanted.is_empty() && !list(spec, "clusterIPs").is_empty() {
        // For validation to refuse, too.
        return;
    }
    if wanted.is_empty() {
        let mut chosen = FIRST_CLUSTER_IP.to_bits() + 1..DYNAMIC_IP;
        let free = taken.free_ip(LAST);
        match free.or_else(|| chosen.find(|ip| !taken.has_ip(*ip))) {
            Some(ip) => {
                let ip = Ipv4Addr::from_bits(ip).to_string();
                set(spec, "clusterIPs", json!([ip]));
                set(spec, "clusterIP", ip);
            }
            None => errors.push(FieldError::invalid(
                "spec.clusterIPs",
                json!([]),
                "failed to allocate a serviceIP: range is full",
            )),
        }
        return;
    }
    // What is no address is for validation to refuse.
    let Ok(ip) = wanted.parse::<Ipv4Addr>() else {
        return;
    };
    let bits = ip.to_bits();
    let problem = if !(NETWORK..=LAST).contains(&bits) {
        format!(
            "the provided IP ({ip}) is not in the valid range. The range of valid IPs is {RANGE}"
        )
    } else if bits == NETWORK || bits == LAST {
        "the provided network does not match the current range".to_owned()
    } else if taken.has_ip(bits) {
        "provided IP is already allocated".to_owned()
    } else {
        return;
    };
    let detail = format!("failed to allocate IP {ip}: {problem}");
    errors.push(FieldError::invalid(
        "spec.clusterIPs",
        json!([wanted]),
        detail,
    ));
}

fn node_ports(new: &mut Value, taken: &Taken<'_>, errors: &mut Vec<FieldError>) {
    let Some(spec) = object_mut(new, "spec") else {
        return;
    };
    let path = Path::Root("spec.ports");
    // A port of the node may be shared by the protocols of one service.
    let mut mine: Vec<(i64, String)> = Vec::new();
    for (index, port) in list(spec, "ports").iter().enumerate() {
        let Some(wanted) = number(port, "nodePort").filter(|port| *port != 0) else {
            continue;
        };
        let protocol = text(port, "protocol").to_owned();
        let problem = if !NODE_PORTS.contains(&wanted) {
            Some("provided port is not in the valid range. The range of valid ports is 30000-32767")
        } else if taken.has_port(wanted) || mine.contains(&(wanted, protocol.clone())) {
            Some("provided port is already allocated")
        } else {
            None
        };
        if let Some(problem) = problem {
            errors.push(FieldError::invalid(
                path.index(index).field("nodePort"),
                wanted,
                problem,
            ));
        }
        mine.push((wanted, protocol));
    }
    if !errors.is_empty() {
        return;
    }
    let mut mine: HashSet<i64> = mine.iter().map(|(port, _)| *port).collect();
    let wants_check =
        needs_health_check(spec) && number(spec, "healthCheckNodePort").unwrap_or_default() == 0;
    let mut given: Vec<(i64, i64, String)> = Vec::new();
    for port in items_mut(spec, "ports") {
        let wanted = number(port, "nodePort").unwrap_or_default();
        let (number, protocol) = (
            number(port, "port").unwrap_or_default(),
            text(port, "protocol").to_owned(),
        );
        if wanted != 0 {
            given.push((number, wanted, protocol));
            continue;
        }
        let shared = given
            .iter()
            .find(|(port, _, other)| *port == number && *other != protocol);
        match shared
            .map(|(_, port, _)| *port)
            .or_else(|| free_port(taken, &mut mine))
        {
            Some(free) => {
                set(port, "nodePort", free);
                given.push((number, free, protocol));
            }
            None => errors.push(FieldError::invalid(
                "spec.ports",
                json!([]),
                "failed to allocate a nodePort: range is full",
            )),
        }
    }
    if wants_check && let Some(port) = free_port(taken, &mut mine) {
        set(spec, "healthCheckNodePort", port);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Services(Vec<Value>);

    impl Others for Services {
        fn get(&self, _: &str, _: &str, _: &str, _: &str) -> Option<Value> {
            None
        }

        fn list(&self, group: &str, resource: &str, namespace: &str) -> Vec<Value> {
            assert_eq!((group, resource, namespace), ("", "services", ""));
            self.0.clone()
        }
    }

    fn service(name: &str, spec: &Value) -> Value {
        json!({"metadata": {"name": name, "namespace": "n"}, "spec": spec})
    }

    fn admitted(others: &[Value], name: &str, spec: &Value) -> Result<Value, String> {
        let mut new = service(name, spec);
        match admit(&mut new, None, &Services(others.to_vec())) {
            Ok(()) => Ok(new["spec"].clone()),
            Err(error) => Err(error.details.causes[0].message.clone()),
        }
    }

    #[test]
    fn every_service_gets_an_address_of_its_own() {
        let first = admitted(&[], "a", &json!({"type": "ClusterIP"})).expect("there is room");
        assert_eq!(first["clusterIP"], "10.0.1.0");
        assert_eq!(first["clusterIPs"], json!(["10.0.1.0"]));
        let second = admitted(&[service("a", &first)], "b", &json!({"type": "ClusterIP"}))
            .expect("there is room");
        assert_eq!(second["clusterIP"], "10.0.1.1");
    }

    #[test]
    fn an_address_that_is_taken_or_outside_is_refused() {
        let taken = [service("a", &json!({"clusterIP": "10.0.0.9"}))];
        let wanted =
            |ip: &str| admitted(&taken, "b", &json!({"type": "ClusterIP", "clusterIP": ip}));
        let refused = |ip: &str, why: &str| {
            assert_eq!(
                wanted(ip),
                Err(format!(
                    "Invalid value: [\"{ip}\"]: failed to allocate IP {ip}: {why}"
                ))
            );
        };
        refused("10.0.0.9", "provided IP is already allocated");
        refused(
            "10.0.0.0",
            "the provided network does not match the current range",
        );
        refused(
            "192.168.0.1",
            "the provided IP (192.168.0.1) is not in the valid range. The range of valid IPs is 10.0.0.0/16",
        );
        assert!(wanted("10.0.0.10").is_ok());
        assert!(
            wanted("a").is_ok(),
            "validation tells that it is no address"
        );
    }

    #[test]
    fn node_ports_are_given_once_and_shared_by_protocols() {
        let ports = json!([
            {"port": 80, "protocol": "TCP"}, {"port": 80, "protocol": "UDP"}, {"port": 81, "protocol": "TCP"},
        ]);
        let given = admitted(&[], "a", &json!({"type": "NodePort", "ports": ports}))
            .expect("there is room");
        let numbers: Vec<i64> = list(&given, "ports")
            .iter()
            .filter_map(|port| number(port, "nodePort"))
            .collect();
        assert_eq!(numbers, [30086, 30086, 30087]);
        let wanted = |port: i64| {
            let ports = json!([{"port": 80, "protocol": "TCP", "nodePort": port}]);
            admitted(
                &[service("a", &given)],
                "b",
                &json!({"type": "NodePort", "ports": ports}),
            )
        };
        assert_eq!(
            wanted(30086),
            Err("Invalid value: 30086: provided port is already allocated".to_owned())
        );
        let outside = "Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767";
        assert_eq!(wanted(80), Err(outside.to_owned()));
        assert!(wanted(30088).is_ok());
    }

    #[test]
    fn a_service_does_not_compete_with_itself() {
        let spec = json!({"type": "ClusterIP", "clusterIP": "10.0.0.9", "ports": []});
        assert!(admitted(&[service("a", &spec)], "a", &spec).is_ok());
    }

    #[test]
    fn a_local_balancer_gets_a_port_for_health_checks() {
        let spec = json!({"type": "LoadBalancer", "externalTrafficPolicy": "Local", "ports": [{"port": 80}]});
        assert_eq!(
            admitted(&[], "a", &spec).expect("there is room")["healthCheckNodePort"],
            30087
        );
    }
}
