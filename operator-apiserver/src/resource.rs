//! [`Resource`]: what the server knows of one kind in one version, built in or from a CRD.

use std::sync::Arc;

use crate::strategy::Strategy;

/// One kind in one version: how its paths and its objects are called, and how its objects are treated.
#[derive(Clone)]
pub(crate) struct Resource {
    /// The API group, empty for the core group.
    pub(crate) group: String,
    /// The version.
    pub(crate) version: String,
    /// The kind.
    pub(crate) kind: String,
    /// The kind of its lists.
    pub(crate) list_kind: String,
    /// The plural: its name in paths.
    pub(crate) plural: String,
    /// The singular.
    pub(crate) singular: String,
    /// Abbreviations that `kubectl` knows.
    pub(crate) short_names: Vec<String>,
    /// Groups of kinds that `kubectl` knows, such as `all`.
    pub(crate) categories: Vec<String>,
    /// Whether its objects live in a namespace.
    pub(crate) namespaced: bool,
    /// What may be done with it: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`.
    pub(crate) verbs: Vec<String>,
    /// What objects have besides themselves.
    pub(crate) subresources: Vec<Subresource>,
    /// How its objects are defaulted, validated and changed.
    pub(crate) strategy: Arc<dyn Strategy>,
    /// Whether it comes from a CRD: other error texts, no strategic merge.
    pub(crate) custom: bool,
    /// What a client is told (`Warning`) that uses this version; `None` if it is not deprecated.
    pub(crate) deprecation: Option<String>,
}

/// One subresource of a [`Resource`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subresource {
    /// Its name: `status`, `scale`, `finalize` …
    pub(crate) name: String,
    /// What stands in its requests, as (group, version, kind): for `status` the resource's own.
    pub(crate) kind: (String, String, String),
    /// What may be done with it: `get`, `update`, `patch`, `create`.
    pub(crate) verbs: Vec<String>,
    /// Where a `scale` reads and writes; `None` for the others.
    pub(crate) scale: Option<ScalePaths>,
}

/// The fields that a `scale` subresource stands for, as `.spec.replicas`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ScalePaths {
    /// The wanted number.
    pub(crate) spec_replicas: String,
    /// The observed number.
    pub(crate) status_replicas: String,
    /// The selector, as text or as a label selector.
    pub(crate) label_selector: Option<String>,
}

impl Resource {
    /// `apps/v1`, or `v1`.
    #[must_use]
    pub(crate) fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// The subresource of that name.
    #[must_use]
    pub(crate) fn subresource(&self, name: &str) -> Option<&Subresource> {
        self.subresources.iter().find(|s| s.name == name)
    }
}
