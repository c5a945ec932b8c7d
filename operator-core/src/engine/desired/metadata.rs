//! [`Metadata`]: a child's metadata, less what a handler does not say, and with the engine's marks.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::Parent;
use crate::{
    engine::digest,
    identity::Identity,
    object::{
        Uid,
        fields::{Fields, JsonObject},
        scan::{self, Scanner},
    },
};

/// What the server sets, and a handler that started from an observed object may have carried along.
const SERVER_SET: &[&str] = &[
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "selfLink",
    "managedFields",
];

/// What a handler said of a child's metadata. What the engine adds to is taken apart.
#[derive(Debug, Default)]
pub(super) struct Metadata<'a> {
    namespace: Option<Cow<'a, str>>,
    labels: Option<Fields<'a>>,
    annotations: Option<Fields<'a>>,
    /// Its owners.
    owners: Vec<&'a str>,
    rest: Fields<'a>,
}

/// A field of metadata that is not of the form that it should have.
#[derive(Debug)]
pub(super) struct Malformed {
    pub(super) field: &'static str,
    pub(super) wanted: &'static str,
}

impl<'a> Metadata<'a> {
    pub(super) fn read(said: Fields<'a>, identity: &Identity) -> Result<Self, Malformed> {
        let mut rest = said;
        rest.0
            .retain(|(name, value)| !SERVER_SET.contains(&&**name) && *value != "null");
        let namespace = take(&mut rest, "namespace", "string", scan::text)?;
        let labels = take(&mut rest, "labels", "object", Fields::read)?;
        let annotations = take(&mut rest, "annotations", "object", Fields::read)?;
        let owners = take(&mut rest, "ownerReferences", "array", items)?;
        let of_others = |mut map: Fields<'a>| {
            map.0.retain(|(key, _)| !identity.owns_key(key));
            map
        };
        Ok(Self {
            namespace,
            labels: labels.map(of_others),
            annotations: annotations.map(of_others),
            owners: owners.unwrap_or_default(),
            rest,
        })
    }

    pub(super) fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// How long the text is that [`write`](Self::write) adds, as far as nothing needs an escape. What is allocated beyond
    /// that would be given back in pieces too small for anything else.
    pub(super) fn length(
        &self,
        identity: &Identity,
        owner: &Owner,
        annotations: &[(&str, &str)],
    ) -> usize {
        let frame = r#""labels":{},"annotations":{},"ownerReferences":[],"#.len();
        let maps = [&self.labels, &self.annotations].into_iter().flatten();
        let said: usize = maps.chain([&self.rest]).map(Fields::length).sum();
        let namespace = self.namespace.as_deref();
        let marks = annotations.iter().copied();
        let marks = marks.chain([(&*identity.tracking_label, &*identity.manager)]);
        let marks = marks.chain(namespace.map(|namespace| ("namespace", namespace)));
        let marks: usize = marks
            .map(|(name, value)| name.len() + value.len() + 6)
            .sum();
        let owners = self.owners.iter().map(|owner| owner.len() + 1);
        frame + said + marks + owners.sum::<usize>() + owner.json.len()
    }

    /// Puts it where the child goes, and takes away what it says of its parent, which [`Owner`] says.
    ///
    /// Returns whether the parent can be its controller: nobody else is.
    pub(super) fn belongs(&mut self, namespace: Option<&'a str>, uid: &Uid) -> bool {
        self.namespace = namespace.map(Cow::Borrowed);
        let mut controlled = false;
        self.owners.retain(|owner| {
            let owner = OtherOwner::read(owner);
            let is_other = owner.uid.as_deref() != Some(uid);
            controlled |= is_other && owner.controller;
            is_other
        });
        !controlled
    }

    pub(super) fn digest(&self, owner: &Owner) -> Result<u128, serde_json::Error> {
        let mut fields = digest::Fields::of(&self.rest, 1)?;
        for (name, map) in [("labels", &self.labels), ("annotations", &self.annotations)] {
            if let Some(map) = map {
                fields.add(name, digest::Fields::of(map, 2)?.digest());
            }
        }
        if let Some(namespace) = &self.namespace {
            fields.add("namespace", digest::of_str(namespace));
        }
        let owners = self.owners.iter();
        let owners = owners.map(|other| digest::of_json(other, 2));
        let owners = owners.chain([Ok(owner.digest)]);
        fields.add("ownerReferences", digest::of_list(owners)?);
        Ok(fields.digest())
    }

    /// Writes it with the engine's label and annotations. Returns where its first field begins.
    pub(super) fn write(
        &self,
        json: &mut JsonObject,
        identity: &Identity,
        owner: &Owner,
        annotations: &[(&str, &str)],
    ) -> usize {
        let at = json.begin("metadata");
        json.fields(self.rest.0.iter());
        if let Some(namespace) = &self.namespace {
            json.text("namespace", namespace);
        }
        json.begin("labels");
        json.fields(self.labels.iter().flat_map(|labels| &labels.0));
        json.text(&identity.tracking_label, &identity.manager);
        json.end();
        json.begin("annotations");
        json.fields(self.annotations.iter().flat_map(|said| &said.0));
        for (name, value) in annotations {
            json.text(name, value);
        }
        json.end();
        let mut owners = String::with_capacity(owner.json.len() + 2);
        owners.push('[');
        for other in &self.owners {
            owners.extend([other, ","]);
        }
        owners.extend([&*owner.json, "]"]);
        json.raw("ownerReferences", &owners);
        json.end();
        at
    }

    /// Which labels, annotations, finalizers and owner references a replace sets: others' are kept.
    pub(super) fn set_keys(&self, parent: &Parent<'_>) -> String {
        let keys = |map: &Option<Fields<'_>>| {
            let fields = map.iter().flat_map(|map| &map.0);
            let mut keys: Vec<String> = fields.map(|(key, _)| key.to_string()).collect();
            keys.sort_unstable();
            keys
        };
        let finalizers = self.rest.get("finalizers");
        let finalizers: Option<Vec<Value>> =
            finalizers.and_then(|finalizers| serde_json::from_str(finalizers).ok());
        let owners = self.owners.iter().map(|owner| OtherOwner::read(owner).uid);
        let owners = owners.chain([Some(Cow::Borrowed(&*parent.object.uid))]);
        json!({
            "labels": keys(&self.labels),
            "annotations": keys(&self.annotations),
            "finalizers": finalizers.unwrap_or_default(),
            "ownerReferences": owners.collect::<Vec<_>>(),
        })
        .to_string()
    }
}

/// A parent as the owner reference of its children.
#[derive(Debug)]
pub(super) struct Owner {
    json: Box<str>,
    digest: u128,
}

impl Owner {
    pub(super) fn of(parent: &Parent<'_>) -> Self {
        let (kind, object) = (parent.kind, parent.object);
        let flags = r#""name":"","uid":"","controller":true,"blockOwnerDeletion":true"#.len();
        let length = flags + object.key.name.len() + object.uid.len();
        let mut json = JsonObject::of_kind(kind, length);
        json.text("apiVersion", kind.api_version);
        json.text("kind", kind.kind);
        json.text("name", &object.key.name);
        json.text("uid", &object.uid);
        json.raw("controller", "true");
        json.raw("blockOwnerDeletion", "true");
        let json = json.finish();
        // It was written two lines above: it can be read.
        let digest = digest::of_json(&json, 2).unwrap_or_default();
        Self { json, digest }
    }
}

/// What is asked of an owner reference that a handler said, whatever else it may be.
#[derive(Debug, Default)]
struct OtherOwner<'a> {
    uid: Option<Cow<'a, str>>,
    controller: bool,
}

impl<'a> OtherOwner<'a> {
    fn read(owner: &'a str) -> Self {
        let fields = Fields::read(owner).unwrap_or_default();
        Self {
            uid: fields.get("uid").and_then(|uid| scan::text(uid).ok()),
            controller: fields.get("controller") == Some("true"),
        }
    }
}

/// Takes a field away, and reads it.
fn take<'a, T>(
    fields: &mut Fields<'a>,
    field: &'static str,
    wanted: &'static str,
    read: fn(&'a str) -> Result<T, serde_json::Error>,
) -> Result<Option<T>, Malformed> {
    let value = fields.take(field).map(read);
    value.transpose().map_err(|_| Malformed { field, wanted })
}

/// The items of a list.
fn items(list: &str) -> Result<Vec<&str>, serde_json::Error> {
    let mut items = Vec::new();
    Scanner::new(list).list(|scanner| {
        items.push(scanner.pass()?);
        Ok::<_, serde_json::Error>(())
    })?;
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{K8sType, k8s_types::core::v1::ConfigMap, object::Object};

    #[test]
    fn its_digest_is_that_of_the_value_which_it_stands_for() {
        let identity = Identity::new("example.com", "op");
        let json = json!({"metadata": {"name": "p", "uid": "P", "resourceVersion": "1"}});
        let object = Object::decode(&json.to_string(), ConfigMap, &identity).unwrap();
        let kind: &K8sType = ConfigMap;
        let owner = Owner::of(&Parent {
            kind,
            object: &object,
            within: None,
        });
        let said = json!({
            "name": "a\n", "namespace": "elsewhere", "uid": "stale", "generation": 1, "generateName": null,
            "labels": {"b": "c", "example.com/tracked-by": "stale"}, "annotations": {},
            "finalizers": ["example.com/wait"],
            "ownerReferences": [{"uid": "P", "controller": true}, {"uid": "Q"}, "no owner"],
        })
        .to_string();
        let mut metadata = Metadata::read(Fields::read(&said).unwrap(), &identity).unwrap();
        assert!(metadata.belongs(Some("ns"), &object.uid));
        let stands_for = json!({
            "name": "a\n", "namespace": "ns", "labels": {"b": "c"}, "annotations": {},
            "finalizers": ["example.com/wait"],
            "ownerReferences": [{"uid": "Q"}, "no owner", {
                "apiVersion": "v1", "kind": "ConfigMap", "name": "p", "uid": "P",
                "controller": true, "blockOwnerDeletion": true,
            }],
        });
        assert_eq!(
            metadata.digest(&owner).unwrap(),
            digest::of_value(&stands_for)
        );
    }
}
