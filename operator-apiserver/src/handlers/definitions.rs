//! What a CRD's change does to the kinds that are served.

use std::sync::{Arc, LazyLock};

use serde_json::Value;

use super::{Api, read::revision_of};
use crate::{
    custom::{self, conversion::Undecodable},
    kinds::{Kind, Sibling},
    object,
    resource::Resource,
    store::{At, Collection},
};

/// CRDs in v1, for all servers of the process.
fn definition_resource() -> &'static Arc<Resource> {
    static RESOURCE: LazyLock<Arc<Resource>> = LazyLock::new(|| {
        Arc::new(custom::Definition::resource(
            custom::Definition::schema_of_all(),
        ))
    });
    &RESOURCE
}

impl Api {
    /// Serves CRDs themselves: with the rules that they have, in the versions that the server is told to serve.
    pub(super) fn serve_definitions(&mut self) {
        let stored = Arc::clone(definition_resource());
        self.kinds.add(Kind::new(
            Arc::clone(&stored),
            Arc::clone(&stored),
            self.definitions,
        ));
        if self.serves.v1beta1 {
            let schema = custom::Definition::schema_of_all();
            let old = Arc::new(custom::v1beta1_definition(schema));
            self.kinds.add(Kind::new(
                old,
                Arc::clone(definition_resource()),
                self.definitions,
            ));
        }
    }

    /// Takes up a CRD as it is now.
    pub(super) fn definition_changed(&mut self, name: &str) {
        let found = self.store.get(self.definitions, "", name);
        let definition: Option<Value> =
            found.and_then(|stored| serde_json::from_slice(&stored.bytes).ok());
        let before: Vec<Arc<Kind>> = self
            .kinds
            .all()
            .iter()
            .filter(|kind| kind.definition.as_deref() == Some(name))
            .cloned()
            .collect();
        let resources = definition
            .as_ref()
            .and_then(|definition| custom::resources(definition).ok());
        let (Some(definition), Some(resources)) = (definition, resources) else {
            return self.forget_definition(name, &before);
        };
        if resources.is_empty() {
            return self.forget_definition(name, &before);
        }
        let terminating = custom::termination::refuses_creation(&definition);
        let fingerprint = (object::generation(&definition), terminating);
        if !before.is_empty() && self.fingerprints.get(name) == Some(&fingerprint) {
            return;
        }
        let known = self.fingerprints.insert(name.to_owned(), fingerprint);
        let schema_since = match known {
            // Nothing but the deletion has changed.
            Some((generation, _)) if generation == fingerprint.0 => {
                before.first().map_or(0, |kind| kind.schema_since)
            }
            Some(_) => self.store.revision(),
            None => 0,
        };
        let Ok(stored) = custom::stored_resource(&definition).map(Arc::new) else {
            return self.forget_definition(name, &before);
        };
        self.kinds.remove_definition(name);
        let collection = self.store.collection(&stored.group, &stored.plural);
        let resources: Vec<Arc<Resource>> = resources.into_iter().map(Arc::new).collect();
        let undecodable = if schema_since == 0 {
            Arc::default()
        } else {
            self.undecodable(&definition, collection)
        };
        for resource in &resources {
            let siblings = resources
                .iter()
                .filter(|other| other.version != resource.version);
            let kind = Kind {
                siblings: siblings.map(Sibling::of).collect(),
                definition: Some(name.to_owned()),
                schema_since,
                terminating,
                undecodable: Arc::clone(&undecodable),
                ..Kind::new(Arc::clone(resource), Arc::clone(&stored), collection)
            };
            self.kinds.add(kind);
        }
        // A version that is no longer served ends its watches.
        self.signals.stir(collection);
    }

    /// The objects whose version the CRD no longer has.
    fn undecodable(&self, definition: &Value, collection: Collection) -> Arc<[Undecodable]> {
        let objects = self.store.list(collection, "", "", At::Latest);
        let objects = objects.into_iter().flatten();
        objects
            .filter_map(|(key, bytes)| {
                Undecodable::find(definition, key, bytes, revision_of(bytes))
            })
            .collect()
    }

    fn forget_definition(&mut self, name: &str, before: &[Arc<Kind>]) {
        self.fingerprints.remove(name);
        if before.is_empty() {
            return;
        }
        self.kinds.remove_definition(name);
        for kind in before {
            self.signals.stir(kind.collection);
        }
    }
}
