//! Watches: where one starts, and what it is told from there on.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;

use super::{
    Answer, Api,
    call::Call,
    present,
    read::{check_listable, revision_of},
    selection::Selection,
};
use crate::{
    error::ApiError,
    kinds::Kind,
    store::{
        At, Unavailable,
        list_options::{self, ListOptions, WatchFrom},
        watch::{self, Told},
    },
};

/// How long a watch lasts at least that doesn't say so, in seconds; at most twice as long.
const DEFAULT_TIMEOUT: u64 = 1_800;

/// Where a watch starts.
pub(crate) struct WatchStart {
    /// What it is about.
    pub(crate) watched: Watched,
    /// What it begins with: everything that is there.
    pub(crate) initial: Vec<Told>,
    /// Whether a bookmark says where that ends.
    pub(crate) end_mark: bool,
    /// The revision that it goes on from.
    pub(crate) after: u64,
    /// Why it can't, if that is forgotten: the watch begins and ends with it.
    pub(crate) too_old: Option<ApiError>,
    /// Whether it gets bookmarks.
    pub(crate) bookmarks: bool,
    /// How long it lasts.
    pub(crate) timeout: Duration,
    /// What the client is told beside it.
    pub(crate) user: String,
}

/// What a watch is about.
#[derive(Clone)]
pub(crate) struct Watched {
    /// The kind.
    pub(crate) kind: Arc<Kind>,
    /// The namespace, empty for all.
    pub(crate) namespace: String,
    /// The objects.
    pub(crate) selection: Selection,
}

/// What a watch is told next.
pub(crate) enum Next {
    /// These changes, and then it is up to this revision.
    Changes(Vec<Told>, u64),
    /// That it is too far behind.
    TooOld(ApiError),
}

impl Api {
    pub(super) fn watch(&mut self, call: &Call<'_>) -> Result<Answer, ApiError> {
        let mut options = ListOptions::parse(call.query.pairs())?;
        options.watch = true;
        options.validate()?;
        if !self.serves.streaming_lists && call.query.get("sendInitialEvents").is_some() {
            return Err(list_options::streaming_forbidden());
        }
        let selection = Selection::of(call, &options)?;
        check_listable(&call.kind)?;
        let watched = Watched {
            kind: Arc::clone(&call.kind),
            namespace: call.namespace().to_owned(),
            selection,
        };
        let seconds = match options.timeout_seconds {
            None | Some(0) => DEFAULT_TIMEOUT + self.entropy.below(DEFAULT_TIMEOUT),
            // One that is over before it begins.
            Some(seconds) => u64::try_from(seconds).unwrap_or(0),
        };
        let mut start = WatchStart {
            watched,
            initial: Vec::new(),
            end_mark: false,
            after: self.store.revision(),
            too_old: None,
            bookmarks: options.allow_watch_bookmarks,
            timeout: Duration::from_secs(seconds),
            user: call.user.name.clone(),
        };
        match options.watch_from()? {
            WatchFrom::Now => {}
            WatchFrom::After(revision) => {
                start.after = revision;
                let readable = self.store.readable(At::Exactly(revision));
                if let Err(why @ Unavailable::Compacted { .. }) = readable {
                    start.too_old = Some(watch::refusal(why));
                }
            }
            WatchFrom::Initial { at_least, end_mark } => {
                if at_least > self.store.revision() {
                    return Ok(Answer::Wait(at_least));
                }
                let at = call.stale.map_or(At::Latest, At::Exactly);
                start.initial = self.initial(&start.watched, at)?;
                if let Some(revision) = call.stale {
                    start.after = revision;
                } else if at_least > 0 {
                    start.after = self.last_change(&start.watched.kind, at_least);
                }
                start.end_mark = end_mark;
            }
        }
        Ok(Answer::Watch(start))
    }

    /// The revision of the kind's last change after `since`, or `since` if there was none: all that a cache of this
    /// kind alone knows.
    fn last_change(&self, kind: &Kind, since: u64) -> u64 {
        match self.store.further_events(kind.collection, since) {
            Ok(mut events) => events.next_back().map_or(since, |event| event.revision),
            // There was one; which is forgotten.
            Err(_) => self.store.revision(),
        }
    }

    fn initial(&self, watched: &Watched, at: At) -> Result<Vec<Told>, ApiError> {
        let kind = &watched.kind;
        let objects = self
            .store
            .list(kind.collection, &watched.namespace, "", at)
            .map_err(watch::refusal)?;
        let selects = |object: &[u8]| watched.selection.selects(object);
        let selects: watch::Selects<'_> = if watched.selection.is_everything() {
            None
        } else {
            Some(&selects)
        };
        watch::initial(objects, selects)
            .map(|told| presented(kind, told))
            .collect()
    }

    /// What a watch is told that knows all up to `after`; at most `bound` changes are looked at.
    #[must_use]
    pub(crate) fn next(&self, watched: &Watched, after: u64, bound: usize) -> Next {
        let kind = &watched.kind;
        let events = match self.store.further_events(kind.collection, after) {
            Ok(events) => events,
            Err(why @ Unavailable::Compacted { .. }) => return Next::TooOld(watch::refusal(why)),
            // Nothing to tell before that.
            Err(Unavailable::Future { .. }) => return Next::Changes(Vec::new(), after),
        };
        let selects = |object: &[u8]| watched.selection.selects(object);
        let selects: watch::Selects<'_> = if watched.selection.is_everything() {
            None
        } else {
            Some(&selects)
        };
        let mut changes = Vec::new();
        let mut seen = 0;
        let mut reached = after.max(self.store.revision());
        for event in events {
            if seen == bound {
                break;
            }
            seen += 1;
            if seen == bound {
                reached = event.revision;
            }
            if !watched.namespace.is_empty() && event.namespace() != watched.namespace {
                continue;
            }
            if let Some(told) = watch::told(event, selects) {
                match presented(kind, told) {
                    Ok(told) => changes.push(told),
                    Err(error) => return Next::TooOld(error),
                }
            }
        }
        Next::Changes(changes, reached)
    }

    /// Whether a kind is still served as it was when a watch of it began.
    #[must_use]
    pub(crate) fn still_serves(&self, kind: &Kind) -> bool {
        let resource = &kind.resource;
        self.kinds
            .get(&resource.group, &resource.version, &resource.plural)
            .is_some()
    }
}

fn presented(kind: &Kind, told: Told) -> Result<Told, ApiError> {
    if kind.is_stored_version() && kind.schema_since == 0 {
        return Ok(told);
    }
    let object: Bytes = present(kind, &told.object, revision_of(&told.object))?;
    Ok(Told { object, ..told })
}
