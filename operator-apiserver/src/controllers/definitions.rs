//! [`Definitions`]: CRDs get their names, are served, and go after their objects.

use std::collections::BTreeSet;

use bytes::Bytes;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Changed;
use crate::{
    clock,
    custom::{api_approval, names, structural_schema, termination},
    handlers::{Api, check_listable},
    object,
    request::Propagation,
    store::{At, Change},
};

/// The CRDs that are to be looked at.
#[derive(Debug, Default)]
pub(crate) struct Definitions {
    stirred: BTreeSet<String>,
}

impl Definitions {
    pub(crate) fn changed(&mut self, api: &Api, changed: &Changed<'_>) {
        let event = changed.event;
        if changed.collection == api.definitions() {
            self.stirred.insert(event.name().to_owned());
            let gave_back = event.change == Change::Deleted
                || event.previous.as_ref().is_some_and(|previous| {
                    names::were_given_back(&names_of(previous), &names_of(&event.object))
                });
            if gave_back {
                self.stirred
                    .extend(all(api).map(|(name, _)| name.to_owned()));
            }
        } else if event.change == Change::Deleted
            && let Some(name) = api.ending_definition(changed.collection)
        {
            self.stirred.insert(name);
        }
    }

    pub(crate) fn start_anew(&mut self, api: &Api) {
        self.stirred = all(api).map(|(name, _)| name.to_owned()).collect();
    }

    /// Goes over one CRD; says whether there was one.
    pub(crate) fn step(&mut self, api: &mut Api, now: Timestamp) -> bool {
        let Some(name) = self.stirred.pop_first() else {
            return false;
        };
        let now = &clock::seconds(now);
        let Some(stored) = api.store.get(api.definitions(), "", &name) else {
            return true;
        };
        let definition: &Value = &serde_json::from_slice(&stored.bytes).unwrap_or_default();
        if termination::is_due(definition) {
            clean_up(api, definition, now);
        } else {
            // Hardly ever has anybody to look at the others.
            let others: Vec<Value> = if names::are_settled(definition) {
                Vec::new()
            } else {
                all(api).map(|(_, bytes)| names_of(bytes)).collect()
            };
            let next = names::accept(definition, &others, now)
                .or_else(|| names::establish(definition, now))
                .or_else(|| api_approval::conform(definition, now))
                .or_else(|| structural_schema::observe(definition, now));
            if let Some(new) = next {
                api.store_definition(&name, new);
            }
        }
        true
    }
}

fn clean_up(api: &mut Api, definition: &Value, now: &str) {
    let name = object::name(definition).to_owned();
    let kind = api
        .kinds
        .all()
        .iter()
        .find(|kind| kind.definition.as_deref() == Some(&name))
        .cloned();
    if let Some(Err(why)) = kind.as_deref().map(check_listable) {
        if let Some(new) = termination::fail(definition, &why.message, now) {
            api.store_definition(&name, new);
        }
        return;
    }
    if let Some(new) = termination::begin(definition, now) {
        api.store_definition(&name, new);
        return;
    }
    let group = definition["spec"]["group"].as_str().unwrap_or_default();
    let plural = definition["spec"]["names"]["plural"]
        .as_str()
        .unwrap_or_default();
    let mut remaining = 0;
    if let Some(kind) = kind {
        for (namespace, object, terminating) in objects(api, group, plural) {
            if !terminating {
                api.delete_by_controller(&kind, &namespace, &object, Propagation::Background);
            }
        }
        remaining = objects(api, group, plural).len();
    }
    if let Some(new) = termination::finish(definition, remaining, now) {
        api.store_definition(&name, new);
    }
}

fn objects(api: &Api, group: &str, plural: &str) -> Vec<(String, String, bool)> {
    let Some(collection) = api.store.find_collection(group, plural) else {
        return Vec::new();
    };
    let Ok(objects) = api.store.list(collection, "", "", At::Latest) else {
        return Vec::new();
    };
    objects
        .map(|(key, bytes)| {
            let (namespace, name) = key.split_once('/').unwrap_or(("", key));
            let object: Value = serde_json::from_slice(bytes).unwrap_or_default();
            (
                namespace.to_owned(),
                name.to_owned(),
                object::is_terminating(&object),
            )
        })
        .collect()
}

/// All CRDs by name, as they are stored.
fn all(api: &Api) -> impl Iterator<Item = (&str, &Bytes)> {
    let objects = api.store.list(api.definitions(), "", "", At::Latest);
    objects.into_iter().flatten()
}

/// What of a CRD says which names it has: reading its schemas would take far longer.
fn names_of(definition: &[u8]) -> Value {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Definition {
        metadata: Metadata,
        spec: Spec,
        status: Status,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Metadata {
        name: Value,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Spec {
        group: Value,
    }
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Status {
        accepted_names: Value,
    }
    let read: Definition = serde_json::from_slice(definition).unwrap_or_default();
    json!({
        "metadata": {"name": read.metadata.name},
        "spec": {"group": read.spec.group},
        "status": {"acceptedNames": read.status.accepted_names},
    })
}
