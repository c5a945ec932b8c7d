//! Decoding an object that the server sent straight into what is kept of it: its text is taken apart in one pass without a
//! copy, and of `managedFields` nothing is kept but one digest.

use std::{borrow::Cow, ops::Range};

use serde::de::Error as _;
use serde_json::Error;

use super::{
    Object, ObjectKey, Place, ResourceVersion,
    fields::{Fields, JsonObject},
    scan::{Scanner, text},
};
use crate::{K8sType, engine::digest, identity::Identity};

impl Object {
    /// Decodes an object that the server sent. `kind` is filled in where the server left `apiVersion` and
    /// `kind` out, as it does in lists of built-in kinds.
    pub(crate) fn decode(json: &str, kind: &K8sType, identity: &Identity) -> Result<Self, Error> {
        Ok(Parts::read(json, identity)?.into_object(kind))
    }
}

/// Which object it is, and as of when: enough to tell one that is known.
#[derive(Default)]
pub(crate) struct Which<'a> {
    namespace: Option<Cow<'a, str>>,
    name: Cow<'a, str>,
    uid: Cow<'a, str>,
    resource_version: Cow<'a, str>,
}

impl<'a> Which<'a> {
    /// Reads it off the beginning of the object that begins here; `None` where it stands further behind. Servers write it
    /// before everything long in built-in kinds. In custom ones the alphabet puts what is long before it.
    pub(crate) fn glance(scanner: &mut Scanner<'a>) -> Option<Self> {
        let mut which = Self::default();
        let _: Result<(), Enough> = scanner.object(|scanner, name| {
            if name != "metadata" {
                scanner.pass()?;
                return Ok(());
            }
            scanner.object(|scanner, name| {
                if matches!(&*name, "annotations" | "managedFields") {
                    return Err(Enough);
                }
                if !which.read(&name, scanner)? {
                    scanner.pass()?;
                }
                if which.is_whole() {
                    Err(Enough)
                } else {
                    Ok(())
                }
            })?;
            Err(Enough)
        });
        which.is_whole().then_some(which)
    }

    /// Reads a field of `metadata`, if it is one of these; whether it is.
    fn read(&mut self, field: &str, scanner: &mut Scanner<'a>) -> Result<bool, Error> {
        match field {
            "namespace" if scanner.null()? => self.namespace = None,
            "namespace" => self.namespace = Some(scanner.string()?),
            "name" => self.name = scanner.string()?,
            "uid" => self.uid = scanner.string()?,
            "resourceVersion" => self.resource_version = scanner.string()?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn is_whole(&self) -> bool {
        ![&self.name, &self.uid, &self.resource_version]
            .iter()
            .any(|text| text.is_empty())
    }

    pub(crate) fn place(&self) -> Place<'_> {
        Place::new(self.namespace.as_deref(), &self.name)
    }

    pub(crate) fn uid(&self) -> &str {
        &self.uid
    }

    pub(crate) fn version(&self) -> ResourceVersion {
        ResourceVersion::new(&self.resource_version)
    }
}

/// Ends a glance: nothing more has to be looked at.
pub(crate) struct Enough;

impl From<Error> for Enough {
    fn from(_: Error) -> Self {
        Self
    }
}

/// An object taken apart, of which nothing is copied yet: many of those that come are known already.
pub(crate) struct Parts<'a> {
    pub(crate) which: Which<'a>,
    metadata: Metadata<'a>,
    /// All top-level fields but `metadata`.
    rest: Fields<'a>,
}

impl<'a> Parts<'a> {
    pub(crate) fn read(json: &'a str, identity: &Identity) -> Result<Self, Error> {
        let mut scanner = Scanner::new(json);
        let parts = Self::scan(&mut scanner, identity)?;
        scanner.end()?;
        Ok(parts)
    }

    /// Takes the object apart that begins here.
    pub(crate) fn scan(scanner: &mut Scanner<'a>, identity: &Identity) -> Result<Self, Error> {
        let mut parts = Self {
            which: Which::default(),
            metadata: Metadata::default(),
            rest: Fields(Vec::with_capacity(6)),
        };
        scanner.object(|scanner, name| {
            if name == "metadata" {
                parts.scan_metadata(scanner, identity)?;
            } else {
                parts.rest.0.push((name, scanner.pass()?));
            }
            Ok::<_, Error>(())
        })?;
        Ok(parts)
    }

    fn scan_metadata(
        &mut self,
        scanner: &mut Scanner<'a>,
        identity: &Identity,
    ) -> Result<(), Error> {
        let (which, metadata) = (&mut self.which, &mut self.metadata);
        (*which, *metadata) = Default::default();
        let mut kept = Fields(Vec::with_capacity(12));
        scanner.object(|scanner, name| {
            if name == "managedFields" {
                metadata.entry = own_entry(scanner, &identity.manager)?;
                return Ok(());
            }
            let (value, ()) = scanner.noting(|scanner| {
                if which.read(&name, scanner)? {
                    return Ok(());
                }
                metadata.read(&name, scanner, identity)
            })?;
            kept.0.push((name, value));
            Ok::<_, Error>(())
        })?;
        kept.keep_last();
        metadata.kept = Some(kept);
        Ok(())
    }

    /// The version that a bookmark stands for.
    ///
    /// # Errors
    /// If it says none: to go on from there would be to go on from anywhere.
    pub(crate) fn bookmarked(&self) -> Result<ResourceVersion, Error> {
        if self.which.resource_version.is_empty() {
            return Err(Error::missing_field("resourceVersion"));
        }
        Ok(self.which.version())
    }

    /// What an annotation says.
    pub(crate) fn annotation(&self, key: &str) -> Result<Option<Cow<'a, str>>, Error> {
        let annotations = self
            .metadata
            .kept
            .as_ref()
            .and_then(|kept| kept.get("annotations"));
        annotations.map_or(Ok(None), |annotations| {
            entry_of(&mut Scanner::new(annotations), key)
        })
    }

    /// The object, put together again.
    pub(crate) fn into_object(self, kind: &K8sType) -> Object {
        let (json, status) = self.to_json(kind);
        let (which, metadata) = (self.which, self.metadata);
        Object {
            key: ObjectKey::new(which.namespace.as_deref(), &which.name),
            uid: which.uid.as_ref().into(),
            resource_version: which.version(),
            generation: metadata.generation,
            owner: metadata.controller.as_deref().map(Into::into),
            deleting: metadata.deleting,
            finalized: metadata.finalized,
            tracked: metadata.tracker == Tracker::Own,
            rival: metadata.tracker.rival(),
            applied: metadata.applied.as_deref().map(Into::into),
            entry: metadata.entry,
            json,
            status,
        }
    }

    /// Its JSON without `managedFields`, and where in it the status is.
    fn to_json(&self, kind: &K8sType) -> (Box<str>, Range<usize>) {
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
        let mut status = 0..0;
        let rest = self.rest.0.iter();
        for field in rest.filter(|(name, _)| name != "apiVersion" && name != "kind") {
            let place = out.field(field);
            if field.0 == "status" {
                status = place;
            }
        }
        (out.finish(), status)
    }
}

/// What else the engine asks of `metadata`, and its fields as they stand.
#[derive(Default)]
struct Metadata<'a> {
    generation: Option<i64>,
    deleting: bool,
    finalized: bool,
    tracker: Tracker,
    applied: Option<Cow<'a, str>>,
    /// The uid of the owner that is the controller.
    controller: Option<Cow<'a, str>>,
    /// The digest of the operator's own entry in `managedFields`.
    entry: Option<u64>,
    /// All fields but `managedFields`; `None` where there is no metadata.
    kept: Option<Fields<'a>>,
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
    /// Reads a field, or passes it.
    fn read(
        &mut self,
        field: &str,
        scanner: &mut Scanner<'a>,
        identity: &Identity,
    ) -> Result<(), Error> {
        match field {
            "generation" => self.generation = serde_json::from_str(scanner.pass()?)?,
            "deletionTimestamp" => self.deleting = scanner.pass()? != "null",
            "finalizers" => {
                self.finalized = false;
                scanner.list(|scanner| {
                    self.finalized |= *scanner.string()? == *identity.finalizer;
                    Ok::<_, Error>(())
                })?;
            }
            "labels" => {
                self.tracker = match entry_of(scanner, &identity.tracking_label)? {
                    None => Tracker::None,
                    Some(name) if name == identity.manager => Tracker::Own,
                    Some(name) => Tracker::Rival(name.into()),
                }
            }
            "annotations" => self.applied = entry_of(scanner, &identity.applied_annotation)?,
            "ownerReferences" => self.controller = controller(scanner)?,
            _ => drop(scanner.pass()?),
        }
        Ok(())
    }
}

/// The uid of the first owner that is the controller.
fn controller<'a>(scanner: &mut Scanner<'a>) -> Result<Option<Cow<'a, str>>, Error> {
    let mut found = None;
    scanner.list(|scanner| {
        let (mut controls, mut uid) = (false, None);
        scanner.object(|scanner, name| {
            let value = scanner.pass()?;
            match &*name {
                "controller" => controls = value == "true",
                "uid" => uid = Some(value),
                _ => {}
            }
            Ok::<_, Error>(())
        })?;
        if controls && found.is_none() {
            found = Some(text(uid.ok_or_else(|| Error::missing_field("uid"))?)?);
        }
        Ok::<_, Error>(())
    })?;
    Ok(found)
}

/// The value of one key in a map of strings; null is as good as an empty text.
fn entry_of<'a>(scanner: &mut Scanner<'a>, key: &str) -> Result<Option<Cow<'a, str>>, Error> {
    let mut found = None;
    if scanner.null()? {
        return Ok(found);
    }
    scanner.object(|scanner, name| {
        if name != key {
            scanner.pass()?;
        } else if scanner.null()? {
            found = Some(Cow::Borrowed(""));
        } else {
            found = Some(scanner.string()?);
        }
        Ok::<_, Error>(())
    })?;
    Ok(found)
}

/// The digest of what a manager's applies own, of all entries of `managedFields`.
fn own_entry(scanner: &mut Scanner<'_>, manager: &str) -> Result<Option<u64>, Error> {
    let mut own = None;
    scanner.list(|scanner| {
        let (mut by, mut operation, mut subresource, mut fields) = (None, None, None, None);
        scanner.object(|scanner, name| {
            let value = Some(scanner.pass()?);
            match &*name {
                "manager" => by = value,
                "operation" => operation = value,
                "subresource" => subresource = value,
                "fieldsV1" => fields = value,
                _ => {}
            }
            Ok::<_, Error>(())
        })?;
        // It is no matter what else others say of themselves.
        let says = |json: Option<&str>, wanted: &str| {
            json.is_some_and(|json| text(json).is_ok_and(|text| text == wanted))
        };
        let is_whole = subresource.is_none_or(|it| it == "null" || says(subresource, ""));
        if own.is_none() && says(by, manager) && says(operation, "Apply") && is_whole {
            let fields = fields.filter(|fields| *fields != "null");
            own = fields.map(digest::of_text);
        }
        Ok::<_, Error>(())
    })?;
    Ok(own)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

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

    const OWN: &str = r#"{"manager":"echo","operation":"Apply","fieldsV1":{"f:data":{}}}"#;

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
    fn it_is_no_matter_what_others_say_of_themselves_in_managed_fields() {
        let others = r#"{"manager":7},{"manager":null,"operation":[]},{"manager":"echo","operation":"Apply","subresource":{}}"#;
        for (entries, own) in [
            (format!("{others},{OWN},{others}"), true),
            (others.into(), false),
        ] {
            let json = format!(r#"{{"metadata":{{"name":"a","managedFields":[{entries}]}}}}"#);
            let object = Object::decode(&json, ConfigMap, &identity()).unwrap();
            assert_eq!(object.entry.is_some(), own, "{json}");
        }
    }

    #[test]
    fn the_status_is_found_wherever_it_stands() {
        let status = |rest: &str| {
            let json = format!(r#"{{{rest}"metadata":{{"name":"a"}}}}"#);
            let object = Object::decode(&json, ConfigMap, &identity()).unwrap();
            assert_eq!(object.status(), object.value()["status"]);
            object.status()
        };
        assert_eq!(status(""), Value::Null);
        assert_eq!(status(r#""status":null,"#), Value::Null);
        assert_eq!(status(r#""spec":{"status":1},"#), Value::Null);
        assert_eq!(
            status(r#""spec":1,"status":{"ready":2},"data":{},"#),
            json!({"ready": 2})
        );
        assert_eq!(
            status(r#""\u0022\n":1,"st\u0061tus":[3],"kind":"Foo","#),
            json!([3])
        );
        assert_eq!(status(r#""status":4,"status":"é","#), json!("é"));
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
