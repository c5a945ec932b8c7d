//! [`Quotas`]: a resource quota's status says what it limits, and how much of that is used.
//!
//! It counts when a quota is new or limits something else, and when an object of its namespace goes or comes to use
//! less. What is created is counted when it is admitted.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use super::Changed;
use crate::{
    handlers::Api,
    object,
    quota::{self, Counted},
    store::{At, Change},
};

/// The quotas that are to be counted anew, by namespace and name.
#[derive(Debug, Default)]
pub(crate) struct Quotas {
    stirred: BTreeSet<(String, String)>,
}

impl Quotas {
    pub(crate) fn changed(&mut self, api: &Api, changed: &Changed<'_>, now: Timestamp) {
        let event = changed.event;
        let gone = event.change == Change::Deleted;
        if changed.collection == api.quotas() && !gone {
            let limits = |bytes: &[u8]| {
                let quota: Value = serde_json::from_slice(bytes).unwrap_or_default();
                quota["spec"]["hard"].clone()
            };
            let before = event.previous.as_deref().map(limits);
            if before != Some(limits(&event.object)) {
                let place = (event.namespace().to_owned(), event.name().to_owned());
                self.stirred.insert(place);
            }
            return;
        }
        if changed.collection == api.definitions() {
            // There may be something now that a quota could not count before.
            self.stir(api, "");
            return;
        }
        let namespace = event.namespace();
        let concerns = !namespace.is_empty() && api.has_quotas(namespace);
        if concerns && (gone || uses_less(api, changed, now)) {
            self.stir(api, namespace);
        }
    }

    pub(crate) fn start_anew(&mut self, api: &Api) {
        self.stirred.clear();
        self.stir(api, "");
    }

    /// Takes up the quotas of a namespace, or all.
    fn stir(&mut self, api: &Api, namespace: &str) {
        let quotas = api.quotas_of(namespace);
        let places = quotas.iter().map(|quota| {
            let (namespace, name) = (object::namespace(quota), object::name(quota));
            (namespace.to_owned(), name.to_owned())
        });
        self.stirred.extend(places);
    }

    /// Counts for one quota; says whether there was one to count for.
    pub(crate) fn step(&mut self, api: &mut Api, now: Timestamp) -> bool {
        let Some((namespace, name)) = self.stirred.pop_first() else {
            return false;
        };
        let Some(kind) = api.kinds.get("", "v1", "resourcequotas").cloned() else {
            return true;
        };
        let Some(stored) = api.store.get(api.quotas(), &namespace, &name) else {
            return true;
        };
        let quota: &Value = &serde_json::from_slice(&stored.bytes).unwrap_or_default();
        let objects: Vec<(Counted, Vec<Value>)> = quota::counted_by(quota)
            .into_iter()
            .filter_map(|counted| Some((counted.clone(), objects(api, &counted, &namespace)?)))
            .collect();
        let counted = quota::recount(quota, &objects, now);
        api.edit(&kind, &namespace, &name, |quota| *quota = counted);
        true
    }
}

/// The objects of a kind in a namespace; `None` if there is no such kind.
fn objects(api: &Api, counted: &Counted, namespace: &str) -> Option<Vec<Value>> {
    let kind = api.kinds.any_version(counted.group(), counted.plural())?;
    let found = api
        .store
        .list(kind.collection, namespace, "", At::Latest)
        .ok()?;
    let objects = found.filter_map(|(_, bytes)| serde_json::from_slice(bytes).ok());
    Some(objects.collect())
}

/// Whether an object has come to use less than before, as a pod does that has ended.
fn uses_less(api: &Api, changed: &Changed<'_>, now: Timestamp) -> bool {
    let event = changed.event;
    let Some(previous) = &event.previous else {
        return false;
    };
    let counted = ["pods", "services", "persistentvolumeclaims"]
        .into_iter()
        .find(|plural| {
            let kind = api.kinds.get("", "v1", plural);
            kind.is_some_and(|kind| kind.collection == changed.collection)
        });
    let Some(plural) = counted else {
        return false;
    };
    let counted = Counted::new("", plural);
    let usage = |bytes: &[u8]| {
        let object: Value = serde_json::from_slice(bytes).unwrap_or_default();
        counted.usage(&object, now)
    };
    let more_before = usage(previous).beyond(&usage(&event.object));
    !more_before.without_zeros().is_empty()
}
