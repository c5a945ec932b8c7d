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
    usage::{Counted, pod_amounts},
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
