//! Objects at rest: an [`Object`] is its JSON without `managedFields`, and the few fields the engine asks for.
//!
//! The JSON is parsed only when a handler looks at it.

mod decode;
pub(crate) mod fields;
pub(crate) mod scan;

pub(crate) use self::decode::{Enough, Parts, Which};

use std::{
    borrow::Cow,
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    ops::Range,
    sync::Arc,
};

use hashbrown::Equivalent;
use serde::Deserialize;

/// `metadata.uid`, as it is shared between what refers to an object.
pub(crate) type Uid = Arc<str>;

/// Where an object is: its namespace, if any, and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ObjectKey {
    pub(crate) namespace: Option<Arc<str>>,
    pub(crate) name: Arc<str>,
}

impl ObjectKey {
    pub(crate) fn new(namespace: Option<&str>, name: &str) -> Self {
        Self {
            namespace: namespace.map(Into::into),
            name: name.into(),
        }
    }
}

/// An [`ObjectKey`] that borrows its texts, to look something up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place<'a> {
    namespace: Option<&'a str>,
    name: &'a str,
}

impl<'a> Place<'a> {
    pub(crate) fn new(namespace: Option<&'a str>, name: &'a str) -> Self {
        Self { namespace, name }
    }
}

impl Equivalent<ObjectKey> for Place<'_> {
    fn equivalent(&self, key: &ObjectKey) -> bool {
        self.name == &*key.name && self.namespace == key.namespace.as_deref()
    }
}

impl Hash for Place<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        self.namespace.hash(state);
    }
}

impl Hash for ObjectKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Place::new(self.namespace.as_deref(), &self.name).hash(state);
    }
}

impl Ord for ObjectKey {
    fn cmp(&self, other: &Self) -> Ordering {
        // Most objects are in few namespaces, whose texts they share.
        let namespaces = match (&self.namespace, &other.namespace) {
            (Some(this), Some(other)) if Arc::ptr_eq(this, other) => Ordering::Equal,
            (this, other) => this.cmp(other),
        };
        namespaces.then_with(|| self.name.cmp(&other.name))
    }
}

impl PartialOrd for ObjectKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{namespace}/{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// A `resourceVersion`: opaque, but comparable where both are decimal (promised from Kubernetes 1.35, and true
/// of every server that stores in etcd).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ResourceVersion {
    Decimal(u64),
    Opaque(Box<str>),
}

impl ResourceVersion {
    pub(crate) fn new(text: &str) -> Self {
        match text.parse() {
            // What is not written as the number would be written is not sent back otherwise than it came.
            Ok(number) if !text.starts_with(['+', '0']) => Self::Decimal(number),
            _ => Self::Opaque(text.into()),
        }
    }

    /// Whether `self` is as old as `other` or older. Versions that can't be compared are newer unless equal.
    pub(crate) fn is_at_or_before(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Decimal(this), Self::Decimal(other)) => this <= other,
            _ => self == other,
        }
    }

    /// Whether `self` is known to be newer than `other`. Versions that can't be compared are not.
    pub(crate) fn is_after(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Decimal(this), Self::Decimal(other)) => this > other,
            _ => false,
        }
    }
}

impl fmt::Display for ResourceVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decimal(number) => write!(f, "{number}"),
            Self::Opaque(text) => f.write_str(text),
        }
    }
}

/// An object of the cluster, at rest.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Object {
    pub(crate) key: ObjectKey,
    pub(crate) uid: Uid,
    pub(crate) resource_version: ResourceVersion,
    pub(crate) generation: Option<i64>,
    /// The uid of the owner that is its controller.
    pub(crate) owner: Option<Uid>,
    /// Whether it has a deletion timestamp.
    pub(crate) deleting: bool,
    /// Whether it carries this operator's finalizer.
    pub(crate) finalized: bool,
    /// Whether it carries this operator's tracking label.
    pub(crate) tracked: bool,
    /// The other operator of the same group that its tracking label names, if one.
    pub(crate) rival: Option<Box<str>>,
    /// What this operator's annotation says was last applied.
    pub(crate) applied: Option<Box<str>>,
    /// The digest of the fields that this operator's applies own, where any.
    pub(crate) entry: Option<u64>,
    /// The object as JSON, without `managedFields`.
    pub(crate) json: Box<str>,
    /// Where in it the value of `status` is; nowhere where there is none.
    status: Range<usize>,
}

impl Object {
    /// The whole object; null where no parser takes it, as one that is nested too deeply. Anybody who may write
    /// a parent can make one such: it must not stop the others.
    pub(crate) fn value(&self) -> serde_json::Value {
        serde_json::from_str(&self.json).unwrap_or_default()
    }

    /// `metadata`, whatever the rest is.
    pub(crate) fn metadata(&self) -> serde_json::Value {
        self.field("metadata").unwrap_or_default()
    }

    /// `metadata.finalizers`.
    pub(crate) fn finalizers(&self) -> Vec<String> {
        let metadata: Option<Finalizers> = self.field("metadata");
        metadata.unwrap_or_default().finalizers
    }

    /// `status`, null where there is none.
    pub(crate) fn status(&self) -> serde_json::Value {
        serde_json::from_str(&self.json[self.status.clone()]).unwrap_or_default()
    }

    /// `Kind namespace/name`, for a person to read.
    pub(crate) fn describe(&self) -> String {
        let kind: Option<Cow<'_, str>> = self.field("kind");
        format!("{} {}", kind.unwrap_or(Cow::Borrowed("object")), self.key)
    }

    /// A field of it, where there is one that can be read.
    fn field<'a, T: Deserialize<'a>>(&'a self, name: &str) -> Option<T> {
        let json = scan::field(&self.json, name).ok()??;
        serde_json::from_str(json).ok()
    }
}

#[derive(Default, Deserialize)]
struct Finalizers {
    #[serde(default)]
    finalizers: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{identity::Identity, k8s_types::core::v1::ConfigMap};

    #[test]
    fn an_object_that_is_nested_too_deeply_to_be_parsed_is_one_all_the_same() {
        let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
        let json =
            format!(r#"{{"metadata":{{"name":"a","uid":"u1","finalizers":["f"]}},"spec":{deep}}}"#);
        let object =
            Object::decode(&json, ConfigMap, &Identity::new("example.com", "echo")).unwrap();
        assert_eq!(object.finalizers(), ["f"]);
        assert!(object.value().is_null() && object.status().is_null());
        assert_eq!(object.metadata()["name"], "a");
    }

    #[test]
    fn resource_versions_compare_as_integers_where_they_are_ones() {
        let version = ResourceVersion::new;
        assert!(version("9").is_at_or_before(&version("10")));
        assert!(!version("10").is_at_or_before(&version("9")));
        assert!(version("10").is_after(&version("9")) && !version("b").is_after(&version("a")));
        assert!(version("a").is_at_or_before(&version("a")));
        assert!(!version("a").is_at_or_before(&version("b")));
        assert_eq!(
            ["0", "07", "+7", "7", "7a"].map(|text| version(text).to_string()),
            ["0", "07", "+7", "7", "7a"]
        );
    }
}
