//! What an operator's author needs to see when a test fails: the parents with their conditions, and the last requests.

use std::fmt::Write as _;

use kube::api::{Api, DynamicObject, ListParams};
use operator_core::prelude::Condition;
use serde_json::Value;

use crate::{TestKit, kit::resource};

/// How many of the operator's last requests are shown.
const LAST_REQUESTS: usize = 20;

impl TestKit {
    /// The parents with their conditions, what the operator has to do, and its last requests; for a person to read.
    pub async fn report(&self) -> String {
        let mut report = String::new();
        let kind = self.facts.parent;
        match self.parents().await {
            Ok(parents) if parents.is_empty() => {
                let _ = writeln!(report, "there is no {}", kind.kind);
            }
            Ok(parents) => {
                for parent in parents {
                    let _ = writeln!(
                        report,
                        "{}",
                        told(&parent, kind.kind, &self.facts.condition)
                    );
                }
            }
            Err(error) => {
                let _ = writeln!(report, "the parents can't be listed: {error}");
            }
        }
        if self.has_ended() {
            let _ = writeln!(report, "the operator does not run: {}", self.how_it_ended());
        } else if let Some(activity) = self.probe.activity() {
            let _ = writeln!(
                report,
                "the operator: {} due, {} under way, {} to be retried, {} later",
                activity.due, activity.running, activity.retrying, activity.later
            );
        }
        let requests = self.requests();
        let first = requests.len().saturating_sub(LAST_REQUESTS);
        let _ = writeln!(report, "its last requests:");
        for request in &requests[first..] {
            let _ = writeln!(report, "  {request}");
        }
        report
    }

    /// All parents that the operator looks at: in the kit's namespace, or everywhere on a cluster of its own.
    async fn parents(&self) -> Result<Vec<DynamicObject>, kube::Error> {
        let kind = resource(self.facts.parent);
        let everywhere: Api<DynamicObject> = Api::all_with(self.client(), &kind);
        let parents = everywhere.list(&ListParams::default()).await?.items;
        let here = |parent: &DynamicObject| {
            let namespace = parent.metadata.namespace.as_deref();
            !self.shared() || namespace.is_none_or(|place| place == self.namespace)
        };
        Ok(parents.into_iter().filter(here).collect())
    }
}

/// A condition of an object, by its type.
pub(crate) fn condition(object: &DynamicObject, kind: &str) -> Option<Condition> {
    let conditions = object.data["status"]["conditions"].as_array()?;
    let found = conditions
        .iter()
        .find(|condition| condition["type"] == kind)?;
    serde_json::from_value(found.clone()).ok()
}

/// A parent and how it fares, in a line.
pub(crate) fn told(parent: &DynamicObject, kind: &str, condition_type: &str) -> String {
    let metadata = &parent.metadata;
    let place = metadata
        .namespace
        .as_ref()
        .map_or_else(String::new, |place| format!("{place}/"));
    let name = metadata.name.as_deref().unwrap_or_default();
    let fares = condition(parent, condition_type).map_or_else(
        || format!("no condition {condition_type} yet"),
        |condition| {
            let Condition {
                status,
                reason,
                message,
                ..
            } = condition;
            format!("{condition_type} is {status} ({reason}: {message})")
        },
    );
    let generation = metadata.generation.unwrap_or_default();
    let observed = match &parent.data["status"]["observedGeneration"] {
        Value::Null => "not observed".to_owned(),
        observed => format!("observed {observed}"),
    };
    let going = if metadata.deletion_timestamp.is_some() {
        ", being deleted"
    } else {
        ""
    };
    format!("{kind} {place}{name}: {fares}; generation {generation}, {observed}{going}")
}
