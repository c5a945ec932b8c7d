//! Decoding an object that the server sent straight into what is kept of it: its text is taken apart in one pass, and of
//! `managedFields` nothing is copied but one digest.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{
    Object, ObjectKey, Place, ResourceVersion,
    fields::{Fields, JsonObject, Text},
};
use crate::{K8sType, engine::digest, identity::Identity, nullable::Nullable};

impl Object {
    /// Decodes an object that the server sent. `kind` is filled in where the server left `apiVersion` and
    /// `kind` out, as it does in lists of built-in kinds.
    pub(crate) fn decode(
        json: &str,
        kind: &K8sType,
        identity: &Identity,
    ) -> Result<Self, serde_json::Error> {
        Parts::read(json)?.into_object(kind, identity)
    }
}

/// An object taken apart, of which nothing is copied yet, and hardly anything read: most of those that come are known
/// already, which shows in these few fields.
pub(crate) struct Parts<'a> {
    metadata: Metadata<'a>,
    /// All top-level fields but `metadata`.
    rest: Fields<'a>,
}

impl<'a> Parts<'a> {
    pub(crate) fn read(json: &'a str) -> Result<Self, serde_json::Error> {
        Self::deserialize(&mut serde_json::Deserializer::from_str(json))
    }

    pub(crate) fn place(&self) -> Place<'_> {
        let metadata = &self.metadata;
        Place::new(metadata.namespace.as_deref(), &metadata.name)
    }

    pub(crate) fn uid(&self) -> &str {
        &self.metadata.uid
    }

    pub(crate) fn resource_version(&self) -> ResourceVersion {
        ResourceVersion::new(&self.metadata.resource_version)
    }

    /// The object, read and put together again.
    pub(crate) fn into_object(
        self,
        kind: &K8sType,
        identity: &Identity,
    ) -> Result<Object, serde_json::Error> {
        let metadata = &self.metadata;
        let marks = Marks::read(metadata, identity)?;
        Ok(Object {
            key: ObjectKey::new(metadata.namespace.as_deref(), &metadata.name),
            uid: metadata.uid.as_ref().into(),
            resource_version: self.resource_version(),
            generation: marks.generation,
            owner: marks.controller.as_deref().map(Into::into),
            deleting: marks.deleting,
            finalized: marks.finalized,
            tracked: marks.tracker == Tracker::Own,
            rival: marks.tracker.rival(),
            applied: marks.applied.as_deref().map(Into::into),
            entry: marks.entry,
            json: self.to_json(kind),
        })
    }

    fn to_json(&self, kind: &K8sType) -> Box<str> {
        let metadata = self.metadata.kept.as_ref();
        let length = self.rest.length() + metadata.map_or(0, Fields::length);
        let mut out = JsonObject::of_kind(kind, length);
        for (name, value) in [("apiVersion", kind.api_version), ("kind", kind.kind)] {
            match self.rest.0.iter().find(|(field, _)| field == name) {
                Some((_, own)) => drop(out.raw(name, own.get())),
                None => out.text(name, value),
            }
        }
        if let Some(metadata) = metadata {
            out.begin("metadata");
            out.fields(metadata.0.iter());
            out.end();
        }
        let rest = self.rest.0.iter();
        out.fields(rest.filter(|(name, _)| name != "apiVersion" && name != "kind"));
        out.finish()
    }
}

/// `metadata` taken apart.
#[derive(Default)]
struct Metadata<'a> {
    namespace: Option<Cow<'a, str>>,
    name: Cow<'a, str>,
    uid: Cow<'a, str>,
    resource_version: Cow<'a, str>,
    managed_fields: Option<&'a RawValue>,
    /// All fields but `managedFields`; `None` where there is no metadata.
    kept: Option<Fields<'a>>,
}

/// What else the engine asks of `metadata`.
#[derive(Default)]
struct Marks<'a> {
    generation: Option<i64>,
    deleting: bool,
    finalized: bool,
    tracker: Tracker,
    applied: Option<Cow<'a, str>>,
    /// The uid of the owner that is the controller.
    controller: Option<Cow<'a, str>>,
    /// The digest of the operator's own entry in `managedFields`.
    entry: Option<u64>,
}

/// Which operator an object's tracking label names.
#[derive(Default, PartialEq)]
enum Tracker {
    #[default]
    None,
    Own,
    Rival(Box<str>),
}

impl Tracker {
    fn rival(self) -> Option<Box<str>> {
        match self {
            Self::Rival(name) => Some(name),
            Self::None | Self::Own => None,
        }
    }
}

impl<'de> Deserialize<'de> for Parts<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(WholeObject)
    }
}

/// Takes an object apart.
struct WholeObject;

impl<'de> Visitor<'de> for WholeObject {
    type Value = Parts<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Parts<'de>, A::Error> {
        let mut parts = Parts {
            metadata: Metadata::default(),
            rest: Fields(Vec::with_capacity(6)),
        };
        while let Some(Text(name)) = map.next_key()? {
            if name == "metadata" {
                parts.metadata = map.next_value()?;
            } else {
                parts.rest.0.push((name, map.next_value()?));
            }
        }
        Ok(parts)
    }
}

impl<'de> Deserialize<'de> for Metadata<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(WholeMetadata)
    }
}

/// Takes `metadata` apart.
struct WholeMetadata;

impl<'de> Visitor<'de> for WholeMetadata {
    type Value = Metadata<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object's metadata")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Metadata<'de>, A::Error> {
        let mut metadata = Metadata::default();
        let mut kept = Vec::with_capacity(12);
        while let Some(Text(name)) = map.next_key()? {
            let value: &RawValue = map.next_value()?;
            if name == "managedFields" {
                metadata.managed_fields = Some(value);
                continue;
            }
            let text = || Text::deserialize(value).map(|Text(text)| text);
            let text = || text().map_err(A::Error::custom);
            match &*name {
                "namespace" => {
                    metadata.namespace = (value.get() != "null").then(text).transpose()?
                }
                "name" => metadata.name = text()?,
                "uid" => metadata.uid = text()?,
                "resourceVersion" => metadata.resource_version = text()?,
                _ => {}
            }
            kept.push((name, value));
        }
        metadata.kept = Some(Fields(kept));
        Ok(metadata)
    }
}

impl<'a> Marks<'a> {
    fn read(metadata: &Metadata<'a>, identity: &Identity) -> Result<Self, serde_json::Error> {
        let mut marks = Self::default();
        if let Some(entries) = metadata.managed_fields {
            marks.entry = Nullable(OwnEntry(&identity.manager)).deserialize(entries)?;
        }
        for (name, value) in metadata.kept.iter().flat_map(|kept| &kept.0) {
            marks.note(name, value, identity)?;
        }
        Ok(marks)
    }

    fn note(
        &mut self,
        name: &str,
        value: &'a RawValue,
        identity: &Identity,
    ) -> Result<(), serde_json::Error> {
        match name {
            "generation" => self.generation = Deserialize::deserialize(value)?,
            "deletionTimestamp" => self.deleting = value.get() != "null",
            "finalizers" => {
                let names: Option<Vec<Text<'_>>> = Deserialize::deserialize(value)?;
                let mut names = names.into_iter().flatten();
                self.finalized = names.any(|Text(name)| *name == *identity.finalizer);
            }
            "labels" => {
                self.tracker = match entry_of(value, &identity.tracking_label)? {
                    None => Tracker::None,
                    Some(name) if name == identity.manager => Tracker::Own,
                    Some(name) => Tracker::Rival(name.into()),
                }
            }
            "annotations" => self.applied = entry_of(value, &identity.applied_annotation)?,
            "ownerReferences" => {
                let owners: Option<Vec<Owner<'_>>> = Deserialize::deserialize(value)?;
                let mut owners = owners.into_iter().flatten();
                let controller = owners.find(|owner| owner.controller == Some(true));
                self.controller = controller.map(|owner| owner.uid);
            }
            _ => {}
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct Owner<'a> {
    #[serde(borrow)]
    uid: Cow<'a, str>,
    controller: Option<bool>,
}

/// The value of one key in a map of strings.
fn entry_of<'a>(map: &'a RawValue, key: &str) -> Result<Option<Cow<'a, str>>, serde_json::Error> {
    Nullable(Entry(key)).deserialize(map)
}

/// One key of a map of strings.
#[derive(Clone, Copy)]
struct Entry<'k>(&'k str);

impl<'de> DeserializeSeed<'de> for Entry<'_> {
    type Value = Option<Cow<'de, str>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Entry<'_> {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of strings")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(Text(name)) = map.next_key()? {
            if name == self.0 {
                let value: Option<Text<'_>> = map.next_value()?;
                found = Some(value.map_or(Cow::Borrowed(""), |Text(text)| text));
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// The digest of what a manager's applies own, of all entries of `managedFields`.
#[derive(Clone, Copy)]
struct OwnEntry<'i>(&'i str);

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

impl<'de> DeserializeSeed<'de> for OwnEntry<'_> {
    type Value = Option<u64>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for OwnEntry<'_> {
    type Value = Option<u64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of managed fields")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut own = None;
        while let Some(entry) = entries.next_element::<ManagedFields<'_>>()? {
            if own.is_none() && entry.is_applied_by(self.0) {
                own = entry.fields.map(|fields| digest::of_text(fields.get()));
            }
        }
        Ok(own)
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
        "annotations":{"example.com/applied":"d1"},"finalizers":["a/b","example.com/echo"],
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
        assert!(object.deleting && object.tracked && object.finalized);
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
    fn what_is_no_object_is_an_error() {
        assert!(Object::decode("[1]", ConfigMap, &identity()).is_err());
        assert!(Object::decode(r#"{"metadata":[]}"#, ConfigMap, &identity()).is_err());
    }

    #[test]
    fn names_that_need_escapes_come_out_as_they_came() {
        let json = r#"{"metadata":{"name":"a"},"\u0022\n":1,"data":{"k\"":"v"}}"#;
        let object = Object::decode(json, ConfigMap, &identity()).unwrap();
        assert_eq!(object.value()["\"\n"], 1);
        assert_eq!(object.value()["data"]["k\""], "v");
    }

    #[test]
    fn null_is_the_same_as_nothing() {
        let json = r#"{"metadata":{"name":"a","namespace":null,"labels":null,"annotations":null,
            "ownerReferences":null,"managedFields":null,"deletionTimestamp":null,"finalizers":null}}"#;
        let object = Object::decode(json, ConfigMap, &identity()).unwrap();
        assert!(!object.deleting && !object.tracked && !object.finalized);
        assert_eq!(object.rival, None);
        assert_eq!(object.key.to_string(), "a");
    }
}
