//! [`plan`]: from what is and what should be to what to write. Pure; everything it can't know is an input.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use serde_json::Value;

use super::{
    desired::{DesiredChild, KindRule},
    diff, digest,
    index::{KindId, Known, LastWrite},
};
use crate::{
    config::UpdateStrategy,
    identity::Identity,
    object::{Object, ObjectKey, ResourceVersion, Uid},
};

/// One request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Operation {
    pub(crate) kind: KindId,
    pub(crate) key: ObjectKey,
    pub(crate) action: Action,
}

/// What a request does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Action {
    /// Applies the child if its name is free, and nothing else.
    Create(Arc<DesiredChild>),
    /// Posts the child, for a strategy that replaces.
    Post(Arc<DesiredChild>),
    /// Applies the child to the object of this uid, and to no other.
    Apply { child: Arc<DesiredChild>, uid: Uid },
    /// Puts the child in the place of the object of this uid and version.
    Put {
        child: Arc<DesiredChild>,
        observed: Arc<Object>,
    },
    /// Asks what [`Apply`](Self::Apply) would make of the object.
    TryApply {
        child: Arc<DesiredChild>,
        observed: Arc<Object>,
        recreates: bool,
    },
    /// Asks what [`Put`](Self::Put) would make of the object.
    TryPut {
        child: Arc<DesiredChild>,
        observed: Arc<Object>,
    },
    /// Gives an object of ours its tracking label back, and changes nothing else.
    Track { observed: Arc<Object> },
    /// Deletes the object of this uid, as long as it is of this version: `remade` is the child that is to take its place, if
    /// one is.
    Delete {
        uid: Uid,
        version: ResourceVersion,
        remade: Option<Arc<DesiredChild>>,
    },
}

impl Action {
    /// The child that this brings about, or makes room for.
    pub(crate) fn child(&self) -> Option<&Arc<DesiredChild>> {
        match self {
            Self::Create(child)
            | Self::Post(child)
            | Self::Apply { child, .. }
            | Self::Put { child, .. }
            | Self::TryApply { child, .. }
            | Self::TryPut { child, .. } => Some(child),
            Self::Delete { remade, .. } => remade.as_ref(),
            Self::Track { .. } => None,
        }
    }
}

/// What only a request could find out. Kept for the length of a pass.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Finding {
    /// A dry run of the object at this version: whether it would change what the handler cares for.
    Tried { at: ResourceVersion, changes: bool },
    /// The name belongs to somebody else, who is said.
    Taken(String),
    /// Writes of this child go back and forth between us and somebody else, who is said.
    Contended(String),
}

/// The findings of a pass, by child.
pub(crate) type Findings = BTreeMap<(KindId, ObjectKey), Finding>;

/// Why a child that should be written is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// An object of its name is being deleted.
    Terminating,
    /// Its name is somebody else's.
    Taken(String),
    /// Nothing of its kind may be written now.
    Suspended(String),
    /// Somebody else keeps changing it back.
    Contended(String),
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Terminating => {
                f.write_str("waits until the object of that name is gone: it is being deleted")
            }
            Self::Taken(by) => write!(f, "{by}; it is left alone"),
            Self::Suspended(why) | Self::Contended(why) => f.write_str(why),
        }
    }
}

/// What to do now.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Plan {
    pub(crate) operations: Vec<Operation>,
    /// Objects found to be as they should be: they are to be remembered so.
    pub(crate) settled: Vec<(KindId, ObjectKey, Uid, LastWrite)>,
    /// Children that can't be written yet: those that should exist, in that order, then those that should not.
    pub(crate) waiting: Vec<(KindId, ObjectKey, Waiting)>,
}

/// What a plan is made from.
pub(crate) struct Input<'a> {
    pub(crate) identity: &'a Identity,
    pub(crate) rules: &'a [(KindId, KindRule)],
    pub(crate) observed: &'a [(KindId, Known)],
    pub(crate) desired: &'a [Arc<DesiredChild>],
    pub(crate) findings: &'a Findings,
}

/// What has to be written so that exactly the desired children exist, as desired.
///
/// First what should exist, in the order that the handler said it, then what should not, by kind and name. A
/// child that can't be written yet is no operation: it is in `waiting`.
pub(crate) fn plan(input: &Input<'_>) -> Plan {
    let mut plan = Plan::default();
    let observed: BTreeMap<(KindId, &ObjectKey), &Known> = input
        .observed
        .iter()
        .map(|(kind, known)| ((*kind, &known.object.key), known))
        .collect();
    let mut wanted = BTreeSet::new();
    for child in input.desired {
        wanted.insert((child.kind, &child.key));
        match step(
            input,
            child,
            observed.get(&(child.kind, &child.key)).copied(),
        ) {
            Step::Nothing => {}
            Step::Do(action) => plan.operations.push(Operation {
                kind: child.kind,
                key: child.key.clone(),
                action,
            }),
            Step::Settle(uid, last) => {
                plan.settled
                    .push((child.kind, child.key.clone(), uid, last));
            }
            Step::Wait(why) => plan.waiting.push((child.kind, child.key.clone(), why)),
        }
    }
    for (kind, known) in input.observed {
        let object = &known.object;
        if object.deleting || wanted.contains(&(*kind, &object.key)) {
            continue;
        }
        if let Some(why) = rule(input, *kind).and_then(|rule| rule.suspended.clone()) {
            plan.waiting
                .push((*kind, object.key.clone(), Waiting::Suspended(why)));
        } else {
            let action = Action::Delete {
                uid: object.uid.clone(),
                version: object.resource_version.clone(),
                remade: None,
            };
            plan.operations.push(Operation {
                kind: *kind,
                key: object.key.clone(),
                action,
            });
        }
    }
    plan
}

enum Step {
    Nothing,
    Do(Action),
    Settle(Uid, LastWrite),
    Wait(Waiting),
}

fn rule<'a>(input: &Input<'a>, kind: KindId) -> Option<&'a KindRule> {
    input
        .rules
        .iter()
        .find(|(id, _)| *id == kind)
        .map(|(_, rule)| rule)
}

fn step(input: &Input<'_>, child: &Arc<DesiredChild>, known: Option<&Known>) -> Step {
    let Some(rule) = rule(input, child.kind) else {
        return Step::Nothing;
    };
    if let Some(why) = &rule.suspended {
        return Step::Wait(Waiting::Suspended(why.clone()));
    }
    let finding = input.findings.get(&(child.kind, child.key.clone()));
    let Some(known) = known else {
        return match finding {
            Some(Finding::Taken(by)) => Step::Wait(Waiting::Taken(by.clone())),
            Some(Finding::Contended(by)) => Step::Wait(Waiting::Contended(by.clone())),
            _ if rule.strategy == UpdateStrategy::Replace => {
                Step::Do(Action::Post(Arc::clone(child)))
            }
            _ => Step::Do(Action::Create(Arc::clone(child))),
        };
    };
    if known.object.deleting {
        return Step::Wait(Waiting::Terminating);
    }
    let step = match rule.strategy {
        UpdateStrategy::Apply => keep_applied(child, known, finding, false),
        UpdateStrategy::Recreate => keep_applied(child, known, finding, true),
        UpdateStrategy::Replace => keep_replaced(input.identity, child, known, finding),
        UpdateStrategy::OnDelete if known.object.tracked => Step::Nothing,
        UpdateStrategy::OnDelete => Step::Do(Action::Track {
            observed: Arc::clone(&known.object),
        }),
    };
    match (step, finding) {
        (Step::Do(_), Some(Finding::Contended(by))) => Step::Wait(Waiting::Contended(by.clone())),
        (step, _) => step,
    }
}

fn keep_applied(
    child: &Arc<DesiredChild>,
    known: &Known,
    finding: Option<&Finding>,
    recreates: bool,
) -> Step {
    let object = &known.object;
    let signed = object.tracked && object.applied.as_deref() == Some(&child.digest);
    let now = LastWrite::Applied {
        entry: object.entry,
        generation: object.generation,
    };
    if signed {
        match &known.last {
            Some(last) if *last == now => return Step::Nothing,
            // Somebody took or dropped a field of ours: no need to look which.
            Some(LastWrite::Applied { entry, .. }) if *entry != object.entry => {}
            // The generation moved without a trace in our entry (1.20's `/scale`): every field of ours still is.
            Some(_) if diff::covers(&child.value(), &object.value()) => {
                return Step::Settle(object.uid.clone(), now);
            }
            Some(_) => {}
            // The process is new. Which fields the entry had is not known: a list that is owned whole leaves it as soon as
            // anybody adds to it. What is there to the letter needs no question; all else the server is asked about.
            None if object.entry.is_some() && diff::is_same(&child.value(), &object.value()) => {
                return Step::Settle(object.uid.clone(), now);
            }
            None => match tried(finding, object) {
                Some(false) => return Step::Settle(object.uid.clone(), now),
                Some(true) => {}
                None => return Step::Do(try_apply(child, object, recreates)),
            },
        }
    }
    let apply = Step::Do(Action::Apply {
        child: Arc::clone(child),
        uid: object.uid.clone(),
    });
    if !recreates {
        return apply;
    }
    match tried(finding, object) {
        None => Step::Do(try_apply(child, object, recreates)),
        Some(true) => Step::Do(Action::Delete {
            uid: object.uid.clone(),
            version: object.resource_version.clone(),
            remade: Some(Arc::clone(child)),
        }),
        // Nothing that the handler names would change: only the engine's marks, or who owns a field.
        Some(false) if signed => Step::Settle(object.uid.clone(), now),
        Some(false) => apply,
    }
}

fn try_apply(child: &Arc<DesiredChild>, object: &Arc<Object>, recreates: bool) -> Action {
    Action::TryApply {
        child: Arc::clone(child),
        observed: Arc::clone(object),
        recreates,
    }
}

fn keep_replaced(
    identity: &Identity,
    child: &Arc<DesiredChild>,
    known: &Known,
    finding: Option<&Finding>,
) -> Step {
    let object = &known.object;
    let signed = object.tracked && object.applied.as_deref() == Some(&child.digest);
    let now = LastWrite::Replaced {
        whole: whole(&object.value(), identity),
    };
    let put = Step::Do(Action::Put {
        child: Arc::clone(child),
        observed: Arc::clone(object),
    });
    match &known.last {
        _ if !signed => put,
        Some(last) if *last == now => Step::Nothing,
        Some(_) => put,
        None => match tried(finding, object) {
            Some(false) => Step::Settle(object.uid.clone(), now),
            Some(true) => put,
            None => Step::Do(Action::TryPut {
                child: Arc::clone(child),
                observed: Arc::clone(object),
            }),
        },
    }
}

/// What a dry run of this very version said.
fn tried(finding: Option<&Finding>, object: &Object) -> Option<bool> {
    match finding {
        Some(Finding::Tried { at, changes }) if *at == object.resource_version => Some(*changes),
        _ => None,
    }
}

/// What a write that succeeded leaves to remember.
pub(crate) fn last_write(action: &Action, written: &Object, identity: &Identity) -> LastWrite {
    match action {
        Action::Post(_) | Action::Put { .. } => LastWrite::Replaced {
            whole: whole(&written.value(), identity),
        },
        _ => LastWrite::Applied {
            entry: written.entry,
            generation: written.generation,
        },
    }
}

/// Whether a dry run changed anything that a handler can care for: not the server's own marks, nor the engine's.
pub(crate) fn changes(before: &Value, after: &Value, identity: &Identity) -> bool {
    content(before, identity) != content(after, identity)
}

fn content(object: &Value, identity: &Identity) -> Value {
    let mut content = object.clone();
    if let Some(metadata) = content.get_mut("metadata").and_then(Value::as_object_mut) {
        for name in ["managedFields", "generation", "resourceVersion"] {
            metadata.remove(name);
        }
        for name in ["labels", "annotations"] {
            if let Some(map) = metadata.get_mut(name).and_then(Value::as_object_mut) {
                map.retain(|key, _| !identity.owns_key(key));
                if map.is_empty() {
                    metadata.remove(name);
                }
            }
        }
    }
    content
}

/// The digest of a replaced object: without status, what the server sets, and what others added to its metadata.
fn whole(object: &Value, identity: &Identity) -> u64 {
    let mut content = object.clone();
    let keys = set_keys(&object["metadata"], identity);
    if let Some(fields) = content.as_object_mut() {
        fields.remove("status");
    }
    if let Some(metadata) = content.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|name, _| {
            matches!(
                name.as_str(),
                "labels" | "annotations" | "finalizers" | "ownerReferences"
            )
        });
        for name in ["labels", "annotations"] {
            if let Some(map) = metadata.get_mut(name).and_then(Value::as_object_mut) {
                map.retain(|key, _| {
                    identity.owns_key(key) || has(&keys[name], &key.as_str().into())
                });
            }
        }
        for (name, id) in [("finalizers", None), ("ownerReferences", Some("uid"))] {
            if let Some(list) = metadata.get_mut(name).and_then(Value::as_array_mut) {
                list.retain(|item| has(&keys[name], id.map_or(item, |id| &item[id])));
            }
        }
        metadata.retain(|_, value| !matches!(value, Value::Array(list) if list.is_empty()));
    }
    digest::short(&content)
}

/// The keys that our last replace of an object set, as it says itself.
fn set_keys(metadata: &Value, identity: &Identity) -> Value {
    metadata["annotations"][&identity.keys_annotation]
        .as_str()
        .and_then(|keys| serde_json::from_str(keys).ok())
        .unwrap_or(Value::Null)
}

fn has(list: &Value, item: &Value) -> bool {
    list.as_array().is_some_and(|list| list.contains(item))
}

/// What a replace sends: the child, with what others added to the metadata of the object that is there.
pub(crate) fn replacement(child: &DesiredChild, observed: &Object, identity: &Identity) -> Value {
    let mut body = child.value();
    let there = observed.metadata();
    let keys = set_keys(&there, identity);
    let metadata = &mut body["metadata"];
    metadata["uid"] = (*observed.uid).into();
    metadata["resourceVersion"] = observed.resource_version.to_string().into();
    for name in ["labels", "annotations"] {
        for (key, value) in there[name].as_object().into_iter().flatten() {
            let others = !identity.owns_key(key) && !has(&keys[name], &key.as_str().into());
            if others && metadata[name].get(key).is_none() {
                metadata[name][key] = value.clone();
            }
        }
    }
    for (name, id) in [("finalizers", None), ("ownerReferences", Some("uid"))] {
        let identify = |item: &Value| id.map_or(item.clone(), |id| item[id].clone());
        let mut list = metadata[name].as_array().cloned().unwrap_or_default();
        for item in there[name].as_array().into_iter().flatten() {
            let is_new = list.iter().all(|own| identify(own) != identify(item));
            if is_new && !has(&keys[name], &identify(item)) {
                list.push(item.clone());
            }
        }
        if !list.is_empty() {
            metadata[name] = list.into();
        }
    }
    body
}

#[cfg(test)]
mod tests;
