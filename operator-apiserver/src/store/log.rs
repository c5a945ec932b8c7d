//! [`Event`]: one change of one object; and the log of one kind, in the order of revisions.

use std::{
    collections::{VecDeque, vec_deque},
    sync::Arc,
};

use bytes::Bytes;

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It came to be.
    Created,
    /// It was replaced.
    Modified,
    /// It was removed.
    Deleted,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    /// The revision of the write.
    pub(crate) revision: u64,
    /// What happened.
    pub(crate) change: Change,
    /// The object as written; for a deletion as it was last, at the deletion's revision.
    pub(crate) object: Bytes,
    /// The object as it was before, `None` for a creation.
    pub(crate) previous: Option<Bytes>,
    key: Arc<str>,
}

impl Event {
    pub(super) fn new(
        revision: u64,
        key: Arc<str>,
        change: Change,
        object: Bytes,
        previous: Option<Bytes>,
    ) -> Self {
        Self {
            revision,
            change,
            object,
            previous,
            key,
        }
    }

    /// `namespace/name`, or the name alone.
    #[must_use]
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// The object's namespace, empty for a cluster-scoped one.
    #[must_use]
    pub(crate) fn namespace(&self) -> &str {
        self.key
            .split_once('/')
            .map_or("", |(namespace, _)| namespace)
    }

    /// The object's name.
    #[must_use]
    pub(crate) fn name(&self) -> &str {
        self.key
            .split_once('/')
            .map_or(&*self.key, |(_, name)| name)
    }
}

/// The changes of one kind that are not forgotten.
#[derive(Clone, Debug, Default)]
pub(super) struct Log {
    events: VecDeque<Event>,
    /// The revision of the last change that is forgotten.
    forgotten: u64,
}

impl Log {
    /// Adds the newest change.
    pub(super) fn push(&mut self, event: Event) -> &Event {
        let at = self.events.len();
        self.events.push_back(event);
        &self.events[at]
    }

    /// The changes after a revision, oldest first.
    pub(super) fn after(&self, revision: u64) -> vec_deque::Iter<'_, Event> {
        let first = self
            .events
            .partition_point(|event| event.revision <= revision);
        self.events.range(first..)
    }

    /// Whether a change after a revision is forgotten.
    pub(super) fn lacks_any_after(&self, revision: u64) -> bool {
        revision < self.forgotten
    }

    /// The change of a revision.
    pub(super) fn at(&self, revision: u64) -> Option<&Event> {
        let at = self
            .events
            .binary_search_by_key(&revision, |event| event.revision);
        at.ok().map(|at| &self.events[at])
    }

    /// Drops the changes up to a revision.
    pub(super) fn forget_until(&mut self, revision: u64) {
        let first = self
            .events
            .partition_point(|event| event.revision <= revision);
        if let Some(last) = self.events.drain(..first).next_back() {
            self.forgotten = last.revision;
        }
        super::shrink(&mut self.events);
    }

    /// How many events it has room for.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.events.capacity()
    }
}
