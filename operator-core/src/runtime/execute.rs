//! One operation as one request, and what its answer means: folded into the index, a finding, or a failure.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use serde_json::json;

use super::{
    Context,
    api::{Endpoint, Failure},
    causes, create,
};
use crate::{
    engine::{
        desired::DesiredChild,
        index::LastWrite,
        plan::{self, Action, Finding, Operation},
        state::Refusal,
    },
    object::{Object, ObjectKey, ResourceVersion, Uid},
};

/// So often a delete is sent again at once for an object whose status, say, changes all the time.
const DELETES: usize = 3;

/// A write that failed.
#[derive(Debug)]
pub(crate) struct WriteFailure {
    /// What failed and why, as the parent's condition says it.
    pub(crate) message: String,
    pub(crate) transient: bool,
    /// Whether the server did not serve it.
    pub(crate) unserved: bool,
    /// How long the server asked to be left alone.
    pub(crate) patience: Option<Duration>,
    /// Set where access control said no.
    pub(crate) refusal: Option<Refusal>,
    /// Whether the server said no to this very child.
    pub(crate) refused: bool,
    /// What would help.
    pub(crate) remedy: Option<String>,
}

impl WriteFailure {
    /// What failed, why, and what would help.
    pub(crate) fn in_full(&self) -> String {
        match &self.remedy {
            Some(remedy) => format!("{}; {remedy}", self.message),
            None => self.message.clone(),
        }
    }
}

/// What an operation came to.
pub(crate) type Outcome = Result<Option<Finding>, WriteFailure>;

/// The operations of one parent.
pub(crate) struct Executor<'a> {
    pub(crate) context: &'a Context,
    pub(crate) parent: &'a Uid,
    pub(crate) parent_key: &'a ObjectKey,
}

impl Executor<'_> {
    /// Carries an operation out. What was written is in the index when this returns.
    pub(crate) async fn execute(&self, operation: &Operation) -> Outcome {
        if let Some(by) = self.fought_over(operation).await {
            return Ok(Some(Finding::Contended(by)));
        }
        let Some(endpoint) = self.context.endpoint(operation.kind, self.parent_key) else {
            return Ok(None);
        };
        let _permit = self.context.writes.acquire().await;
        let done = match &operation.action {
            Action::Create(child) => {
                let manager = &self.context.identity.manager;
                let created = create::create(&endpoint, &operation.key, child, manager).await;
                self.write(operation, created)
            }
            Action::Apply { child, uid, .. } => self.write(
                operation,
                endpoint
                    .apply(&operation.key, update_only(child, uid), false)
                    .await,
            ),
            Action::Post(child) => self.write(
                operation,
                endpoint
                    .post(&operation.key, child.json.to_string(), false)
                    .await,
            ),
            Action::Put {
                child, observed, ..
            } => {
                let body = plan::replacement(child, observed, &self.context.identity);
                self.write(
                    operation,
                    endpoint.put(&operation.key, body.to_string(), false).await,
                )
            }
            Action::Track { observed } => self.track(operation, &endpoint, observed).await,
            Action::Delete { uid, version, .. } => {
                self.delete(operation, &endpoint, uid, version).await
            }
            Action::TryApply {
                child,
                observed,
                recreates,
            } => {
                // A dry run is answered with 409 if the object is newer than the one that its answer is compared
                // with: else somebody else's change, or a mere change of status, would be taken for ours.
                let version = observed.resource_version.to_string();
                let as_observed =
                    child.with(&[("uid", &observed.uid), ("resourceVersion", &version)]);
                let tried = endpoint.apply(&operation.key, as_observed, true).await;
                match tried {
                    Err(failure)
                        if *recreates && failure.code() == Some(422) && !names_uid(&failure) =>
                    {
                        return self
                            .would_be_accepted(operation, &endpoint, child, observed, failure)
                            .await;
                    }
                    tried => return self.tried(operation, &endpoint, observed, tried).await,
                }
            }
            Action::TryPut { child, observed } => {
                let body = plan::replacement(child, observed, &self.context.identity);
                let tried = endpoint.put(&operation.key, body.to_string(), true).await;
                return self.tried(operation, &endpoint, observed, tried).await;
            }
        };
        match done {
            Ok(()) => {
                self.note(operation);
                let (kind, child) = (self.context.kind(operation.kind), &operation.key);
                let done = operation.action.done();
                tracing::debug!(parent = %self.parent_key, %kind, %child, done, "written");
                Ok(None)
            }
            Err(failure) => self.failed(operation, &endpoint, failure).await,
        }
    }

    /// Whether the child is not to be written for now, because it is fought over, and with whom.
    async fn fought_over(&self, operation: &Operation) -> Option<String> {
        let child = operation.action.child()?;
        let (kind, key) = (operation.kind, &operation.key);
        self.context.contention(self.parent, |contention, now| {
            contention.held_until(kind, key, &child.digest, now)
        })?;
        let endpoint = self.context.endpoint(kind, self.parent_key)?;
        Some(self.context.rivals(&endpoint, key, &child.value()).await)
    }

    /// Counts a write that succeeded: the same content again and again is a fight, whatever became of it between.
    fn note(&self, operation: &Operation) {
        let (kind, key) = (operation.kind, &operation.key);
        if let (Some(child), false) = (operation.action.child(), operation.action.is_delete()) {
            self.context.contention(self.parent, |contention, now| {
                contention.note(kind, key, &child.digest, now);
            });
        }
    }

    fn write(&self, operation: &Operation, answer: Result<Bytes, Failure>) -> Result<(), Failure> {
        let written = self.context.decode_stored(operation.kind, &answer?)?;
        let last = plan::last_write(&operation.action, &written, &self.context.identity);
        self.fold_own(operation, written, Some(last));
        Ok(())
    }

    async fn track(
        &self,
        operation: &Operation,
        endpoint: &Endpoint,
        observed: &Object,
    ) -> Result<(), Failure> {
        let identity = &self.context.identity;
        let body = json!({"metadata": {
            "uid": *observed.uid,
            "resourceVersion": observed.resource_version.to_string(),
            "labels": {&identity.tracking_label: identity.manager},
        }});
        let tracked = self.decode(
            operation,
            &endpoint.merge(&operation.key, None, &body).await?,
        )?;
        self.fold_own(operation, tracked, None);
        Ok(())
    }

    async fn delete(
        &self,
        operation: &Operation,
        endpoint: &Endpoint,
        uid: &Uid,
        version: &ResourceVersion,
    ) -> Result<(), Failure> {
        let mut deleted = endpoint.delete(&operation.key, uid, version).await;
        for _ in 0..DELETES {
            if !deleted
                .as_ref()
                .is_err_and(|failure| failure.code() == Some(409))
            {
                break;
            }
            let there = self.decode(operation, &endpoint.get(&operation.key).await?)?;
            if !self.is_still_to_go(operation, &there, uid) {
                break;
            }
            deleted = endpoint
                .delete(&operation.key, uid, &there.resource_version)
                .await;
        }
        match deleted {
            Ok(Some(body)) => {
                let deleting = self.decode(operation, &body)?;
                self.fold_own(operation, deleting, None);
            }
            Err(failure) if !failure.is_gone(&operation.key.name) => return Err(failure),
            Ok(None) | Err(_) => {
                let mut engine = self.context.engine();
                engine.index.forget(operation.kind, &operation.key, uid);
                self.echo(uid, None);
            }
        }
        Ok(())
    }

    /// Whether an object is the parent's, and this operator's.
    fn is_ours(&self, there: &Object) -> bool {
        there.owner.as_ref() == Some(self.parent) && there.rival.is_none()
    }

    /// Whether an object that changed since it was decided that it is to go is to go all the same: it is this parent's, and,
    /// where a dry run judged its content, that is as it was.
    fn is_still_to_go(&self, operation: &Operation, there: &Object, uid: &Uid) -> bool {
        let is_ours = there.uid == *uid && self.is_ours(there);
        if operation.action.child().is_none() {
            return is_ours;
        }
        let engine = self.context.engine();
        let known = engine.index.get(operation.kind, &operation.key);
        let is_as_judged = known.is_some_and(|known| {
            known.generation.is_some() && known.generation == there.generation
        });
        is_ours && is_as_judged
    }

    async fn tried(
        &self,
        operation: &Operation,
        endpoint: &Endpoint,
        observed: &Object,
        tried: Result<Bytes, Failure>,
    ) -> Outcome {
        let after = tried.and_then(|body| self.decode(operation, &body));
        let changes = match after {
            Ok(after) => plan::changes(&observed.value(), &after.value(), &self.context.identity),
            // A webhook that can't be asked: the write itself does no harm where it changes nothing.
            Err(failure) if !operation.action.recreates() && refuses_dry_runs(&failure) => true,
            Err(failure) => return self.failed(operation, endpoint, failure).await,
        };
        Ok(Some(Finding::Tried {
            at: observed.resource_version.clone(),
            changes,
        }))
    }

    /// A change was refused: is it the change that is not allowed (then a new object helps), or the content?
    async fn would_be_accepted(
        &self,
        operation: &Operation,
        endpoint: &Endpoint,
        child: &DesiredChild,
        observed: &Object,
        refused: Failure,
    ) -> Outcome {
        let mut body = child.value();
        if let Some(metadata) = body["metadata"].as_object_mut() {
            metadata.remove("name");
            metadata.insert("generateName".into(), "try-".into());
        }
        match endpoint.post(&operation.key, body.to_string(), true).await {
            Ok(_) => Ok(Some(Finding::Tried {
                at: observed.resource_version.clone(),
                changes: true,
            })),
            Err(_) => Err(self.failure(operation, &refused)),
        }
    }

    /// Finds out what is there if the answer says that we were wrong about it; else it is a failure.
    async fn failed(
        &self,
        operation: &Operation,
        endpoint: &Endpoint,
        failure: Failure,
    ) -> Outcome {
        let mistaken = matches!(failure.code(), Some(404 | 409)) || names_uid(&failure);
        if !mistaken {
            return Err(self.failure(operation, &failure));
        }
        let there = match endpoint.get(&operation.key).await {
            Ok(body) => self.decode(operation, &body),
            Err(missing) if missing.is_gone(&operation.key.name) => {
                // A name that is free after all is tried again; that there is no place for it is a failure.
                let was_there = self.forget(operation);
                let place_missing = failure.code() == Some(404) && !was_there;
                return if place_missing {
                    Err(self.failure(operation, &failure))
                } else {
                    Ok(None)
                };
            }
            Err(failure) => Err(failure),
        };
        let there = there.map_err(|failure| self.failed_to(operation, "get", &failure))?;
        let whose = owner(&there);
        let ours = self.is_ours(&there);
        // One that goes and is not watched any more would never be seen to be gone.
        let unseen = there.deleting && !there.tracked;
        if ours && !unseen {
            self.fold(operation, there, None);
            return Ok(None);
        }
        if !ours {
            // It is there and may become this parent's again, or be another's: its events still count.
            self.context
                .engine()
                .index
                .release(operation.kind, &operation.key, &there.uid);
        }
        self.forget(operation);
        Ok(Some(Finding::Taken(whose)))
    }

    /// Forgets the object that an operation was meant for; whether there was one.
    fn forget(&self, operation: &Operation) -> bool {
        let Some(uid) = operation.action.uid() else {
            return false;
        };
        self.context
            .engine()
            .index
            .forget(operation.kind, &operation.key, uid);
        true
    }

    fn failure(&self, operation: &Operation, failure: &Failure) -> WriteFailure {
        self.failed_to(operation, operation.action.verb(), failure)
    }

    fn failed_to(
        &self,
        operation: &Operation,
        verb: &'static str,
        failure: &Failure,
    ) -> WriteFailure {
        let kind = self.context.kind(operation.kind);
        let why = self
            .context
            .why(operation.kind, verb, failure.to_string(), failure);
        let remedy = why.grant.as_ref().map(ToString::to_string);
        let (forbidden, transient) = (failure.is_forbidden(), failure.is_transient());
        WriteFailure {
            message: format!("{} {}: {verb}: {failure}", kind.kind, operation.key),
            transient,
            unserved: failure.is_of_the_server(),
            patience: failure.retry_after(),
            refusal: forbidden.then(|| Refusal {
                kind: kind.to_string(),
                verb,
                why,
            }),
            refused: !forbidden && !transient,
            remedy: remedy.or_else(|| self.advice(operation, failure)),
        }
    }

    /// Which other strategy would help, if one would.
    fn advice(&self, operation: &Operation, failure: &Failure) -> Option<String> {
        let Failure::Refused(refused) = failure else {
            return None;
        };
        let (kind, config) = &self.context.config.children[operation.kind.0.checked_sub(1)?];
        operation.action.uid()?;
        causes::advice(kind, config.strategy(), &refused.causes)
    }

    fn decode(&self, operation: &Operation, body: &[u8]) -> Result<Object, Failure> {
        self.context.decode(operation.kind, body)
    }

    /// Takes in what a write of this pass returned.
    fn fold_own(
        &self,
        operation: &Operation,
        object: impl Into<Arc<Object>>,
        last: Option<LastWrite>,
    ) {
        let object = object.into();
        let (uid, version) = (object.uid.clone(), object.resource_version.clone());
        let mut engine = self.context.engine();
        engine.index.fold(operation.kind, object, last);
        self.echo(&uid, Some(&version));
    }

    fn echo(&self, written: &Uid, version: Option<&ResourceVersion>) {
        if let Some(account) = &self.context.account {
            account.echo(self.parent, written, version);
        }
    }

    fn fold(&self, operation: &Operation, object: Object, last: Option<LastWrite>) {
        self.context
            .engine()
            .index
            .fold(operation.kind, object, last);
    }
}

impl Action {
    /// The uid of the object that it is meant for, if for one.
    fn uid(&self) -> Option<&Uid> {
        match self {
            Self::Create(_) | Self::Post(_) => None,
            Self::Apply { uid, .. } | Self::Delete { uid, .. } => Some(uid),
            Self::Put { observed, .. }
            | Self::TryApply { observed, .. }
            | Self::TryPut { observed, .. }
            | Self::Track { observed } => Some(&observed.uid),
        }
    }

    fn is_delete(&self) -> bool {
        matches!(self, Self::Delete { .. })
    }

    /// What became of the object, as a log says it.
    fn done(&self) -> &'static str {
        match self {
            Self::Create(_) | Self::Post(_) => "created",
            Self::Apply { .. } => "applied",
            Self::Put { .. } => "replaced",
            Self::Track { .. } => "labelled",
            Self::Delete { remade: None, .. } => "deleted",
            Self::Delete { .. } => "deleted to be created anew",
            Self::TryApply { .. } | Self::TryPut { .. } => "tried",
        }
    }

    /// Whether the object is to be deleted if a dry run says that it would change.
    fn recreates(&self) -> bool {
        matches!(
            self,
            Self::TryApply {
                recreates: true,
                ..
            }
        )
    }

    /// The verb that access control knows the request by.
    fn verb(&self) -> &'static str {
        match self {
            Self::Create(_) | Self::Apply { .. } | Self::TryApply { .. } | Self::Track { .. } => {
                "patch"
            }
            Self::Post(_) => "create",
            Self::Put { .. } | Self::TryPut { .. } => "update",
            Self::Delete { .. } => "delete",
        }
    }
}

/// Whether an admission webhook with side effects made the server refuse a dry run.
fn refuses_dry_runs(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused(refused) if refused.code == 400 && refused.message.contains("dry run"))
}

/// A forced apply with a uid is answered with 409 if the object is gone and with 422 if it is another.
pub(super) fn update_only(child: &DesiredChild, uid: &str) -> String {
    child.with(&[("uid", uid)])
}

/// Whether an update was refused because the object is another than it was meant for.
fn names_uid(failure: &Failure) -> bool {
    match failure {
        Failure::Refused(refused) => {
            refused.code == 422
                && refused
                    .causes
                    .iter()
                    .any(|cause| cause.field == "metadata.uid")
        }
        Failure::NoAnswer(_) => false,
    }
}

/// Whose an object is, for a person to read.
fn owner(object: &Object) -> String {
    let metadata = object.metadata();
    let controller = metadata["ownerReferences"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|owner| owner["controller"] == true)
        .map(|owner| {
            let text = |name: &str| owner[name].as_str().unwrap_or("?").to_owned();
            format!("{} {} (uid {})", text("kind"), text("name"), text("uid"))
        });
    let whose = match controller {
        Some(_) if object.rival.is_some() => format!(
            "its name is taken by an object that the operator {} keeps",
            object.rival.as_deref().unwrap_or_default()
        ),
        Some(owner) => format!("its name is taken by an object that {owner} controls"),
        None => "its name is taken by an object that nobody controls".into(),
    };
    if object.deleting {
        format!("{whose}, and which is being deleted")
    } else {
        whose
    }
}
