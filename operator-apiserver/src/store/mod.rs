//! [`Store`]: all objects, as bytes, under one revision counter, with a log of what changed.
//!
//! It is a plain value: no clock, no waiting, no JSON parsed on the way in. Whoever owns it decides who may
//! touch it when, wakes watchers, and calls [`Store::trim`] now and then, so that the log doesn't grow for ever.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
};

use bytes::Bytes;

pub(crate) mod continue_token;
pub(crate) mod encoding;
pub(crate) mod list;
pub(crate) mod list_options;
pub(crate) mod log;
pub(crate) mod watch;

use self::{list::Namespaces, log::Log};
pub(crate) use self::{
    list::{At, Objects},
    log::{Change, Event},
};

/// A stored kind: a short name for a group and a plural, given by [`Store::collection`].
///
/// It is meaningless for any other store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Collection(usize);

/// An object at rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    /// Its compact JSON, `metadata.resourceVersion` included.
    pub(crate) bytes: Bytes,
    /// The revision of its last write: the number in its `metadata.resourceVersion`.
    pub(crate) revision: u64,
}

/// Why a revision can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unavailable {
    /// What happened since then is forgotten.
    Compacted {
        /// The revision that was asked for.
        asked: u64,
        /// The oldest one that is left.
        oldest: u64,
    },
    /// It has not happened yet.
    Future {
        /// The revision that was asked for.
        asked: u64,
        /// The current one.
        current: u64,
    },
}

/// All objects of all kinds.
///
/// What an object costs at rest: its JSON, its key (`namespace/name`, shared with the log), and about 150 bytes
/// for its place in the tree and the reference counts of both. A logged change costs 100 to 200 bytes and, once
/// its object is replaced, the former JSON.
///
/// Names and namespaces hold no `/`: whoever lets them in has checked that.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    revision: u64,
    /// The oldest revision that can still be read and watched from.
    compacted: u64,
    ids: HashMap<String, HashMap<String, Collection>>,
    kinds: Vec<Kind>,
    /// Of which kind each change is that is not forgotten; the last one is of the current revision.
    changed: VecDeque<Collection>,
}

/// The objects of one kind.
#[derive(Clone, Debug)]
struct Kind {
    group: String,
    resource: String,
    /// In the order of their keys as bytes, which is etcd's: `a-b/x` comes before `a/x`.
    objects: BTreeMap<Arc<str>, Stored>,
    log: Log,
}

impl Default for Store {
    fn default() -> Self {
        Self::new()
    }
}

impl Store {
    /// An empty store, at revision 1 as a fresh etcd is.
    #[must_use]
    pub(crate) fn new() -> Self {
        Self {
            revision: 1,
            compacted: 0,
            ids: HashMap::new(),
            kinds: Vec::new(),
            changed: VecDeque::new(),
        }
    }

    /// The collection of a kind, made if there is none; `resource` is the plural.
    pub(crate) fn collection(&mut self, group: &str, resource: &str) -> Collection {
        if let Some(found) = self.find_collection(group, resource) {
            return found;
        }
        let id = Collection(self.kinds.len());
        self.kinds.push(Kind {
            group: group.to_owned(),
            resource: resource.to_owned(),
            objects: BTreeMap::new(),
            log: Log::default(),
        });
        let of_group = self.ids.entry(group.to_owned()).or_default();
        of_group.insert(resource.to_owned(), id);
        id
    }

    /// The collection of a kind, if anything was ever stored or looked for in it.
    #[must_use]
    pub(crate) fn find_collection(&self, group: &str, resource: &str) -> Option<Collection> {
        self.ids.get(group)?.get(resource).copied()
    }

    /// All collections with their group and plural, in the order in which they came to be.
    pub(crate) fn collections(&self) -> impl Iterator<Item = (Collection, &str, &str)> {
        let kinds = self.kinds.iter().enumerate();
        kinds.map(|(at, kind)| (Collection(at), kind.group.as_str(), kind.resource.as_str()))
    }

    /// The revision of the last write, of whatever kind.
    #[must_use]
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    /// The revision that the next write gets: its object has to say so when it is handed in.
    #[must_use]
    pub(crate) fn next_revision(&self) -> u64 {
        self.revision + 1
    }

    /// An object as it is now; `namespace` is empty for cluster-scoped ones.
    #[must_use]
    pub(crate) fn get(
        &self,
        collection: Collection,
        namespace: &str,
        name: &str,
    ) -> Option<&Stored> {
        let objects = &self.kinds[collection.0].objects;
        objects.get(key(namespace, name).as_str())
    }

    /// Creates or replaces an object and returns its revision, which is [`Self::next_revision`] from before.
    ///
    /// `bytes` is its compact JSON with that revision in it.
    pub(crate) fn put(
        &mut self,
        collection: Collection,
        namespace: &str,
        name: &str,
        bytes: Bytes,
    ) -> u64 {
        self.revision += 1;
        self.changed.push_back(collection);
        let revision = self.revision;
        let kind = &mut self.kinds[collection.0];
        let stored = Stored {
            bytes: bytes.clone(),
            revision,
        };
        let key = key(namespace, name);
        let found = kind.objects.get_key_value(key.as_str());
        let shared = found.map_or_else(|| Arc::from(key), |(shared, _)| Arc::clone(shared));
        let replaced = kind.objects.insert(Arc::clone(&shared), stored);
        let change = match &replaced {
            Some(_) => Change::Modified,
            None => Change::Created,
        };
        let previous = replaced.map(|stored| stored.bytes);
        kind.log
            .push(Event::new(revision, shared, change, bytes, previous));
        revision
    }

    /// Removes an object; `None` if there is none.
    ///
    /// The event holds what watchers are told: the object as it was last stored, at the deletion's revision.
    pub(crate) fn delete(
        &mut self,
        collection: Collection,
        namespace: &str,
        name: &str,
    ) -> Option<&Event> {
        let kind = &mut self.kinds[collection.0];
        let (shared, stored) = kind.objects.remove_entry(key(namespace, name).as_str())?;
        self.revision += 1;
        self.changed.push_back(collection);
        let last = encoding::with_resource_version(&stored.bytes, self.revision);
        let previous = Some(stored.bytes);
        let event = Event::new(self.revision, shared, Change::Deleted, last, previous);
        Some(kind.log.push(event))
    }

    /// The objects of a kind in the order of their keys, in one namespace or, if it is empty, in all, from the
    /// key `from` on: the remainder after `namespace/`, or the whole key if the namespace is empty.
    ///
    /// # Errors
    /// If that revision is gone or has not come yet.
    pub(crate) fn list(
        &self,
        collection: Collection,
        namespace: &str,
        from: &str,
        at: At,
    ) -> Result<Objects<'_>, Unavailable> {
        let revision = self.readable(at)?;
        let kind = &self.kinds[collection.0];
        let undone = kind.log.after(revision);
        let range = Namespaces::of(namespace, from);
        Ok(Objects::new(&kind.objects, undone, &range, revision))
    }

    /// The changes of a kind after a revision, oldest first; none for a revision that has not come yet.
    ///
    /// # Errors
    /// If some of them are forgotten.
    pub(crate) fn events(
        &self,
        collection: Collection,
        after: u64,
    ) -> Result<impl DoubleEndedIterator<Item = &Event> + ExactSizeIterator, Unavailable> {
        self.not_compacted(after)?;
        Ok(self.kinds[collection.0].log.after(after))
    }

    /// The changes of a kind after a revision, for who knows all changes of that kind up to it: it may be older than what
    /// can be asked for, as long as nothing of the kind itself is missing.
    ///
    /// # Errors
    /// If some of them are forgotten.
    pub(crate) fn further_events(
        &self,
        collection: Collection,
        after: u64,
    ) -> Result<impl DoubleEndedIterator<Item = &Event> + ExactSizeIterator, Unavailable> {
        let log = &self.kinds[collection.0].log;
        if log.lacks_any_after(after) {
            self.not_compacted(after)?;
        }
        Ok(log.after(after))
    }

    /// The changes of all kinds after a revision, oldest first; none for a revision that has not come yet.
    ///
    /// # Errors
    /// If some of them are forgotten.
    pub(crate) fn changes(
        &self,
        after: u64,
    ) -> Result<impl Iterator<Item = (Collection, &Event)>, Unavailable> {
        self.not_compacted(after)?;
        // Every revision is exactly one change, but for the one that the store began with.
        let first = self.revision + 1 - self.changed.len() as u64;
        let known = (after + 1).saturating_sub(first);
        let known = usize::try_from(known).unwrap_or(usize::MAX);
        let changed = self.changed.range(known.min(self.changed.len())..);
        Ok((first.max(after + 1)..)
            .zip(changed)
            .filter_map(|(revision, collection)| {
                let event = self.kinds[collection.0].log.at(revision)?;
                Some((*collection, event))
            }))
    }

    /// Forgets what happened up to a revision: it stays the oldest one that can be read and watched from.
    /// One that is still to come counts as the current one.
    pub(crate) fn compact(&mut self, revision: u64) {
        let revision = revision.min(self.revision);
        if revision <= self.compacted {
            return;
        }
        self.compacted = revision;
        let left = usize::try_from(self.revision - revision).unwrap_or(usize::MAX);
        let forgotten = self.changed.len().saturating_sub(left);
        self.changed.drain(..forgotten);
        shrink(&mut self.changed);
        for kind in &mut self.kinds {
            kind.log.forget_until(revision);
        }
    }

    /// Forgets the oldest changes, so that at most `events` of all kinds together are left.
    pub(crate) fn trim(&mut self, events: u64) {
        // Every revision is exactly one change.
        self.compact(self.revision.saturating_sub(events));
    }

    /// The revision that a read shows.
    ///
    /// # Errors
    /// If it is gone or has not come yet.
    pub(crate) fn readable(&self, at: At) -> Result<u64, Unavailable> {
        let current = self.revision;
        match at {
            At::NotOlderThan(asked) | At::Exactly(asked) if asked > current => {
                Err(Unavailable::Future { asked, current })
            }
            At::Latest | At::Any | At::NotOlderThan(_) => Ok(current),
            At::Exactly(asked) => self.not_compacted(asked).map(|()| asked),
        }
    }

    fn not_compacted(&self, asked: u64) -> Result<(), Unavailable> {
        let oldest = self.compacted;
        if asked < oldest {
            return Err(Unavailable::Compacted { asked, oldest });
        }
        Ok(())
    }
}

/// Gives up room: a burst should not be paid for for ever.
fn shrink<T>(queue: &mut VecDeque<T>) {
    if queue.capacity() > 4 * queue.len().max(16) {
        queue.shrink_to(2 * queue.len());
    }
}

/// `namespace/name`, or the name alone for what lives in no namespace.
fn key(namespace: &str, name: &str) -> String {
    if namespace.is_empty() {
        return name.to_owned();
    }
    let mut key = String::with_capacity(namespace.len() + 1 + name.len());
    key.push_str(namespace);
    key.push('/');
    key.push_str(name);
    key
}

#[cfg(test)]
mod tests;
