//! [`Collector`]: objects whose owners are gone are deleted; owners wait for, or let go of, what they own.
//!
//! It knows who names whom as an owner, by uid, and asks the store whether an owner is there.

use std::{
    collections::{BTreeSet, HashMap},
    sync::LazyLock,
};

use jiff::Timestamp;
use memchr::memmem::Finder;
use serde::Deserialize;
use serde_json::Value;

use super::{
    Changed,
    invalid_owner::{Reference, lives_elsewhere, tell},
};
use crate::{
    clock,
    handlers::{Api, FOREGROUND, ORPHAN},
    kinds::Kind,
    object,
    request::Propagation,
    store::{At, Change, Collection},
};

/// An object's place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Place {
    collection: Collection,
    namespace: String,
    name: String,
}

/// What is known of an object that names owners.
#[derive(Clone, Debug)]
struct Dependent {
    owners: Vec<String>,
}

/// An owner reference.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OwnerReference {
    #[serde(default)]
    api_version: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    uid: String,
    #[serde(default)]
    block_owner_deletion: bool,
}

/// How an owner is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    /// It is there.
    Solid,
    /// It is there, and waits for what it owns to go.
    Waiting,
    /// It is not there.
    Absent,
    /// Nobody can say.
    Unknown,
}

/// The garbage collector.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    dependents: HashMap<String, BTreeSet<Place>>,
    owners: HashMap<Place, Dependent>,
    /// Objects whose owners are to be looked at.
    to_judge: BTreeSet<Place>,
    /// Owners that are being deleted and wait for, or let go of, what they own.
    to_release: BTreeSet<Place>,
    /// The same owners by uid, for as long as they are.
    releasing: HashMap<String, Place>,
    /// Owners that were seen to go, for as long as something names them: when a CRD goes, the kind of its objects is gone
    /// before anybody asks for them.
    gone: BTreeSet<String>,
    /// Objects with an owner of a kind that is not served: to be judged when it is.
    unjudged: BTreeSet<Place>,
    /// Of which references, as the uids of both ends, was told that they can't be meant.
    told: BTreeSet<(String, String)>,
}

impl Collector {
    pub(crate) fn changed(&mut self, api: &Api, changed: &Changed<'_>) {
        let event = changed.event;
        if changed.collection == api.definitions() {
            self.to_judge.append(&mut self.unjudged);
        }
        let place = || Place {
            collection: changed.collection,
            namespace: event.namespace().to_owned(),
            name: event.name().to_owned(),
        };
        let gone = event.change == Change::Deleted;
        // Most objects have no owners and none has anything to do with them: no need to read those.
        let mentions = mentions_owners(&event.object);
        let had = event
            .previous
            .as_ref()
            .is_some_and(|previous| mentions_owners(previous));
        let matters_gone = gone && !self.knows_nobody();
        if !(mentions || had || matters_gone || object::may_be_terminating(&event.object)) {
            return;
        }
        let object: Value = serde_json::from_slice(&event.object).unwrap_or_default();
        self.take_up(place(), &object, gone);
    }

    /// Whether there is no owner, no object that names one, and none that waits.
    fn knows_nobody(&self) -> bool {
        self.dependents.is_empty() && self.owners.is_empty() && self.releasing.is_empty()
    }

    pub(crate) fn start_anew(&mut self, api: &Api) {
        *self = Self::default();
        let collections: Vec<Collection> = api
            .store
            .collections()
            .map(|(collection, ..)| collection)
            .collect();
        for collection in collections {
            let Ok(objects) = api.store.list(collection, "", "", At::Latest) else {
                continue;
            };
            for (key, bytes) in objects {
                let (namespace, name) = key.split_once('/').unwrap_or(("", key));
                let object: Value = serde_json::from_slice(bytes).unwrap_or_default();
                let place = Place {
                    collection,
                    namespace: namespace.to_owned(),
                    name: name.to_owned(),
                };
                self.take_up(place, &object, false);
            }
        }
    }

    fn take_up(&mut self, place: Place, object: &Value, gone: bool) {
        if let Some(known) = self.owners.remove(&place) {
            for owner in &known.owners {
                if let Some(dependents) = self.dependents.get_mut(owner) {
                    dependents.remove(&place);
                    if dependents.is_empty() {
                        self.dependents.remove(owner);
                        self.gone.remove(owner);
                    }
                }
                // Who waits for it may go on.
                self.to_release.extend(self.releasing.get(owner).cloned());
            }
        }
        let uid = object::uid(object);
        self.unjudged.remove(&place);
        if gone {
            self.to_judge.remove(&place);
            self.told.retain(|(dependent, _)| dependent != uid);
            self.to_release.remove(&place);
            self.releasing.remove(uid);
            if let Some(dependents) = self.dependents.get(uid) {
                self.gone.insert(uid.to_owned());
                self.to_judge.extend(dependents.iter().cloned());
            }
            return;
        }
        let owners: Vec<String> = references(object)
            .into_iter()
            .map(|reference| reference.uid)
            .collect();
        if !owners.is_empty() {
            for owner in &owners {
                self.dependents
                    .entry(owner.clone())
                    .or_default()
                    .insert(place.clone());
                self.to_release.extend(self.releasing.get(owner).cloned());
            }
            self.owners.insert(place.clone(), Dependent { owners });
            self.to_judge.insert(place.clone());
        }
        if object::is_terminating(object)
            && object::finalizers(object).any(|name| name == FOREGROUND || name == ORPHAN)
        {
            self.releasing.insert(uid.to_owned(), place.clone());
            self.to_release.insert(place);
            self.to_judge
                .extend(self.dependents.get(uid).into_iter().flatten().cloned());
        }
    }

    /// Deals with one object; says whether there was one.
    pub(crate) fn step(&mut self, api: &mut Api, now: Timestamp) -> bool {
        if let Some(place) = self.to_release.pop_first() {
            self.release(api, &place);
            return true;
        }
        if let Some(place) = self.to_judge.pop_first() {
            self.judge(api, &place, now);
            return true;
        }
        false
    }

    /// Deletes an object whose owners are all gone, and strikes those out that are gone while others are there.
    fn judge(&mut self, api: &mut Api, place: &Place, now: Timestamp) {
        let Some((kind, object)) = look_up(api, place) else {
            return;
        };
        let references = references(&object);
        let found: Vec<Owner> = references
            .iter()
            .map(|reference| self.find(api, &kind, &place.namespace, reference))
            .collect();
        self.tell_of_misplaced(api, &kind, &object, &references, now);
        if found.contains(&Owner::Unknown) {
            self.unjudged.insert(place.clone());
            return;
        }
        if references.is_empty() {
            return;
        }
        if found.contains(&Owner::Solid) {
            let stay: Vec<&str> = references
                .iter()
                .zip(&found)
                .filter(|(_, owner)| **owner == Owner::Solid)
                .map(|(reference, _)| reference.uid.as_str())
                .collect();
            if stay.len() < references.len() {
                api.edit(&kind, &place.namespace, &place.name, |object| {
                    keep_owners(object, &stay);
                });
            }
            return;
        }
        if object::is_terminating(&object) {
            return;
        }
        if found.contains(&Owner::Waiting) && self.is_waited_for_in_turn(api, &object) {
            let waiting: Vec<&str> = waiting_uids(&references, &found);
            api.edit(&kind, &place.namespace, &place.name, |object| {
                unblock(object, &waiting);
            });
        }
        let has = |wanted: &str| object::finalizers(&object).any(|finalizer| finalizer == wanted);
        let owns = self.dependents.contains_key(object::uid(&object));
        let propagation = if found.contains(&Owner::Waiting) && owns || has(FOREGROUND) {
            Propagation::Foreground
        } else if has(ORPHAN) {
            Propagation::Orphan
        } else {
            Propagation::Background
        };
        api.delete_by_controller(&kind, &place.namespace, &place.name, propagation);
    }

    fn find(&self, api: &Api, kind: &Kind, namespace: &str, reference: &OwnerReference) -> Owner {
        let Some(owner) = api.kinds.of_object(&reference.api_version, &reference.kind) else {
            return if self.gone.contains(&reference.uid) {
                Owner::Absent
            } else {
                Owner::Unknown
            };
        };
        let namespace = if owner.resource.namespaced {
            if !kind.resource.namespaced {
                // An object of the whole cluster can't be owned by one of a namespace.
                return Owner::Unknown;
            }
            namespace
        } else {
            ""
        };
        let Some(stored) = api.store.get(owner.collection, namespace, &reference.name) else {
            return Owner::Absent;
        };
        let found: Value = serde_json::from_slice(&stored.bytes).unwrap_or_default();
        if object::uid(&found) != reference.uid {
            return Owner::Absent;
        }
        let waits = object::is_terminating(&found)
            && object::finalizers(&found).any(|name| name == FOREGROUND);
        if waits { Owner::Waiting } else { Owner::Solid }
    }

    /// Tells once of each reference to an owner in another namespace.
    fn tell_of_misplaced(
        &mut self,
        api: &mut Api,
        kind: &Kind,
        object: &Value,
        references: &[OwnerReference],
        now: Timestamp,
    ) {
        let namespace = object::namespace(object);
        for reference in references {
            let Some(owner) = api
                .kinds
                .of_object(&reference.api_version, &reference.kind)
                .cloned()
            else {
                continue;
            };
            let misplaced = owner.resource.namespaced
                && (!kind.resource.namespaced
                    || api
                        .store
                        .get(owner.collection, namespace, &reference.name)
                        .is_none()
                        && lives_elsewhere(api, &owner, namespace, &reference.uid));
            let told = (object::uid(object).to_owned(), reference.uid.clone());
            if misplaced && self.told.insert(told) {
                let reference = Reference {
                    api_version: &reference.api_version,
                    kind: &reference.kind,
                    name: &reference.name,
                    uid: &reference.uid,
                };
                tell(api, object, &reference, &clock::seconds(now));
            }
        }
    }

    /// Whether anything that the object owns waits itself for what it owns to go: a circle, or the beginning of one.
    fn is_waited_for_in_turn(&self, api: &Api, object: &Value) -> bool {
        let dependents = self.dependents.get(object::uid(object));
        dependents.into_iter().flatten().any(|dependent| {
            look_up(api, dependent).is_some_and(|(_, dependent)| {
                object::is_terminating(&dependent)
                    && object::finalizers(&dependent).any(|name| name == FOREGROUND)
            })
        })
    }

    /// Lets an owner go for which nothing has to be waited any more.
    fn release(&mut self, api: &mut Api, place: &Place) {
        let Some((kind, owner)) = look_up(api, place) else {
            return;
        };
        if !object::is_terminating(&owner) {
            return;
        }
        let uid = object::uid(&owner).to_owned();
        let dependents: Vec<Place> = self
            .dependents
            .get(&uid)
            .into_iter()
            .flatten()
            .cloned()
            .collect();
        if object::finalizers(&owner).any(|name| name == ORPHAN) {
            for dependent in dependents {
                let Some(kind) = kind_at(api, dependent.collection) else {
                    continue;
                };
                api.edit(&kind, &dependent.namespace, &dependent.name, |object| {
                    drop_owner(object, &uid);
                });
            }
            api.edit(&kind, &place.namespace, &place.name, |object| {
                drop_finalizer(object, ORPHAN);
            });
            return;
        }
        if object::finalizers(&owner).any(|name| name == FOREGROUND) {
            let blocks = |dependent: &Place| {
                let found = look_up(api, dependent);
                found.is_some_and(|(_, object)| {
                    references(&object)
                        .iter()
                        .any(|reference| reference.uid == uid && reference.block_owner_deletion)
                })
            };
            if dependents.iter().any(blocks) {
                return;
            }
            api.edit(&kind, &place.namespace, &place.name, |object| {
                drop_finalizer(object, FOREGROUND);
            });
        }
    }
}

fn mentions_owners(bytes: &[u8]) -> bool {
    static MENTION: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("\"ownerReferences\""));
    MENTION.find(bytes).is_some()
}

fn kind_at(api: &Api, collection: Collection) -> Option<std::sync::Arc<Kind>> {
    api.kinds
        .all()
        .iter()
        .find(|kind| kind.collection == collection && kind.is_stored_version())
        .cloned()
}

fn look_up(api: &Api, place: &Place) -> Option<(std::sync::Arc<Kind>, Value)> {
    let kind = kind_at(api, place.collection)?;
    let stored = api
        .store
        .get(place.collection, &place.namespace, &place.name)?;
    let object = serde_json::from_slice(&stored.bytes).ok()?;
    Some((kind, object))
}

fn references(object: &Value) -> Vec<OwnerReference> {
    let list = object["metadata"]["ownerReferences"].as_array();
    list.into_iter()
        .flatten()
        .filter_map(|reference| OwnerReference::deserialize(reference).ok())
        .collect()
}

fn retain_owners(object: &mut Value, keep: impl Fn(&str) -> bool) {
    let metadata = object::metadata_mut(object);
    if let Some(Value::Array(list)) = metadata.get_mut("ownerReferences") {
        list.retain(|reference| keep(reference["uid"].as_str().unwrap_or_default()));
        if list.is_empty() {
            metadata.remove("ownerReferences");
        }
    }
}

fn keep_owners(object: &mut Value, uids: &[&str]) {
    retain_owners(object, |uid| uids.contains(&uid));
}

fn drop_owner(object: &mut Value, gone: &str) {
    retain_owners(object, |uid| uid != gone);
}

fn waiting_uids<'a>(references: &'a [OwnerReference], found: &[Owner]) -> Vec<&'a str> {
    let pairs = references.iter().zip(found);
    pairs
        .filter(|(_, owner)| **owner == Owner::Waiting)
        .map(|(reference, _)| reference.uid.as_str())
        .collect()
}

/// Makes these owners wait no more for the object.
fn unblock(object: &mut Value, owners: &[&str]) {
    let metadata = object::metadata_mut(object);
    for reference in metadata
        .get_mut("ownerReferences")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        if owners.contains(&reference["uid"].as_str().unwrap_or_default()) {
            reference["blockOwnerDeletion"] = false.into();
        }
    }
}

fn drop_finalizer(object: &mut Value, finalizer: &str) {
    let metadata = object::metadata_mut(object);
    if let Some(Value::Array(list)) = metadata.get_mut("finalizers") {
        list.retain(|name| name != finalizer);
        if list.is_empty() {
            metadata.remove("finalizers");
        }
    }
}
