//! The I/O around the engine: watches in, writes out, and the loop that starts passes; and, for who looks on, a
//! [`Probe`].

mod account;
pub(crate) mod api;
mod causes;
mod create;
mod denied;
mod events;
mod execute;
mod invoke;
mod metrics;
mod missing;
mod pass;
mod probe;
mod report;
mod server;
pub mod shutdown;
mod watch;

use std::{
    collections::BTreeMap,
    future::Future,
    io,
    net::SocketAddr,
    panic::resume_unwind,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use kube::Client;
use serde_json::Value;
use tokio::{
    sync::{Notify, Semaphore, oneshot},
    task::{Id, JoinError, JoinSet},
};

pub use self::account::{
    Answer, Answered, Cause, Change, FieldChange, ObjectId, PassCondition, PassEnd, Told, Verb,
    What, Work,
};
pub use self::probe::{Activity, KnownObject, Probe, WatchActivity, WatchHealth};
use self::{
    account::{Account, Afterwards, Witness},
    api::{Endpoint, Failure},
    events::Events,
    invoke::Calls,
    metrics::{Metrics, PassResult},
    pass::Ended,
    probe::Observer,
};
use crate::{
    K8sType,
    access::Why,
    config::{ConfigError, Namespaces, OperatorConfig},
    engine::{
        contention::{self, Contention},
        index::KindId,
        outage::Outage,
        state::{End, Engine, Job, Scope},
        status::Keeps,
    },
    handler::{ErasedHandler, ErrorClass},
    identity::{Identity, is_kubernetes},
    object::{Object, ObjectKey, Parts, Uid, Which},
    operator::Operator,
};

/// How an operator stopped that was asked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// Every pass that was under way came to its end.
    Drained,
    /// So many passes were cancelled, since they did not end within the shutdown timeout. Nothing is lost: the
    /// next start takes them up where they were.
    Cancelled {
        /// How many.
        passes: usize,
    },
}

/// Why an operator could not start.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// What was declared can't be run.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// There is no pod's service account to run by.
    #[error("this is no pod with a service account: {0}; elsewhere, give `Operator::run` a client")]
    NoPod(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The address for `/livez`, `/readyz` and `/metrics` can't be listened on.
    #[error("can't listen on {address}: {source}; choose another address")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

/// The loop turns at least this often, so that one that stands still is told from one that has nothing to do.
const TURN: Duration = Duration::from_secs(5);
/// A loop that has not turned for this long stands still.
const STANDSTILL: Duration = Duration::from_secs(30);

/// What all parts of a running operator share.
pub(crate) struct Context {
    config: OperatorConfig,
    identity: Identity,
    client: Client,
    handler: Arc<dyn ErasedHandler>,
    endpoints: Endpoints,
    calls: Calls,
    writes: Semaphore,
    metrics: Metrics,
    /// Says that the engine may have something to do that it had not before.
    stirred: Notify,
    observer: Option<Observer>,
    account: Option<Arc<Account>>,
    events: Option<Events>,
    /// When its time began, where it is not the system's.
    began: (Option<Timestamp>, tokio::time::Instant),
    last_turn: Mutex<Instant>,
    // Only for short, synchronous calls: never held over an await.
    engine: Mutex<Engine>,
    /// What of the engine's own fields the parents' schema may have.
    may_keep: Keeps,
    outage: Arc<Mutex<Outage>>,
}

/// The kinds as discovery last found them.
struct Endpoints(Vec<RwLock<Option<Endpoint>>>);

impl Endpoints {
    fn new(kinds: usize) -> Self {
        Self((0..kinds).map(|_| RwLock::new(None)).collect())
    }

    fn get(&self, kind: KindId) -> Option<Endpoint> {
        self.0[kind.0]
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set(&self, kind: KindId, endpoint: Endpoint) {
        *self.0[kind.0]
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(endpoint);
    }
}

impl Context {
    fn new(operator: Operator, client: Client, probe: Option<&Probe>) -> Self {
        // The status of a built-in kind belongs to Kubernetes' own controllers.
        let is_ours = !is_kubernetes(operator.config.parent.group());
        let may_keep = Keeps {
            status: operator.parent_has_status().unwrap_or(true),
            observed_generation: is_ours,
            conditions: is_ours,
        };
        let mut engine = Engine::new(&operator.config);
        engine.keeps = may_keep;
        let config = operator.config;
        let identity = Identity::of(&config.name, config.parent);
        let teller = probe.and_then(Probe::teller);
        Self {
            account: teller.map(|teller| Arc::new(Account::new(teller, identity.clone()))),
            identity,
            client,
            handler: operator.handler,
            endpoints: Endpoints::new(config.children.len() + 1),
            calls: Calls::new(config.concurrency, config.handler_deadline),
            writes: Semaphore::new(config.writes_in_flight),
            metrics: Metrics::new(&config.name, config.concurrency),
            stirred: Notify::new(),
            observer: probe.map(Probe::observer),
            events: config.events.then(Events::default),
            began: (config.start_time, tokio::time::Instant::now()),
            last_turn: Mutex::new(tokio::time::Instant::now().into_std()),
            engine: Mutex::new(engine),
            may_keep,
            outage: Arc::default(),
            config,
        }
    }

    fn engine(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn outage(&self) -> MutexGuard<'_, Outage> {
        self.outage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[allow(clippy::unused_self)] // the clock is the operator's, not the process's
    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }

    fn timestamp(&self) -> Timestamp {
        match self.began {
            (Some(start), since) => start
                .saturating_add(since.elapsed())
                .unwrap_or(Timestamp::MAX),
            (None, _) => Timestamp::now(),
        }
    }

    /// Says that the engine may have something to do that it had not before.
    fn stir(&self) {
        self.stirred.notify_one();
        self.tell_observer();
    }

    fn tell_observer(&self) {
        if let Some(observer) = &self.observer {
            observer.stir();
        }
    }

    fn activity(&self, engine: &Engine) -> Activity {
        let events = self.events.as_ref().map_or(0, Events::pending);
        engine.activity(self.now(), &self.identity.selector(), events)
    }

    /// Takes in the parent as a write of its pass returned it.
    fn fold_parent(&self, engine: &mut Engine, object: Arc<Object>) {
        if let Some(account) = &self.account {
            let version = Some(&object.resource_version);
            account.echo(&object.uid, &object.uid, version);
        }
        engine.fold_parent(object);
    }

    /// Asks what is fought over with others about a parent, or notes something of it.
    fn contention<T>(&self, parent: &Uid, ask: impl FnOnce(&mut Contention, Instant) -> T) -> T {
        let now = self.now();
        ask(&mut self.engine().progress(parent).contention, now)
    }

    /// Finds out who else writes what is `wanted` in an object, as it is told.
    async fn rivals(&self, endpoint: &Endpoint, key: &ObjectKey, wanted: &Value) -> String {
        let object = endpoint.get(key).await;
        let object: Value = object.and_then(|body| api::read(&body)).unwrap_or_default();
        let rivals = contention::rivals(&object, wanted, &self.identity.manager);
        contention::told(&rivals)
    }

    /// A kind's endpoint for the requests of a parent's pass.
    fn endpoint(&self, kind: KindId, parent: &ObjectKey) -> Option<Endpoint> {
        let endpoint = self.endpoints.get(kind)?.heard_by(&self.outage);
        Some(match &self.account {
            Some(account) => endpoint.witnessed(Witness {
                account: Arc::clone(account),
                parent: ObjectId::new(self.config.parent, parent),
            }),
            None => endpoint,
        })
    }

    fn kind(&self, kind: KindId) -> &'static K8sType {
        kind.0
            .checked_sub(1)
            .map_or(self.config.parent, |child| self.config.children[child].0)
    }

    fn within(&self) -> Option<&[String]> {
        match &self.config.namespaces {
            Namespaces::All => None,
            Namespaces::Only(names) => Some(names),
        }
    }

    /// Decodes an object of an answer, whether it is as it is stored or not.
    fn decode(&self, kind: KindId, body: &[u8]) -> Result<Object, Failure> {
        Ok(self.parts(body)?.into_object(self.kind(kind)))
    }

    /// Decodes an object as it is stored. Of one that is known just so, nothing is copied: what we write comes twice,
    /// as an answer and as an event.
    fn decode_stored(&self, kind: KindId, body: &[u8]) -> Result<Arc<Object>, Failure> {
        Ok(self.stored(kind, self.parts(body)?))
    }

    fn parts<'a>(&self, body: &'a [u8]) -> Result<Parts<'a>, Failure> {
        Ok(Parts::read(api::text(body)?, &self.identity)?)
    }

    fn stored(&self, kind: KindId, parts: Parts<'_>) -> Arc<Object> {
        self.known(kind, &parts.which)
            .unwrap_or_else(|| parts.into_object(self.kind(kind)).into())
    }

    /// The object of a kind that is known just so.
    fn known(&self, kind: KindId, which: &Which<'_>) -> Option<Arc<Object>> {
        let version = which.version();
        let engine = self.engine();
        let known = engine
            .index
            .same(kind, &which.place(), which.uid(), &version);
        known.cloned()
    }

    /// Forgets what the parents' schema was found to lack, now that the kind is discovered: it may be another by now.
    fn learn_anew(&self, has_status: bool) {
        let keeps = Keeps {
            status: self.may_keep.status && has_status,
            ..self.may_keep
        };
        let now = self.now();
        let mut engine = self.engine();
        if std::mem::replace(&mut engine.keeps, keeps) != keeps {
            engine.look_through(now);
        }
    }

    fn lost(&self, kind: KindId, scope: &Scope, why: Why, absent: bool) {
        let told = why.to_string();
        let news = self.engine().lost(kind, scope, why, absent);
        if news {
            tracing::warn!(kind = %self.kind(kind), why = told, "can't be watched");
            if let Some(account) = &self.account {
                let (kind, why) = (self.kind(kind), told);
                account.tell(Told::WatchLost { kind, why });
            }
        }
        self.stir();
    }

    fn turn(&self) {
        *self
            .last_turn
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = self.now();
    }

    fn is_alive(&self) -> bool {
        let last = *self
            .last_turn
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        self.now().saturating_duration_since(last) < STANDSTILL
    }
}

/// Runs an operator until `stop` completes. See [`Operator::run`].
pub(crate) async fn run(
    operator: Operator,
    client: Client,
    stop: impl Future<Output = ()> + Send,
    probe: Option<&Probe>,
) -> Result<Stopped, RunError> {
    operator.check()?;
    let context = Arc::new(Context::new(operator, client, probe));
    if let Some(probe) = probe {
        probe.attach(&context);
    }
    let mut background = JoinSet::new();
    if let Some(address) = context.config.listen {
        let listener = server::bind(address)
            .await
            .map_err(|source| RunError::Listen { address, source })?;
        background.spawn(server::serve(Arc::clone(&context), listener));
    }
    background.spawn(watch::follow_all(Arc::clone(&context)));
    background.spawn(events::post_all(Arc::clone(&context)));
    tracing::info!(operator = context.config.name, parent = %context.config.parent, "started");
    let passes = Passes {
        context: Arc::clone(&context),
        background,
        tasks: JoinSet::new(),
        jobs: BTreeMap::new(),
    };
    let stopped = passes.work_as_task(stop).await;
    tracing::info!(operator = context.config.name, ?stopped, "stopped");
    Ok(stopped)
}

/// The passes under way.
struct Passes {
    context: Arc<Context>,
    /// What they live by: the watches, and what is served.
    background: JoinSet<()>,
    tasks: JoinSet<Ended>,
    jobs: BTreeMap<Id, (Uid, Instant)>,
}

impl Passes {
    /// Works until `stop`, and drains; as a task of its own, which ends with this future: whoever awaits that may be a
    /// thread that would have to be woken for each pass.
    async fn work_as_task(mut self, stop: impl Future<Output = ()>) -> Stopped {
        let (stops, stopped) = oneshot::channel::<()>();
        let mut work = JoinSet::new();
        work.spawn(async move {
            self.work_until(async { drop(stopped.await) }).await;
            self.drain().await
        });
        let ended = tokio::select! {
            biased;
            () = stop => {
                drop(stops);
                work.join_next().await
            }
            ended = work.join_next() => ended,
        };
        match ended {
            Some(Ok(stopped)) => stopped,
            Some(Err(defect)) => resume_unwind(defect.into_panic()),
            None => Stopped::Drained,
        }
    }

    async fn work_until(&mut self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        loop {
            self.context.turn();
            while self.tasks.len() < self.context.config.concurrency && self.begin() {}
            let now = self.context.now();
            let opens = self.context.outage().opens(now);
            let due = self
                .context
                .engine()
                .next_due()
                .filter(|_| self.tasks.len() < self.context.config.concurrency)
                .and_then(|due| Some(due.max(opens?)));
            let wake = due.map_or(now + TURN, |due| due.min(now + TURN));
            tokio::select! {
                biased;
                () = &mut stop => return,
                Some(ended) = self.tasks.join_next_with_id() => self.end(ended),
                // Without its watches an operator would go on blind, and nobody would know.
                Some(Err(defect)) = self.background.join_next() => {
                    resume_unwind(defect.into_panic());
                }
                () = self.context.stirred.notified() => {}
                () = tokio::time::sleep_until(wake.into()) => {}
            }
        }
    }

    fn begin(&mut self) -> bool {
        let now = self.context.now();
        if self.context.outage().opens(now).is_none_or(|at| at > now) {
            return false;
        }
        let Some(Job { uid, due_since }) = self.context.engine().next(now) else {
            return false;
        };
        self.context.outage().begins(&uid);
        self.context
            .metrics
            .begun(&uid, now, now.saturating_duration_since(due_since));
        let (context, parent) = (Arc::clone(&self.context), uid.clone());
        let task = self
            .tasks
            .spawn(async move { pass::pass(&context, &parent).await });
        self.jobs.insert(task.id(), (uid, now));
        self.context.tell_observer();
        true
    }

    fn end(&mut self, ended: Result<(Id, Ended), JoinError>) {
        let (id, ended) = match ended {
            Ok(ended) => ended,
            Err(error) => {
                tracing::error!(%error, "a pass ended by a defect of the engine");
                (
                    error.id(),
                    End::Failed {
                        class: ErrorClass::Backoff,
                    }
                    .into(),
                )
            }
        };
        let Some((uid, since)) = self.jobs.remove(&id) else {
            return;
        };
        self.context.outage().ends(&uid);
        let now = self.context.now();
        let (took, end) = (now.saturating_duration_since(since), &ended.end);
        tracing::debug!(parent = %uid, ?took, ?end, "a pass ended");
        self.context.metrics.ended(result(end), &uid, since, now);
        let mut engine = self.context.engine();
        engine.finish(&uid, ended.end, ended.refused, now);
        let standing = engine.standing(&uid);
        drop(engine);
        if let Some(account) = &self.context.account {
            let (due, failures) = standing.unwrap_or_default();
            let then = Afterwards {
                again: due.map(|due| due.saturating_duration_since(now)),
                failures,
                gone: standing.is_none(),
            };
            account.ended(&uid, &ended.end, took, &then);
        }
        self.context.tell_observer();
    }

    async fn drain(mut self) -> Stopped {
        let timeout = tokio::time::sleep(self.context.config.shutdown_timeout);
        let mut timeout = pin!(timeout);
        loop {
            tokio::select! {
                biased;
                ended = self.tasks.join_next_with_id() => match ended {
                    Some(ended) => self.end(ended),
                    None => return Stopped::Drained,
                },
                () = &mut timeout => {
                    let passes = self.tasks.len();
                    self.tasks.shutdown().await;
                    return Stopped::Cancelled { passes };
                }
                () = tokio::time::sleep(TURN) => {}
            }
            self.context.turn();
        }
    }
}

fn result(end: &End) -> PassResult {
    match end {
        End::Converged { resync_after: None } => PassResult::Success,
        End::Converged { .. } | End::Waiting { .. } => PassResult::RequeueAfter,
        End::Outdated => PassResult::Requeue,
        End::Failed {
            class: ErrorClass::Permanent,
            ..
        } => PassResult::Terminal,
        End::Failed { .. } | End::Unserved { .. } => PassResult::Error,
    }
}

#[cfg(test)]
mod tests;
