//! The cells of a Pod: how far it has come is told from its phase, its conditions and each container's state.

use serde_json::Value;

use super::{age, condition, created, items, name, number, text, text_or};

pub(super) fn cells(pod: &Value, now: i64) -> Vec<Value> {
    let state = State::of(pod);
    let (spec, status) = (&pod["spec"], &pod["status"]);
    vec![
        name(pod),
        format!("{}/{}", state.ready, state.containers).into(),
        state.reason.into(),
        state.restarts.show(now).into(),
        created(pod, now),
        text_or(&status["podIPs"][0]["ip"], "<none>").into(),
        text_or(&spec["nodeName"], "<none>").into(),
        text_or(&status["nominatedNodeName"], "<none>").into(),
        readiness_gates(pod).into(),
    ]
}

/// What is told of all containers together.
struct State {
    ready: usize,
    containers: usize,
    reason: String,
    restarts: Restarts,
    /// Those of the init containers that go on running.
    sidecars: Restarts,
}

/// How often containers were started again, and when last.
#[derive(Default)]
struct Restarts {
    count: i64,
    last: Option<i64>,
}

impl Restarts {
    fn count(&mut self, container: &Value) {
        self.count = self
            .count
            .saturating_add(number(&container["restartCount"]));
        let then = age::seconds(&container["lastState"]["terminated"]["finishedAt"]);
        self.last = self.last.max(then);
    }

    fn show(&self, now: i64) -> String {
        match self.last {
            Some(then) if self.count != 0 => {
                let ago = age::human_duration(now.saturating_sub(then));
                format!("{} ({ago} ago)", self.count)
            }
            _ => self.count.to_string(),
        }
    }
}

impl State {
    fn of(pod: &Value) -> Self {
        let (spec, status) = (&pod["spec"], &pod["status"]);
        let sidecars = items(&spec["initContainers"])
            .iter()
            .filter(|c| is_sidecar(c));
        let mut state = Self {
            ready: 0,
            containers: items(&spec["containers"]).len() + sidecars.count(),
            reason: text_or(&status["reason"], text(&status["phase"])).to_owned(),
            restarts: Restarts::default(),
            sidecars: Restarts::default(),
        };
        let gated = |c: &Value| c["type"] == "PodScheduled" && c["reason"] == "SchedulingGated";
        if items(&status["conditions"]).iter().any(gated) {
            "SchedulingGated".clone_into(&mut state.reason);
        }
        let initialized = condition(pod, "Initialized").is_some_and(|c| c["status"] == "True");
        let initializing = state.count_init_containers(pod);
        if !initializing || initialized {
            state.count_containers(pod);
        }
        state.end(pod);
        state
    }

    /// Counts what came before the containers proper; returns whether that is still going on.
    fn count_init_containers(&mut self, pod: &Value) -> bool {
        let specs = items(&pod["spec"]["initContainers"]);
        for (index, container) in items(&pod["status"]["initContainerStatuses"])
            .iter()
            .enumerate()
        {
            let (terminated, waiting) = states(container);
            let sidecar = is_sidecar_status(specs, container);
            self.restarts.count(container);
            if sidecar {
                self.sidecars.count(container);
            }
            if terminated.is_some_and(|t| number(&t["exitCode"]) == 0) {
                continue;
            }
            if sidecar && container["started"] == true {
                self.ready += usize::from(container["ready"] == true);
                continue;
            }
            self.reason = match (terminated, waiting) {
                (Some(terminated), _) => format!("Init:{}", end_of(terminated)),
                (None, Some(reason)) if reason != "PodInitializing" => format!("Init:{reason}"),
                _ => format!("Init:{index}/{}", specs.len()),
            };
            return true;
        }
        false
    }

    /// Counts the containers proper. From now on of those that came before only the ones that go on running count.
    fn count_containers(&mut self, pod: &Value) {
        self.restarts = std::mem::take(&mut self.sidecars);
        let (mut running, mut error) = (false, None);
        for container in items(&pod["status"]["containerStatuses"]).iter().rev() {
            self.restarts.count(container);
            match states(container) {
                (_, Some(reason)) => reason.clone_into(&mut self.reason),
                (Some(terminated), None) => {
                    self.reason = end_of(terminated);
                    if number(&terminated["exitCode"]) != 0 {
                        error = Some(self.reason.clone());
                    }
                }
                (None, None) => {
                    if container["ready"] == true && container["state"]["running"].is_object() {
                        running = true;
                        self.ready += 1;
                    }
                }
            }
        }
        if self.reason == "Completed" {
            let ready = items(&pod["status"]["conditions"])
                .iter()
                .any(|c| c["type"] == "Ready" && c["status"] == "True");
            if running && ready {
                "Running".clone_into(&mut self.reason);
            } else if let Some(error) = error {
                self.reason = error;
            } else if running {
                "NotReady".clone_into(&mut self.reason);
            }
        }
    }

    /// A deletion that has begun outweighs all else, unless the Pod is at its end anyway.
    fn end(&mut self, pod: &Value) {
        if text(&pod["metadata"]["deletionTimestamp"]).is_empty() {
            return;
        }
        if pod["status"]["reason"] == "NodeLost" {
            "Unknown".clone_into(&mut self.reason);
        } else if !matches!(text(&pod["status"]["phase"]), "Succeeded" | "Failed") {
            "Terminating".clone_into(&mut self.reason);
        }
    }
}

/// How a container ended, and why it waits.
fn states(container: &Value) -> (Option<&Value>, Option<&str>) {
    let state = &container["state"];
    let terminated = Some(&state["terminated"]).filter(|t| t.is_object());
    let waiting = Some(text(&state["waiting"]["reason"])).filter(|reason| !reason.is_empty());
    (terminated, waiting)
}

fn end_of(terminated: &Value) -> String {
    match (text(&terminated["reason"]), number(&terminated["signal"])) {
        ("", 0) => format!("ExitCode:{}", number(&terminated["exitCode"])),
        ("", signal) => format!("Signal:{signal}"),
        (reason, _) => reason.to_owned(),
    }
}

fn is_sidecar(container: &Value) -> bool {
    container["restartPolicy"] == "Always"
}

fn is_sidecar_status(specs: &[Value], status: &Value) -> bool {
    let spec = specs.iter().find(|spec| spec["name"] == status["name"]);
    spec.is_some_and(is_sidecar)
}

fn readiness_gates(pod: &Value) -> String {
    let gates = items(&pod["spec"]["readinessGates"]);
    if gates.is_empty() {
        return "<none>".to_owned();
    }
    let fulfilled = gates.iter().filter(|gate| {
        condition(pod, text(&gate["conditionType"])).is_some_and(|c| c["status"] == "True")
    });
    format!("{}/{}", fulfilled.count(), gates.len())
}
