//! [`Engine`]: everything an operator knows, and which parent is to be worked on next.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};

use hashbrown::HashMap;
use serde_json::Value;

use super::{
    backoff::BackoffRange,
    contention::Contention,
    desired::KindRule,
    digest,
    index::{Affected, Change, Index, KindId, Known, Listing},
    news::News,
    queue::{Queue, Urgency},
    status::Keeps,
};
use crate::{
    K8sType,
    access::Why,
    config::{OperatorConfig, UpdateStrategy},
    handler::ErrorClass,
    object::{Object, ResourceVersion, Uid},
};

/// A taken name is looked at again after at most this long: no event tells when it becomes free.
const LONGEST_RECHECK: Duration = Duration::from_secs(10);

/// A resync asked for sooner than this comes after this long: a zero would be a loop.
const SHORTEST_RESYNC: Duration = Duration::from_millis(50);

/// What of a kind one watch covers: a namespace, or everything.
pub(crate) type Scope = Option<Box<str>>;

/// How the view of a kind is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    /// Not listed yet.
    Starting,
    /// Listed, and followed by a watch.
    Live,
    /// Can't be listed or watched. What was seen stays; nothing of the kind is written.
    Lost(Why),
}

/// A declared kind.
#[derive(Debug)]
pub(super) struct Kind {
    pub(super) descriptor: &'static K8sType,
    strategy: UpdateStrategy,
    optional: bool,
    namespaced: Option<bool>,
    /// Where it was listed whole at least once.
    listed: BTreeSet<Scope>,
    /// Whether it was listed whole everywhere, or found to be absent where it may be.
    pub(super) known: bool,
    pub(super) watches: BTreeMap<Scope, Health>,
    /// The last bookmark of each watch.
    bookmarks: BTreeMap<Scope, ResourceVersion>,
}

impl Kind {
    /// Whether the cluster lacks it, and may.
    pub(super) fn is_absent(&self) -> bool {
        self.optional && self.namespaced.is_none()
    }

    /// The watches that show what a parent in this namespace, or in none, has to do with.
    fn watches_of(&self, namespace: Option<&str>) -> impl Iterator<Item = (&Scope, &Health)> {
        let watches = self.watches.iter();
        watches.filter(move |(scope, _)| {
            scope.is_none() || namespace.is_none() || scope.as_deref() == namespace
        })
    }

    /// Whether what a parent in this namespace has of it was seen whole once, so that what is absent is known to be absent.
    fn is_known_in(&self, namespace: Option<&str>) -> bool {
        let mut watches = self.watches_of(namespace);
        self.known || watches.all(|(scope, _)| self.listed.contains(scope))
    }

    fn is_live_in(&self, namespace: Option<&str>) -> bool {
        let mut watches = self.watches_of(namespace);
        watches.all(|(_, health)| *health == Health::Live)
    }
}

/// A write that the server forbade.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Refusal {
    pub(crate) kind: String,
    pub(crate) verb: &'static str,
    pub(crate) why: Why,
}

/// What is remembered of a parent between passes.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    pub(crate) failures: u32,
    /// The server asked for this much patience: not even an event makes it shorter.
    not_before: Option<Instant>,
    /// The parent as the last snapshot showed it.
    viewed: Option<Arc<Object>>,
    /// The parent's content when the handler failed for good.
    held: Option<u64>,
    /// What has come in since the last snapshot, while a pass is under way.
    stirred: Stirred,
    pub(super) refused: Vec<Refusal>,
    last_pass: LastPass,
    /// Whether a kind's return makes it due.
    suspended: bool,
    /// Whether nothing of some kind could be written at its last snapshot.
    partial: bool,
    /// How many returns there had been at its last snapshot.
    returns: u64,
    pub(crate) contention: Contention,
    /// What was told of it as Events.
    pub(crate) news: News,
    /// Whether a child went that no pass deleted, since the parent was last known to be there.
    pub(crate) child_went: bool,
    /// Digests of a status as it was said and as it came back: they differ where the server drops a field.
    pub(crate) last_status: Option<(u64, u64)>,
}

impl Progress {
    /// A pass failed.
    fn fails(&mut self) {
        // A kind that could not be written may be why, and a sibling of what failed may wait for it.
        self.suspended = self.partial;
        self.failures = self.failures.saturating_add(1);
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum LastPass {
    #[default]
    Fine,
    Failed,
}

#[derive(Debug, Default)]
struct Stirred {
    parent: Option<ResourceVersion>,
    other: bool,
}

/// How a pass ended, as far as it decides when the next one is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum End {
    /// All is as it should be.
    Converged { resync_after: Option<Duration> },
    /// Something can't be written yet. An event or a kind's return makes the parent due; so does `recheck`.
    Waiting {
        recheck: bool,
        suspended: bool,
        resync_after: Option<Duration>,
    },
    /// Failed: tried again as `class` says.
    Failed { class: ErrorClass },
    /// The server did not serve it. If it serves nobody, the parent is due as soon as it does; else it backs off, or
    /// for as long as the server asked.
    Unserved {
        patience: Option<Duration>,
        outage: bool,
    },
    /// The parent changed under the pass: again, at once.
    Outdated,
}

impl End {
    /// The same, with a pass to come after `delay` at the latest, where none is to come of itself.
    pub(crate) fn within(self, delay: Duration) -> Self {
        let sooner = |resync: Option<Duration>| Some(resync.map_or(delay, |own| own.min(delay)));
        match self {
            Self::Converged { resync_after } => Self::Converged {
                resync_after: sooner(resync_after),
            },
            Self::Waiting {
                recheck,
                suspended,
                resync_after,
            } => Self::Waiting {
                recheck,
                suspended,
                resync_after: sooner(resync_after),
            },
            end => end,
        }
    }
}

/// A parent to be worked on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) uid: Uid,
    pub(crate) due_since: Instant,
}

/// What a pass works from.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) parent: Arc<Object>,
    pub(crate) observed: Vec<(KindId, Known)>,
    pub(crate) rules: Vec<(KindId, KindRule)>,
}

/// See the module's documentation.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) index: Index,
    pub(crate) keeps: Keeps,
    pub(super) queue: Queue,
    pub(super) kinds: Vec<Kind>,
    pub(super) parents: HashMap<Uid, Progress>,
    /// How often a kind became live (again).
    returns: u64,
    /// Parents whose turn came where not all that concerns them was seen. They have it when more is.
    held_back: BTreeSet<Uid>,
    /// Whether what is seen has changed since they were looked at.
    sees_otherwise: bool,
    backoff: BackoffRange,
}

impl Engine {
    pub(crate) fn new(config: &OperatorConfig) -> Self {
        let kind = |descriptor, strategy, optional| Kind {
            descriptor,
            strategy,
            optional,
            namespaced: None,
            listed: BTreeSet::new(),
            known: false,
            watches: BTreeMap::from([(None, Health::Starting)]),
            bookmarks: BTreeMap::new(),
        };
        let children = config
            .children
            .iter()
            .map(|(child, how)| kind(*child, how.strategy, how.optional));
        let kinds: Vec<Kind> = std::iter::once(kind(config.parent, UpdateStrategy::Apply, false))
            .chain(children)
            .collect();
        Self {
            index: Index::new(kinds.len()),
            keeps: Keeps::ALL,
            queue: Queue::default(),
            kinds,
            parents: HashMap::new(),
            returns: 0,
            held_back: BTreeSet::new(),
            sees_otherwise: false,
            backoff: config.backoff,
        }
    }

    /// Notes what discovery said of a kind, and which watches are to follow it.
    pub(crate) fn discovered(&mut self, kind: KindId, namespaced: bool, scopes: &[Scope]) {
        let kind = &mut self.kinds[kind.0];
        kind.namespaced = Some(namespaced);
        if !kind.watches.keys().eq(scopes) {
            self.sees_otherwise = true;
            kind.watches = scopes
                .iter()
                .map(|scope| (scope.clone(), Health::Starting))
                .collect();
        }
    }

    /// Notes that a kind can't be found, listed or watched; whether that is news.
    pub(crate) fn lost(&mut self, kind: KindId, scope: &Scope, why: Why, absent: bool) -> bool {
        let kind = &mut self.kinds[kind.0];
        if absent && kind.optional {
            self.sees_otherwise |= !kind.known;
            kind.known = true;
            kind.namespaced = None;
        }
        let lost = Health::Lost(why);
        let before = kind.watches.clone();
        match scope {
            None => kind
                .watches
                .values_mut()
                .for_each(|health| *health = lost.clone()),
            Some(_) => drop(kind.watches.insert(scope.clone(), lost)),
        }
        kind.watches != before
    }

    /// Notes that a watch is up to date; whether it had been lost.
    pub(crate) fn live(&mut self, kind: KindId, scope: &Scope, now: Instant) -> bool {
        let known = &mut self.kinds[kind.0];
        let before = known.watches.insert(scope.clone(), Health::Live);
        known.listed.insert(scope.clone());
        known.known |= known.is_known_in(None);
        let back = matches!(before, Some(Health::Lost(_)));
        if before != Some(Health::Live) {
            self.sees_otherwise = true;
            self.returns += 1;
            let mut waiting: Vec<Uid> = self
                .parents
                .iter()
                .filter(|(_, progress)| progress.suspended)
                .map(|(uid, _)| uid.clone())
                .collect();
            waiting.sort_unstable();
            for uid in waiting {
                self.wake(&uid, Urgency::Routine, now);
            }
        }
        back
    }

    /// Takes in an event of a watch; returns the parents that it concerns.
    pub(crate) fn apply(&mut self, kind: KindId, change: Change, now: Instant) -> Affected {
        let version = match &change {
            Change::Applied(object) if kind == KindId::PARENT => {
                Some(object.resource_version.clone())
            }
            _ => None,
        };
        let is_gone = kind != KindId::PARENT && matches!(change, Change::Deleted(_));
        let affected = self.index.apply(kind, change);
        self.stir(&affected, version.as_ref(), Urgency::Urgent, now);
        if is_gone {
            self.note_gone(&affected);
        }
        affected
    }

    /// Takes in a bookmark: whatever happened up to `version` was delivered.
    pub(crate) fn bookmark(&mut self, kind: KindId, scope: &Scope, version: ResourceVersion) {
        self.kinds[kind.0].bookmarks.insert(scope.clone(), version);
    }

    /// The version up to which a watch has delivered everything. Where versions can't be compared, a bookmark
    /// counts for less than an event.
    pub(super) fn delivered(&self, kind: KindId, scope: &Scope) -> Option<&ResourceVersion> {
        let seen = self.index.seen(kind, scope.as_deref())?;
        let bookmark = self.kinds[kind.0].bookmarks.get(scope);
        Some(bookmark.filter(|mark| mark.is_after(seen)).unwrap_or(seen))
    }

    /// Whether the last pass of a parent failed.
    pub(super) fn is_retrying(&self, uid: &Uid) -> bool {
        self.parents
            .get(uid)
            .is_some_and(|progress| progress.last_pass == LastPass::Failed)
    }

    /// Whether a list of this version is older than what was seen of the kind before.
    pub(crate) fn is_behind(&self, kind: KindId, scope: &Scope, version: &ResourceVersion) -> bool {
        let seen = self.index.seen(kind, scope.as_deref());
        seen.is_some_and(|seen| seen.is_after(version))
    }

    /// Makes every parent due.
    pub(crate) fn look_through(&mut self, now: Instant) {
        let parents: Vec<Uid> = self.index.parents().cloned().collect();
        for uid in parents {
            self.wake(&uid, Urgency::Routine, now);
        }
    }

    /// Forgets what is known of a kind, because the server's store went back to an earlier state.
    pub(crate) fn forget_kind(&mut self, kind: KindId, scope: &Scope, now: Instant) {
        self.kinds[kind.0].bookmarks.remove(scope);
        let affected = self.index.clear(kind, scope.as_deref());
        self.stir(&affected, None, Urgency::Routine, now);
    }

    /// Takes in a list; returns the parents that it concerns.
    pub(crate) fn reset(
        &mut self,
        kind: KindId,
        scope: &Scope,
        listing: Listing,
        version: &ResourceVersion,
        now: Instant,
    ) -> Affected {
        self.kinds[kind.0].bookmarks.remove(scope);
        let affected = self.index.reset(kind, scope.as_deref(), listing, version);
        // A first list is everything there is; any other tells what happened while nobody looked.
        let known = &self.kinds[kind.0];
        let again = known.known || known.listed.contains(scope);
        let urgency = if again {
            Urgency::Urgent
        } else {
            Urgency::Routine
        };
        self.stir(&affected, None, urgency, now);
        if kind != KindId::PARENT && again {
            self.note_gone(&affected);
        }
        affected
    }

    fn note_gone(&mut self, affected: &Affected) {
        for uid in affected {
            if let Some(progress) = self.parents.get_mut(uid) {
                progress.child_went = true;
            }
        }
    }

    fn stir(
        &mut self,
        affected: &Affected,
        version: Option<&ResourceVersion>,
        urgency: Urgency,
        now: Instant,
    ) {
        for uid in affected {
            if self.index.parent(uid).is_none() {
                self.queue.remove(uid);
                if !self.queue.is_running(uid) {
                    self.parents.remove(uid);
                }
                continue;
            }
            let progress = self.parents.entry(uid.clone()).or_default();
            match version {
                Some(version) => progress.stirred.parent = Some(version.clone()),
                None => progress.stirred.other = true,
            }
            self.wake(uid, urgency, now);
        }
    }

    /// Makes a parent due as soon as the server's wish for patience allows.
    fn wake(&mut self, uid: &Uid, urgency: Urgency, now: Instant) {
        let not_before = self.parents.get(uid).and_then(|known| known.not_before);
        let at = not_before.map_or(now, |patience| patience.max(now));
        self.queue.add(uid, at, urgency, now);
    }

    /// The next parent that is due, if its pass may begin: every kind was seen whole once where the parent is, and parents
    /// are being watched there.
    pub(crate) fn next(&mut self, now: Instant) -> Option<Job> {
        if !self.may_begin() {
            return None;
        }
        if std::mem::take(&mut self.sees_otherwise) {
            for uid in std::mem::take(&mut self.held_back) {
                self.wake(&uid, Urgency::Routine, now);
            }
        }
        while let Some((uid, due_since)) = self.queue.pop(now) {
            let held = self.parents.get(&uid).and_then(|progress| progress.held);
            let parent = self.index.parent(&uid);
            let due = parent.filter(|parent| held.is_none_or(|held| held != content(parent)));
            match due.map(|parent| self.sees_all_in(parent.key.namespace.as_deref())) {
                Some(true) => {
                    let progress = self.parents.entry(uid.clone()).or_default();
                    progress.held = None;
                    return Some(Job { uid, due_since });
                }
                Some(false) => {
                    self.queue.done(&uid);
                    self.held_back.insert(uid);
                }
                None => self.queue.done(&uid),
            }
        }
        None
    }

    /// When [`next`](Self::next) may have something, if nothing happens until then.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.may_begin().then(|| self.queue.next_due()).flatten()
    }

    /// Whether any pass may begin.
    fn may_begin(&self) -> bool {
        let is_seen = |kind: &Kind| kind.known || !kind.listed.is_empty();
        let parents = &self.kinds[KindId::PARENT.0].watches;
        self.kinds.iter().all(is_seen) && parents.values().any(|health| *health == Health::Live)
    }

    /// Whether the pass of a parent in this namespace may begin.
    fn sees_all_in(&self, namespace: Option<&str>) -> bool {
        self.kinds[KindId::PARENT.0].is_live_in(namespace)
            && self.kinds.iter().all(|kind| kind.is_known_in(namespace))
    }

    /// Whether parents are being watched where this one is. Without that its pass does not go on: it would make children
    /// of a parent that is gone.
    pub(crate) fn sees_parent(&self, uid: &Uid) -> bool {
        let parent = self.index.parent(uid);
        parent.is_none_or(|parent| {
            self.kinds[KindId::PARENT.0].is_live_in(parent.key.namespace.as_deref())
        })
    }

    /// What a pass works from, as of now; whatever came in before it is thereby seen to.
    pub(crate) fn view(&mut self, uid: &Uid) -> Option<View> {
        let parent = Arc::clone(self.index.parent(uid)?);
        self.queue.remove(uid);
        let progress = self.parents.entry(uid.clone()).or_default();
        progress.stirred = Stirred::default();
        progress.returns = self.returns;
        progress.viewed = Some(Arc::clone(&parent));
        let rules = self.rules(parent.key.namespace.as_deref());
        let partial = rules.iter().any(|(_, rule)| rule.suspended.is_some());
        self.progress(uid).partial = partial;
        let observed = self
            .index
            .children(uid)
            .map(|(kind, known)| (kind, known.clone()))
            .collect();
        Some(View {
            parent,
            observed,
            rules,
        })
    }

    /// How each kind of child may be written now, for a parent in this namespace.
    pub(crate) fn rules(&self, namespace: Option<&str>) -> Vec<(KindId, KindRule)> {
        let children = self.kinds.iter().enumerate().skip(1);
        children
            .map(|(id, kind)| {
                let lost = kind
                    .watches_of(namespace)
                    .find_map(|(_, health)| match health {
                        Health::Live => None,
                        Health::Starting => Some("it has not been listed yet".to_owned()),
                        Health::Lost(why) => Some(why.to_string()),
                    });
                let rule = KindRule {
                    kind: kind.descriptor,
                    strategy: kind.strategy,
                    namespaced: kind.namespaced,
                    suspended: lost
                        .map(|why| format!("nothing of {} is written: {why}", kind.descriptor)),
                };
                (KindId(id), rule)
            })
            .collect()
    }

    /// What is remembered of a parent.
    pub(crate) fn progress(&mut self, uid: &Uid) -> &mut Progress {
        self.parents.entry(uid.clone()).or_default()
    }

    /// Takes in the parent as a status write returned it. The event of that very write, if it came first,
    /// makes nobody due.
    pub(crate) fn fold_parent(&mut self, object: impl Into<Arc<Object>>) {
        let object = object.into();
        let (uid, version) = (object.uid.clone(), object.resource_version.clone());
        self.index.fold(KindId::PARENT, object, None);
        if let Some(progress) = self.parents.get_mut(&uid)
            && !progress.stirred.other
            && progress.stirred.parent.as_ref() == Some(&version)
        {
            progress.stirred = Stirred::default();
            self.queue.remove(&uid);
        }
    }

    /// Takes a parent back after its pass.
    pub(crate) fn finish(&mut self, uid: &Uid, end: End, refused: Vec<Refusal>, now: Instant) {
        let parent = self.index.parent(uid).cloned();
        let Some(parent) = parent else {
            self.queue.remove(uid);
            self.queue.done(uid);
            self.parents.remove(uid);
            return;
        };
        let (backoff, returns) = (self.backoff, self.returns);
        let progress = self.parents.entry(uid.clone()).or_default();
        let viewed = progress.viewed.take();
        progress.refused = refused;
        progress.last_pass = match end {
            End::Failed { .. } | End::Unserved { .. } => LastPass::Failed,
            _ => LastPass::Fine,
        };
        progress.suspended = false;
        progress.not_before = None;
        progress.contention.tidy(now);
        let stirred = progress.stirred.parent.is_some() || progress.stirred.other;
        let again = match end {
            End::Converged { resync_after } => {
                progress.failures = 0;
                resync_after.map(|delay| delay.max(SHORTEST_RESYNC))
            }
            End::Waiting {
                recheck,
                suspended,
                resync_after,
            } => {
                progress.suspended = suspended;
                progress.failures = if recheck {
                    progress.failures.saturating_add(1)
                } else {
                    0
                };
                let recheck =
                    recheck.then(|| backoff.delay(uid, progress.failures).min(LONGEST_RECHECK));
                // A kind that came back while the pass was under way told nobody.
                let back = (suspended && progress.returns != returns).then_some(Duration::ZERO);
                let resync_after = resync_after.map(|delay| delay.max(SHORTEST_RESYNC));
                recheck.into_iter().chain(resync_after).chain(back).min()
            }
            End::Failed { class } => {
                progress.fails();
                match class {
                    ErrorClass::Backoff => Some(backoff.delay(uid, progress.failures)),
                    ErrorClass::After(delay) => Some(delay.max(SHORTEST_RESYNC)),
                    ErrorClass::Permanent => {
                        // Of what the handler saw: the parent may have become another meanwhile.
                        progress.held = Some(content(&viewed.unwrap_or(parent)));
                        None
                    }
                }
            }
            End::Unserved { patience, outage } => {
                progress.fails();
                progress.not_before = patience.and_then(|patience| now.checked_add(patience));
                Some(patience.unwrap_or_else(|| {
                    if outage {
                        Duration::ZERO
                    } else {
                        backoff.delay(uid, progress.failures)
                    }
                }))
            }
            End::Outdated => Some(Duration::ZERO),
        };
        // What came in during the pass made the parent due at once: the server's wish counts for that as well.
        if let Some(not_before) = progress.not_before {
            self.queue.remove(uid);
            if stirred {
                self.queue.add(uid, not_before, Urgency::Urgent, now);
            }
        }
        // An interval too long to be a point in time never comes.
        if let Some(at) = again.and_then(|delay| now.checked_add(delay)) {
            let urgency = match end {
                End::Outdated => Urgency::Urgent,
                _ => Urgency::Routine,
            };
            self.queue.add(uid, at, urgency, now);
        }
        self.queue.done(uid);
    }

    /// When a parent is due, and how often it failed in a row; `None` if it is gone.
    pub(crate) fn standing(&self, uid: &Uid) -> Option<(Option<Instant>, u32)> {
        self.index.parent(uid)?;
        let failures = self
            .parents
            .get(uid)
            .map_or(0, |progress| progress.failures);
        Some((self.queue.due(uid), failures))
    }

    /// How many parents are due and wait for a pass.
    pub(crate) fn depth(&self, now: Instant) -> usize {
        let may_go_on = if self.sees_otherwise {
            self.held_back.len()
        } else {
            0
        };
        self.queue.depth(now) + may_go_on
    }
}

/// The digest of what is asked for by a parent: everything but the status and the version.
pub(crate) fn content(parent: &Object) -> u64 {
    let mut content = parent.value();
    if let Some(fields) = content.as_object_mut() {
        fields.remove("status");
    }
    if let Some(metadata) = content.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("resourceVersion");
    }
    digest::short(&content)
}

#[cfg(test)]
mod tests;
