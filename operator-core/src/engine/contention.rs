//! Telling a child, or a status, that flips between us and somebody else from one that merely changed, and naming the rival.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::{digest, index::KindId};
use crate::object::ObjectKey;

/// So many writes of the same content within [`WINDOW`], the first included, are a fight.
const LIMIT: u32 = 6;
const WINDOW: Duration = Duration::from_secs(60);
/// How often what is fought over is still written.
const PACE: Duration = Duration::from_secs(30);

#[derive(Debug)]
struct Round {
    kind: KindId,
    key: ObjectKey,
    /// The digest of the digest of what is written again.
    digest: u64,
    since: Instant,
    last: Instant,
    writes: u32,
    /// Whether it was told who the rival is.
    told: bool,
}

/// Counts, for each child of one parent and for its status, how often content that did not change had to be written again.
///
/// A list in the order of kinds and names: every parent has one, most of them of a few children or none.
#[derive(Debug, Default)]
pub(crate) struct Contention(Vec<Round>);

impl Contention {
    /// Notes that a child's content, of this digest, was written again. Another digest is another matter.
    pub(crate) fn note(&mut self, kind: KindId, key: &ObjectKey, digest: &str, now: Instant) {
        let digest = digest::of_text(digest);
        let begun = Round {
            kind,
            key: key.clone(),
            digest,
            since: now,
            last: now,
            writes: 1,
            told: false,
        };
        match self.place(kind, key) {
            Err(place) => self.0.insert(place, begun),
            Ok(place) => {
                let round = &mut self.0[place];
                // A fight ends when a whole window passes without a write.
                if round.digest != digest
                    || now.duration_since(round.last) > WINDOW
                    || (round.writes < LIMIT && now.duration_since(round.since) > WINDOW)
                {
                    *round = begun;
                } else {
                    round.last = now;
                    round.writes += 1;
                }
            }
        }
    }

    /// Where the child's round is, or would be.
    fn place(&self, kind: KindId, key: &ObjectKey) -> Result<usize, usize> {
        let of = |round: &Round| (round.kind, &round.key).cmp(&(kind, key));
        self.0.binary_search_by(of)
    }

    /// Until when a child is not to be written, because it is fought over.
    pub(crate) fn held_until(
        &self,
        kind: KindId,
        key: &ObjectKey,
        digest: &str,
        now: Instant,
    ) -> Option<Instant> {
        let round = &self.0[self.place(kind, key).ok()?];
        let until = round.last + PACE;
        let held = round.digest == digest::of_text(digest) && round.writes >= LIMIT && now < until;
        held.then_some(until)
    }

    /// For how long what is fought over has to stay as it is for the fight to be over; `None` if there is none.
    pub(crate) fn fought(&self, kind: KindId, key: &ObjectKey, now: Instant) -> Option<Duration> {
        let round = &self.0[self.place(kind, key).ok()?];
        let over = round.last + WINDOW + Duration::from_secs(1);
        let is_fought = round.writes >= LIMIT && now < over;
        is_fought.then(|| over.saturating_duration_since(now))
    }

    /// Whether it is still to be told whom it is fought over with. Once it was asked, it is not.
    pub(crate) fn tell(&mut self, kind: KindId, key: &ObjectKey) -> bool {
        let place = self.place(kind, key);
        place.is_ok_and(|place| !std::mem::replace(&mut self.0[place].told, true))
    }

    /// Forgets the children that were not written for a whole window.
    pub(crate) fn tidy(&mut self, now: Instant) {
        self.0
            .retain(|round| now.duration_since(round.last) <= WINDOW);
    }
}

/// What is told of a fight with these.
pub(crate) fn told(rivals: &str) -> String {
    let pace = PACE.as_secs();
    format!("{rivals} keeps changing it back: it is written every {pace} s only, until that ends")
}

/// Who else writes what we want in an object, by its `managedFields`: `kubectl-edit (spec.replicas)`.
pub(crate) fn rivals(object: &Value, desired: &Value, manager: &str) -> String {
    let mut rivals: Vec<String> = object["metadata"]["managedFields"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|entry| entry["manager"] != manager)
        .filter_map(|entry| {
            let mut paths = Vec::new();
            shared(&entry["fieldsV1"], desired, "", &mut paths);
            paths.truncate(3);
            (!paths.is_empty()).then(|| {
                format!(
                    "{} ({})",
                    entry["manager"].as_str().unwrap_or("?"),
                    paths.join(", ")
                )
            })
        })
        .collect();
    rivals.dedup();
    if rivals.is_empty() {
        "another writer".into()
    } else {
        rivals.join(" and ")
    }
}

/// The paths of `fields` (a `fieldsV1` set) that `desired` sets too.
fn shared(fields: &Value, desired: &Value, path: &str, paths: &mut Vec<String>) {
    for (name, inner) in fields.as_object().into_iter().flatten() {
        let (step, value) = if let Some(field) = name.strip_prefix("f:") {
            (
                format!("{}{field}", if path.is_empty() { "" } else { "." }),
                desired.get(field),
            )
        } else if let Some(key) = name.strip_prefix("k:") {
            let key: Value = serde_json::from_str(key).unwrap_or_default();
            let is_it = |item: &&Value| {
                key.as_object().is_some_and(|key| {
                    key.iter()
                        .all(|(name, value)| item.get(name) == Some(value))
                })
            };
            (
                format!("[{key}]"),
                desired
                    .as_array()
                    .and_then(|items| items.iter().find(is_it)),
            )
        } else {
            continue;
        };
        let Some(value) = value else { continue };
        let path = format!("{path}{step}");
        let leaf = inner
            .as_object()
            .is_none_or(|inner| inner.keys().all(|name| name == "."));
        if leaf {
            paths.push(path);
        } else {
            shared(inner, value, &path, paths);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_few_repairs_are_no_fight_and_many_are() {
        let (mut contention, key, start) = (
            Contention::default(),
            ObjectKey::new(None, "a"),
            Instant::now(),
        );
        for second in 0..u64::from(LIMIT) {
            let now = start + Duration::from_secs(second);
            assert_eq!(contention.held_until(KindId(1), &key, "d", now), None);
            contention.note(KindId(1), &key, "d", now);
        }
        let last = start + Duration::from_secs(u64::from(LIMIT) - 1);
        assert_eq!(
            contention.held_until(KindId(1), &key, "d", last),
            Some(last + PACE)
        );
        assert_eq!(
            contention.held_until(KindId(1), &key, "d", last + PACE),
            None
        );
        assert_eq!(contention.held_until(KindId(2), &key, "d", last), None);
    }

    #[test]
    fn a_fight_goes_on_slowly_until_a_window_passes_without_a_write() {
        let (mut contention, key, start) = (
            Contention::default(),
            ObjectKey::new(None, "a"),
            Instant::now(),
        );
        for _ in 0..LIMIT {
            contention.note(KindId(1), &key, "d", start);
        }
        let next = start + PACE;
        contention.note(KindId(1), &key, "d", next);
        assert_eq!(
            contention.held_until(KindId(1), &key, "d", next),
            Some(next + PACE)
        );
        let quiet = next + WINDOW + Duration::from_secs(1);
        contention.note(KindId(1), &key, "d", quiet);
        assert_eq!(contention.held_until(KindId(1), &key, "d", quiet), None);
    }

    #[test]
    fn content_that_changes_is_written_however_often() {
        let (mut contention, key, now) = (
            Contention::default(),
            ObjectKey::new(None, "a"),
            Instant::now(),
        );
        for round in 0..3 * LIMIT {
            let digest = (round / (LIMIT - 1)).to_string();
            assert_eq!(contention.held_until(KindId(1), &key, &digest, now), None);
            contention.note(KindId(1), &key, &digest, now);
        }
    }

    #[test]
    fn the_rival_is_named_with_the_fields_that_we_want_too() {
        let object = json!({"metadata": {"managedFields": [
            {"manager": "op", "fieldsV1": {"f:spec": {"f:replicas": {}}}},
            {"manager": "kubectl-scale", "fieldsV1": {"f:spec": {"f:replicas": {}, "f:paused": {}}}},
            {"manager": "kubelet", "fieldsV1": {"f:status": {"f:ready": {}}}},
            {"manager": "hand", "fieldsV1": {"f:spec": {"f:ports": {"k:{\"port\":80}": {".": {}, "f:name": {}}}}}},
        ]}});
        let desired = json!({"spec": {"replicas": 2, "ports": [{"port": 80, "name": "http"}]}});
        assert_eq!(
            rivals(&object, &desired, "op"),
            "kubectl-scale (spec.replicas) and hand (spec.ports[{\"port\":80}].name)"
        );
        assert_eq!(rivals(&json!({}), &desired, "op"), "another writer");
    }
}
