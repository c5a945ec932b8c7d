//! [`Activity`]: what an operator has to do and how far it sees, at one moment, as a value.

use std::time::Instant;

use super::{
    index::KindId,
    state::{Engine, Health},
};
use crate::K8sType;

/// What an operator has to do and how far it sees, at one moment.
///
/// All numbers are of the same moment, and a parent is counted once.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// Parents that are due and wait for a pass.
    pub due: usize,
    /// Passes under way.
    pub running: usize,
    /// Parents whose last pass failed, and that are tried again later although nothing changes.
    pub retrying: usize,
    /// Parents that are looked at again later for another reason: their handler asked for it, or a name that they
    /// want is taken.
    pub later: usize,
    /// When the first of these is due, on tokio's clock.
    pub next_due: Option<Instant>,
    /// Events about parents that wait to be posted, or are being posted.
    pub events: usize,
    /// How far each watch has come: the parents' first, then the children's in the order of their declaration.
    pub watches: Vec<WatchActivity>,
}

impl Activity {
    /// Whether nothing is due, under way or to be posted, and nothing is out of sight. A failed parent may wait for its retry.
    ///
    /// It says nothing of what the watches have still to deliver: compare with [`WatchActivity::delivered`].
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let is_busy = self.due + self.running + self.events > 0;
        !is_busy && self.watches.iter().all(WatchActivity::is_up)
    }
}

/// How far one watch has come.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchActivity {
    /// What is watched.
    pub kind: &'static K8sType,
    /// Where; everywhere if it is `None`.
    pub namespace: Option<String>,
    /// The label selector of its requests, where it has one.
    pub selector: Option<String>,
    /// Whether the kind was seen whole at least once. No pass begins before every kind was where its parent is.
    pub listed: bool,
    /// How it is.
    pub health: WatchHealth,
    /// The `resourceVersion` up to which everything was delivered: that of the last list, event or bookmark.
    pub delivered: Option<String>,
}

impl WatchActivity {
    /// Whether it shows all that there is: it is live, or there can't be anything.
    #[must_use]
    pub fn is_up(&self) -> bool {
        matches!(self.health, WatchHealth::Live | WatchHealth::Absent)
    }
}

/// How a watch is.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchHealth {
    /// Not listed yet.
    Starting,
    /// Listed, and followed.
    Live,
    /// It can't be listed or watched, for this reason. What was seen stays, and nothing of the kind is written.
    Lost(String),
    /// The cluster lacks the kind, which was declared optional.
    Absent,
}

/// An object as an operator knows it.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownObject {
    /// Its type.
    pub kind: &'static K8sType,
    /// `metadata.namespace`.
    pub namespace: Option<String>,
    /// `metadata.name`.
    pub name: String,
    /// `metadata.uid`.
    pub uid: String,
    /// `metadata.resourceVersion`.
    pub resource_version: String,
    /// Whether the watch of its kind selects it. One that lost its label is known from requests alone.
    pub selected: bool,
}

impl Engine {
    /// What there is to do at `now`. `selector` is that of the children's watches, `events` how many are to be posted.
    pub(crate) fn activity(&self, now: Instant, selector: &str, events: usize) -> Activity {
        let waiting = |retrying| {
            let later = self.queue.later(now);
            later
                .filter(|(_, uid)| self.is_retrying(uid) == retrying)
                .count()
        };
        Activity {
            due: self.depth(now),
            running: self.queue.running(),
            retrying: waiting(true),
            later: waiting(false),
            next_due: self.queue.later(now).map(|(at, _)| at).min(),
            events,
            watches: self.watches(selector),
        }
    }

    fn watches(&self, selector: &str) -> Vec<WatchActivity> {
        let mut watches = Vec::new();
        for (number, kind) in self.kinds.iter().enumerate() {
            let id = KindId(number);
            for (scope, health) in &kind.watches {
                watches.push(WatchActivity {
                    kind: kind.descriptor,
                    namespace: scope.as_deref().map(str::to_owned),
                    selector: (id != KindId::PARENT).then(|| selector.to_owned()),
                    listed: kind.known,
                    health: match health {
                        Health::Starting => WatchHealth::Starting,
                        Health::Live => WatchHealth::Live,
                        Health::Lost(_) if kind.is_absent() => WatchHealth::Absent,
                        Health::Lost(why) => WatchHealth::Lost(why.to_string()),
                    },
                    delivered: self.delivered(id, scope).map(ToString::to_string),
                });
            }
        }
        watches
    }

    /// All objects that are known, by kind, namespace and name.
    pub(crate) fn known_objects(&self) -> Vec<KnownObject> {
        let objects = self
            .index
            .objects()
            .into_iter()
            .map(|(kind, object)| KnownObject {
                kind: self.kinds[kind.0].descriptor,
                namespace: object.key.namespace.as_deref().map(str::to_owned),
                name: object.key.name.as_ref().to_owned(),
                uid: object.uid.as_ref().to_owned(),
                resource_version: object.resource_version.to_string(),
                selected: kind == KindId::PARENT || object.tracked,
            });
        objects.collect()
    }
}
