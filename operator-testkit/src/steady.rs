//! Whether an operator is done: nothing due or under way, and every watch has delivered the last write of its own kind.
//!
//! It is known, not slept for. The operator tells what it has to do and how far it sees ([`Activity`]); how far there is
//! to see, the cluster tells. The embedded one knows each change that a watch has still to be told. A real one is asked
//! for a list with the watch's own selector, in the watch's own place: all of it was delivered if the operator knows each
//! listed object in that version or a later one, or its watch has come past that version; and if it knows none that is
//! not listed. (An object that came and went between two looks is missed there, which changes nothing but that the
//! operator may look at its parent once more.) Both are asked after the operator was looked at, so whatever was written
//! before the answer is accounted for.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use kube::api::{Api, ListParams};
use operator_apiserver::{ControllerMode, LocalCluster};
use operator_core::runtime::{Activity, KnownObject, WatchActivity, WatchHealth};
use tokio::time::Instant;

use crate::{KitError, TestKit, error::server, kit::resource, place::Place};

/// How long at most until the next look, although the operator has nothing to tell.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// What counts as rest.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// Neither a failed parent nor a lost watch waits for its retry.
    Done,
    /// Nothing happens now; a failed parent or a lost watch may wait for its retry.
    Idle,
}

/// When the operator is done.
impl TestKit {
    /// Waits until the operator is done: nothing is due or under way, no failed parent and no lost watch waits for its
    /// retry, and every watch has delivered the last write of its own kind. What is due later because a handler asked to be called
    /// again, or because a name is taken, is not waited for; a parent whose handler failed for good is done.
    ///
    /// On tokio's paused clock, time jumps to the next retry as often as need be.
    ///
    /// # Errors
    /// [`KitError::NotSteady`] after the kit's timeout, with what was still going on; so for a parent that fails each
    /// time, or a kind that can't be watched: see [`idle`](Self::idle).
    pub async fn reconcile(&self) -> Result<(), KitError> {
        self.rest(Rest::Done).await
    }

    /// Waits until the operator has nothing to do *now*: as [`reconcile`](Self::reconcile), but without waiting for the
    /// retries of parents that failed and of watches that were lost. It is the moment to look at a failure. Of a kind
    /// whose watch is lost the operator sees nothing new: what happened to it meanwhile is not waited for.
    ///
    /// # Errors
    /// As [`reconcile`](Self::reconcile).
    pub async fn idle(&self) -> Result<(), KitError> {
        self.rest(Rest::Idle).await
    }

    async fn rest(&self, rest: Rest) -> Result<(), KitError> {
        let mut probe = self.probe();
        let mut going_on = Vec::new();
        let looks = async {
            loop {
                going_on = self.going_on(rest).await?;
                if going_on.is_empty() {
                    return Ok(());
                }
                tokio::select! {
                    biased;
                    () = probe.changed() => {}
                    () = tokio::time::sleep(LOOK_AGAIN) => {}
                }
            }
        };
        let looked = tokio::time::timeout(self.timeout, looks).await;
        match looked {
            Ok(result) => result,
            Err(_) => Err(self.not_steady(going_on).await),
        }
    }

    async fn not_steady(&self, going_on: Vec<String>) -> KitError {
        let limit = self.timeout;
        let mut text = format!("after {limit:?} the operator was not done:\n");
        for one in going_on {
            let _ = writeln!(text, "  - {one}");
        }
        text.push_str(&self.report().await);
        KitError::NotSteady(text)
    }

    /// What is still going on, in words; empty if the operator rests.
    async fn going_on(&self, rest: Rest) -> Result<Vec<String>, KitError> {
        if self.has_ended() {
            return Err(KitError::Ended(self.how_it_ended()));
        }
        if let Place::Embedded(cluster) = &self.place
            && cluster.controller_mode() == ControllerMode::Running
        {
            // They would come to it anyway: what they have still to do is not over before they did it.
            cluster.step_controllers();
        }
        let Some((activity, known)) = self.probe.survey() else {
            return Ok(vec!["the operator starts".to_owned()]);
        };
        let mut going_on = to_do(&activity, rest, Instant::now().into_std());
        if going_on.is_empty() {
            let lost = |watch: &&WatchActivity| {
                rest == Rest::Idle && matches!(watch.health, WatchHealth::Lost(_))
            };
            for watch in activity.watches.iter().filter(|watch| !lost(watch)) {
                going_on.extend(self.undelivered(watch, &known).await?);
            }
        }
        Ok(going_on)
    }

    /// What is there and a watch has not told yet, in words.
    async fn undelivered(
        &self,
        watch: &WatchActivity,
        known: &[KnownObject],
    ) -> Result<Option<String>, KitError> {
        if watch.health == WatchHealth::Absent {
            let kinds = self.discovered(watch.kind.api_version).await?;
            let there = kinds.iter().any(|(kind, ..)| kind == watch.kind.kind);
            return Ok(
                there.then(|| format!("{} is there, and was not looked for since", watch.kind))
            );
        }
        let seen = watch.delivered.as_deref();
        if let (Place::Embedded(cluster), Some(after)) = (&self.place, seen.and_then(number))
            && let Some(changes) = changes_after(cluster, watch, after)
        {
            let place = place(watch);
            return Ok((changes > 0).then(|| {
                format!("the watch of {place} has come to {after}, and {changes} changes after that are still to be delivered")
            }));
        }
        let listed = self.listed(watch).await?;
        let missing = missing(seen, &of_watch(watch, known), &listed);
        Ok(
            missing
                .map(|what| format!("the watch of {} has still to deliver {what}", place(watch))),
        )
    }

    async fn listed(&self, watch: &WatchActivity) -> Result<Listed, KitError> {
        let kind = resource(watch.kind);
        let api: Api<kube::api::DynamicObject> = match &watch.namespace {
            Some(namespace) => Api::namespaced_with(self.client(), namespace, &kind),
            None => Api::all_with(self.client(), &kind),
        };
        let mut parameters = ListParams::default();
        if let Some(selector) = &watch.selector {
            parameters = parameters.labels(selector);
        }
        let list = api.list_metadata(&parameters).await;
        let list = list.map_err(server(format!("list {}", kind.plural)))?;
        let objects = list.items.into_iter().map(|object| {
            let metadata = object.metadata;
            let version = metadata.resource_version.unwrap_or_default();
            (
                metadata.uid.unwrap_or_default(),
                (metadata.name.unwrap_or_default(), version),
            )
        });
        Ok(Listed {
            objects: objects.collect(),
            version: list.metadata.resource_version.unwrap_or_default(),
        })
    }
}

/// Objects by their uid: name and version of each.
type Objects = BTreeMap<String, (String, String)>;

/// What a list says: the objects, and the version of the whole.
struct Listed {
    objects: Objects,
    version: String,
}

/// What there is to do, in words.
fn to_do(activity: &Activity, rest: Rest, now: std::time::Instant) -> Vec<String> {
    let mut words = Vec::new();
    for watch in &activity.watches {
        match &watch.health {
            WatchHealth::Starting => words.push(format!("{} is not listed yet", place(watch))),
            WatchHealth::Lost(why) if rest == Rest::Done => words.push(format!(
                "{} can't be watched: {why} (`idle` does not wait for it)",
                place(watch)
            )),
            _ => {}
        }
    }
    if activity.due > 0 {
        words.push(format!("parents that wait for a pass: {}", activity.due));
    }
    if activity.running > 0 {
        words.push(format!("passes under way: {}", activity.running));
    }
    if activity.events > 0 {
        words.push(format!("Events to be posted: {}", activity.events));
    }
    if rest == Rest::Done && activity.retrying > 0 {
        let next = activity.next_due.map_or_else(String::new, |at| {
            format!(", the next one in {:?}", at.saturating_duration_since(now))
        });
        words.push(format!(
            "parents that failed and are tried again: {}{next} (`idle` does not wait for them)",
            activity.retrying
        ));
    }
    words
}

fn place(watch: &WatchActivity) -> String {
    match &watch.namespace {
        Some(namespace) => format!("{} in {namespace}", watch.kind),
        None => watch.kind.to_string(),
    }
}

fn changes_after(cluster: &LocalCluster, watch: &WatchActivity, after: u64) -> Option<usize> {
    let selector = watch.selector.as_deref().unwrap_or_default();
    let (group, plural) = (watch.kind.group(), watch.kind.plural_kind);
    cluster.changes_after(group, plural, watch.namespace.as_deref(), selector, after)
}

/// The known objects that a watch selects.
fn of_watch(watch: &WatchActivity, known: &[KnownObject]) -> Objects {
    let here = |object: &&KnownObject| {
        let place = watch.namespace.is_none() || object.namespace == watch.namespace;
        object.kind == watch.kind && place && object.selected
    };
    let known = known.iter().filter(here);
    let entries = known.map(|one| {
        (
            one.uid.clone(),
            (one.name.clone(), one.resource_version.clone()),
        )
    });
    entries.collect()
}

/// The first thing that a list has and the operator does not know, or the other way round, although the watch has come
/// to `delivered`.
fn missing(delivered: Option<&str>, known: &Objects, listed: &Listed) -> Option<String> {
    for (uid, (name, version)) in &listed.objects {
        let is_known = known
            .get(uid)
            .is_some_and(|(_, known)| has_reached(known, version));
        let passed = delivered.is_some_and(|delivered| has_reached(delivered, version));
        if !is_known && !passed {
            return Some(format!("{name} at version {version}"));
        }
    }
    let gone = known.iter().find(|(uid, (_, version))| {
        !listed.objects.contains_key(*uid) && has_reached(&listed.version, version)
    });
    gone.map(|(_, (name, _))| format!("the end of {name}"))
}

/// Whether a version is another or a later one. Versions that are no numbers can only be the same.
fn has_reached(version: &str, wanted: &str) -> bool {
    match (number(version), number(wanted)) {
        (Some(version), Some(wanted)) => version >= wanted,
        _ => version == wanted,
    }
}

fn number(version: &str) -> Option<u64> {
    version.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objects(entries: &[(&str, &str)]) -> Objects {
        let entries = entries.iter();
        entries
            .map(|(name, version)| {
                (
                    (*name).to_owned(),
                    ((*name).to_owned(), (*version).to_owned()),
                )
            })
            .collect()
    }

    fn look(delivered: &str, known: &[(&str, &str)], listed: &[(&str, &str)]) -> Option<String> {
        let listed = Listed {
            objects: objects(listed),
            version: "90".to_owned(),
        };
        missing(Some(delivered), &objects(known), &listed)
    }

    #[test]
    fn what_is_known_in_that_version_or_a_later_one_was_delivered() {
        assert_eq!(look("10", &[("a", "20")], &[("a", "20")]), None);
        assert_eq!(
            look("10", &[("a", "21")], &[("a", "20")]),
            None,
            "our own write, its echo to come"
        );
        assert_eq!(
            look("10", &[("a", "19")], &[("a", "20")]),
            Some("a at version 20".into())
        );
        assert_eq!(
            look("10", &[], &[("a", "20")]),
            Some("a at version 20".into())
        );
    }

    #[test]
    fn what_a_watch_has_passed_was_delivered_whether_it_is_known_or_not() {
        assert_eq!(look("20", &[], &[("a", "20")]), None);
    }

    #[test]
    fn what_is_not_listed_any_more_is_to_end_unless_it_is_newer_than_the_list() {
        assert_eq!(look("10", &[("a", "20")], &[]), Some("the end of a".into()));
        assert_eq!(look("10", &[("a", "95")], &[]), None);
    }

    #[test]
    fn versions_that_are_no_numbers_are_only_compared_for_being_the_same() {
        assert_eq!(look("x", &[("a", "5-b")], &[("a", "5-b")]), None);
        assert_eq!(
            look("x", &[("a", "6-b")], &[("a", "5-b")]),
            Some("a at version 5-b".into())
        );
    }
}
