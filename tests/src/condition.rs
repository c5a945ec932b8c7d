//! [`Synced`]: the condition in which the engine says how a parent fares.

use kube::api::DynamicObject;
use serde_json::Value;

/// The condition of type `Synced`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Synced {
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// Why, in one word.
    pub reason: String,
    /// Why, for a person.
    pub message: String,
}

/// What the engine says about this parent, if anything yet.
#[must_use]
pub fn synced_condition(parent: &DynamicObject) -> Option<Synced> {
    let conditions = parent.data.pointer("/status/conditions")?.as_array()?;
    let condition = conditions
        .iter()
        .find(|condition| condition["type"] == "Synced")?;
    let text = |field: &str| condition[field].as_str().unwrap_or_default().to_owned();
    Some(Synced {
        status: text("status"),
        reason: text("reason"),
        message: text("message"),
    })
}

/// Whether the engine has done all that the parent's present generation asks for.
#[must_use]
pub fn is_settled(parent: &DynamicObject) -> bool {
    let observed = parent
        .data
        .pointer("/status/observedGeneration")
        .and_then(Value::as_i64);
    observed == parent.metadata.generation
        && synced_condition(parent).is_some_and(|condition| condition.status == "True")
}
