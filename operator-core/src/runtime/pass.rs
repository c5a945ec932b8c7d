//! A pass: sync, plan, write, and again until there is nothing to write; then the status, once.

use std::{
    collections::{BTreeMap, BTreeSet},
    ptr,
    sync::Arc,
    time::Duration,
};

use futures::future::join_all;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::{
    Context,
    account::{ObjectId, Work},
    execute::{Executor, WriteFailure},
    invoke::NoAnswer,
};
use crate::{
    engine::{
        desired::{self, DesiredChild, DesiredError, KindRule},
        diff,
        index::KindId,
        news::Note,
        plan::{self, Action, Findings, Input, Plan, Waiting},
        state::{End, Refusal, View, content},
        status::{Condition, Reason},
    },
    handler::{
        Answer, ErrorClass, FinalizeAnswer, KindView, ParentView, RawObject, Said, Snapshot,
    },
    object::{Object, ObjectKey, Uid},
};

/// So many rounds and still something to write: the handler answers differently each time, or the parent is edited as fast
/// as its children are written.
const ROUNDS: usize = 10;
/// So many children of one parent are written at once: one that has thousands leaves room for others.
const AT_ONCE: usize = 16;
/// How many failed children a condition names.
const NAMED: usize = 5;

/// How a pass ended, with the writes that access control forbade.
pub(crate) struct Ended {
    pub(crate) end: End,
    pub(crate) refused: Vec<Refusal>,
}

impl From<End> for Ended {
    fn from(end: End) -> Self {
        Self {
            end,
            refused: Vec::new(),
        }
    }
}

/// What a parent needs first of all.
#[derive(Debug, PartialEq, Eq)]
enum Stage {
    /// Its finalizer has to be set before anything is made that it stands for.
    AddFinalizer,
    /// It has a finalizer of ours that nothing stands for.
    DropFinalizer,
    Finalize,
    /// It goes, and that is none of our business.
    LetGo,
    Sync,
}

fn stage(parent: &Object, finalizes: bool) -> Stage {
    match (parent.deleting, parent.finalized, finalizes) {
        (true, true, true) => Stage::Finalize,
        (_, true, false) => Stage::DropFinalizer,
        (true, false, _) => Stage::LetGo,
        (false, false, true) => Stage::AddFinalizer,
        (false, _, _) => Stage::Sync,
    }
}

impl Stage {
    /// How it is told.
    fn work(&self) -> Work {
        match self {
            Self::Finalize => Work::Finalize,
            Self::LetGo => Work::LetGo,
            Self::AddFinalizer | Self::DropFinalizer | Self::Sync => Work::Sync,
        }
    }
}

/// Does what is to be done for one parent.
pub(crate) async fn pass(context: &Context, uid: &Uid) -> Ended {
    let mut pass = Pass {
        context,
        uid,
        now: context.timestamp(),
        parent: None,
        before: Vec::new(),
        declared: None,
        declared_before: None,
        findings: Findings::new(),
        failed: BTreeMap::new(),
        written: BTreeSet::new(),
    };
    for _ in 0..ROUNDS {
        match pass.round().await {
            Round::Again => {}
            Round::Ended(ended) => return ended,
        }
    }
    pass.does_not_end().await
}

pub(super) struct Pass<'a> {
    pub(super) context: &'a Context,
    pub(super) uid: &'a Uid,
    /// The time of the pass: the same in every round, or a handler that tells it would never be done.
    pub(super) now: Timestamp,
    /// The parent as the last round showed it to the handler.
    parent: Option<Arc<ParentView>>,
    /// What it was in earlier rounds, each time that it changed between two.
    before: Vec<Arc<ParentView>>,
    /// What the last round declared: most handlers say the same children again once these are there.
    declared: Option<Declared>,
    /// What was declared before that, which was something else.
    declared_before: Option<Arc<[Arc<DesiredChild>]>>,
    findings: Findings,
    /// The children that failed in this pass. They are left alone in it, and their siblings go on.
    failed: BTreeMap<(KindId, ObjectKey), WriteFailure>,
    /// The children that the last round wrote.
    written: BTreeSet<(KindId, ObjectKey)>,
}

/// A set of children that was checked.
struct Declared {
    said: Vec<Said>,
    rules: Vec<(KindId, KindRule)>,
    children: Arc<[Arc<DesiredChild>]>,
}

enum Round {
    Again,
    Ended(Ended),
}

impl From<End> for Round {
    fn from(end: End) -> Self {
        Self::Ended(end.into())
    }
}

impl Pass<'_> {
    async fn round(&mut self) -> Round {
        let view = {
            let mut engine = self.context.engine();
            if !engine.sees_parent(self.uid) {
                return End::Waiting {
                    recheck: false,
                    suspended: true,
                    resync_after: None,
                }
                .into();
            }
            let view = engine.view(self.uid);
            let account = self.context.account.as_ref();
            view.map(|view| (view, account.map(|account| account.reasons(self.uid))))
        };
        let Some((view, reasons)) = view else {
            return End::Converged { resync_after: None }.into();
        };
        let finalizes = self.context.handler.finalizes();
        let stage = stage(&view.parent, finalizes);
        if let (Some(account), Some(reasons)) = (&self.context.account, reasons) {
            let parent = ObjectId::new(self.context.config.parent, &view.parent.key);
            account.looks(self.uid, parent, stage.work(), reasons);
        }
        match stage {
            Stage::LetGo => End::Converged { resync_after: None }.into(),
            Stage::AddFinalizer => self.set_finalizer(&view.parent, true).await,
            Stage::DropFinalizer => self.set_finalizer(&view.parent, false).await,
            Stage::Finalize => self.finalize(&view).await,
            Stage::Sync => self.sync(view).await,
        }
    }

    async fn sync(&mut self, mut view: View) -> Round {
        let answer = match self.ask(&view).await {
            Ok(answer) => answer,
            Err(failed) => return Round::Ended(self.handler_failed(&view.parent, failed).await),
        };
        // A watch may have been lost while the handler took its time.
        let namespace = view.parent.key.namespace.as_deref();
        view.rules = self.context.engine().rules(namespace);
        let desired = match self.check(&view, answer.children) {
            Ok(desired) => desired,
            Err(error) => {
                let condition = Condition::new(Reason::ChildrenInvalid, error.to_string());
                let ended = self
                    .fail(
                        &view.parent,
                        answer.status.as_ref(),
                        condition,
                        ErrorClass::Backoff,
                    )
                    .await;
                return Round::Ended(ended);
            }
        };
        let plan = self.plan(&view, &desired);
        if !plan.operations.is_empty() {
            if let Some(ended) = self.may_be_going(&view.parent, &plan).await {
                return Round::Ended(ended);
            }
            self.write(&view.parent.key, &plan).await;
            // A server that asked for patience is asked for nothing more.
            if self.failed.values().all(|one| one.patience.is_none()) {
                return Round::Again;
            }
        }
        Round::Ended(if self.failed.is_empty() {
            let (said, resync_after) = (answer.status.as_ref(), answer.resync_after);
            self.settled(&view.parent, said, resync_after, plan.waiting)
                .await
        } else {
            self.writes_failed(&view.parent, answer.status.as_ref())
                .await
        })
    }

    /// Checks what the handler said, unless the last round has checked just that.
    fn check(
        &mut self,
        view: &View,
        said: Vec<Said>,
    ) -> Result<Arc<[Arc<DesiredChild>]>, DesiredError> {
        let same = |last: &&Declared| last.said == said && last.rules == view.rules;
        if let Some(last) = self.declared.as_ref().filter(same) {
            return Ok(Arc::clone(&last.children));
        }
        let parent = desired::Parent {
            kind: self.context.config.parent,
            object: &view.parent,
            within: self.context.within(),
        };
        let checked = desired::check(&parent, &said, &view.rules, &self.context.identity)?;
        let children: Arc<[_]> = checked.into();
        let before = self.declared.replace(Declared {
            said,
            rules: view.rules.clone(),
            children: Arc::clone(&children),
        });
        self.declared_before = before.map(|before| before.children);
        Ok(children)
    }

    /// Ends the pass if the parent turns out to be going, where a child that went is to be made again.
    ///
    /// Whoever deletes a parent has its children deleted, and their watch may tell that before the parents' watch
    /// tells the cause. No event says when that has come as far, so the parent is asked for.
    async fn may_be_going(&self, parent: &Object, plan: &Plan) -> Option<Ended> {
        let makes = |action: &Action| matches!(action, Action::Create(_) | Action::Post(_));
        if !plan.operations.iter().any(|one| makes(&one.action))
            || !self.context.engine().progress(self.uid).child_went
        {
            return None;
        }
        match self.parent_now(parent).await {
            Ok(Some(now)) if !now.deleting => {
                self.context.engine().progress(self.uid).child_went = false;
                None
            }
            Ok(now) => Some(self.outdated(parent, now)),
            Err(failure) => Some(self.parent_failed(parent, &failure, "get").await),
        }
    }

    async fn ask(&mut self, view: &View) -> Result<Answer, NoAnswer> {
        let handler = Arc::clone(&self.context.handler).sync(self.snapshot(view));
        self.context.calls.call(self.uid, handler).await
    }

    fn snapshot(&mut self, view: &View) -> Arc<Snapshot> {
        let is_same =
            |known: &Arc<ParentView>| ptr::eq(known.raw.object(), Arc::as_ptr(&view.parent));
        let parent = match self.parent.take() {
            Some(last) if is_same(&last) => last,
            last => {
                self.before.extend(last);
                ParentView::new(RawObject::new(Arc::clone(&view.parent))).into()
            }
        };
        self.parent = Some(Arc::clone(&parent));
        let children = view.rules.iter().map(|(id, rule)| KindView {
            kind: rule.kind,
            objects: view
                .observed
                .iter()
                .filter(|(kind, _)| kind == id)
                .map(|(_, known)| RawObject::new(Arc::clone(&known.object)))
                .collect(),
        });
        Arc::new(Snapshot {
            parent,
            children: children.collect(),
            now: self.now,
        })
    }

    fn plan(&self, view: &View, desired: &[Arc<DesiredChild>]) -> Plan {
        let mut plan = plan::plan(&Input {
            identity: &self.context.identity,
            rules: &view.rules,
            observed: &view.observed,
            desired,
            findings: &self.findings,
        });
        let mut engine = self.context.engine();
        for (kind, key, uid, last) in &plan.settled {
            engine.index.settle(*kind, key, uid, last.clone());
        }
        plan.operations
            .retain(|one| !self.failed.contains_key(&(one.kind, one.key.clone())));
        plan
    }

    /// Carries out all operations, whatever becomes of each.
    async fn write(&mut self, parent: &ObjectKey, plan: &Plan) {
        let executor = Executor {
            context: self.context,
            parent: self.uid,
            parent_key: parent,
        };
        let places = Semaphore::new(AT_ONCE);
        let outcomes = join_all(plan.operations.iter().map(async |operation| {
            let _place = places.acquire().await;
            executor.execute(operation).await
        }))
        .await;
        self.written.clear();
        for (operation, outcome) in plan.operations.iter().zip(outcomes) {
            let child = (operation.kind, operation.key.clone());
            self.written.insert(child.clone());
            match outcome {
                Ok(Some(finding)) => drop(self.findings.insert(child, finding)),
                Ok(None) => {}
                Err(failure) => drop(self.failed.insert(child, failure)),
            }
        }
    }

    /// Everything is written that can be: says so in the status.
    async fn settled(
        &self,
        parent: &Object,
        said: Option<&Value>,
        resync_after: Option<Duration>,
        waiting: Vec<(KindId, ObjectKey, Waiting)>,
    ) -> Ended {
        let Some(first) = waiting.first() else {
            // Not empty: Kubernetes 1.20 reads an empty message back as null, and refuses it.
            let condition = Condition::new(Reason::Synced, "everything is as declared");
            let end = End::Converged { resync_after };
            return self.report(parent, said, &condition, end).await;
        };
        let reason = match &first.2 {
            Waiting::Terminating => Reason::ChildTerminating,
            Waiting::Taken(_) => Reason::NameTaken,
            Waiting::Suspended(_) => Reason::KindUnavailable,
            Waiting::Contended(_) => Reason::NotConverging,
        };
        let texts = waiting
            .iter()
            .map(|(kind, key, why)| format!("{} {key}: {why}", self.context.kind(*kind).kind));
        let condition = Condition::new(reason, listed(texts));
        let has = |test: fn(&Waiting) -> bool| waiting.iter().any(|(.., why)| test(why));
        let end = End::Waiting {
            recheck: has(|why| matches!(why, Waiting::Taken(_) | Waiting::Contended(_))),
            suspended: has(|why| matches!(why, Waiting::Suspended(_))),
            resync_after,
        };
        self.report(parent, said, &condition, end).await
    }

    async fn handler_failed(&self, parent: &Object, failed: NoAnswer) -> Ended {
        let (condition, class, said) = match &failed {
            NoAnswer::Failed(error) => {
                let reason = if error.is_of_parent() {
                    Reason::ParentInvalid
                } else {
                    Reason::HandlerFailed
                };
                let condition = Condition::new(reason, error.to_string());
                (condition, error.class(), error.status())
            }
            NoAnswer::Panicked(said) => {
                self.context.metrics.panicked();
                (
                    Condition::new(
                        Reason::HandlerPanicked,
                        format!("the handler panicked: {said}"),
                    ),
                    ErrorClass::Backoff,
                    None,
                )
            }
            NoAnswer::Late => {
                self.context.metrics.timed_out();
                let limit = self.context.config.handler_deadline;
                (
                    Condition::new(
                        Reason::DeadlineExceeded,
                        format!("the handler took longer than {limit:?}"),
                    ),
                    ErrorClass::Backoff,
                    None,
                )
            }
            NoAnswer::StillRunning => not_called("the one called before still blocks its thread"),
            NoAnswer::NoThread(why) => not_called(why),
        };
        self.fail(parent, said, condition, class).await
    }

    async fn fail(
        &self,
        parent: &Object,
        said: Option<&Value>,
        condition: Condition,
        class: ErrorClass,
    ) -> Ended {
        tracing::warn!(parent = %parent.key, reason = ?condition.reason, message = condition.message, "not synced");
        self.report(parent, said, &condition, End::Failed { class })
            .await
    }

    /// Some children could not be written, and for the others there is nothing left to do.
    async fn writes_failed(&self, parent: &Object, said: Option<&Value>) -> Ended {
        let failures = || self.failed.values();
        let remedies: BTreeSet<&String> = failures()
            .filter_map(|failure| failure.remedy.as_ref())
            .collect();
        let mut message = listed(failures().map(|failure| failure.message.clone()));
        for remedy in remedies.into_iter().take(NAMED) {
            message = format!("{message}; {remedy}");
        }
        let patience = failures().filter_map(|failure| failure.patience).max();
        let end = self.failed_as(failures().any(|failure| failure.unserved), patience);
        tracing::warn!(parent = %parent.key, message, "a write failed");
        let refused = failures().filter_map(|failure| failure.refusal.clone());
        // What may pass by itself is not worth a write unless it does not pass.
        let passing = failures().all(|failure| failure.transient);
        let condition = Condition::new(Reason::WriteFailed, message);
        let mut ended = if passing && self.context.engine().progress(self.uid).failures == 0 {
            self.concludes(&condition);
            Ended::from(end)
        } else {
            self.report(parent, said, &condition, end).await
        };
        ended.refused.extend(refused);
        if patience.is_some() {
            // Whatever became of the status: the server asked to be left alone.
            ended.end = end;
        }
        ended
    }

    /// How a pass ends in which a request failed.
    pub(super) fn failed_as(&self, unserved: bool, patience: Option<Duration>) -> End {
        if unserved || patience.is_some() {
            End::Unserved {
                patience,
                outage: self.context.outage().is_on(),
            }
        } else {
            End::Failed {
                class: ErrorClass::Backoff,
            }
        }
    }

    /// The children that the server refused for what they are: the first few.
    pub(super) fn refused(&self) -> Vec<Note> {
        let failed = self.failed.iter();
        let refused = failed.filter(|(_, failure)| failure.refused).take(NAMED);
        let notes = refused.map(|(child, failure)| Note::refused(child.clone(), failure.in_full()));
        notes.collect()
    }

    /// The fields in which the handler's last two answers about a child differ.
    fn differs_in(&self, (kind, key): &(KindId, ObjectKey)) -> Option<String> {
        let of = |children: &[Arc<DesiredChild>]| {
            let is_it = |child: &&Arc<DesiredChild>| child.kind == *kind && child.key == *key;
            children.iter().find(is_it).map(|child| child.value())
        };
        let now = of(&self.declared.as_ref()?.children)?;
        let before = of(self.declared_before.as_ref()?)?;
        let mut fields = diff::differing(&before, &now);
        // The signature differs where anything does.
        let signature = &self.context.identity.applied_annotation;
        let signature = format!("metadata.annotations.{signature}");
        fields.retain(|field| *field != signature);
        fields.truncate(NAMED);
        (!fields.is_empty()).then(|| fields.join(", "))
    }

    /// How often the parent asked for something else than in the round before.
    fn edits(&self) -> usize {
        let parents = self.before.iter().chain(&self.parent);
        let contents: Vec<u64> = parents.map(|one| content(one.raw.object())).collect();
        let edits = contents.windows(2).filter(|pair| pair[0] != pair[1]);
        edits.count()
    }

    /// The rounds are used up: the parent is told, and comes back slowly. If edits explain most of them, that is nobody's mistake,
    /// and it comes back at once, behind others that something happened to.
    async fn does_not_end(&self) -> Ended {
        let Some(view) = self.context.engine().view(self.uid) else {
            return End::Converged { resync_after: None }.into();
        };
        if !self.failed.is_empty() {
            return self.writes_failed(&view.parent, None).await;
        }
        if self.edits() > ROUNDS / 2 {
            return End::Outdated.into();
        }
        let written = self.written.iter().enumerate().map(|(number, child)| {
            let named = format!("{} {}", self.context.kind(child.0).kind, child.1);
            // The others are only counted.
            match (number < NAMED).then(|| self.differs_in(child)).flatten() {
                Some(fields) => format!("{named}, which differs each time in {fields}"),
                None => named,
            }
        });
        let written = listed(written);
        let message = format!(
            "after {ROUNDS} rounds there was still something to write ({written}): `sync` has to give the same answer for the same request"
        );
        self.fail(
            &view.parent,
            None,
            Condition::new(Reason::NotConverging, message),
            ErrorClass::Backoff,
        )
        .await
    }

    async fn finalize(&mut self, view: &View) -> Round {
        let handler = Arc::clone(&self.context.handler).finalize(self.snapshot(view));
        let asked = self.context.calls.call(self.uid, handler).await;
        match asked {
            Ok(FinalizeAnswer {
                retry_after: None, ..
            }) => self.set_finalizer(&view.parent, false).await,
            Ok(FinalizeAnswer {
                retry_after,
                status,
            }) => {
                let condition = Condition::new(
                    Reason::Finalizing,
                    "the parent is being deleted and not finalized yet",
                );
                let end = End::Converged {
                    resync_after: retry_after,
                };
                Round::Ended(
                    self.report(&view.parent, status.as_ref(), &condition, end)
                        .await,
                )
            }
            Err(failed) => Round::Ended(self.handler_failed(&view.parent, failed).await),
        }
    }

    async fn set_finalizer(&self, parent: &Object, wanted: bool) -> Round {
        let finalizer = &self.context.identity.finalizer;
        let mut finalizers = parent.finalizers();
        finalizers.retain(|name| name != finalizer);
        if wanted {
            finalizers.push(finalizer.clone());
        }
        let body = json!({"metadata": {"resourceVersion": parent.resource_version.to_string(), "finalizers": finalizers}});
        let written = self.write_parent(parent, None, &body).await;
        // Not what is known of that version: what ends a deletion comes back with the version that it had.
        let written = written.and_then(|body| self.context.decode(KindId::PARENT, &body));
        match written {
            // With its last finalizer the parent itself goes; what the server returns of it is the last there is.
            Ok(object) if parent.deleting && object.finalizers().is_empty() => {
                self.context
                    .engine()
                    .index
                    .forget(KindId::PARENT, &object.key, &object.uid);
                End::Converged { resync_after: None }.into()
            }
            Ok(object) => {
                let mut engine = self.context.engine();
                self.context.fold_parent(&mut engine, object.into());
                Round::Again
            }
            Err(failure) => {
                let ended = self.parent_failed(parent, &failure, "patch").await;
                if matches!(ended.end, End::Outdated) || failure.is_transient() {
                    return Round::Ended(ended);
                }
                let said = format!("the finalizer {finalizer}: patch: {failure}");
                let why = self.context.why(KindId::PARENT, "patch", said, &failure);
                let condition = Condition::new(Reason::WriteFailed, why.to_string());
                let mut told = self.report(parent, None, &condition, ended.end).await;
                told.refused.extend(ended.refused);
                Round::Ended(told)
            }
        }
    }
}

/// How a pass fails whose handler could not be called.
fn not_called(why: &str) -> (Condition, ErrorClass, Option<&'static Value>) {
    let message = format!("the handler was not called: {why}");
    let condition = Condition::new(Reason::HandlerBlocked, message);
    (condition, ErrorClass::Backoff, None)
}

/// The first few of several texts, and how many more there are.
fn listed(texts: impl Iterator<Item = String>) -> String {
    let mut texts: Vec<String> = texts.collect();
    let more = texts.len().saturating_sub(NAMED);
    texts.truncate(NAMED);
    if more > 0 {
        texts.push(format!("and {more} more"));
    }
    texts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{identity::Identity, k8s_types::core::v1::ConfigMap};

    /// The finalizer of the operator that looks at them.
    const OWN: &str = "example.com/op";

    fn parent(deleting: bool, finalizers: &[&str]) -> Object {
        let mut json = json!({"metadata": {"name": "p", "uid": "P", "resourceVersion": "1", "finalizers": finalizers}});
        if deleting {
            json["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
        }
        Object::decode(
            &json.to_string(),
            ConfigMap,
            &Identity::new("example.com", "op"),
        )
        .unwrap()
    }

    #[test]
    fn a_parent_that_is_being_deleted_is_finalized_and_never_synced() {
        assert_eq!(stage(&parent(true, &[OWN, "other"]), true), Stage::Finalize);
        assert_eq!(stage(&parent(true, &["other"]), true), Stage::LetGo);
        assert_eq!(stage(&parent(true, &[]), false), Stage::LetGo);
    }

    #[test]
    fn a_finalizer_is_there_only_where_there_is_a_finalize() {
        assert_eq!(stage(&parent(false, &[]), true), Stage::AddFinalizer);
        assert_eq!(stage(&parent(false, &[OWN]), true), Stage::Sync);
        assert_eq!(stage(&parent(false, &[OWN]), false), Stage::DropFinalizer);
        assert_eq!(stage(&parent(true, &[OWN]), false), Stage::DropFinalizer);
        assert_eq!(stage(&parent(false, &[]), false), Stage::Sync);
    }

    #[test]
    fn a_long_list_of_failures_is_cut() {
        let texts = (0..7).map(|i| i.to_string());
        assert_eq!(listed(texts), "0; 1; 2; 3; 4; and 2 more");
    }
}
