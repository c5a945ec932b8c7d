//! [`Kinds`]: all kinds that the server serves at this moment, found by what a path says.

use std::{collections::HashMap, sync::Arc};

use crate::{
    apply::{Conversion, OtherVersion},
    custom::conversion::Undecodable,
    resource::Resource,
    store::{Collection, Store},
};

/// Another version of a kind.
#[derive(Clone)]
pub(crate) struct Sibling {
    /// `group/version`.
    pub(crate) api_version: String,
    /// The kind in that version.
    pub(crate) resource: Arc<Resource>,
}

impl Sibling {
    pub(crate) fn of(resource: &Arc<Resource>) -> Self {
        Self {
            api_version: resource.api_version(),
            resource: Arc::clone(resource),
        }
    }
}

/// A kind in one version, with where its objects are kept.
#[derive(Clone)]
pub(crate) struct Kind {
    /// What it is.
    pub(crate) resource: Arc<Resource>,
    /// Its `apiVersion`.
    pub(crate) api_version: String,
    /// Where its objects are; all versions share it.
    pub(crate) collection: Collection,
    /// The version that they are kept in.
    pub(crate) stored: Arc<Resource>,
    /// The other versions in which it is served.
    pub(crate) siblings: Vec<Sibling>,
    /// Objects that were written before this revision met another schema: they are pruned and defaulted when read.
    pub(crate) schema_since: u64,
    /// The CRD that it comes from.
    pub(crate) definition: Option<String>,
    /// Whether its CRD is being deleted, so that nothing may be created.
    pub(crate) terminating: bool,
    /// The objects that are stored in a version which its CRD no longer has, in the order of their keys.
    pub(crate) undecodable: Arc<[Undecodable]>,
}

impl Kind {
    /// A kind whose objects are kept in this version.
    #[must_use]
    pub(crate) fn new(
        resource: Arc<Resource>,
        stored: Arc<Resource>,
        collection: Collection,
    ) -> Self {
        Self {
            api_version: resource.api_version(),
            resource,
            collection,
            stored,
            siblings: Vec::new(),
            schema_since: 0,
            definition: None,
            terminating: false,
            undecodable: Arc::default(),
        }
    }

    /// The other versions, as who tracks fields wants them.
    #[must_use]
    pub(crate) fn other_versions(&self) -> Vec<OtherVersion<'_>> {
        let own = &self.resource;
        let conversion = |sibling: &Sibling| {
            let resource = &sibling.resource;
            let there = resource.strategy.converter(own);
            let back = own.strategy.converter(resource);
            there
                .zip(back)
                .map(|(there, back)| Conversion { there, back })
        };
        let others = self.siblings.iter().map(|sibling| OtherVersion {
            api_version: &sibling.api_version,
            schema: sibling.resource.strategy.schema(),
            conversion: conversion(sibling),
        });
        others.collect()
    }

    /// What keeps an object from being read, if its version is gone.
    #[must_use]
    pub(crate) fn undecodable(&self, namespace: &str, name: &str) -> Option<&Undecodable> {
        self.undecodable.iter().find(|one| one.is(namespace, name))
    }

    /// Whether its objects are kept as this version has them.
    #[must_use]
    pub(crate) fn is_stored_version(&self) -> bool {
        self.resource.version == self.stored.version && self.resource.group == self.stored.group
    }
}

type Plurals = HashMap<String, Arc<Kind>>;

/// The kinds by group, version and plural.
#[derive(Clone, Default)]
pub(crate) struct Kinds {
    by_group: HashMap<String, HashMap<String, Plurals>>,
    /// In the order of their coming, for discovery and controllers.
    all: Vec<Arc<Kind>>,
}

/// The kinds whose objects are kept as those of another version: group and version of both, and the plural.
const KEPT_AS: &[([&str; 2], [&str; 2], &str)] = &[
    (["events.k8s.io", "v1"], ["", "v1"], "events"),
    (
        ["autoscaling", "v1"],
        ["autoscaling", "v2"],
        "horizontalpodautoscalers",
    ),
];

/// Whether the objects of `resource` are kept as those of `other`.
fn is_stored_form(other: &Resource, resource: &Resource) -> bool {
    let is = |resource: &Resource, [group, version]: [&str; 2], plural| {
        (&*resource.group, &*resource.version, &*resource.plural) == (group, version, plural)
    };
    KEPT_AS
        .iter()
        .any(|(kept, stored, plural)| is(resource, *kept, plural) && is(other, *stored, plural))
}

impl Kinds {
    /// The kinds that every server has.
    #[must_use]
    pub(crate) fn builtin(store: &mut Store, resources: &[Arc<Resource>]) -> Self {
        let mut kinds = Self::default();
        for resource in resources {
            let stored = resources
                .iter()
                .find(|other| is_stored_form(other, resource))
                .unwrap_or(resource);
            let collection = store.collection(&stored.group, &stored.plural);
            // Of who owns what in another group the server knows nothing.
            let siblings = resources.iter().filter(|other| {
                other.group == resource.group
                    && (is_stored_form(other, resource) || is_stored_form(resource, other))
            });
            kinds.add(Kind {
                siblings: siblings.map(Sibling::of).collect(),
                ..Kind::new(Arc::clone(resource), Arc::clone(stored), collection)
            });
        }
        kinds
    }

    /// The kind that a path names.
    #[must_use]
    pub(crate) fn get(&self, group: &str, version: &str, plural: &str) -> Option<&Arc<Kind>> {
        self.by_group.get(group)?.get(version)?.get(plural)
    }

    /// One version of a kind by its plural, whichever is stored.
    #[must_use]
    pub(crate) fn any_version(&self, group: &str, plural: &str) -> Option<&Arc<Kind>> {
        self.by_group
            .get(group)?
            .values()
            .find_map(|plurals| plurals.get(plural))
    }

    /// The kind that an object's `apiVersion` and `kind` name.
    #[must_use]
    pub(crate) fn of_object(&self, api_version: &str, kind: &str) -> Option<&Arc<Kind>> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let plurals = self.by_group.get(group)?.get(version)?;
        plurals.values().find(|found| found.resource.kind == kind)
    }

    /// All of them.
    #[must_use]
    pub(crate) fn all(&self) -> &[Arc<Kind>] {
        &self.all
    }

    /// Adds one, in place of what was there.
    pub(crate) fn add(&mut self, kind: Kind) {
        let kind = Arc::new(kind);
        let resource = &kind.resource;
        let versions = self.by_group.entry(resource.group.clone()).or_default();
        let plurals = versions.entry(resource.version.clone()).or_default();
        plurals.insert(resource.plural.clone(), Arc::clone(&kind));
        self.all.push(kind);
    }

    /// Takes away all versions that come from a CRD.
    pub(crate) fn remove_definition(&mut self, definition: &str) {
        let is_of = |kind: &Arc<Kind>| kind.definition.as_deref() == Some(definition);
        self.all.retain(|kind| !is_of(kind));
        for versions in self.by_group.values_mut() {
            for plurals in versions.values_mut() {
                plurals.retain(|_, kind| !is_of(kind));
            }
            versions.retain(|_, plurals| !plurals.is_empty());
        }
        self.by_group.retain(|_, versions| !versions.is_empty());
    }
}
