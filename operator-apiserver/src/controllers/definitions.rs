//! [`Definitions`]: CRDs get their names, are served, and go after their objects.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use super::Changed;
use crate::{
    clock,
    custom::{api_approval, names, structural_schema, termination},
    handlers::Api,
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
        if changed.collection == api.definitions() {
            self.stirred.insert(changed.event.name().to_owned());
            // Names that are given back may be what others wait for.
            self.stirred.extend(
                all(api)
                    .iter()
                    .map(|definition| object::name(definition).to_owned()),
            );
        } else if changed.event.change == Change::Deleted
            && let Some(name) = api.definition_of(changed.collection)
        {
            self.stirred.insert(name);
        }
    }

    pub(crate) fn start_anew(&mut self, api: &Api) {
        self.stirred = all(api)
            .iter()
            .map(|definition| object::name(definition).to_owned())
            .collect();
    }

    /// Goes over one CRD; says whether there was one.
    pub(crate) fn step(&mut self, api: &mut Api, now: Timestamp) -> bool {
        let Some(name) = self.stirred.pop_first() else {
            return false;
        };
        let now = &clock::seconds(now);
        let definitions = all(api);
        let Some(definition) = definitions
            .iter()
            .find(|definition| object::name(definition) == name)
        else {
            return true;
        };
        if termination::is_due(definition) {
            clean_up(api, definition, now);
        } else {
            let next = names::accept(definition, &definitions, now)
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
    if let Some(new) = termination::begin(definition, now) {
        api.store_definition(&name, new);
        return;
    }
    let group = definition["spec"]["group"].as_str().unwrap_or_default();
    let plural = definition["spec"]["names"]["plural"]
        .as_str()
        .unwrap_or_default();
    let mut remaining = 0;
    if let Some(kind) = api
        .kinds
        .all()
        .iter()
        .find(|kind| kind.definition.as_deref() == Some(&name))
        .cloned()
    {
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

fn all(api: &Api) -> Vec<Value> {
    let Ok(objects) = api.store.list(api.definitions(), "", "", At::Latest) else {
        return Vec::new();
    };
    objects
        .filter_map(|(_, bytes)| serde_json::from_slice(bytes).ok())
        .collect()
}
