//! Decoding an object that the server sent straight into what is kept of it: its text is taken apart without a copy, and of
//! `managedFields` nothing is kept but one digest.

use std::borrow::Cow;

use serde::de::Error as _;
use serde_json::Error;

use super::{
    Object, ObjectKey, Place, ResourceVersion,
    fields::{Fields, JsonObject},
    scan::{Scanner, field, text},
};
use crate::{K8sType, engine::digest, identity::Identity};

impl Object {
    /// Decodes an object that the server sent. `kind` is filled in where the server left `apiVersion` and
    /// `kind` out, as it does in lists of built-in kinds.
    pub(crate) fn decode(json: &str, kind: &K8sType, identity: &Identity) -> Result<Self, Error> {
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
    pub(crate) fn read(json: &'a str) -> Result<Self, Error> {
        let mut scanner = Scanner::new(json);
        let parts = Self::scan(&mut scanner)?;
        scanner.end()?;
        Ok(parts)
    }

    /// Takes the object apart that begins here.
    pub(crate) fn scan(scanner: &mut Scanner<'a>) -> Result<Self, Error> {
        let mut metadata = Metadata::default();
        let mut rest = Vec::with_capacity(6);
        scanner.object(|scanner, name| {
            if name == "metadata" {
                metadata = Metadata::scan(scanner)?;
            } else {
                rest.push((name, scanner.pass()?));
            }
            Ok::<_, Error>(())
        })?;
        let rest = Fields(rest);
        Ok(Self { metadata, rest })
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

    /// The version that a bookmark stands for.
    ///
    /// # Errors
    /// If it says none: to go on from there would be to go on from anywhere.
    pub(crate) fn bookmarked(&self) -> Result<ResourceVersion, Error> {
        if self.metadata.resource_version.is_empty() {
            return Err(Error::missing_field("resourceVersion"));
        }
        Ok(self.resource_version())
    }

    /// What an annotation says.
    pub(crate) fn annotation(&self, key: &str) -> Result<Option<Cow<'a, str>>, Error> {
        let annotations = self
            .metadata
            .kept
            .as_ref()
            .and_then(|kept| kept.get("annotations"));
        annotations.map_or(Ok(None), |annotations| entry_of(annotations, key))
    }

    /// The object, read and put together again.
    pub(crate) fn into_object(self, kind: &K8sType, identity: &Identity) -> Result<Object, Error> {
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
                Some((_, own)) => drop(out.raw(name, own)),
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
    managed_fields: Option<&'a str>,
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

impl<'a> Metadata<'a> {
    fn scan(scanner: &mut Scanner<'a>) -> Result<Self, Error> {
        let mut metadata = Self::default();
        let mut kept = Vec::with_capacity(12);
        scanner.object(|scanner, name| {
            let value = scanner.pass()?;
            match &*name {
                "managedFields" => {
                    metadata.managed_fields = Some(value);
                    return Ok(());
                }
                "namespace" if value != "null" => metadata.namespace = Some(text(value)?),
                "name" => metadata.name = text(value)?,
                "uid" => metadata.uid = text(value)?,
                "resourceVersion" => metadata.resource_version = text(value)?,
                _ => {}
            }
            kept.push((name, value));
            Ok::<_, Error>(())
        })?;
        let mut kept = Fields(kept);
        kept.keep_last();
        metadata.kept = Some(kept);
        Ok(metadata)
    }
}

impl<'a> Marks<'a> {
    fn read(metadata: &Metadata<'a>, identity: &Identity) -> Result<Self, Error> {
        let mut marks = Self::default();
        if let Some(entries) = metadata.managed_fields {
            marks.entry = own_entry(entries, &identity.manager)?;
        }
        for (name, value) in metadata.kept.iter().flat_map(|kept| &kept.0) {
            if *value != "null" {
                marks.note(name, value, identity)?;
            }
        }
        Ok(marks)
    }

    fn note(&mut self, name: &str, value: &'a str, identity: &Identity) -> Result<(), Error> {
        match name {
            "generation" => self.generation = Some(serde_json::from_str(value)?),
            "deletionTimestamp" => self.deleting = true,
            "finalizers" => Scanner::new(value).list(|scanner| {
                self.finalized |= *scanner.string()? == *identity.finalizer;
                Ok::<_, Error>(())
            })?,
            "labels" => {
                self.tracker = match entry_of(value, &identity.tracking_label)? {
                    None => Tracker::None,
                    Some(name) if name == identity.manager => Tracker::Own,
                    Some(name) => Tracker::Rival(name.into()),
                }
            }
            "annotations" => self.applied = entry_of(value, &identity.applied_annotation)?,
            "ownerReferences" => Scanner::new(value).list(|scanner| {
                let owner = Fields::scan(scanner)?;
                if self.controller.is_none() && owner.get("controller") == Some("true") {
                    let uid = owner.get("uid");
                    self.controller = Some(text(uid.ok_or_else(|| Error::missing_field("uid"))?)?);
                }
                Ok::<_, Error>(())
            })?,
            _ => {}
        }
        Ok(())
    }
}

/// The value of one key in a map of strings; null is as good as an empty text.
fn entry_of<'a>(map: &'a str, key: &str) -> Result<Option<Cow<'a, str>>, Error> {
    if map == "null" {
        return Ok(None);
    }
    let value = field(map, key)?.map(|value| match value {
        "null" => Ok(Cow::Borrowed("")),
        value => text(value),
    });
    value.transpose()
}

/// The digest of what a manager's applies own, of all entries of `managedFields`.
fn own_entry(entries: &str, manager: &str) -> Result<Option<u64>, Error> {
    let mut own = None;
    Scanner::new(entries).list(|scanner| {
        let entry = Fields::scan(scanner)?;
        let says = |field: &str| entry.get(field).map_or(Ok(Cow::Borrowed("")), text);
        if own.is_none()
            && says("manager")? == manager
            && says("operation")? == "Apply"
            && says("subresource")?.is_empty()
        {
            let fields = entry.get("fieldsV1").filter(|fields| *fields != "null");
            own = fields.map(digest::of_text);
        }
        Ok::<_, Error>(())
    })?;
    Ok(own)
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
