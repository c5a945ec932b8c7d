//! [`Judge`]: what is right and since when, by what the driver's own watches say. A value: no I/O, no clock.

use std::{
    borrow::Cow,
    time::{Duration, Instant},
};

use operator_benchmark::work::payload_number;
use serde::Deserialize;

/// Names the parent of this index.
pub(crate) fn parent_name(index: usize) -> String {
    format!("p-{index}")
}

fn parent_index(name: &str) -> Option<usize> {
    name.strip_prefix("p-")?.parse().ok()
}

/// A parent as it is read from a watch. Everything may be absent: a bookmark has next to nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ParentSeen<'a> {
    #[serde(borrow)]
    metadata: Metadata<'a>,
    #[serde(borrow)]
    spec: Spec<'a>,
    status: Status,
}

impl ParentSeen<'_> {
    /// The version that a watch can go on from.
    pub(crate) fn version(&self) -> &str {
        &self.metadata.resource_version
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Metadata<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    uid: Cow<'a, str>,
    #[serde(borrow)]
    resource_version: Cow<'a, str>,
    generation: i64,
    #[serde(borrow)]
    owner_references: Vec<OwnerReference<'a>>,
}

#[derive(Debug, Deserialize)]
struct OwnerReference<'a> {
    #[serde(borrow)]
    uid: Cow<'a, str>,
    #[serde(default)]
    controller: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Spec<'a> {
    #[serde(borrow)]
    payload: Cow<'a, str>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Status {
    observed_generation: i64,
    ready: usize,
}

/// A child as it is read from a watch.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ChildSeen<'a> {
    #[serde(borrow)]
    metadata: Metadata<'a>,
    #[serde(borrow)]
    data: Data<'a>,
}

impl ChildSeen<'_> {
    /// The version that a watch can go on from.
    pub(crate) fn version(&self) -> &str {
        &self.metadata.resource_version
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data<'a> {
    #[serde(borrow)]
    payload: Cow<'a, str>,
    #[serde(borrow)]
    number: Cow<'a, str>,
}

/// What is known of a parent. Payloads are their numbers.
struct Parent {
    uid: String,
    wanted: usize,
    has: Option<usize>,
    generation: i64,
    status: Status,
    children: Vec<Option<usize>>,
    /// The edits whose last child was not seen yet, and when each was sent.
    open: Vec<(usize, Instant)>,
}

impl Parent {
    fn is_right(&self) -> bool {
        self.has == Some(self.wanted)
            && self.status.observed_generation == self.generation
            && self.status.ready == self.children.len()
            && self.children.iter().all(|has| *has == Some(self.wanted))
    }
}

/// What the driver has seen of all parents and their children.
pub(crate) struct Judge {
    payload: usize,
    parents: Vec<Parent>,
    right: usize,
    all_right_since: Option<Instant>,
    latencies: Vec<Duration>,
}

impl Judge {
    /// Nothing was seen yet of so many parents with so many children each, whose payloads have this length.
    pub(crate) fn new(parents: usize, children: usize, payload: usize) -> Self {
        let parent = || Parent {
            uid: String::new(),
            wanted: 0,
            has: None,
            generation: 0,
            status: Status::default(),
            children: vec![None; children],
            open: Vec::new(),
        };
        Self {
            payload,
            parents: std::iter::repeat_with(parent).take(parents).collect(),
            right: 0,
            all_right_since: None,
            latencies: Vec::new(),
        }
    }

    /// Wants a parent's children to have another payload from now on, by an edit that is being sent.
    pub(crate) fn want(&mut self, index: usize, number: usize, now: Instant) {
        self.change(index, now, |parent| {
            parent.wanted = number;
            parent.open.push((number, now));
        });
    }

    /// Takes in a parent; one that is `gone` is no longer there.
    pub(crate) fn saw_parent(&mut self, seen: ParentSeen<'_>, gone: bool, now: Instant) {
        let Some(index) = parent_index(&seen.metadata.name) else {
            return;
        };
        let has = payload_number(&seen.spec.payload, self.payload).filter(|_| !gone);
        self.change(index, now, |parent| {
            parent.uid.clear();
            parent.uid.push_str(&seen.metadata.uid);
            parent.generation = seen.metadata.generation;
            parent.has = has;
            parent.status = seen.status;
        });
    }

    /// Takes in a child; one that is `gone` is no longer there.
    pub(crate) fn saw_child(&mut self, seen: &ChildSeen<'_>, gone: bool, now: Instant) {
        let Some((parent, number)) = seen.metadata.name.rsplit_once('-') else {
            return;
        };
        let (Some(index), Ok(child)) = (parent_index(parent), number.parse::<usize>()) else {
            return;
        };
        let has =
            payload_number(&seen.data.payload, self.payload).filter(|_| seen.data.number == number);
        self.change(index, now, |parent| {
            let owners = &seen.metadata.owner_references;
            let owned = |owner: &OwnerReference<'_>| owner.controller && owner.uid == parent.uid;
            let is_ours = !gone && owners.iter().any(owned);
            if let Some(child) = parent.children.get_mut(child) {
                *child = has.filter(|_| is_ours);
            }
        });
    }

    fn change(&mut self, index: usize, now: Instant, change: impl FnOnce(&mut Parent)) {
        let all = self.parents.len();
        let Some(parent) = self.parents.get_mut(index) else {
            return;
        };
        self.right -= usize::from(parent.is_right());
        change(parent);
        // The oldest child decides: what all have is there.
        if let Some(oldest) = parent.children.iter().copied().min().flatten() {
            let latencies = &mut self.latencies;
            parent.open.retain(|(number, since)| {
                let is_open = *number > oldest;
                if !is_open {
                    latencies.push(now.saturating_duration_since(*since));
                }
                is_open
            });
        }
        self.right += usize::from(parent.is_right());
        if self.right < all {
            self.all_right_since = None;
        } else if self.all_right_since.is_none() {
            self.all_right_since = Some(now);
        }
    }

    /// How many parents are right: they, their status and all their children.
    pub(crate) fn right(&self) -> usize {
        self.right
    }

    /// Since when all parents are right; `None` while they aren't.
    pub(crate) fn all_right_since(&self) -> Option<Instant> {
        self.all_right_since
    }

    /// How many parents exist with the payload that is wanted of them.
    pub(crate) fn parents_there(&self) -> usize {
        let there = |parent: &&Parent| parent.has == Some(parent.wanted);
        self.parents.iter().filter(there).count()
    }

    /// Whether the children of an edit are still waited for.
    pub(crate) fn is_open(&self) -> bool {
        self.parents.iter().any(|parent| !parent.open.is_empty())
    }

    /// How long each edit took until its last child was seen, since this was last asked.
    pub(crate) fn take_latencies(&mut self) -> Vec<Duration> {
        std::mem::take(&mut self.latencies)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use operator_benchmark::work::payload;

    const PAYLOAD: usize = 10;

    fn parent(judge: &mut Judge, number: usize, generation: i64, observed: i64, at: Instant) {
        let json = format!(
            r#"{{"metadata": {{"name": "p-0", "uid": "u", "generation": {generation}}},
                "spec": {{"payload": "{}"}}, "status": {{"observedGeneration": {observed}, "ready": 2}}}}"#,
            payload(number, PAYLOAD)
        );
        judge.saw_parent(serde_json::from_str(&json).unwrap(), false, at);
    }

    fn child(judge: &mut Judge, child: usize, number: usize, owner: &str, at: Instant) {
        let json = format!(
            r#"{{"metadata": {{"name": "p-0-{child}", "ownerReferences": [{{"uid": "{owner}", "controller": true}}]}},
                "data": {{"number": "{child}", "payload": "{}"}}}}"#,
            payload(number, PAYLOAD)
        );
        judge.saw_child(&serde_json::from_str(&json).unwrap(), false, at);
    }

    fn converged(at: Instant) -> Judge {
        let mut judge = Judge::new(1, 2, PAYLOAD);
        parent(&mut judge, 0, 1, 1, at);
        for number in 0..2 {
            assert_eq!(judge.all_right_since(), None);
            child(&mut judge, number, 0, "u", at);
        }
        judge
    }

    #[test]
    fn all_is_right_from_the_last_child_on() {
        let start = Instant::now();
        let mut judge = converged(start);
        assert_eq!((judge.right(), judge.all_right_since()), (1, Some(start)));
        // Seen again, as it is after an update that changed nothing.
        child(&mut judge, 0, 0, "u", start + Duration::from_secs(1));
        assert_eq!(judge.all_right_since(), Some(start));
    }

    #[test]
    fn a_status_of_an_older_generation_is_wrong() {
        let start = Instant::now();
        let mut judge = converged(start);
        parent(&mut judge, 0, 2, 1, start);
        assert_eq!((judge.right(), judge.parents_there()), (0, 1));
    }

    #[test]
    fn a_child_of_somebody_else_is_wrong() {
        let start = Instant::now();
        let mut judge = converged(start);
        child(&mut judge, 1, 0, "another", start);
        assert_eq!(judge.right(), 0);
    }

    #[test]
    fn an_edit_is_as_late_as_its_last_child() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut judge = converged(start);
        judge.want(0, 1, at(0));
        child(&mut judge, 0, 1, "u", at(3));
        assert!(judge.is_open());
        child(&mut judge, 1, 1, "u", at(7));
        assert_eq!(judge.take_latencies(), [Duration::from_millis(7)]);
        assert!(!judge.is_open());
    }

    #[test]
    fn an_edit_that_was_overtaken_by_the_next_ends_with_it() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut judge = converged(start);
        judge.want(0, 1, at(0));
        judge.want(0, 2, at(1));
        for number in 0..2 {
            child(&mut judge, number, 2, "u", at(5));
        }
        let millis = [5, 4].map(Duration::from_millis);
        assert_eq!(judge.take_latencies(), millis);
    }
}
