//! What is known of the cluster: parents by uid, children by their owner's uid; never back in time.
//!
//! Three things feed it: lists, watch events and what our own writes returned. An object only ever goes from
//! an older `resourceVersion` to a newer one, so the event of a write whose response is already here changes
//! nothing and queues nobody: that is how echoes are told. The other way round, a response that comes after the
//! watch has told the object's end does not bring it back.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use hashbrown::HashMap;

use super::texts::Texts;
use crate::object::{Object, ObjectKey, Place, ResourceVersion, Uid};

/// The number of a declared kind: the parent is 0, the children follow in the order of their declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct KindId(pub(crate) usize);

impl KindId {
    pub(crate) const PARENT: Self = Self(0);
}

/// What our last write of an object returned, as far as it tells later whether somebody changed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LastWrite {
    /// The digest of our entry in `managedFields`, and the generation.
    Applied {
        entry: Option<u64>,
        generation: Option<i64>,
    },
    /// The digest of the object, less what others may change.
    Replaced { whole: u64 },
}

/// An object with what is known of our last write of it; the latter is lost with the process.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) object: Arc<Object>,
    pub(crate) last: Option<LastWrite>,
}

/// A change of one object.
#[derive(Debug)]
pub(crate) enum Change {
    /// The object was added or modified.
    Applied(Arc<Object>),
    /// The object is gone, or has left the watch's selection.
    Deleted(Arc<Object>),
}

/// See the module's documentation.
#[derive(Debug)]
pub(crate) struct Index {
    kinds: Vec<HashMap<ObjectKey, Known>>,
    parents: HashMap<Uid, ObjectKey>,
    /// The children, by the uid of their owner.
    owned: BTreeSet<(Uid, KindId, ObjectKey)>,
    /// Objects that we deleted, until their watch says so too: an older event must not bring them back.
    deleted: BTreeMap<Uid, KindId>,
    /// How far the watches have come, by kind and namespace, if not all.
    seen: BTreeMap<(KindId, Option<Arc<str>>), ResourceVersion>,
    /// The namespaces that there are objects in.
    namespaces: Texts,
}

/// A list of a kind as it comes in, item by item. Of what is known already it keeps the key alone, so that a list
/// of what hardly changed takes hardly any memory.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    uids: HashMap<ObjectKey, Uid>,
    news: Vec<Arc<Object>>,
    /// Whether what is known is kept here as well, since it may be forgotten before the list is taken in.
    whole: bool,
}

/// The uids of the parents that a change concerns.
pub(crate) type Affected = BTreeSet<Uid>;

impl Listing {
    /// One that comes in; whether it is to tell all by itself.
    pub(crate) fn new(whole: bool) -> Self {
        Self {
            whole,
            ..Self::default()
        }
    }

    /// Takes an item out again that went while the list came in.
    pub(crate) fn delete(&mut self, place: &Place<'_>) {
        self.uids.remove(place);
    }
}

impl Index {
    pub(crate) fn new(kinds: usize) -> Self {
        Self {
            kinds: vec![HashMap::new(); kinds],
            parents: HashMap::new(),
            owned: BTreeSet::new(),
            deleted: BTreeMap::new(),
            seen: BTreeMap::new(),
            namespaces: Texts::default(),
        }
    }

    /// Takes in one event of a watch.
    pub(crate) fn apply(&mut self, kind: KindId, change: Change) -> Affected {
        let mut affected = Affected::new();
        let (Change::Applied(object) | Change::Deleted(object)) = &change;
        if let Some(seen) = self.seen_mut(kind, &object.key) {
            *seen = object.resource_version.clone();
        }
        match change {
            Change::Applied(object) => self.upsert(kind, object, None, &mut affected),
            Change::Deleted(object) => {
                self.deleted.remove(&object.uid);
                let outdated = |known: &Known| {
                    object
                        .resource_version
                        .is_at_or_before(&known.object.resource_version)
                        && object.resource_version != known.object.resource_version
                };
                if self.is_at(kind, &object.key, &object.uid)
                    && !self.kinds[kind.0].get(&object.key).is_some_and(outdated)
                {
                    self.remove(kind, &object.key, &mut affected);
                }
            }
        }
        affected
    }

    /// Takes in what a write of ours returned. Nobody is queued: the pass that wrote goes on with it.
    ///
    /// An object that is not known although its watch has come past its version is gone again: the event of its
    /// end overtook the response, and no other will come.
    pub(crate) fn fold(
        &mut self,
        kind: KindId,
        object: impl Into<Arc<Object>>,
        last: Option<LastWrite>,
    ) {
        let object = object.into();
        let watched = object.tracked || kind == KindId::PARENT;
        let known = self.kinds[kind.0].contains_key(&object.key);
        let passed = self
            .seen_mut(kind, &object.key)
            .is_some_and(|seen| object.resource_version.is_at_or_before(seen));
        if known || !watched || !passed {
            self.upsert(kind, object, last, &mut Affected::new());
        }
    }

    /// Notes that the object as it is now is what our last write made of it.
    pub(crate) fn settle(&mut self, kind: KindId, key: &ObjectKey, uid: &Uid, last: LastWrite) {
        if let Some(known) = self.kinds[kind.0]
            .get_mut(key)
            .filter(|known| known.object.uid == *uid)
        {
            known.last = Some(last);
        }
    }

    /// Forgets an object that a request of ours found or made absent.
    pub(crate) fn forget(&mut self, kind: KindId, key: &ObjectKey, uid: &Uid) {
        if !self.is_at(kind, key, uid) {
            return;
        }
        let known = self.remove(kind, key, &mut Affected::new());
        // Of one that no watch shows there is no event that would tell its end.
        if kind == KindId::PARENT || known.is_some_and(|known| known.object.tracked) {
            self.deleted.insert(uid.clone(), kind);
        }
    }

    /// Drops an object that turned out to be no longer its parent's. Unlike one that is gone it may come back.
    pub(crate) fn release(&mut self, kind: KindId, key: &ObjectKey, uid: &Uid) {
        if self.is_at(kind, key, uid) {
            self.remove(kind, key, &mut Affected::new());
        }
    }

    /// Takes an item into a list that is still coming in. Nothing is changed by it until the list is whole.
    ///
    /// `object` is what [`same`](Self::same) says, where it says anything.
    pub(crate) fn list(&self, listing: &mut Listing, kind: KindId, object: Arc<Object>) {
        let known = self.get(kind, &object.key);
        let is_known = known.is_some_and(|known| Arc::ptr_eq(known, &object));
        listing.uids.insert(object.key.clone(), object.uid.clone());
        if listing.whole || !is_known {
            listing.news.push(object);
        }
    }

    /// The object at a place as it is known, if it has this uid and is of this version.
    pub(crate) fn same(
        &self,
        kind: KindId,
        place: &Place<'_>,
        uid: &str,
        version: &ResourceVersion,
    ) -> Option<&Arc<Object>> {
        let known = self.kinds[kind.0].get(place).map(|known| &known.object);
        known.filter(|known| *known.uid == *uid && known.resource_version == *version)
    }

    /// A list of these.
    #[cfg(test)]
    pub(crate) fn listing(&self, kind: KindId, objects: Vec<Object>) -> Listing {
        let mut listing = Listing::default();
        for object in objects {
            let place = Place::new(object.key.namespace.as_deref(), &object.key.name);
            let known = self.same(kind, &place, &object.uid, &object.resource_version);
            let object = known.cloned().unwrap_or_else(|| object.into());
            self.list(&mut listing, kind, object);
        }
        listing
    }

    /// Takes in a whole list of a kind, in one namespace or in all, as of `version`. What is known but not in
    /// it is gone, unless it is known to be newer than the list.
    pub(crate) fn reset(
        &mut self,
        kind: KindId,
        namespace: Option<&str>,
        listing: Listing,
        version: &ResourceVersion,
    ) -> Affected {
        let mut affected = Affected::new();
        self.seen
            .insert((kind, namespace.map(Into::into)), version.clone());
        let Listing { uids, news, .. } = listing;
        if self.deleted.values().any(|of| *of == kind) {
            let listed: BTreeSet<&Uid> = uids.values().collect();
            self.deleted
                .retain(|uid, of| *of != kind || listed.contains(uid));
        }
        let gone: Vec<ObjectKey> = self.kinds[kind.0]
            .iter()
            .filter(|(key, known)| {
                (namespace.is_none() || key.namespace.as_deref() == namespace)
                    && !uids.contains_key(*key)
                    && !known.object.resource_version.is_after(version)
            })
            .map(|(key, _)| key.clone())
            .collect();
        for key in gone {
            self.remove(kind, &key, &mut affected);
        }
        // What went while the list came in, or is another by now, is in it as well.
        let news = news
            .into_iter()
            .filter(|one| uids.get(&one.key) == Some(&one.uid));
        for object in news {
            self.upsert(kind, object, None, &mut affected);
        }
        affected
    }

    /// How far the watch of a kind has come, in one namespace or in all.
    pub(crate) fn seen(&self, kind: KindId, namespace: Option<&str>) -> Option<&ResourceVersion> {
        self.seen.get(&(kind, namespace.map(Into::into)))
    }

    /// Forgets all objects of a kind, in one namespace or in all, and how far its watch has come.
    pub(crate) fn clear(&mut self, kind: KindId, namespace: Option<&str>) -> Affected {
        let mut affected = Affected::new();
        let keys: Vec<ObjectKey> = self.kinds[kind.0]
            .keys()
            .filter(|key| namespace.is_none() || key.namespace.as_deref() == namespace)
            .cloned()
            .collect();
        for key in keys {
            self.remove(kind, &key, &mut affected);
        }
        self.deleted.retain(|_, of| *of != kind);
        self.seen.remove(&(kind, namespace.map(Into::into)));
        affected
    }

    /// The uids of all parents, in no particular order.
    pub(crate) fn parents(&self) -> impl Iterator<Item = &Uid> {
        self.parents.keys()
    }

    /// The parent of that uid.
    pub(crate) fn parent(&self, uid: &Uid) -> Option<&Arc<Object>> {
        let key = self.parents.get(uid)?;
        self.kinds[KindId::PARENT.0]
            .get(key)
            .map(|known| &known.object)
    }

    /// The object of a kind at a place, if it is known.
    pub(crate) fn get(&self, kind: KindId, key: &ObjectKey) -> Option<&Arc<Object>> {
        self.kinds[kind.0].get(key).map(|known| &known.object)
    }

    /// Everything that is known, by kind, namespace and name.
    pub(crate) fn objects(&self) -> Vec<(KindId, &Arc<Object>)> {
        let kinds = self.kinds.iter().enumerate();
        let objects =
            kinds.flat_map(|(id, known)| known.values().map(move |one| (KindId(id), &one.object)));
        let mut objects: Vec<_> = objects.collect();
        objects.sort_unstable_by_key(|(kind, object)| (*kind, &object.key));
        objects
    }

    /// The children of a parent, by kind, namespace and name.
    pub(crate) fn children(&self, owner: &Uid) -> impl Iterator<Item = (KindId, &Known)> {
        let first = (owner.clone(), KindId::PARENT, ObjectKey::new(None, ""));
        self.owned
            .range(first..)
            .take_while(move |(of, ..)| of == owner)
            .filter_map(|(_, kind, key)| Some((*kind, self.kinds[kind.0].get(key)?)))
    }

    /// How far the watch has come that covers a place.
    fn seen_mut(&mut self, kind: KindId, key: &ObjectKey) -> Option<&mut ResourceVersion> {
        let everywhere = (kind, None);
        let place = (kind, key.namespace.clone());
        let scope = if self.seen.contains_key(&everywhere) {
            everywhere
        } else {
            place
        };
        self.seen.get_mut(&scope)
    }

    fn is_at(&self, kind: KindId, key: &ObjectKey, uid: &Uid) -> bool {
        self.kinds[kind.0]
            .get(key)
            .is_some_and(|known| known.object.uid == *uid)
    }

    fn upsert(
        &mut self,
        kind: KindId,
        mut object: Arc<Object>,
        last: Option<LastWrite>,
        affected: &mut Affected,
    ) {
        if self.deleted.contains_key(&object.uid) {
            return;
        }
        let owner = Self::owner(kind, &object);
        if let Some(known) = self.kinds[kind.0].get_mut(&object.key) {
            let same = known.object.uid == object.uid;
            let is_newer = !object
                .resource_version
                .is_at_or_before(&known.object.resource_version);
            if same && (is_newer || object.resource_version == known.object.resource_version) {
                known.last = last.clone().or(known.last.take());
            }
            if !is_newer {
                return;
            }
            if same && known.object.owner == object.owner {
                if let Some(object) = Arc::get_mut(&mut object) {
                    object.key.clone_from(&known.object.key);
                    object.uid.clone_from(&known.object.uid);
                    object.owner.clone_from(&known.object.owner);
                }
                known.object = object;
                affected.extend(owner);
                return;
            }
        }
        let kept = self.remove(kind, &object.key, affected);
        let kept = kept.filter(|known| known.object.uid == object.uid);
        if let Some(object) = Arc::get_mut(&mut object) {
            self.share(object);
        }
        affected.extend(owner.clone());
        if kind == KindId::PARENT {
            self.parents.insert(object.uid.clone(), object.key.clone());
        } else if let Some(owner) = owner {
            self.owned.insert((owner, kind, object.key.clone()));
        }
        let last = last.or(kept.and_then(|known| known.last));
        let key = object.key.clone();
        self.kinds[kind.0].insert(key, Known { object, last });
    }

    /// Makes an object share the texts that others have as well.
    fn share(&mut self, object: &mut Object) {
        if let Some(own) = &mut object.key.namespace {
            self.namespaces.share(own);
        }
        if let Some(own) = &mut object.owner
            && let Some((known, _)) = self.parents.get_key_value(own)
        {
            own.clone_from(known);
        }
    }

    fn remove(&mut self, kind: KindId, key: &ObjectKey, affected: &mut Affected) -> Option<Known> {
        let known = self.kinds[kind.0].remove(key)?;
        if let Some(owner) = Self::owner(kind, &known.object) {
            if kind == KindId::PARENT {
                self.parents.remove(&owner);
            } else {
                self.owned.remove(&(owner.clone(), kind, key.clone()));
            }
            affected.insert(owner);
        }
        Some(known)
    }

    /// The uid of the parent that an object concerns: its owner's, or its own if it is one.
    fn owner(kind: KindId, object: &Object) -> Option<Uid> {
        if kind == KindId::PARENT {
            Some(object.uid.clone())
        } else {
            object.owner.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{identity::Identity, k8s_types::core::v1::ConfigMap};
    use serde_json::json;

    const CHILD: KindId = KindId(1);

    fn object(name: &str, uid: &str, version: u64, owner: Option<&str>) -> Object {
        let owners: Vec<_> = owner
            .map(|uid| json!({"uid": uid, "controller": true}))
            .into_iter()
            .collect();
        let json = json!({"metadata": {"name": name, "namespace": "ns", "uid": uid,
            "labels": {"example.com/tracked-by": "op"},
            "resourceVersion": version.to_string(), "ownerReferences": owners}});
        Object::decode(
            &json.to_string(),
            ConfigMap,
            &Identity::new("example.com", "op"),
        )
        .unwrap()
    }

    fn applied(index: &mut Index, kind: KindId, object: Object) -> Vec<String> {
        index
            .apply(kind, Change::Applied(object.into()))
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    fn deleted(index: &mut Index, kind: KindId, object: Object) -> Vec<String> {
        index
            .apply(kind, Change::Deleted(object.into()))
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    fn children(index: &Index, owner: &str) -> Vec<String> {
        index
            .children(&owner.into())
            .map(|(_, known)| known.object.key.name.to_string())
            .collect()
    }

    #[test]
    fn children_are_found_by_their_owners_uid() {
        let mut index = Index::new(2);
        assert_eq!(
            applied(&mut index, KindId::PARENT, object("p", "P", 1, None)),
            ["P"]
        );
        assert_eq!(
            applied(&mut index, CHILD, object("b", "B", 2, Some("P"))),
            ["P"]
        );
        assert_eq!(
            applied(&mut index, CHILD, object("a", "A", 3, Some("P"))),
            ["P"]
        );
        assert!(applied(&mut index, CHILD, object("x", "X", 4, None)).is_empty());
        assert_eq!(children(&index, "P"), ["a", "b"]);
    }

    #[test]
    fn a_change_of_owner_concerns_both() {
        let mut index = Index::new(2);
        applied(&mut index, CHILD, object("a", "A", 3, Some("P")));
        assert_eq!(
            applied(&mut index, CHILD, object("a", "A", 4, Some("Q"))),
            ["P", "Q"]
        );
        assert!(children(&index, "P").is_empty());
        assert_eq!(children(&index, "Q"), ["a"]);
    }

    #[test]
    fn the_echo_of_a_write_concerns_nobody() {
        let mut index = Index::new(2);
        index.fold(CHILD, object("a", "A", 5, Some("P")), None);
        assert!(applied(&mut index, CHILD, object("a", "A", 5, Some("P"))).is_empty());
        assert!(applied(&mut index, CHILD, object("a", "A", 4, Some("P"))).is_empty());
        assert_eq!(
            applied(&mut index, CHILD, object("a", "A", 6, Some("P"))),
            ["P"]
        );
    }

    #[test]
    fn what_we_deleted_is_not_brought_back_by_an_older_event() {
        let mut index = Index::new(2);
        applied(&mut index, CHILD, object("a", "A", 1, Some("P")));
        index.forget(CHILD, &ObjectKey::new(Some("ns"), "a"), &"A".into());
        assert!(applied(&mut index, CHILD, object("a", "A", 2, Some("P"))).is_empty());
        assert!(deleted(&mut index, CHILD, object("a", "A", 3, Some("P"))).is_empty());
        assert!(index.deleted.is_empty());
        assert_eq!(
            applied(&mut index, CHILD, object("a", "A2", 4, Some("P"))),
            ["P"]
        );
    }

    #[test]
    fn a_response_that_the_end_of_its_object_overtook_brings_nothing_back() {
        let mut index = Index::new(2);
        let zero = ResourceVersion::new("0");
        index.reset(KindId::PARENT, None, Listing::default(), &zero);
        index.reset(CHILD, None, Listing::default(), &zero);
        for kind in [KindId::PARENT, CHILD] {
            applied(&mut index, kind, object("a", "A", 5, Some("P")));
            deleted(&mut index, kind, object("a", "A", 6, Some("P")));
            index.fold(kind, object("a", "A", 5, Some("P")), None);
        }
        assert!(index.parent(&"A".into()).is_none() && children(&index, "P").is_empty());
        // A list that lacks it tells the same.
        index.reset(CHILD, None, Listing::default(), &ResourceVersion::new("9"));
        index.fold(CHILD, object("b", "B", 8, Some("P")), None);
        assert!(children(&index, "P").is_empty());
        index.fold(CHILD, object("b", "B", 10, Some("P")), None);
        assert_eq!(children(&index, "P"), ["b"]);
    }

    #[test]
    fn an_object_that_no_watch_shows_is_known_from_a_request_alone() {
        let mut index = Index::new(2);
        index.reset(CHILD, None, Listing::default(), &ResourceVersion::new("9"));
        let mut stripped = object("a", "A", 5, Some("P"));
        stripped.tracked = false;
        index.fold(CHILD, stripped, None);
        assert_eq!(children(&index, "P"), ["a"]);
    }

    #[test]
    fn what_was_released_may_come_back_and_concerns_its_new_owner() {
        let mut index = Index::new(2);
        applied(&mut index, CHILD, object("a", "A", 5, Some("P")));
        index.release(CHILD, &ObjectKey::new(Some("ns"), "a"), &"A".into());
        assert!(children(&index, "P").is_empty());
        assert_eq!(
            applied(&mut index, CHILD, object("a", "A", 6, Some("Q"))),
            ["Q"]
        );
    }

    #[test]
    fn where_versions_can_not_be_compared_a_list_is_believed() {
        let mut index = Index::new(2);
        let mut opaque = object("a", "A", 5, Some("P"));
        opaque.resource_version = ResourceVersion::new("5-x");
        applied(&mut index, CHILD, opaque);
        index.reset(
            CHILD,
            None,
            Listing::default(),
            &ResourceVersion::new("4-y"),
        );
        assert!(children(&index, "P").is_empty());
    }

    #[test]
    fn a_delete_that_is_older_than_what_is_known_changes_nothing() {
        let mut index = Index::new(2);
        index.fold(CHILD, object("a", "A2", 9, Some("P")), None);
        assert!(deleted(&mut index, CHILD, object("a", "A1", 8, Some("P"))).is_empty());
        // It left the selection at 8 and our write at 9 brought it back.
        assert!(deleted(&mut index, CHILD, object("a", "A2", 8, Some("P"))).is_empty());
        assert_eq!(children(&index, "P"), ["a"]);
    }

    #[test]
    fn a_list_removes_what_it_lacks_but_not_what_is_newer_than_it() {
        let mut index = Index::new(2);
        applied(&mut index, CHILD, object("old", "O", 3, Some("P")));
        index.fold(CHILD, object("new", "N", 20, Some("Q")), None);
        let listing = index.listing(CHILD, vec![object("a", "A", 4, Some("R"))]);
        let affected = index.reset(CHILD, None, listing, &ResourceVersion::new("10"));
        assert_eq!(
            affected.iter().map(|uid| &**uid).collect::<Vec<_>>(),
            ["P", "R"]
        );
        assert!(children(&index, "P").is_empty());
        assert_eq!(children(&index, "Q"), ["new"]);
    }

    #[test]
    fn a_list_of_what_is_known_concerns_nobody_and_what_was_deleted_while_it_came_in_stays_so() {
        let mut index = Index::new(2);
        applied(&mut index, CHILD, object("a", "A", 3, Some("P")));
        applied(&mut index, CHILD, object("b", "B", 4, Some("P")));
        let listing = index.listing(
            CHILD,
            vec![
                object("a", "A", 3, Some("P")),
                object("b", "B", 4, Some("P")),
            ],
        );
        assert!(listing.news.is_empty());
        index.forget(CHILD, &ObjectKey::new(Some("ns"), "b"), &"B".into());
        let affected = index.reset(CHILD, None, listing, &ResourceVersion::new("5"));
        assert!(affected.is_empty());
        assert!(applied(&mut index, CHILD, object("b", "B", 6, Some("P"))).is_empty());
        assert_eq!(children(&index, "P"), ["a"]);
    }

    #[test]
    fn what_goes_or_changes_while_a_list_comes_in_is_listed_as_it_is_in_the_end() {
        let mut index = Index::new(2);
        let mut listing = index.listing(
            CHILD,
            vec![
                object("a", "A", 3, Some("P")),
                object("b", "B", 4, Some("P")),
                object("c", "C", 5, Some("P")),
                object("b", "B", 6, Some("Q")),
            ],
        );
        listing.delete(&Place::new(Some("ns"), "a"));
        listing.delete(&Place::new(Some("ns"), "c"));
        index.list(&mut listing, CHILD, object("c", "C2", 9, Some("Q")).into());
        index.reset(CHILD, None, listing, &ResourceVersion::new("9"));
        assert!(children(&index, "P").is_empty());
        assert_eq!(children(&index, "Q"), ["b", "c"]);
    }

    #[test]
    fn a_list_of_one_namespace_says_nothing_of_another() {
        let mut index = Index::new(2);
        applied(&mut index, CHILD, object("a", "A", 3, Some("P")));
        assert!(
            index
                .reset(
                    CHILD,
                    Some("elsewhere"),
                    Listing::default(),
                    &ResourceVersion::new("10")
                )
                .is_empty()
        );
        assert_eq!(children(&index, "P"), ["a"]);
    }

    #[test]
    fn a_parent_recreated_under_its_name_is_another() {
        let mut index = Index::new(2);
        applied(&mut index, KindId::PARENT, object("p", "P1", 1, None));
        assert_eq!(
            applied(&mut index, KindId::PARENT, object("p", "P2", 5, None)),
            ["P1", "P2"]
        );
        assert!(index.parent(&"P1".into()).is_none());
        assert!(index.parent(&"P2".into()).is_some());
    }

    #[test]
    fn what_our_last_write_returned_is_kept_until_the_object_is_another() {
        let mut index = Index::new(2);
        let last = LastWrite::Replaced { whole: 7 };
        index.fold(CHILD, object("a", "A", 5, Some("P")), Some(last.clone()));
        applied(&mut index, CHILD, object("a", "A", 6, Some("P")));
        assert_eq!(
            index.children(&"P".into()).next().unwrap().1.last,
            Some(last)
        );
        applied(&mut index, CHILD, object("a", "A2", 7, Some("P")));
        assert_eq!(index.children(&"P".into()).next().unwrap().1.last, None);
    }
}
