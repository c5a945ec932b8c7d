//! Cluster IPs and node ports: every service that needs one has one, and no two have the same.

use std::{collections::HashSet, net::Ipv4Addr};

use serde_json::{Value, json};

use super::{
    fields::{items_mut, list, number, object_mut, set, text},
    path::Path,
    service::{is_headless, needs_cluster_ip, needs_health_check, needs_node_ports},
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
    let wants_ip = needs_cluster_ip(spec) && !is_headless(spec);
    let settled = old.is_some_and(|old| {
        ["clusterIP", "ports", "type", "healthCheckNodePort"]
            .iter()
            .all(|field| old["spec"][field] == spec[field])
    });
    let has_all = !text(spec, "clusterIP").is_empty() || !wants_ip;
    if settled && has_all || !wants_ip && !needs_node_ports(spec) {
        return Ok(());
    }
    let taken = Taken::by_others(new, others);
    let mut errors = Vec::new();
    if wants_ip {
        cluster_ip(new, &taken, &mut errors);
    }
    if needs_node_ports(&new["spec"]) {
        node_ports(new, taken, &mut errors);
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(ApiError::invalid("", "Service", object::name(new), &errors))
    }
}

/// What the other services have.
struct Taken {
    ips: HashSet<u32>,
    ports: HashSet<i64>,
}

impl Taken {
    fn by_others(new: &Value, others: &dyn Others) -> Self {
        let mut taken = Self {
            ips: HashSet::new(),
            ports: HashSet::new(),
        };
        let me = (object::namespace(new), object::name(new));
        for service in others.list("", "services") {
            if (object::namespace(&service), object::name(&service)) == me {
                continue;
            }
            let spec = &service["spec"];
            if let Ok(ip) = text(spec, "clusterIP").parse::<Ipv4Addr>() {
                taken.ips.insert(ip.to_bits());
            }
            taken.ports.extend(
                list(spec, "ports")
                    .iter()
                    .filter_map(|port| number(port, "nodePort")),
            );
            taken.ports.extend(number(spec, "healthCheckNodePort"));
        }
        taken
    }

    fn free_port(&mut self) -> Option<i64> {
        let (first, last) = (*NODE_PORTS.start(), *NODE_PORTS.end());
        let mut ports = (DYNAMIC_PORT..=last).chain(first..DYNAMIC_PORT);
        let port = ports.find(|port| !self.ports.contains(port))?;
        self.ports.insert(port);
        Some(port)
    }
}

fn cluster_ip(new: &mut Value, taken: &Taken, errors: &mut Vec<FieldError>) {
    let Some(spec) = object_mut(new, "spec") else {
        return;
    };
    let wanted = text(spec, "clusterIP");
    if wanted.is_empty() {
        let mut ips = (DYNAMIC_IP..LAST).chain(FIRST_CLUSTER_IP.to_bits() + 1..DYNAMIC_IP);
        match ips.find(|ip| !taken.ips.contains(ip)) {
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
    } else if taken.ips.contains(&bits) {
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

fn node_ports(new: &mut Value, mut taken: Taken, errors: &mut Vec<FieldError>) {
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
        } else if taken.ports.contains(&wanted) || mine.contains(&(wanted, protocol.clone())) {
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
    taken.ports.extend(mine.iter().map(|(port, _)| *port));
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
            .or_else(|| taken.free_port())
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
    if wants_check && let Some(port) = taken.free_port() {
        set(spec, "healthCheckNodePort", port);
    }
}
