//! Resource quotas: what a write uses, whether the quotas of its namespace allow that, and what is used in all.
//!
//! A quota limits what its *status* says, which is empty until the controller has counted; from then on every write
//! is counted when it is admitted, and the controller counts anew when something goes.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::object;

mod amounts;
mod scopes;
mod usage;

pub(crate) use self::{
    amounts::Amounts,
    usage::{Counted, OF_CONTAINERS, is_extended, pod_amounts},
};

/// A write to an object that may be counted.
pub(crate) struct Write<'a> {
    /// How its kind is counted.
    pub(crate) counted: &'a Counted,
    /// What it shall be.
    pub(crate) new: &'a Value,
    /// What it was; `None` on creation.
    pub(crate) old: Option<&'a Value>,
    /// When.
    pub(crate) now: Timestamp,
}

/// The quotas that a write makes fuller, as they are then.
///
/// # Errors
/// Why a quota does not allow it, in the server's words.
pub(crate) fn charge(write: &Write<'_>, quotas: &[Value]) -> Result<Vec<Value>, String> {
    let Write {
        counted,
        new,
        old,
        now,
    } = *write;
    if old.is_some() && !counted.changes() {
        return Ok(Vec::new());
    }
    let mut concerned = Vec::new();
    for quota in quotas {
        let hard = Amounts::of(&quota["status"]["hard"]);
        let limited: Vec<&str> = hard.names().filter(|name| counted.limits(name)).collect();
        if limited.is_empty() || !scopes::includes(quota, counted, new) {
            continue;
        }
        let name = object::name(quota);
        if counted.is_core("pods") {
            usage::demand(new, &limited).map_err(|why| format!("failed quota: {name}: {why}"))?;
        }
        let used = Amounts::of(&quota["status"]["used"]);
        if !limited.iter().all(|name| used.has(name)) {
            let limited = limited.join(",");
            return Err(format!(
                "status unknown for quota: {name}, resources: {limited}"
            ));
        }
        concerned.push((quota, hard, used));
    }
    if concerned.is_empty() {
        return Ok(Vec::new());
    }
    let usage = counted.usage(new, now);
    let negative = usage.negative();
    if !negative.is_empty() {
        let negative = negative.join(",");
        return Err(format!(
            "quota usage is negative for resource(s): {negative}"
        ));
    }
    let mut charged = Vec::new();
    for (quota, hard, used) in concerned {
        let before = old.filter(|old| scopes::includes(quota, counted, old));
        let more = match before {
            Some(old) => usage.clone().beyond(&counted.usage(old, now)),
            None => usage.clone(),
        };
        let more = more.without_zeros().only(|name| hard.has(name));
        if more.is_empty() {
            continue;
        }
        let then = used.clone().plus(&more);
        let exceeded = then.clone().only(|name| more.has(name)).exceeding(&hard);
        if !exceeded.is_empty() {
            let of = |amounts: &Amounts| amounts.clone().only(|name| exceeded.contains(name));
            return Err(format!(
                "exceeded quota: {}, requested: {}, used: {}, limited: {}",
                object::name(quota),
                of(&more),
                of(&used),
                of(&hard)
            ));
        }
        let mut quota = quota.clone();
        quota["status"]["used"] = then.to_value();
        charged.push(quota);
    }
    Ok(charged)
}

/// The kinds whose objects a quota counts.
pub(crate) fn counted_by(quota: &Value) -> Vec<Counted> {
    let hard = quota["spec"]["hard"].as_object().into_iter().flatten();
    let mut kinds: Vec<Counted> = Vec::new();
    for (name, _) in hard {
        let counted = Counted::by(name);
        if !kinds.contains(&counted) {
            kinds.push(counted);
        }
    }
    kinds
}

/// A quota with the status that it has when these objects are in its namespace: of each kind that is served, all.
///
/// What is counted by a kind that is not served stays as it was counted before.
pub(crate) fn recount(quota: &Value, objects: &[(Counted, Vec<Value>)], now: Timestamp) -> Value {
    let hard = Amounts::of(&quota["spec"]["hard"]);
    let mut used = Amounts::of(&quota["status"]["used"]);
    for (counted, objects) in objects {
        let mut sum = Amounts::default();
        for name in hard.names().filter(|name| counted.limits(name)) {
            sum.count(name, 0);
        }
        let names = sum.clone();
        for object in objects {
            if scopes::includes(quota, counted, object) {
                sum = sum.plus(&counted.usage(object, now));
            }
        }
        used.set_all(sum.only(|name| names.has(name)));
    }
    let used = used.only(|name| hard.has(name));
    let mut counted = quota.clone();
    counted["status"] = json!({"hard": hard.to_value(), "used": used.to_value()});
    counted
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn quota(hard: &Value, used: &Value) -> Value {
        json!({"metadata": {"name": "q"}, "spec": {"hard": hard}, "status": {"hard": hard, "used": used}})
    }

    fn pod(requests: &Value) -> Value {
        json!({"spec": {"containers": [{"name": "c", "resources": {"requests": requests}}]}, "status": {}})
    }

    /// What is used after a write, or why it is refused.
    fn used(plural: &str, new: &Value, old: Option<&Value>, quota: Value) -> Result<Value, String> {
        let counted = &Counted::new("", plural);
        let now = NOW;
        let charged = charge(
            &Write {
                counted,
                new,
                old,
                now,
            },
            &[quota],
        )?;
        Ok(charged
            .first()
            .map_or(Value::Null, |quota| quota["status"]["used"].clone()))
    }

    #[test]
    fn a_quota_without_a_status_limits_nothing() {
        let mut quota = quota(&json!({"pods": "0"}), &json!({}));
        quota["status"] = json!({});
        assert_eq!(used("pods", &pod(&json!({})), None, quota), Ok(Value::Null));
    }

    #[test]
    fn what_was_not_counted_yet_is_refused() {
        let quota = quota(
            &json!({"pods": "1", "requests.cpu": "1"}),
            &json!({"pods": "0"}),
        );
        let refused = used("pods", &pod(&json!({"cpu": "1"})), None, quota);
        let why = "status unknown for quota: q, resources: pods,requests.cpu";
        assert_eq!(refused, Err(why.to_owned()));
    }

    #[test]
    fn a_change_costs_what_it_adds() {
        let service = |kind: &str| json!({"spec": {"type": kind, "ports": [{}, {}]}});
        let (old, new) = (service("ClusterIP"), service("NodePort"));
        let of = |limit: &str| {
            let hard = json!({"services": "1", "services.nodeports": limit});
            let counted = quota(&hard, &json!({"services": "1", "services.nodeports": "0"}));
            used("services", &new, Some(&old), counted)
        };
        assert_eq!(
            of("2"),
            Ok(json!({"services": "1", "services.nodeports": "2"}))
        );
        let why = "exceeded quota: q, requested: services.nodeports=2, used: services.nodeports=0, limited: services.nodeports=1";
        assert_eq!(of("1"), Err(why.to_owned()));
    }

    #[test]
    fn a_pod_counts_as_a_whole_with_what_running_it_takes() {
        let mut pod = pod(&json!({"cpu": "100m", "memory": "1Gi"}));
        pod["spec"]["overhead"] = json!({"cpu": "10m"});
        pod["spec"]["resources"] = json!({"requests": {"cpu": "300m"}});
        let hard = json!({"requests.cpu": "1", "requests.memory": "2Gi"});
        let counted = quota(&hard, &json!({"requests.cpu": "0", "requests.memory": "0"}));
        let used = used("pods", &pod, None, counted);
        assert_eq!(
            used,
            Ok(json!({"requests.cpu": "310m", "requests.memory": "1Gi"}))
        );
    }

    #[test]
    fn less_than_nothing_can_not_be_used() {
        let quota = quota(
            &json!({"requests.storage": "1Gi"}),
            &json!({"requests.storage": "0"}),
        );
        let claim = json!({"spec": {"resources": {"requests": {"storage": "-1Gi"}}}});
        let why = "quota usage is negative for resource(s): requests.storage";
        assert_eq!(
            used("persistentvolumeclaims", &claim, None, quota),
            Err(why.to_owned())
        );
    }

    #[test]
    fn a_pod_that_has_ended_is_there_and_uses_nothing() {
        let ended = |status: &Value, metadata: &Value| {
            let mut pod = pod(&json!({"cpu": "1"}));
            pod["status"] = status.clone();
            pod["metadata"] = metadata.clone();
            let now = "2030-01-01T00:01:00Z".parse().expect("a time");
            let hard = json!({"count/pods": "9", "pods": "9", "requests.cpu": "9"});
            let objects = [(Counted::new("", "pods"), vec![pod])];
            recount(&quota(&hard, &json!({})), &objects, now)["status"]["used"].clone()
        };
        let nothing = json!({"count/pods": "1", "pods": "0", "requests.cpu": "0"});
        let all = json!({"count/pods": "1", "pods": "1", "requests.cpu": "1"});
        assert_eq!(ended(&json!({"phase": "Failed"}), &json!({})), nothing);
        assert_eq!(ended(&json!({"phase": "Running"}), &json!({})), all);
        let leaving = |grace: i64| json!({"deletionTimestamp": "2030-01-01T00:00:30Z", "deletionGracePeriodSeconds": grace});
        assert_eq!(ended(&json!({}), &leaving(29)), nothing, "it is overdue");
        assert_eq!(ended(&json!({}), &leaving(30)), all);
    }

    #[test]
    fn what_nobody_can_count_stays_as_it_was_counted() {
        let hard = json!({"count/foos.example.com": "3", "secrets": "3"});
        let before = quota(&hard, &json!({"count/foos.example.com": "2", "pods": "1"}));
        let objects = [(Counted::new("", "secrets"), Vec::new())];
        let after = recount(&before, &objects, NOW);
        assert_eq!(
            after["status"]["used"],
            json!({"count/foos.example.com": "2", "secrets": "0"})
        );
    }

    #[test]
    fn every_resource_is_counted_by_one_kind() {
        let by = |name: &str| {
            let counted = Counted::by(name);
            assert!(counted.limits(name), "{name}");
            (counted.group().to_owned(), counted.plural().to_owned())
        };
        let core = |plural: &str| (String::new(), plural.to_owned());
        for name in [
            "pods",
            "count/pods",
            "cpu",
            "limits.memory",
            "requests.example.com/gpu",
            "hugepages-2Mi",
        ] {
            assert_eq!(by(name), core("pods"));
        }
        for name in ["services", "services.nodeports", "count/services"] {
            assert_eq!(by(name), core("services"));
        }
        for name in [
            "requests.storage",
            "gold.storageclass.storage.k8s.io/persistentvolumeclaims",
        ] {
            assert_eq!(by(name), core("persistentvolumeclaims"));
        }
        assert_eq!(by("configmaps"), core("configmaps"));
        assert_eq!(
            by("count/foos.a.example.com"),
            ("a.example.com".to_owned(), "foos".to_owned())
        );
    }
}
