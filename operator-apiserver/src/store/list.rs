//! [`Objects`]: the objects of one kind as they were at one revision, in the order of their keys; and [`Page`].

use std::{
    collections::{BTreeMap, btree_map, vec_deque},
    iter::Peekable,
    ops::Bound,
    sync::Arc,
};

use bytes::Bytes;

use super::{Event, Stored, continue_token, key};

/// Which revision a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// The current one.
    Latest,
    /// Whatever is at hand, which here is the current one.
    Any,
    /// The current one, which must not be older than this.
    NotOlderThan(u64),
    /// This one and no other.
    Exactly(u64),
}

/// The keys of one namespace, or of all, from a key on.
pub(super) struct Namespaces {
    from: String,
    to: Bound<String>,
}

impl Namespaces {
    pub(super) fn of(namespace: &str, from: &str) -> Self {
        if namespace.is_empty() {
            let (from, to) = (from.to_owned(), Bound::Unbounded);
            return Self { from, to };
        }
        Self {
            from: key(namespace, from),
            // '0' is the character after '/'.
            to: Bound::Excluded(format!("{namespace}0")),
        }
    }

    fn bounds(&self) -> (Bound<&str>, Bound<&str>) {
        let to = self.to.as_ref().map(String::as_str);
        (Bound::Included(self.from.as_str()), to)
    }

    fn contains(&self, key: &str) -> bool {
        let below = match &self.to {
            Bound::Excluded(to) => key < to.as_str(),
            _ => true,
        };
        below && key >= self.from.as_str()
    }
}

/// Objects with their keys, at one revision, in the order of their keys.
///
/// It reads what is there now and undoes what was changed since: a list of now costs nothing more, one of
/// long ago costs as much as happened to the kind since then.
pub(crate) struct Objects<'a> {
    now: Peekable<btree_map::Range<'a, Arc<str>, Stored>>,
    then: Peekable<btree_map::IntoIter<&'a str, Option<&'a Bytes>>>,
    revision: u64,
}

impl<'a> Objects<'a> {
    pub(super) fn new(
        objects: &'a BTreeMap<Arc<str>, Stored>,
        undone: vec_deque::Iter<'a, Event>,
        keys: &Namespaces,
        revision: u64,
    ) -> Self {
        let mut then = BTreeMap::new();
        // From the newest back: the oldest of several changes of one object says what it was.
        for event in undone.rev() {
            if keys.contains(event.key()) {
                then.insert(event.key(), event.previous.as_ref());
            }
        }
        Self {
            now: objects.range::<str, _>(keys.bounds()).peekable(),
            then: then.into_iter().peekable(),
            revision,
        }
    }

    /// Up to `limit` of the objects that `selects` picks, and what is left after them.
    pub(crate) fn page(
        mut self,
        limit: Option<usize>,
        mut selects: impl FnMut(&Bytes) -> bool,
    ) -> Page<'a> {
        let limit = limit.unwrap_or(usize::MAX);
        let mut page = Page {
            objects: Vec::new(),
            last: "",
            left: 0,
            revision: self.revision,
        };
        while page.objects.len() < limit {
            let Some((key, bytes)) = self.next() else {
                break;
            };
            if selects(bytes) {
                page.last = key;
                page.objects.push(bytes);
            }
        }
        page.left = self.count();
        page
    }
}

impl<'a> Iterator for Objects<'a> {
    type Item = (&'a str, &'a Bytes);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let now = self.now.peek().map(|(key, _)| &***key);
            let then = self.then.peek().map(|(key, _)| *key);
            match (now, then) {
                (Some(now), Some(then)) if now < then => break,
                (_, None) => break,
                (now, then) => {
                    if now == then {
                        self.now.next();
                    }
                    if let (key, Some(bytes)) = self.then.next()? {
                        return Some((key, bytes));
                    }
                }
            }
        }
        self.now.next().map(|(key, stored)| (&**key, &stored.bytes))
    }
}

/// A part of a list.
#[derive(Debug)]
pub(crate) struct Page<'a> {
    /// Its objects.
    pub(crate) objects: Vec<&'a Bytes>,
    /// How many objects come after the last one, selected or not.
    pub(crate) left: usize,
    /// The revision that they show.
    pub(crate) revision: u64,
    last: &'a str,
}

impl Page<'_> {
    /// The token that the rest is asked for with; `None` if nothing is left.
    /// `namespace` is the one that was listed.
    #[must_use]
    pub(crate) fn continue_token(&self, namespace: &str) -> Option<String> {
        let listed = match namespace {
            "" => self.last,
            namespace => self.last.get(namespace.len() + 1..).unwrap_or_default(),
        };
        (self.left > 0).then(|| continue_token::encode(self.revision, listed))
    }

    /// How many objects are still to come. With a selector nobody knows: then it is not told.
    #[must_use]
    pub(crate) fn remaining_item_count(&self, selects_everything: bool) -> Option<usize> {
        (self.left > 0 && selects_everything).then_some(self.left)
    }
}
