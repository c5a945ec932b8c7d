//! What an object uses of what quotas limit.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::amounts::Amounts;

/// What quotas of storage by its class are called after the class's name.
const OF_CLASS: &str = ".storageclass.storage.k8s.io/";

/// The kinds of the core group that quotas count under their plain names, too.
const PLAIN: &[&str] = &[
    "configmaps",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
];

/// What pods use and each of their containers has to ask for where a quota limits it.
const DEMANDED: &[&str] = &[
    "cpu",
    "memory",
    "requests.cpu",
    "requests.memory",
    "limits.cpu",
    "limits.memory",
];

/// What every container may ask for.
pub(crate) const OF_CONTAINERS: &[&str] = &["cpu", "memory", "ephemeral-storage"];

/// How the objects of one kind are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    group: String,
    plural: String,
}

impl Counted {
    pub(crate) fn new(group: &str, plural: &str) -> Self {
        let (group, plural) = (group.to_owned(), plural.to_owned());
        Self { group, plural }
    }

    /// The kinds that a resource of a quota is counted by.
    pub(crate) fn by(name: &str) -> Self {
        let core = |plural| Self::new("", plural);
        if let Some(counted) = name.strip_prefix("count/") {
            let (plural, group) = counted.split_once('.').unwrap_or((counted, ""));
            return Self::new(group, plural);
        }
        for plural in ["services", "persistentvolumeclaims", "pods"] {
            if core(plural).limits(name) {
                return core(plural);
            }
        }
        core(name)
    }

    pub(crate) fn group(&self) -> &str {
        &self.group
    }

    pub(crate) fn plural(&self) -> &str {
        &self.plural
    }

    pub(crate) fn is_core(&self, plural: &str) -> bool {
        self.group.is_empty() && self.plural == plural
    }

    /// The name of their number in a quota.
    fn number(&self) -> String {
        match &*self.group {
            "" => format!("count/{}", self.plural),
            group => format!("count/{}.{group}", self.plural),
        }
    }

    /// Whether a quota of that resource is about such objects.
    pub(crate) fn limits(&self, name: &str) -> bool {
        if name == self.number() {
            return true;
        }
        if !self.group.is_empty() {
            return false;
        }
        match &*self.plural {
            "pods" => is_of_pods(name),
            "services" => {
                matches!(
                    name,
                    "services" | "services.nodeports" | "services.loadbalancers"
                )
            }
            "persistentvolumeclaims" => {
                let name = name.split_once(OF_CLASS).map_or(name, |(_, name)| name);
                matches!(name, "persistentvolumeclaims" | "requests.storage")
            }
            plural => PLAIN.contains(&plural) && name == plural,
        }
    }

    /// Whether a change of such an object can change what it uses.
    pub(crate) fn changes(&self) -> bool {
        self.is_core("services") || self.is_core("persistentvolumeclaims")
    }

    /// What one object uses.
    pub(crate) fn usage(&self, object: &Value, now: Timestamp) -> Amounts {
        let mut used = Amounts::default();
        used.count(self.number(), 1);
        match &*self.plural {
            _ if !self.group.is_empty() => {}
            "pods" if has_ended(object, now) => {}
            "pods" => used.set_all(pod(object)),
            "services" => service(&object["spec"], &mut used),
            "persistentvolumeclaims" => claim(object, &mut used),
            plural if PLAIN.contains(&plural) => used.count(plural, 1),
            _ => {}
        }
        used
    }
}

fn is_of_pods(name: &str) -> bool {
    let asked = name
        .strip_prefix("requests.")
        .or_else(|| name.strip_prefix("limits."))
        .unwrap_or(name);
    name == "pods"
        || OF_CONTAINERS.contains(&asked)
        || name.starts_with("hugepages-")
        || name.starts_with("requests.hugepages-")
        || name.starts_with("requests.") && is_extended(name)
}

/// Whether a resource is somebody's own: with a domain that is not Kubernetes'.
pub(crate) fn is_extended(name: &str) -> bool {
    name.contains('/') && !name.contains("kubernetes.io/")
}

/// Whether a pod has come to its end, or should have: it is counted, but uses nothing.
fn has_ended(pod: &Value, now: Timestamp) -> bool {
    if matches!(
        pod["status"]["phase"].as_str(),
        Some("Failed" | "Succeeded")
    ) {
        return true;
    }
    let metadata = &pod["metadata"];
    let deadline = metadata["deletionTimestamp"]
        .as_str()
        .and_then(|time| time.parse().ok());
    let grace = metadata["deletionGracePeriodSeconds"].as_i64();
    deadline
        .zip(grace)
        .is_some_and(|(deadline, grace): (Timestamp, _)| {
            let end = deadline.saturating_add(SignedDuration::from_secs(grace));
            end.is_ok_and(|end| now > end)
        })
}

fn pod(pod: &Value) -> Amounts {
    let spec = &pod["spec"];
    let mut asked = ["requests", "limits"].map(|kind| {
        let mut asked = pod_amounts(spec, kind);
        // What the pod as a whole asks for counts instead of the sum.
        let whole = Amounts::of(&spec["resources"][kind]);
        asked.set_all(
            whole.only(|name| ["cpu", "memory"].contains(&name) || name.starts_with("hugepages-")),
        );
        asked
    });
    let overhead = Amounts::of(&spec["overhead"]);
    let limited = overhead.clone().only(|name| asked[1].has(name));
    asked = [
        asked[0].clone().plus(&overhead),
        asked[1].clone().plus(&limited),
    ];
    compute(&asked[0], &asked[1])
}

/// What quotas see of what is requested and limited.
fn compute(requests: &Amounts, limits: &Amounts) -> Amounts {
    let mut used = Amounts::default();
    used.count("pods", 1);
    for name in OF_CONTAINERS.iter().copied() {
        used.copy(requests, name, name.to_owned());
        used.copy(requests, name, format!("requests.{name}"));
        used.copy(limits, name, format!("limits.{name}"));
    }
    for name in requests.names() {
        if name.starts_with("hugepages-") {
            used.copy(requests, name, name.to_owned());
        }
        if name.starts_with("hugepages-") || is_extended(name) {
            used.copy(requests, name, format!("requests.{name}"));
        }
    }
    used
}

/// What a pod requests or is limited to: its containers together, or at its start one more that needs more than that.
pub(crate) fn pod_amounts(spec: &Value, kind: &str) -> Amounts {
    let asked = |container: &Value| Amounts::of(&container["resources"][kind]);
    let containers = |field: &str| spec[field].as_array().into_iter().flatten();
    let mut sum = containers("containers").fold(Amounts::default(), |sum, container| {
        sum.plus(&asked(container))
    });
    let (mut staying, mut starting) = (Amounts::default(), Amounts::default());
    for container in containers("initContainers") {
        if container["restartPolicy"] == "Always" {
            sum = sum.plus(&asked(container));
            staying = staying.plus(&asked(container));
            starting = starting.max(&staying);
        } else {
            starting = starting.max(&asked(container).plus(&staying));
        }
    }
    sum.max(&starting)
}

fn service(spec: &Value, used: &mut Amounts) {
    let ports = spec["ports"].as_array().map_or(&[][..], Vec::as_slice);
    let numbered = |port: &&Value| port["nodePort"].as_i64().is_some_and(|port| port != 0);
    let (node_ports, balancers) = match spec["type"].as_str() {
        Some("NodePort") => (ports.len(), 0),
        Some("LoadBalancer") if spec["allocateLoadBalancerNodePorts"] == false => {
            (ports.iter().filter(numbered).count(), 1)
        }
        Some("LoadBalancer") => (ports.len(), 1),
        _ => (0, 0),
    };
    used.count("services", 1);
    used.count("services.nodeports", node_ports);
    used.count("services.loadbalancers", balancers);
}

fn claim(claim: &Value, used: &mut Amounts) {
    let spec = &claim["spec"];
    let annotated = &claim["metadata"]["annotations"]["volume.beta.kubernetes.io/storage-class"];
    let class = annotated
        .as_str()
        .or_else(|| spec["storageClassName"].as_str());
    let requested = Amounts::of(&spec["resources"]["requests"]).only(|name| name == "storage");
    let allocated =
        Amounts::of(&claim["status"]["allocatedResources"]).only(|name| name == "storage");
    let storage = requested.max(&allocated);
    used.count("persistentvolumeclaims", 1);
    used.copy(&storage, "storage", "requests.storage".to_owned());
    if let Some(class) = class.filter(|class| !class.is_empty()) {
        used.count(format!("{class}{OF_CLASS}persistentvolumeclaims"), 1);
        used.copy(
            &storage,
            "storage",
            format!("{class}{OF_CLASS}requests.storage"),
        );
    }
}

/// What a pod's containers have to ask for and don't, where a quota limits it.
pub(super) fn demand(pod: &Value, limited: &[&str]) -> Result<(), String> {
    let spec = &pod["spec"];
    let containers = |field: &str| spec[field].as_array().into_iter().flatten();
    let containers: Vec<_> = containers("containers")
        .chain(containers("initContainers"))
        .collect();
    let mut missing = Vec::new();
    for name in limited.iter().filter(|name| DEMANDED.contains(name)) {
        let lacks = |container: &&&Value| {
            let asked = |kind: &str| Amounts::of(&container["resources"][kind]);
            !compute(&asked("requests"), &asked("limits")).has(name)
        };
        let lacking = containers.iter().filter(lacks);
        let mut names: Vec<_> = lacking
            .filter_map(|container| container["name"].as_str())
            .collect();
        names.sort_unstable();
        if !names.is_empty() {
            missing.push(format!("{name} for: {}", names.join(",")));
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!("must specify {}", missing.join("; ")))
}
