//! [`Ledger`]: puts what an operator told together to entries, one for each pass, and knows how each parent stands.

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;

use super::text::{self, Said, Tone};
use crate::{
    K8sType,
    runtime::{Answer, Cause, ObjectId, PassCondition, PassEnd, Told, Verb, Work},
};

/// An entry of the account: what happened, what came of it, and each single step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) at: Timestamp,
    /// Whom it is about.
    pub(super) subject: String,
    /// What happened to it.
    pub(super) cause: String,
    pub(super) steps: Vec<Said>,
    pub(super) outcome: Option<Said>,
}

impl Entry {
    /// An entry without steps.
    pub(super) fn note(
        at: Timestamp,
        subject: impl Into<String>,
        cause: impl Into<String>,
    ) -> Self {
        Self {
            at,
            subject: subject.into(),
            cause: cause.into(),
            steps: Vec::new(),
            outcome: None,
        }
    }
}

/// See the module's documentation.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    passes: BTreeMap<ObjectId, Pass>,
    parents: BTreeMap<ObjectId, Standing>,
    writes: usize,
    /// The kinds that can't be watched, and why.
    lost: BTreeMap<&'static K8sType, String>,
}

#[derive(Debug)]
struct Pass {
    since: Timestamp,
    because: Vec<Cause>,
    steps: Vec<Said>,
}

/// How a parent stands after its last pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) condition: Option<PassCondition>,
    /// When it is looked at next, if nothing happens.
    pub(super) again: Option<Duration>,
}

impl Standing {
    pub(super) fn is_synced(&self) -> bool {
        self.condition
            .as_ref()
            .is_some_and(|condition| condition.is_true)
    }

    /// Why it is not synced.
    fn reason(&self) -> String {
        match &self.condition {
            Some(condition) => format!("{}: {}", condition.reason, condition.message),
            None => "no pass of it came to its end".into(),
        }
    }
}

impl Ledger {
    /// Takes in what was told at `at`; returns an entry if one is thereby complete.
    pub(super) fn take(&mut self, at: Timestamp, told: Told) -> Option<Entry> {
        match told {
            Told::Began { parent, because } => {
                self.parents.entry(parent.clone()).or_insert(Standing {
                    condition: None,
                    again: None,
                });
                let pass = Pass {
                    since: at,
                    because,
                    steps: Vec::new(),
                };
                self.passes.insert(parent, pass);
                None
            }
            Told::Joined { parent, because } => {
                let text = format!("meanwhile {}", text::because(&parent, &because));
                let pass = self.passes.get_mut(&parent)?;
                pass.steps.push(Said::new(Tone::Quiet, text));
                None
            }
            Told::Answered { parent, request } => {
                let is_write = request.verb != Verb::Get && !request.dry_run;
                self.writes += usize::from(is_write && matches!(request.answer, Answer::Done(_)));
                let pass = self.passes.get_mut(&parent)?;
                pass.steps.extend(text::request(&parent, &request));
                None
            }
            Told::Ended { parent, pass } => Some(self.ended(at, parent, pass)),
            Told::Gone(change) => {
                self.parents.remove(&change.object);
                let cause = text::changed(&change);
                Some(Entry::note(at, change.object.to_string(), cause))
            }
            Told::WatchLost { kind, why } => {
                let why = format!("can't be watched: {why}");
                self.lost.insert(kind, why.clone());
                Some(Entry {
                    outcome: Some(Said::new(Tone::Bad, why)),
                    ..Entry::note(at, kind.to_string(), "")
                })
            }
            Told::WatchBack { kind } => {
                self.lost.remove(kind);
                Some(Entry::note(at, kind.to_string(), "watched again"))
            }
        }
    }

    fn ended(&mut self, at: Timestamp, parent: ObjectId, end: PassEnd) -> Entry {
        let pass = self.passes.remove(&parent);
        let is_refusal = |condition: &PassCondition| condition.reason == "WriteFailed";
        let is_said = end.condition.as_ref().is_some_and(is_refusal)
            && pass
                .iter()
                .flat_map(|pass| &pass.steps)
                .any(|step| step.tone == Tone::Bad);
        let outcome = text::end(&end, is_said);
        let entry = Entry {
            at,
            subject: parent.to_string(),
            cause: text::because(&parent, pass.as_ref().map_or(&[], |pass| &pass.because)),
            steps: pass.map_or_else(Vec::new, |pass| pass.steps),
            outcome: Some(outcome),
        };
        if end.gone || end.work == Work::LetGo {
            self.parents.remove(&parent);
        } else {
            let standing = Standing {
                condition: end.condition,
                again: end.again,
            };
            self.parents.insert(parent, standing);
        }
        entry
    }

    /// How many parents there are, and how many of them are as declared.
    pub(super) fn counts(&self) -> (usize, usize) {
        let synced = self.parents.values().filter(|one| one.is_synced()).count();
        (self.parents.len(), synced)
    }

    /// How many writes succeeded.
    pub(super) fn writes(&self) -> usize {
        self.writes
    }

    /// The parents that are not synced, each with its reason.
    pub(super) fn unsynced(&self) -> Vec<String> {
        let unsynced = self.parents.iter().filter(|(_, one)| !one.is_synced());
        unsynced
            .map(|(parent, standing)| {
                let again = standing.again.map_or_else(String::new, |delay| {
                    format!(" (again in {})", text::duration(delay))
                });
                format!("{parent}: {}{again}", standing.reason())
            })
            .collect()
    }

    /// The kinds that can't be watched, each with its reason.
    pub(super) fn lost(&self) -> impl Iterator<Item = String> {
        self.lost.iter().map(|(kind, why)| format!("{kind} {why}"))
    }

    /// The first thing that is wrong now, if anything is.
    pub(super) fn trouble(&self) -> Option<String> {
        let first = self.parents.iter().find(|(_, one)| {
            one.condition
                .as_ref()
                .is_some_and(|condition| !condition.is_true)
        });
        let text =
            |(parent, standing): (&ObjectId, &Standing)| format!("{parent}: {}", standing.reason());
        self.lost().next().or_else(|| first.map(text))
    }

    /// The parents that are worked on, and since when.
    pub(super) fn under_way(&self) -> impl Iterator<Item = (&ObjectId, Timestamp)> {
        self.passes
            .iter()
            .map(|(parent, pass)| (parent, pass.since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        k8s_types::core::v1::{ConfigMap, Service},
        runtime::Answered,
    };

    fn object(kind: &'static crate::K8sType) -> ObjectId {
        ObjectId {
            kind,
            namespace: None,
            name: "a".into(),
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn end(is_true: bool) -> PassEnd {
        PassEnd {
            work: Work::Sync,
            condition: Some(PassCondition {
                is_true,
                reason: "R".into(),
                message: "m".into(),
            }),
            failed: !is_true,
            again: None,
            gone: false,
            took: Duration::from_millis(5),
        }
    }

    fn write() -> Answered {
        Answered {
            verb: Verb::Apply,
            object: object(ConfigMap),
            subresource: None,
            dry_run: false,
            answer: Answer::Done(201),
            took: Duration::from_millis(1),
        }
    }

    #[test]
    fn a_pass_is_one_entry_with_its_steps_at_the_time_it_ended() {
        let (mut ledger, parent) = (Ledger::default(), || object(Service));
        let began = Told::Began {
            parent: parent(),
            because: vec![Cause::Listed],
        };
        assert_eq!(ledger.take(at(1), began), None);
        let answered = Told::Answered {
            parent: parent(),
            request: write(),
        };
        assert_eq!(ledger.take(at(2), answered), None);
        assert_eq!(ledger.under_way().count(), 1);
        let ended = Told::Ended {
            parent: parent(),
            pass: end(true),
        };
        let entry = ledger.take(at(3), ended).unwrap();
        assert_eq!(
            (entry.at, entry.subject.as_str(), entry.cause.as_str()),
            (at(3), "Service a", "found in a list")
        );
        assert_eq!(entry.steps[0].text, "ConfigMap a created (201, 1 ms)");
        assert_eq!(entry.outcome.unwrap().text, "synced in 5 ms");
        assert_eq!((ledger.counts(), ledger.writes()), ((1, 1), 1));
    }

    #[test]
    fn a_parent_that_is_not_synced_is_named_with_its_reason_until_it_is_or_goes() {
        let (mut ledger, parent) = (Ledger::default(), || object(Service));
        let ended = |is_true| Told::Ended {
            parent: parent(),
            pass: end(is_true),
        };
        ledger.take(at(1), ended(false));
        assert_eq!(ledger.unsynced(), ["Service a: R: m"]);
        assert_eq!(ledger.trouble().as_deref(), Some("Service a: R: m"));
        ledger.take(at(2), ended(true));
        assert!(ledger.unsynced().is_empty() && ledger.trouble().is_none());
        let gone = Told::Ended {
            parent: parent(),
            pass: PassEnd {
                gone: true,
                ..end(false)
            },
        };
        ledger.take(at(3), gone);
        assert_eq!(ledger.counts(), (0, 0));
    }
}
