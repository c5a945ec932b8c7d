//! [`Account`]: puts together what an observer is told: which pass asked for what, and why it began.
//!
//! There is one only where somebody wants to be told; without it an operator keeps nothing of this.

mod change;
mod told;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::Value;

use self::change::Writer;
pub use self::told::{
    Answer, Answered, Cause, Change, FieldChange, ObjectId, PassCondition, PassEnd, Told, Verb,
    What, Work,
};
use super::api::Failure;
use crate::{
    K8sType,
    engine::{
        index::Affected,
        state::End,
        status::{self, Condition},
    },
    identity::Identity,
    object::{Object, ObjectKey, ResourceVersion, Uid},
};

/// How many reasons for one pass are worth saying.
const REASONS: usize = 16;

/// Who is told. It is called by whatever happens, in the order in which it happens, and should return at once.
pub(super) type Teller = Arc<dyn Fn(Told) + Send + Sync>;

/// What an observer is told, put together.
pub(crate) struct Account {
    teller: Teller,
    identity: Identity,
    // Taken after the engine's lock where both are needed, and never while somebody is told.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Why parents are due, as far as events made them so.
    causes: BTreeMap<Uid, Vec<Reason>>,
    /// Who had written to an object when it was last seen.
    writers: BTreeMap<Uid, Vec<Writer>>,
    /// The passes under way.
    passes: BTreeMap<Uid, Pass>,
    /// What it means if a parent is due and no event made it so.
    otherwise: BTreeMap<Uid, Cause>,
}

/// A reason, and the very state of an object that was it, if one was.
struct Reason {
    cause: Cause,
    state: Option<(Uid, ResourceVersion)>,
}

struct Pass {
    parent: ObjectId,
    work: Work,
    condition: Option<PassCondition>,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").finish_non_exhaustive()
    }
}

/// What a watch has shown.
pub(super) struct Sight<'a> {
    pub(super) kind: &'static K8sType,
    /// The object as it was known.
    pub(super) before: Option<&'a Object>,
    /// The object as the watch sent it.
    pub(super) json: &'a str,
    pub(super) key: &'a ObjectKey,
    pub(super) uid: &'a Uid,
    pub(super) version: &'a ResourceVersion,
    pub(super) is_gone: bool,
}

impl Account {
    pub(super) fn new(teller: Teller, identity: Identity) -> Self {
        Self {
            teller,
            identity,
            state: Mutex::default(),
        }
    }

    pub(super) fn tell(&self, told: Told) {
        (self.teller)(told);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes who had written to an object that was found in a list.
    pub(super) fn met(&self, uid: &Uid, json: &str) {
        let object: Value = serde_json::from_str(json).unwrap_or_default();
        let writers = change::writers(&object);
        self.state().writers.insert(uid.clone(), writers);
    }

    /// Notes that a list made parents due.
    pub(super) fn listed(&self, affected: &Affected) {
        let mut state = self.state();
        for parent in affected {
            state.because(parent, Cause::Listed, None);
        }
    }

    /// Notes what a watch has shown; returns what that was if it made no parent due of those there are.
    ///
    /// It is called with the engine locked, so that no pass begins between the event and its being the reason.
    pub(super) fn saw(
        &self,
        sight: &Sight<'_>,
        affected: &Affected,
        is_there: impl Fn(&Uid) -> bool,
    ) -> Option<Told> {
        let object: Value = serde_json::from_str(sight.json).unwrap_or_default();
        let writers = change::writers(&object);
        let mut state = self.state();
        let before = if sight.is_gone {
            state.otherwise.remove(sight.uid);
            state.causes.remove(sight.uid);
            state.writers.remove(sight.uid)
        } else {
            state.writers.insert(sight.uid.clone(), writers.clone())
        };
        if affected.is_empty() {
            return None;
        }
        let change = self.change(sight, &object, &before.unwrap_or_default(), &writers);
        let mut concerned = false;
        for parent in affected.iter().filter(|parent| is_there(parent)) {
            concerned = true;
            let seen = (sight.uid.clone(), sight.version.clone());
            state.because(parent, Cause::Changed(change.clone()), Some(seen));
        }
        (!concerned && sight.is_gone).then_some(Told::Gone(change))
    }

    /// Takes back a reason that was but the event of a write of the parent's own pass, which came before its answer.
    ///
    /// `version` is what was answered; an object that the write deleted has none. It is called with the engine locked,
    /// where the answer is taken in.
    pub(super) fn echo(&self, parent: &Uid, written: &Uid, version: Option<&ResourceVersion>) {
        let mut state = self.state();
        if let Some(reasons) = state.causes.get_mut(parent) {
            let is_echo = |(uid, at): &(Uid, ResourceVersion)| {
                uid == written && version.is_none_or(|version| at == version)
            };
            reasons.retain(|reason| !reason.state.as_ref().is_some_and(is_echo));
        }
    }

    fn change(
        &self,
        sight: &Sight<'_>,
        object: &Value,
        before: &[Writer],
        after: &[Writer],
    ) -> Change {
        let known = sight.before.filter(|known| known.uid == *sight.uid);
        let is_deleting = !object["metadata"]["deletionTimestamp"].is_null();
        let what = match known {
            _ if sight.is_gone => What::Gone,
            Some(known) if is_deleting && !known.deleting => What::Deleting,
            Some(_) => What::Changed,
            None => What::Created,
        };
        let fields = match (what, known) {
            (What::Changed, Some(known)) => {
                let is_secret = (sight.kind.api_version, sight.kind.kind) == ("v1", "Secret");
                let is_own = |key: &str| self.identity.owns_key(key);
                change::fields(&known.value(), object, is_own, is_secret)
            }
            _ => Vec::new(),
        };
        Change {
            object: ObjectId::new(sight.kind, sight.key),
            what,
            // A deletion leaves no trace of who asked for it.
            by: match what {
                What::Deleting | What::Gone => Vec::new(),
                What::Created | What::Changed => {
                    change::authors(before, after, &self.identity.manager)
                }
            },
            generation: (
                known.and_then(|known| known.generation),
                object["metadata"]["generation"].as_i64(),
            ),
            fields,
        }
    }

    /// Takes the reasons for which a parent is looked at. It is called with the engine locked, where its view is taken.
    pub(super) fn reasons(&self, parent: &Uid) -> Vec<Cause> {
        let reasons = self.state().causes.remove(parent).unwrap_or_default();
        reasons.into_iter().map(|reason| reason.cause).collect()
    }

    /// Tells that a pass looks at its parent, for these reasons.
    pub(super) fn looks(&self, uid: &Uid, parent: ObjectId, work: Work, reasons: Vec<Cause>) {
        let mut state = self.state();
        if let Some(pass) = state.passes.get_mut(uid) {
            pass.work = work;
            drop(state);
            if !reasons.is_empty() {
                self.tell(Told::Joined {
                    parent,
                    because: reasons,
                });
            }
            return;
        }
        let mut because = reasons;
        if because.is_empty() {
            because.extend(state.otherwise.get(uid).cloned());
        }
        let pass = Pass {
            parent: parent.clone(),
            work,
            condition: None,
        };
        state.passes.insert(uid.clone(), pass);
        drop(state);
        self.tell(Told::Began { parent, because });
    }

    /// Notes the condition that a pass comes to.
    pub(super) fn concludes(&self, uid: &Uid, condition: &Condition) {
        if let Some(pass) = self.state().passes.get_mut(uid) {
            pass.condition = Some(PassCondition {
                is_true: condition.reason == status::Reason::Synced,
                reason: format!("{:?}", condition.reason),
                message: condition.message.clone(),
            });
        }
    }

    /// Tells that a pass ended. `again` is when its parent is due next, `failures` how often it failed in a row.
    pub(super) fn ended(&self, uid: &Uid, end: &End, took: Duration, then: &Afterwards) {
        let mut state = self.state();
        let otherwise = match end {
            End::Converged { resync_after } => resync_after.map(|_| Cause::Resync),
            End::Waiting { .. } => Some(Cause::Waited),
            End::Failed { .. } | End::Unserved { .. } => Some(Cause::Retry {
                failures: then.failures,
            }),
            End::Outdated => Some(Cause::Outdated),
        };
        if then.gone {
            state.causes.remove(uid);
        }
        match otherwise.filter(|_| !then.gone) {
            Some(cause) => drop(state.otherwise.insert(uid.clone(), cause)),
            None => drop(state.otherwise.remove(uid)),
        }
        let Some(pass) = state.passes.remove(uid) else {
            return;
        };
        drop(state);
        self.tell(Told::Ended {
            parent: pass.parent,
            pass: PassEnd {
                work: pass.work,
                condition: pass.condition,
                failed: matches!(end, End::Failed { .. } | End::Unserved { .. }),
                again: then.again,
                gone: then.gone,
                took,
            },
        });
    }
}

impl State {
    fn because(&mut self, parent: &Uid, cause: Cause, state: Option<(Uid, ResourceVersion)>) {
        let causes = self.causes.entry(parent.clone()).or_default();
        // One that is not worked on, as its handler failed for good, goes on collecting them.
        if causes.len() < REASONS && !causes.iter().any(|reason| reason.cause == cause) {
            causes.push(Reason { cause, state });
        }
    }
}

/// How a parent stands after its pass.
pub(super) struct Afterwards {
    pub(super) again: Option<Duration>,
    pub(super) failures: u32,
    pub(super) gone: bool,
}

/// What is asked of a server.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) verb: Verb,
    pub(super) key: &'a ObjectKey,
    pub(super) subresource: Option<&'a str>,
    pub(super) dry_run: bool,
}

/// Tells the requests of one pass.
#[derive(Clone)]
pub(super) struct Witness {
    pub(super) account: Arc<Account>,
    pub(super) parent: ObjectId,
}

impl Witness {
    pub(super) fn answered(
        &self,
        kind: &'static K8sType,
        asked: &Asked<'_>,
        answer: Result<u16, &Failure>,
        took: Duration,
    ) {
        let answer = match answer {
            Ok(code) => Answer::Done(code),
            Err(Failure::Refused(refused)) => {
                Answer::Refused(refused.code, refused.message.clone())
            }
            Err(Failure::NoAnswer(why)) => Answer::NoAnswer(why.clone()),
        };
        self.account.tell(Told::Answered {
            parent: self.parent.clone(),
            request: Answered {
                verb: asked.verb,
                object: ObjectId::new(kind, asked.key),
                subresource: asked.subresource.map(str::to_owned),
                dry_run: asked.dry_run,
                answer,
                took,
            },
        });
    }
}

#[cfg(test)]
mod tests;
