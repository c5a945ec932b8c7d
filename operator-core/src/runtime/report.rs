//! Writing the parent itself: its status and its finalizers, guarded by the version that was seen.

use std::{fmt::Write as _, time::Duration};

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    api::Failure,
    causes::Cause,
    denied::PATCH_STATUS,
    pass::{Ended, Pass},
};
use crate::{
    engine::{
        digest,
        index::KindId,
        state::{End, Refusal},
        status::{self, Condition, Keeps, Reason},
    },
    handler::ErrorClass,
    object::{Object, ObjectKey},
};

impl Pass<'_> {
    /// Writes the status if it does not say it already, and tells what is new of it as Events. Returns `end`, unless the
    /// status could not be written.
    pub(super) async fn report(
        &self,
        parent: &Object,
        said: Option<&Value>,
        condition: &Condition,
        end: End,
    ) -> Ended {
        self.concludes(condition);
        let is_well = condition.reason == Reason::Synced;
        if !is_well {
            // Whatever becomes of the status: where it can't be written an Event is all that is told.
            let refused = self.refused();
            self.context.announce(parent, condition, refused, self.now);
        }
        let keeps = self.context.engine().keeps;
        let mut ended = self.write_status(parent, said, condition, end, keeps).await;
        if is_well && matches!(ended.end, End::Converged { .. }) {
            let fought = self.context.contention(self.uid, |contention, now| {
                contention.fought(KindId::PARENT, &parent.key, now)
            });
            match fought {
                // That is over once nobody has changed anything back for a while.
                Some(left) => ended.end = ended.end.within(left),
                None => self
                    .context
                    .announce(parent, condition, Vec::new(), self.now),
            }
        }
        ended
    }

    async fn write_status(
        &self,
        parent: &Object,
        said: Option<&Value>,
        condition: &Condition,
        end: End,
        keeps: Keeps,
    ) -> Ended {
        if !keeps.status {
            return end.into();
        }
        let observed = parent.status();
        let input = status::Input {
            observed: &observed,
            said,
            condition,
            condition_type: &self.context.config.condition,
            generation: parent.generation,
            now: self.now,
            keeps,
        };
        let patch = status::patch(&input);
        if patch.is_empty() {
            return end.into();
        }
        let dropped = self.context.engine().progress(self.uid).last_status;
        if dropped.is_some() && dropped == Some(short(patch.clone(), &observed)) {
            return end.into();
        }
        let content = content(parent, said, condition);
        if let Some(pause) = self.status_is_held(parent, &content) {
            self.tell_rivals(parent, condition, &patch).await;
            return end.within(pause).into();
        }
        let body = StatusPatch {
            metadata: Guard {
                resource_version: parent.resource_version.to_string(),
            },
            status: &patch,
        };
        let written = self.write_parent(parent, Some("status"), &body).await;
        match written.and_then(|body| self.context.decode_stored(KindId::PARENT, &body)) {
            Ok(object) => {
                let after = object.status();
                self.context.contention(self.uid, |contention, now| {
                    contention.note(KindId::PARENT, &parent.key, &content, now);
                });
                let mut engine = self.context.engine();
                engine.keeps.learn(&patch, &after);
                // What came back as it was sent leaves nothing to say.
                let whole = patch
                    .iter()
                    .all(|(name, value)| after.get(name) == Some(value));
                let left = (!whole).then(|| {
                    status::patch(&status::Input {
                        observed: &after,
                        keeps: engine.keeps,
                        ..input
                    })
                });
                engine.progress(self.uid).last_status = left
                    .filter(|left| !left.is_empty())
                    .map(|left| short(left, &after));
                self.context.fold_parent(&mut engine, object);
                end.into()
            }
            Err(failure) if failure.code() == Some(422) => {
                if let Some(less) = self.without_refused(&patch, &failure, said, keeps) {
                    return Box::pin(self.write_status(parent, said, condition, end, less)).await;
                }
                if said.is_none() {
                    return self.parent_failed(parent, &failure, PATCH_STATUS).await;
                }
                let refused = Condition::new(
                    Reason::StatusRefused,
                    format!("the handler's status: {failure}"),
                );
                Box::pin(self.report(
                    parent,
                    None,
                    &refused,
                    End::Failed {
                        class: ErrorClass::Backoff,
                    },
                ))
                .await
            }
            Err(failure) => self.parent_failed(parent, &failure, PATCH_STATUS).await,
        }
    }

    /// For how long the status is not to be written, because somebody keeps changing it back.
    fn status_is_held(&self, parent: &Object, content: &str) -> Option<Duration> {
        self.context.contention(self.uid, |contention, now| {
            let until = contention.held_until(KindId::PARENT, &parent.key, content, now)?;
            Some(until.saturating_duration_since(now))
        })
    }

    /// Tells who changes the status back: not in the status, which is what is fought over.
    async fn tell_rivals(
        &self,
        parent: &Object,
        condition: &Condition,
        patch: &Map<String, Value>,
    ) {
        let Some(endpoint) = self.context.endpoint(KindId::PARENT, &parent.key) else {
            return;
        };
        let is_news = self.context.contention(self.uid, |contention, _| {
            contention.tell(KindId::PARENT, &parent.key)
        });
        if !is_news {
            return;
        }
        let wanted = json!({"status": patch});
        let told = self.context.rivals(&endpoint, &parent.key, &wanted).await;
        let message = format!("the status: {told}");
        tracing::warn!(parent = %parent.key, message, "not written");
        // What else is wrong is told already.
        if condition.reason == Reason::Synced {
            let fought = Condition::new(Reason::NotConverging, message);
            self.context.announce(parent, &fought, Vec::new(), self.now);
        }
    }

    /// What is left to write of a status where nothing but the engine's own fields was refused. What the schema does not take
    /// whatever it says is left out from now on; what it does not take of this value, this once.
    fn without_refused(
        &self,
        patch: &Map<String, Value>,
        failure: &Failure,
        said: Option<&Value>,
        keeps: Keeps,
    ) -> Option<Keeps> {
        let Failure::Refused(refused) = failure else {
            return None;
        };
        let conditions = patch.get("conditions").and_then(Value::as_array);
        let own = conditions.into_iter().flatten();
        let own = own
            .map(|condition| &condition["type"])
            .position(|of| of == self.context.config.condition.as_str());
        let fields = refused.causes.iter().map(|cause| cause.field.as_str());
        let less = keeps.without(fields, said, own)?;
        let kind = self.context.config.parent;
        if refused.causes.iter().all(Cause::is_of_schema) {
            let learned = &mut self.context.engine().keeps;
            learned.observed_generation &= less.observed_generation;
            learned.conditions &= less.conditions;
            tracing::warn!(%kind, %failure, "the schema does not take these fields of the engine's: they are left out");
        } else {
            let parent = self.uid;
            tracing::warn!(%kind, %parent, %failure, "the status is written without what is refused");
        }
        Some(less)
    }

    /// Tells who looks on what the pass came to, whether that is written or not.
    pub(super) fn concludes(&self, condition: &Condition) {
        if let Some(account) = &self.context.account {
            account.concludes(self.uid, condition);
        }
    }

    pub(super) async fn write_parent(
        &self,
        parent: &Object,
        subresource: Option<&str>,
        body: &impl Serialize,
    ) -> Result<Bytes, Failure> {
        let Some(endpoint) = self.context.endpoint(KindId::PARENT, &parent.key) else {
            return Err(Failure::NoAnswer("the parent's kind is not known".into()));
        };
        let _permit = self.context.writes.acquire().await;
        endpoint.merge(&parent.key, subresource, body).await
    }

    /// A write of the parent that failed: either it changed meanwhile, or it is tried again later.
    pub(super) async fn parent_failed(
        &self,
        parent: &Object,
        failure: &Failure,
        verb: &'static str,
    ) -> Ended {
        let key = &parent.key;
        if !matches!(failure.code(), Some(404 | 409)) {
            return self.parent_refused(key, failure, verb);
        }
        match self.parent_now(parent).await {
            // Refused although nothing changed, or by a store that went back: to try again at once would be to do so in a
            // circle.
            Ok(Some(now))
                if now
                    .resource_version
                    .is_at_or_before(&parent.resource_version) =>
            {
                self.parent_refused(key, failure, verb)
            }
            Ok(now) => self.outdated(parent, now),
            Err(failure) => self
                .failed_as(failure.is_of_the_server(), failure.retry_after())
                .into(),
        }
    }

    /// Asks for the parent as it is now: `None` if it is gone, or if another has its name.
    pub(super) async fn parent_now(&self, parent: &Object) -> Result<Option<Object>, Failure> {
        let Some(endpoint) = self.context.endpoint(KindId::PARENT, &parent.key) else {
            return Err(Failure::NoAnswer("the parent's kind is not known".into()));
        };
        let body = endpoint.get(&parent.key).await;
        match body.and_then(|body| self.context.decode(KindId::PARENT, &body)) {
            Ok(now) => Ok(Some(now).filter(|now| now.uid == parent.uid)),
            Err(failure) if failure.is_gone(&parent.key.name) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Takes in the parent as a request found it; the pass that worked from an older one ends.
    pub(super) fn outdated(&self, parent: &Object, now: Option<Object>) -> Ended {
        let mut engine = self.context.engine();
        match now {
            Some(now) => engine.fold_parent(now),
            None => engine
                .index
                .forget(KindId::PARENT, &parent.key, &parent.uid),
        }
        End::Outdated.into()
    }

    fn parent_refused(&self, key: &ObjectKey, failure: &Failure, verb: &'static str) -> Ended {
        let kind = self.context.config.parent;
        let why = self
            .context
            .why(KindId::PARENT, verb, failure.to_string(), failure);
        tracing::warn!(parent = %key, failure = %why, "{verb} failed");
        let refusal = Refusal {
            kind: kind.to_string(),
            verb,
            why,
        };
        Ended {
            end: self.failed_as(failure.is_of_the_server(), failure.retry_after()),
            refused: failure
                .is_forbidden()
                .then_some(refusal)
                .into_iter()
                .collect(),
        }
    }
}

/// A merge patch of a status, for the object of one version only.
#[derive(Serialize)]
struct StatusPatch<'a> {
    metadata: Guard,
    status: &'a Map<String, Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Guard {
    resource_version: String,
}

/// What a status says but for times, and of which parent: the same again and again, if somebody keeps changing it back.
fn content(parent: &Object, said: Option<&Value>, condition: &Condition) -> String {
    let Condition { reason, message } = condition;
    let said = said.unwrap_or(&Value::Null);
    let generation = parent.generation.unwrap_or_default();
    let mut content = String::with_capacity(256);
    // Writing to a text does not fail.
    let _ = write!(content, "{generation} {reason:?} {message} {said}");
    content
}

/// What a status lacks and what it says, in short.
fn short(lacks: Map<String, Value>, says: &Value) -> (u64, u64) {
    (digest::short(&lacks.into()), digest::short(says))
}
