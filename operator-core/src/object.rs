//! Objects at rest: an [`Object`] is its JSON without `managedFields`, and the few fields the engine asks for.
//!
//! `managedFields` is reduced to one digest while decoding and never kept. The rest of the object is copied as
//! text and parsed only when a handler looks at it.

use std::{borrow::Cow, fmt, sync::Arc};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::{K8sType, engine::digest, identity::Identity};

/// `metadata.uid`, as it is shared between what refers to an object.
pub(crate) type Uid = Arc<str>;

/// Where an object is: its namespace, if any, and its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ObjectKey {
    pub(crate) namespace: Option<Box<str>>,
    pub(crate) name: Box<str>,
}

impl ObjectKey {
    pub(crate) fn new(namespace: Option<&str>, name: &str) -> Self {
        Self {
            namespace: namespace.map(Into::into),
            name: name.into(),
        }
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
pub(crate) struct ResourceVersion(Box<str>);

impl ResourceVersion {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `self` is as old as `other` or older. Versions that can't be compared are newer unless equal.
    pub(crate) fn is_at_or_before(&self, other: &Self) -> bool {
        match (self.0.parse::<u64>(), other.0.parse::<u64>()) {
            (Ok(this), Ok(other)) => this <= other,
            _ => self == other,
        }
    }

    /// Whether `self` is known to be newer than `other`. Versions that can't be compared are not.
    pub(crate) fn is_after(&self, other: &Self) -> bool {
        match (self.0.parse::<u64>(), other.0.parse::<u64>()) {
            (Ok(this), Ok(other)) => this > other,
            _ => false,
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
}

impl Object {
    /// Decodes an object that the server sent. `kind` is filled in where the server left `apiVersion` and
    /// `kind` out, as it does in lists of built-in kinds.
    pub(crate) fn decode(
        json: &str,
        kind: &K8sType,
        identity: &Identity,
    ) -> Result<Self, serde_json::Error> {
        let mut raw = RawObject::default();
        let mut fields = serde_json::Deserializer::from_str(json);
        fields.deserialize_map(Fields(&mut raw))?;
        let metadata: Metadata<'_> =
            serde_json::from_str(raw.metadata.map_or("{}", RawValue::get))?;
        let entry = metadata
            .managed_fields
            .iter()
            .find(|entry| entry.is_applied_by(&identity.manager))
            .and_then(|entry| entry.fields)
            .map(|fields| digest::of_text(fields.get()));
        Ok(Self {
            key: ObjectKey {
                namespace: metadata.namespace.as_deref().map(Into::into),
                name: metadata.name.as_ref().into(),
            },
            uid: metadata.uid.as_ref().into(),
            resource_version: ResourceVersion::new(&metadata.resource_version),
            generation: metadata.generation,
            owner: metadata.controller().map(Into::into),
            deleting: metadata.deletion_timestamp.is_some(),
            tracked: metadata.label(&identity.tracking_label) == Some(&identity.manager),
            rival: metadata
                .label(&identity.tracking_label)
                .filter(|tracker| *tracker != identity.manager)
                .map(Into::into),
            applied: metadata
                .annotation(&identity.applied_annotation)
                .map(Into::into),
            entry,
            json: raw.to_json(kind)?,
        })
    }

    /// The whole object; null where no parser takes it, as one that is nested too deeply. Anybody who may write
    /// a parent can make one such: it must not stop the others.
    pub(crate) fn value(&self) -> serde_json::Value {
        serde_json::from_str(&self.json).unwrap_or_default()
    }

    /// `metadata`, whatever the rest is.
    pub(crate) fn metadata(&self) -> serde_json::Value {
        serde_json::from_str::<MetadataOnly>(&self.json)
            .map_or(serde_json::Value::Null, |object| object.metadata)
    }

    /// `metadata.finalizers`.
    pub(crate) fn finalizers(&self) -> Vec<String> {
        serde_json::from_str::<FinalizersOnly>(&self.json)
            .map_or_else(|_| Vec::new(), |object| object.metadata.finalizers)
    }

    /// `status`, null where there is none.
    pub(crate) fn status(&self) -> serde_json::Value {
        serde_json::from_str::<StatusOnly>(&self.json)
            .map_or(serde_json::Value::Null, |object| object.status)
    }

    /// `Kind namespace/name`, for a person to read.
    pub(crate) fn describe(&self) -> String {
        let kind = serde_json::from_str::<KindOnly<'_>>(&self.json)
            .map_or(Cow::Borrowed("object"), |object| object.kind);
        format!("{kind} {}", self.key)
    }
}

#[derive(Deserialize)]
struct KindOnly<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
}

#[derive(Deserialize)]
struct FinalizersOnly {
    metadata: Finalizers,
}

#[derive(Deserialize)]
struct Finalizers {
    #[serde(default)]
    finalizers: Vec<String>,
}

#[derive(Deserialize)]
struct MetadataOnly {
    metadata: serde_json::Value,
}

#[derive(Deserialize)]
struct StatusOnly {
    #[serde(default)]
    status: serde_json::Value,
}

/// The top-level fields of an object, as text.
#[derive(Default)]
struct RawObject<'a> {
    metadata: Option<&'a RawValue>,
    rest: Vec<(Cow<'a, str>, &'a RawValue)>,
}

impl RawObject<'_> {
    fn to_json(&self, kind: &K8sType) -> Result<Box<str>, serde_json::Error> {
        let mut out = JsonObject::new();
        for (name, value) in [("apiVersion", kind.api_version), ("kind", kind.kind)] {
            match self.rest.iter().find(|(field, _)| field == name) {
                Some((_, own)) => out.field(name, own.get())?,
                None => out.field(name, &serde_json::to_string(value)?)?,
            }
        }
        if let Some(metadata) = self.metadata {
            out.field("metadata", &without_managed_fields(metadata)?)?;
        }
        for (name, value) in &self.rest {
            if name != "apiVersion" && name != "kind" {
                out.field(name, value.get())?;
            }
        }
        Ok(out.finish())
    }
}

fn without_managed_fields(metadata: &RawValue) -> Result<Box<str>, serde_json::Error> {
    let mut raw = RawObject::default();
    serde_json::Deserializer::from_str(metadata.get()).deserialize_map(Fields(&mut raw))?;
    let mut out = JsonObject::new();
    for (name, value) in raw.rest.iter().filter(|(name, _)| name != "managedFields") {
        out.field(name, value.get())?;
    }
    Ok(out.finish())
}

/// Collects the fields of a JSON object without looking into them.
struct Fields<'b, 'a>(&'b mut RawObject<'a>);

impl<'de> Visitor<'de> for Fields<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<Text<'de>>()? {
            let value = map.next_value::<&'de RawValue>()?;
            if name.0 == "metadata" {
                self.0.metadata = Some(value);
            } else {
                self.0.rest.push((name.0, value));
            }
        }
        Ok(())
    }
}

/// A JSON object in the making.
struct JsonObject(String);

impl JsonObject {
    fn new() -> Self {
        Self("{".into())
    }

    fn field(&mut self, name: &str, value: &str) -> Result<(), serde_json::Error> {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push_str(&serde_json::to_string(name)?);
        self.0.push(':');
        self.0.push_str(value);
        Ok(())
    }

    fn finish(mut self) -> Box<str> {
        self.0.push('}');
        self.0.into_boxed_str()
    }
}

/// A string that borrows from the input unless it holds an escape.
#[derive(Deserialize, PartialEq, Eq, Default)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata<'a> {
    #[serde(borrow, default)]
    namespace: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    name: Cow<'a, str>,
    #[serde(borrow, default)]
    uid: Cow<'a, str>,
    #[serde(borrow, default)]
    resource_version: Cow<'a, str>,
    generation: Option<i64>,
    #[serde(borrow)]
    deletion_timestamp: Option<&'a RawValue>,
    #[serde(borrow, default)]
    labels: Option<StringMap<'a>>,
    #[serde(borrow, default)]
    annotations: Option<StringMap<'a>>,
    #[serde(borrow, default)]
    owner_references: Vec<Owner<'a>>,
    #[serde(borrow, default)]
    managed_fields: Vec<ManagedFields<'a>>,
}

impl Metadata<'_> {
    fn label(&self, key: &str) -> Option<&str> {
        self.labels.as_ref()?.get(key)
    }

    fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.as_ref()?.get(key)
    }

    fn controller(&self) -> Option<&str> {
        self.owner_references
            .iter()
            .find(|owner| owner.controller == Some(true))
            .map(|owner| owner.uid.as_ref())
    }
}

#[derive(Deserialize)]
struct Owner<'a> {
    #[serde(borrow)]
    uid: Cow<'a, str>,
    controller: Option<bool>,
}

#[derive(Deserialize)]
struct ManagedFields<'a> {
    #[serde(borrow, default)]
    manager: Cow<'a, str>,
    #[serde(borrow, default)]
    operation: Cow<'a, str>,
    #[serde(borrow, default)]
    subresource: Cow<'a, str>,
    #[serde(borrow, rename = "fieldsV1")]
    fields: Option<&'a RawValue>,
}

impl ManagedFields<'_> {
    fn is_applied_by(&self, manager: &str) -> bool {
        self.manager == manager && self.operation == "Apply" && self.subresource.is_empty()
    }
}

/// A map of strings, as the list that it is on the wire.
struct StringMap<'a>(Vec<(Text<'a>, Text<'a>)>);

impl StringMap<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(name, _)| name.0 == key)
            .map(|(_, value)| value.0.as_ref())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for StringMap<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Vec<(Text<'de>, Text<'de>)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of strings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::with_capacity(map.size_hint().unwrap_or(0));
                while let Some(name) = map.next_key()? {
                    pairs.push((
                        name,
                        map.next_value::<Option<Text<'de>>>()?.unwrap_or_default(),
                    ));
                }
                Ok(pairs)
            }
        }
        deserializer.deserialize_map(Pairs).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::k8s_types::core::v1::ConfigMap;

    fn identity() -> Identity {
        Identity::new("example.com", "echo")
    }

    const CONFIG_MAP: &str = r#"{"metadata":{"name":"a","namespace":"default","uid":"u1","resourceVersion":"12",
        "generation":3,"deletionTimestamp":"2026-01-01T00:00:00Z","labels":{"example.com/tracked-by":"echo","x":"\"y\""},
        "annotations":{"example.com/applied":"d1"},
        "ownerReferences":[{"uid":"other","kind":"A"},{"uid":"mine","controller":true}],
        "managedFields":[
          {"manager":"kubectl","operation":"Update","fieldsV1":{"f:data":{}}},
          {"manager":"echo","operation":"Apply","subresource":"status","fieldsV1":{"f:status":{}}},
          {"manager":"echo","operation":"Apply","fieldsV1":{"f:data":{"f:k":{}}}}]},
        "data":{"k":"v"}}"#;

    #[test]
    fn decoding_keeps_what_the_engine_asks_for_and_drops_managed_fields() {
        let object = Object::decode(CONFIG_MAP, ConfigMap, &identity()).unwrap();
        assert_eq!(object.key.to_string(), "default/a");
        assert_eq!((&*object.uid, object.generation), ("u1", Some(3)));
        assert_eq!(object.owner.as_deref(), Some("mine"));
        assert_eq!(object.applied.as_deref(), Some("d1"));
        assert!(object.deleting && object.tracked);
        assert_eq!(
            object.entry,
            Some(digest::of_text(r#"{"f:data":{"f:k":{}}}"#))
        );
        assert!(!object.json.contains("managedFields"));
        assert_eq!(object.value()["data"]["k"], "v");
        assert_eq!(object.value()["metadata"]["labels"]["x"], "\"y\"");
    }

    #[test]
    fn an_item_of_a_list_gets_its_type_from_the_list() {
        let object = Object::decode(CONFIG_MAP, ConfigMap, &identity()).unwrap();
        assert_eq!(object.value()["kind"], "ConfigMap");
        assert_eq!(object.describe(), "ConfigMap default/a");
    }

    #[test]
    fn an_object_that_is_nested_too_deeply_to_be_parsed_is_one_all_the_same() {
        let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
        let json =
            format!(r#"{{"metadata":{{"name":"a","uid":"u1","finalizers":["f"]}},"spec":{deep}}}"#);
        let object = Object::decode(&json, ConfigMap, &identity()).unwrap();
        assert_eq!(object.finalizers(), ["f"]);
        assert!(object.value().is_null() && object.status().is_null());
        assert_eq!(object.metadata()["name"], "a");
    }

    #[test]
    fn what_is_no_object_is_an_error() {
        assert!(Object::decode("[1]", ConfigMap, &identity()).is_err());
        assert!(Object::decode(r#"{"metadata":[]}"#, ConfigMap, &identity()).is_err());
    }

    #[test]
    fn resource_versions_compare_as_integers_where_they_are_ones() {
        let version = ResourceVersion::new;
        assert!(version("9").is_at_or_before(&version("10")));
        assert!(!version("10").is_at_or_before(&version("9")));
        assert!(version("10").is_after(&version("9")) && !version("b").is_after(&version("a")));
        assert!(version("a").is_at_or_before(&version("a")));
        assert!(!version("a").is_at_or_before(&version("b")));
    }
}
