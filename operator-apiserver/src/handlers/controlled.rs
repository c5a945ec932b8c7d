//! What controllers do to objects: as they are stored, past the checks that requests meet.

use std::sync::Arc;

use serde_json::Value;

use super::{
    Api,
    delete::{Fate, fate},
    update::ends_deletion,
};
use crate::{
    kinds::Kind,
    object,
    request::{DeleteOptions, Propagation},
    store::Collection,
};

impl Api {
    /// Where namespaces are.
    pub(crate) fn namespaces(&self) -> Collection {
        self.namespaces
    }

    /// Where CRDs are.
    pub(crate) fn definitions(&self) -> Collection {
        self.definitions
    }

    /// The CRD whose objects are there, if it is being deleted: it waits for them to go.
    pub(crate) fn ending_definition(&self, collection: Collection) -> Option<String> {
        let kind = self
            .kinds
            .all()
            .iter()
            .find(|kind| kind.collection == collection && kind.terminating)?;
        kind.definition.clone()
    }

    /// Changes an object. One that is being deleted goes if nothing holds it any more; one that stays as it is
    /// is not written.
    pub(crate) fn edit(
        &mut self,
        kind: &Arc<Kind>,
        namespace: &str,
        name: &str,
        change: impl FnOnce(&mut Value),
    ) {
        let Some(old) = self.stored(kind, namespace, name) else {
            return;
        };
        let mut new = old.clone();
        change(&mut new);
        if ends_deletion(&new, &old) {
            self.remove(kind, namespace, name);
        } else if new != old {
            // What was stored can be stored again: controllers add next to nothing.
            let _ = self.commit(kind, namespace, name, new, false);
        }
    }

    /// Deletes an object by all the rules.
    pub(crate) fn delete_by_controller(
        &mut self,
        kind: &Arc<Kind>,
        namespace: &str,
        name: &str,
        propagation: Propagation,
    ) {
        let Some(old) = self.stored(kind, namespace, name) else {
            return;
        };
        let options = DeleteOptions {
            propagation: Some(propagation),
            ..DeleteOptions::default()
        };
        match fate(&kind.resource, &old, &options, self.now) {
            Fate::Gone(_) => self.remove(kind, namespace, name),
            Fate::Marked(new) if new != old => {
                let _ = self.commit(kind, namespace, name, new, false);
            }
            Fate::Marked(_) => {}
        }
    }

    /// Writes a CRD's status; one that nothing holds any more goes.
    pub(crate) fn store_definition(&mut self, name: &str, new: Value) {
        let kind = self
            .kinds
            .get("apiextensions.k8s.io", "v1", "customresourcedefinitions")
            .cloned();
        if let Some(kind) = kind {
            self.edit(&kind, "", name, |object| *object = new);
        }
    }

    /// An object as it is stored, if it can be read.
    fn stored(&self, kind: &Kind, namespace: &str, name: &str) -> Option<Value> {
        if kind.undecodable(namespace, name).is_some() {
            return None;
        }
        let stored = self.store.get(kind.collection, namespace, name)?;
        let object: Value = serde_json::from_slice(&stored.bytes).ok()?;
        debug_assert_eq!(object::name(&object), name);
        Some(object)
    }
}
