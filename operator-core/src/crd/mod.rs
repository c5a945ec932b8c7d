//! Custom resource definitions: from a struct to YAML, and to files that are checked for drift.
//!
//! `#[derive(K8sType)]` gives a type its `crd()`. The [`Crd`] is a plain value; what it prints is the same on
//! every run and every machine, whatever features of `serde_json` are on.

mod cel;
mod columns;
pub(crate) mod declaration;
pub(crate) mod declared;
mod error;
mod fits;
pub mod install;
mod kubernetes;
mod manifests;
mod scale;
pub(crate) mod schema;
mod selectable;
mod size;
mod v1;
mod v1beta1;
mod written;

pub use columns::Column;
pub use declaration::Scope;
pub use error::{CrdError, Problem};
#[cfg(feature = "cli")]
pub(crate) use manifests::unified_diff;
pub use manifests::{CrdVersion, Manifests, ManifestsError};
pub use scale::Scale;
pub use size::Size;

use std::collections::BTreeMap;

use crate::K8sType;

/// A custom resource definition with one version.
#[derive(Clone, Debug, PartialEq)]
pub struct Crd {
    of: K8sType,
    singular: String,
    short_names: Vec<String>,
    categories: Vec<String>,
    scope: Scope,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
    served: bool,
    storage: bool,
    deprecated: Option<Option<&'static str>>,
    columns: Vec<Column>,
    selectable: Vec<String>,
    scale: Option<Scale>,
    has_status: bool,
    schema: serde_json::Value,
}

impl Crd {
    /// The name of the CRD itself: `plural.group`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}.{}", self.of.plural_kind, self.of.group())
    }

    /// The type that it defines.
    #[must_use]
    pub fn of(&self) -> &K8sType {
        &self.of
    }

    /// The API group.
    #[must_use]
    pub fn group(&self) -> &str {
        self.of.group()
    }

    /// The version.
    #[must_use]
    pub fn version(&self) -> &str {
        self.of.version()
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.of.kind
    }

    /// The plural, as in URLs.
    #[must_use]
    pub fn plural(&self) -> &str {
        self.of.plural_kind
    }

    /// Whether objects live in a namespace.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// The columns of `kubectl get`.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The JSON paths of the fields that clients can select objects by.
    #[must_use]
    pub fn selectable(&self) -> &[String] {
        &self.selectable
    }

    /// The scale subresource, if it has one.
    #[must_use]
    pub fn scale(&self) -> Option<&Scale> {
        self.scale.as_ref()
    }

    /// Whether it has the status subresource.
    #[must_use]
    pub fn has_status(&self) -> bool {
        self.has_status
    }

    /// The structural schema of the whole object.
    #[must_use]
    pub fn schema(&self) -> &serde_json::Value {
        &self.schema
    }

    /// The oldest release 1.x of Kubernetes that takes all of it in `apiextensions.k8s.io/v1`: those before drop
    /// rules, selectable fields and the like in silence.
    #[must_use]
    pub fn oldest_kubernetes(&self) -> u32 {
        kubernetes::oldest(self)
    }

    /// The manifest in `apiextensions.k8s.io/v1`, which every cluster since 1.16 takes.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        yaml(&v1::Manifest::of(self))
    }

    /// The manifest in `apiextensions.k8s.io/v1beta1`, for clusters up to 1.21.
    ///
    /// It has no defaults, since servers take none in that version: serde fills them in when an object is read.
    ///
    /// # Errors
    /// If it has something that these clusters would drop in silence: rules in CEL, selectable fields, the
    /// default of a field that is required.
    pub fn to_yaml_v1beta1(&self) -> Result<String, CrdError> {
        let schema = v1beta1::schema(self)?;
        Ok(yaml(&v1beta1::Manifest::of(self, &schema)))
    }

    /// The manifest in `apiextensions.k8s.io/v1` as JSON.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        json(&v1::Manifest::of(self))
    }

    /// The manifest in `apiextensions.k8s.io/v1beta1` as JSON.
    ///
    /// # Errors
    /// As [`to_yaml_v1beta1`](Self::to_yaml_v1beta1).
    pub fn to_json_v1beta1(&self) -> Result<serde_json::Value, CrdError> {
        let schema = v1beta1::schema(self)?;
        Ok(json(&v1beta1::Manifest::of(self, &schema)))
    }

    /// How large it is, and what makes it so.
    #[must_use]
    pub fn size(&self) -> Size {
        Size::of(self)
    }
}

fn json(manifest: &impl serde::Serialize) -> serde_json::Value {
    // A manifest is structs, strings and JSON values: nothing in it can fail to serialize.
    serde_json::to_value(manifest).expect("a manifest is JSON")
}

fn yaml(manifest: &impl serde::Serialize) -> String {
    serde_saphyr::to_string(manifest).expect("a manifest is YAML")
}
