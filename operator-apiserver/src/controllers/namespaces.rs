//! [`Namespaces`]: a namespace that is being deleted is emptied, and goes when it is empty.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Changed;
use crate::{
    clock,
    handlers::Api,
    kinds::Kind,
    object,
    request::Propagation,
    store::{At, Change},
};

/// The finalizer in a namespace's spec that this controller takes away.
const FINALIZER: &str = "kubernetes";

/// The namespaces that are being deleted.
#[derive(Debug, Default)]
pub(crate) struct Namespaces {
    terminating: BTreeSet<String>,
    /// Those in which something has changed since they were looked at.
    stirred: BTreeSet<String>,
}

impl Namespaces {
    pub(crate) fn changed(&mut self, api: &Api, changed: &Changed<'_>) {
        let event = changed.event;
        if changed.collection == api.namespaces() {
            let object: Value = serde_json::from_slice(&event.object).unwrap_or_default();
            self.take_up(event.name(), &object, event.change == Change::Deleted);
        } else if event.change == Change::Deleted && self.terminating.contains(event.namespace()) {
            self.stirred.insert(event.namespace().to_owned());
        }
    }

    pub(crate) fn start_anew(&mut self, api: &Api) {
        *self = Self::default();
        let Ok(objects) = api.store.list(api.namespaces(), "", "", At::Latest) else {
            return;
        };
        for (name, bytes) in objects {
            let object: Value = serde_json::from_slice(bytes).unwrap_or_default();
            self.take_up(name, &object, false);
        }
    }

    fn take_up(&mut self, name: &str, object: &Value, gone: bool) {
        // One without finalizers was finalized by somebody else, who has to delete it once more.
        let is_held = object["spec"]["finalizers"]
            .as_array()
            .is_some_and(|list| !list.is_empty());
        if gone || !object::is_terminating(object) || !is_held {
            self.terminating.remove(name);
            self.stirred.remove(name);
        } else if self.terminating.insert(name.to_owned()) {
            self.stirred.insert(name.to_owned());
        }
    }

    /// Goes over one namespace; says whether there was one to go over.
    pub(crate) fn step(&mut self, api: &mut Api, now: Timestamp) -> bool {
        let Some(name) = self.stirred.pop_first() else {
            return false;
        };
        // Each in one version, whichever is served.
        let mut seen = BTreeSet::new();
        let kinds: Vec<_> = api
            .kinds
            .all()
            .iter()
            .filter(|kind| kind.resource.namespaced && seen.insert(kind.collection))
            .cloned()
            .collect();
        let mut left = Vec::new();
        for kind in &kinds {
            for (object, terminating) in objects(api, kind, &name) {
                if !terminating {
                    api.delete_by_controller(kind, &name, &object, Propagation::Background);
                }
            }
            let remaining = objects(api, kind, &name).len();
            if remaining > 0 {
                left.push((
                    crate::error::qualified(&kind.resource.group, &kind.resource.plural),
                    remaining,
                ));
            }
        }
        let finalizers = finalizers_left(api, &kinds, &name);
        let Some(namespaces) = api.kinds.get("", "v1", "namespaces").cloned() else {
            return true;
        };
        let conditions = conditions(&left, &finalizers);
        api.edit(&namespaces, "", &name, |object| {
            set_conditions(object, &conditions, &clock::seconds(now));
        });
        if left.is_empty() {
            api.edit(&namespaces, "", &name, drop_finalizer);
        }
        true
    }
}

fn objects(api: &Api, kind: &Kind, namespace: &str) -> Vec<(String, bool)> {
    let Ok(objects) = api.store.list(kind.collection, namespace, "", At::Latest) else {
        return Vec::new();
    };
    objects
        .map(|(key, bytes)| {
            let name = key.split_once('/').map_or(key, |(_, name)| name);
            let object: Value = serde_json::from_slice(bytes).unwrap_or_default();
            (name.to_owned(), object::is_terminating(&object))
        })
        .collect()
}

/// The finalizers that hold what is left, each with how many objects it holds.
fn finalizers_left(
    api: &Api,
    kinds: &[std::sync::Arc<Kind>],
    namespace: &str,
) -> Vec<(String, usize)> {
    let mut counts = std::collections::BTreeMap::new();
    for kind in kinds {
        let Ok(objects) = api.store.list(kind.collection, namespace, "", At::Latest) else {
            continue;
        };
        for (_, bytes) in objects {
            let object: Value = serde_json::from_slice(bytes).unwrap_or_default();
            for finalizer in object::finalizers(&object) {
                *counts.entry(finalizer.to_owned()).or_default() += 1;
            }
        }
    }
    counts.into_iter().collect()
}

fn conditions(left: &[(String, usize)], finalizers: &[(String, usize)]) -> Vec<Value> {
    let condition = |name: &str, holds: bool, reason: &str, message: String| json!({"type": name, "status": if holds { "True" } else { "False" }, "reason": reason, "message": message});
    let failure = |name: &str, reason: &str, message: &str| {
        condition(name, false, reason, message.to_owned())
    };
    let content = if left.is_empty() {
        condition(
            "NamespaceContentRemaining",
            false,
            "ContentRemoved",
            "All content successfully removed".to_owned(),
        )
    } else {
        let list: Vec<String> = left
            .iter()
            .map(|(what, count)| format!("{what} has {count} resource instances"))
            .collect();
        let message = format!("Some resources are remaining: {}", list.join(", "));
        condition(
            "NamespaceContentRemaining",
            true,
            "SomeResourcesRemain",
            message,
        )
    };
    let held = if finalizers.is_empty() {
        condition(
            "NamespaceFinalizersRemaining",
            false,
            "ContentHasNoFinalizers",
            "All content-preserving finalizers finished".to_owned(),
        )
    } else {
        let list: Vec<String> = finalizers
            .iter()
            .map(|(name, count)| format!("{name} in {count} resource instances"))
            .collect();
        let message = format!(
            "Some content in the namespace has finalizers remaining: {}",
            list.join(", ")
        );
        condition(
            "NamespaceFinalizersRemaining",
            true,
            "SomeFinalizersRemain",
            message,
        )
    };
    vec![
        failure(
            "NamespaceDeletionDiscoveryFailure",
            "ResourcesDiscovered",
            "All resources successfully discovered",
        ),
        failure(
            "NamespaceDeletionGroupVersionParsingFailure",
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed",
        ),
        failure(
            "NamespaceDeletionContentFailure",
            "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization",
        ),
        content,
        held,
    ]
}

/// Puts the conditions into the status; one that says the same as before keeps its time.
fn set_conditions(object: &mut Value, conditions: &[Value], now: &str) {
    let before = object["status"]["conditions"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let after = conditions.iter().map(|condition| {
        let mut condition = condition.clone();
        let same = before
            .iter()
            .find(|old| old["type"] == condition["type"] && old["status"] == condition["status"]);
        let time = same.map_or_else(|| now.into(), |old| old["lastTransitionTime"].clone());
        condition["lastTransitionTime"] = time;
        condition
    });
    object["status"]["conditions"] = after.collect();
}

fn drop_finalizer(object: &mut Value) {
    if let Some(Value::Array(list)) = object["spec"].get_mut("finalizers") {
        list.retain(|name| name != FINALIZER);
    }
    if object["spec"]["finalizers"]
        .as_array()
        .is_some_and(Vec::is_empty)
    {
        object["spec"] = json!({});
    }
}
