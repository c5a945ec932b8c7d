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
mod flat;
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

/// A custom resource definition, of one version unless others are [added](Self::with_version).
#[derive(Clone, Debug, PartialEq)]
pub struct Crd {
    of: K8sType,
    singular: String,
    list_kind: String,
    short_names: Vec<String>,
    categories: Vec<String>,
    scope: Scope,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
    served: bool,
    storage: bool,
    // What an attribute says that may be there without a value.
    #[allow(clippy::option_option)]
    deprecated: Option<Option<&'static str>>,
    columns: Vec<Column>,
    selectable: Vec<String>,
    scale: Option<Scale>,
    has_status: bool,
    schema: serde_json::Value,
    other_versions: Vec<Self>,
}

impl Crd {
    /// The same CRD with another version of the type, which is declared on a struct of its own. One of them has to
    /// be the one that is stored; the others say `storage = false`. A server converts between them by changing
    /// `apiVersion` alone.
    ///
    /// # Errors
    /// If it isn't another version of this one: a CRD has one name, one scope, and one set of names.
    pub fn with_version(mut self, other: Self) -> Result<Self, CrdError> {
        let mut problems = Vec::new();
        let mut differs = |what: &str| {
            let message = format!("{what}: say the same on both structs");
            problems.push(Problem::of(&other, "", message));
        };
        if (self.name(), self.kind()) != (other.name(), other.kind()) {
            differs("it is another CRD, or another kind");
        }
        if self.scope != other.scope {
            differs("it has another scope");
        }
        if self.names() != other.names() {
            differs("it has other names");
        }
        if self.versions().any(|it| it.version() == other.version()) {
            differs("its version is there already");
        }
        if other.storage && self.is_stored() {
            differs("another version is stored: write `storage = false` on one");
        }
        if !problems.is_empty() {
            return Err(CrdError {
                crd: self.name(),
                problems,
            });
        }
        self.other_versions.push(other);
        Ok(self)
    }

    /// The names that it shares with its other versions, besides plural and kind.
    fn names(&self) -> (&str, &str, &[String], &[String]) {
        let Self {
            singular,
            list_kind,
            short_names,
            categories,
            ..
        } = self;
        (singular, list_kind, short_names, categories)
    }

    /// One of the versions has to be the one that is stored, or no server takes it. A version by itself may be one
    /// that isn't, since others can be [added](Self::with_version), so this is asked of what is written down.
    fn has_to_be_stored(&self) -> Result<(), CrdError> {
        if self.is_stored() {
            return Ok(());
        }
        let message = "no version of it is stored, and a server refuses that: remove `storage = false`, or add the \
                       version that is stored by `with_version`";
        Err(CrdError {
            crd: self.name(),
            problems: vec![Problem::of(self, "", message.to_owned())],
        })
    }

    /// Whether one of the versions is the one that is stored.
    fn is_stored(&self) -> bool {
        self.versions().any(|it| it.storage)
    }

    /// The versions, in the order in which they were added.
    fn versions(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(&self.other_versions)
    }

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
        self.versions()
            .map(kubernetes::oldest)
            .max()
            .unwrap_or_default()
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
