//! [`Resource`]: what the server knows of one kind in one version, built in or from a CRD.

use std::sync::Arc;

use crate::strategy::Strategy;

/// One kind in one version: how its paths and its objects are called, and how its objects are treated.
#[derive(Clone)]
pub struct Resource {
    /// The API group, empty for the core group.
    pub group: String,
    /// The version.
    pub version: String,
    /// The kind.
    pub kind: String,
    /// The kind of its lists.
    pub list_kind: String,
    /// The plural: its name in paths.
    pub plural: String,
    /// The singular.
    pub singular: String,
    /// Abbreviations that `kubectl` knows.
    pub short_names: Vec<String>,
    /// Groups of kinds that `kubectl` knows, such as `all`.
    pub categories: Vec<String>,
    /// Whether its objects live in a namespace.
    pub namespaced: bool,
    /// What may be done with it: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`.
    pub verbs: Vec<String>,
    /// What objects have besides themselves.
    pub subresources: Vec<Subresource>,
    /// How its objects are defaulted, validated and changed.
    pub strategy: Arc<dyn Strategy>,
    /// Whether it comes from a CRD: other error texts, no strategic merge.
    pub custom: bool,
    /// What a client is told (`Warning`) that uses this version; `None` if it is not deprecated.
    pub deprecation: Option<String>,
}

/// One subresource of a [`Resource`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subresource {
    /// Its name: `status`, `scale`, `finalize` …
    pub name: String,
    /// What stands in its requests, as (group, version, kind): for `status` the resource's own.
    pub kind: (String, String, String),
    /// What may be done with it: `get`, `update`, `patch`, `create`.
    pub verbs: Vec<String>,
    /// Where a `scale` reads and writes; `None` for the others.
    pub scale: Option<ScalePaths>,
}

/// The fields that a `scale` subresource stands for, as `.spec.replicas`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScalePaths {
    /// The wanted number.
    pub spec_replicas: String,
    /// The observed number.
    pub status_replicas: String,
    /// The selector, as text or as a label selector.
    pub label_selector: Option<String>,
}

impl Resource {
    /// `apps/v1`, or `v1`.
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// The subresource of that name.
    #[must_use]
    pub fn subresource(&self, name: &str) -> Option<&Subresource> {
        self.subresources.iter().find(|s| s.name == name)
    }

    /// Whether status is written apart from the rest.
    #[must_use]
    pub fn has_status(&self) -> bool {
        self.subresource("status").is_some()
    }
}
