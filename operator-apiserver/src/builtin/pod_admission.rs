//! What admission does to pods: what they ask for, their priority, their runtime class, and how long they stay on a node
//! that is lost.

use serde_json::{Value, json};

use super::{
    fields::{ensure_object, entries, has, list, number, set, text},
    limit_admission::fill,
    pod::qos_class,
};
use crate::{error::ApiError, object, strategy::Others};

pub(super) fn admit(
    new: &mut Value,
    old: Option<&Value>,
    others: &dyn Others,
) -> Result<(), ApiError> {
    if old.is_none() {
        fill(new, others);
        let class = qos_class(&new["spec"]);
        set(ensure_object(new, "status"), "qosClass", class);
        tolerate_lost_nodes(new);
        prioritize(new, others)?;
        runtime_class(new, others)?;
    }
    Ok(())
}

/// A pod stays for five minutes on a node that is not ready, unless it says something else.
pub(super) fn tolerate_lost_nodes(pod: &mut Value) {
    let spec = ensure_object(pod, "spec");
    let tolerates = |key: &str, spec: &Value| {
        list(spec, "tolerations").iter().any(|toleration| {
            ["", key].contains(&text(toleration, "key"))
                && ["", "NoExecute"].contains(&text(toleration, "effect"))
        })
    };
    for key in [
        "node.kubernetes.io/not-ready",
        "node.kubernetes.io/unreachable",
    ] {
        if !tolerates(key, spec) {
            let mut tolerations = list(spec, "tolerations").to_vec();
            tolerations.push(json!({
                "key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300,
            }));
            set(spec, "tolerations", tolerations);
        }
    }
}

fn refuse(pod: &Value, why: &str) -> ApiError {
    ApiError::forbidden("", "pods", object::name(pod), why)
}

fn prioritize(pod: &mut Value, others: &dyn Others) -> Result<(), ApiError> {
    let name = text(&pod["spec"], "priorityClassName").to_owned();
    let class =
        if name.is_empty() {
            let classes = others.list("scheduling.k8s.io", "priorityclasses", "");
            let mut defaults = classes
                .into_iter()
                .filter(|class| class["globalDefault"] == json!(true));
            defaults.next()
        } else {
            let class = others.get("scheduling.k8s.io", "priorityclasses", "", &name);
            Some(class.ok_or_else(|| {
                refuse(pod, &format!("no PriorityClass with name {name} was found"))
            })?)
        };
    let class = class.unwrap_or_default();
    let priority = number(&class, "value").unwrap_or_default();
    if let Some(sent) = number(&pod["spec"], "priority").filter(|sent| *sent != priority) {
        return Err(refuse(
            pod,
            &format!(
                "the integer value of priority ({sent}) must not be provided in pod spec; priority admission controller \
                 computed {priority} from the given PriorityClass name"
            ),
        ));
    }
    let policy = match text(&class, "preemptionPolicy") {
        "" => "PreemptLowerPriority",
        policy => policy,
    };
    if has(&pod["spec"], "preemptionPolicy") && text(&pod["spec"], "preemptionPolicy") != policy {
        let sent = text(&pod["spec"], "preemptionPolicy");
        return Err(refuse(
            pod,
            &format!(
                "the string value of PreemptionPolicy ({sent}) must not be provided in pod spec; priority admission \
                 controller computed {policy} from the given PriorityClass name"
            ),
        ));
    }
    let spec = ensure_object(pod, "spec");
    set(spec, "priority", priority);
    set(spec, "preemptionPolicy", policy);
    if name.is_empty() && !class.is_null() {
        set(spec, "priorityClassName", object::name(&class));
    }
    Ok(())
}

fn runtime_class(pod: &mut Value, others: &dyn Others) -> Result<(), ApiError> {
    let name = text(&pod["spec"], "runtimeClassName").to_owned();
    if name.is_empty() {
        return Ok(());
    }
    let class = others.get("node.k8s.io", "runtimeclasses", "", &name);
    let class = class.ok_or_else(|| {
        refuse(
            pod,
            &format!("pod rejected: RuntimeClass {name:?} not found"),
        )
    })?;
    let overhead = &class["overhead"]["podFixed"];
    if has(&pod["spec"], "overhead") && &pod["spec"]["overhead"] != overhead {
        return Err(refuse(
            pod,
            "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
        ));
    }
    let spec = ensure_object(pod, "spec");
    if overhead.is_object() {
        set(spec, "overhead", overhead.clone());
    }
    for (key, value) in entries(&class["scheduling"], "nodeSelector") {
        let selector = ensure_object(spec, "nodeSelector");
        if selector.get(key).is_some_and(|wanted| wanted != value) {
            let why = format!(
                "pod rejected: conflict: runtimeClass.scheduling.nodeSelector[{key}] = {}; pod.spec.nodeSelector[{key}] = {}",
                value.as_str().unwrap_or_default(),
                text(selector, key)
            );
            return Err(refuse(pod, &why));
        }
        set(selector, key, value.clone());
    }
    let mut tolerations = list(spec, "tolerations").to_vec();
    let missing = list(&class["scheduling"], "tolerations")
        .iter()
        .filter(|new| !tolerations.contains(new));
    let missing: Vec<Value> = missing.cloned().collect();
    if !missing.is_empty() {
        tolerations.extend(missing);
        set(spec, "tolerations", tolerations);
    }
    Ok(())
}
