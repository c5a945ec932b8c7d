//! [`Allocations`]: which service has which cluster IP and which node ports.

use std::{collections::HashMap, net::Ipv4Addr, sync::Arc};

use serde_json::Value;

use super::fields::{list, number, text};

/// What all services have, kept up to date service by service: looking for what is free parses none of them.
#[derive(Clone, Debug)]
pub(crate) struct Allocations {
    /// By `namespace/name`.
    services: HashMap<Arc<str>, Held>,
    ips: HashMap<u32, Arc<str>>,
    ports: HashMap<i64, Arc<str>>,
    /// The first address that is given out, and up to where from there all are taken.
    first_ip: u32,
    taken_until: u32,
}

#[derive(Clone, Debug)]
struct Held {
    ip: Option<u32>,
    ports: Vec<i64>,
}

impl Allocations {
    /// Nothing is taken yet; addresses are given out from `first` on.
    pub(super) fn from_ip(first: u32) -> Self {
        Self {
            services: HashMap::new(),
            ips: HashMap::new(),
            ports: HashMap::new(),
            first_ip: first,
            taken_until: first,
        }
    }

    /// Takes up a service as it was written.
    pub(crate) fn set(&mut self, namespace: &str, name: &str, service: &Value) {
        self.remove(namespace, name);
        let spec = &service["spec"];
        let ip = text(spec, "clusterIP").parse::<Ipv4Addr>().ok();
        let ports = list(spec, "ports").iter();
        let ports = ports.filter_map(|port| number(port, "nodePort"));
        let held = Held {
            ip: ip.map(Ipv4Addr::to_bits),
            ports: ports.chain(number(spec, "healthCheckNodePort")).collect(),
        };
        let key: Arc<str> = key(namespace, name).into();
        self.ips.extend(held.ip.map(|ip| (ip, Arc::clone(&key))));
        let ports = held.ports.iter().map(|port| (*port, Arc::clone(&key)));
        self.ports.extend(ports);
        self.services.insert(key, held);
        while self.ips.contains_key(&self.taken_until) {
            self.taken_until += 1;
        }
    }

    /// Gives back what a service had.
    pub(crate) fn remove(&mut self, namespace: &str, name: &str) {
        let key = key(namespace, name);
        let Some(held) = self.services.remove(key.as_str()) else {
            return;
        };
        if let Some(ip) = held.ip {
            self.ips.remove(&ip);
            if ip >= self.first_ip {
                self.taken_until = self.taken_until.min(ip);
            }
        }
        for port in held.ports {
            self.ports.remove(&port);
        }
    }

    /// What all but one service have.
    pub(super) fn but_of(&self, namespace: &str, name: &str) -> Taken<'_> {
        Taken {
            all: self,
            me: key(namespace, name),
        }
    }
}

/// What the services other than one have.
pub(super) struct Taken<'a> {
    all: &'a Allocations,
    me: String,
}

impl Taken<'_> {
    pub(super) fn has_ip(&self, ip: u32) -> bool {
        self.all
            .ips
            .get(&ip)
            .is_some_and(|owner| **owner != *self.me)
    }

    pub(super) fn has_port(&self, port: i64) -> bool {
        self.all
            .ports
            .get(&port)
            .is_some_and(|owner| **owner != *self.me)
    }

    /// The first address between the first that is given out and `end` that nobody has, this service included.
    pub(super) fn free_ip(&self, end: u32) -> Option<u32> {
        let mut ips = self.all.taken_until..end;
        ips.find(|ip| !self.all.ips.contains_key(ip))
    }
}

fn key(namespace: &str, name: &str) -> String {
    format!("{namespace}/{name}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_service_gives_back_is_the_first_to_be_free_again() {
        let mut all = Allocations::from_ip(0x0a00_0100);
        for (name, ip) in [("a", "10.0.1.0"), ("b", "10.0.1.1"), ("c", "10.0.0.7")] {
            let spec = json!({"clusterIP": ip, "ports": [{"nodePort": 30_000}]});
            all.set("n", name, &json!({"spec": spec}));
        }
        let free = |all: &Allocations| all.but_of("n", "z").free_ip(0x0a00_ffff);
        assert_eq!(free(&all), Some(0x0a00_0102));
        all.remove("n", "a");
        assert_eq!(free(&all), Some(0x0a00_0100));
        all.set("n", "b", &json!({"spec": {"clusterIP": "None"}}));
        all.set("n", "a", &json!({"spec": {"clusterIP": "10.0.1.0"}}));
        assert_eq!(free(&all), Some(0x0a00_0101));
    }

    #[test]
    fn a_service_does_not_stand_in_its_own_way() {
        let mut all = Allocations::from_ip(0);
        let spec = json!({"clusterIP": "10.0.0.9", "ports": [{"nodePort": 30_001}], "healthCheckNodePort": 30_002});
        all.set("n", "a", &json!({"spec": spec}));
        let ip = Ipv4Addr::new(10, 0, 0, 9).to_bits();
        let (mine, others) = (all.but_of("n", "a"), all.but_of("m", "a"));
        assert!(!mine.has_ip(ip) && !mine.has_port(30_001) && !mine.has_port(30_002));
        assert!(others.has_ip(ip) && others.has_port(30_001) && others.has_port(30_002));
    }
}
