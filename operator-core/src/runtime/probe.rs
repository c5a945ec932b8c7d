//! [`Probe`]: looks on while an operator works, without a part in it.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::watch;

use super::{
    Context,
    account::{Teller, Told},
};
pub use crate::engine::activity::{Activity, KnownObject, WatchActivity, WatchHealth};

/// Looks on while an operator works: what is due and under way, and how far each watch has come.
///
/// It is handed to [`Operator::run_observed`](crate::Operator::run_observed), and tells at any time what there is to
/// do *now*, so that a test, or a tool, need not sleep until something probably happened. It never changes what the
/// operator does or asks for; an operator that nobody observes does nothing for it.
///
/// ```
/// use operator_core::runtime::{Activity, Probe};
///
/// /// Completes when the operator has nothing to do at the moment.
/// async fn idle(mut probe: Probe) {
///     while !probe.activity().as_ref().is_some_and(Activity::is_idle) {
///         probe.changed().await;
///     }
/// }
/// ```
///
/// Clones look at the same operator, and each is woken for itself.
#[derive(Clone)]
pub struct Probe {
    shared: Arc<Shared>,
    changes: watch::Receiver<u64>,
}

struct Shared {
    teller: Option<Teller>,
    context: Mutex<Weak<Context>>,
    changes: watch::Sender<u64>,
}

impl Probe {
    /// A probe of an operator that is still to be run.
    #[must_use]
    pub fn new() -> Self {
        Self::with(None)
    }

    /// A probe that also tells what the operator does, one by one, to `tell`: it is called in the order in which things
    /// happen and should return at once, as by sending on a channel. It must not call this probe.
    ///
    /// ```
    /// use std::sync::mpsc;
    /// use operator_core::runtime::Probe;
    ///
    /// let (told, account) = mpsc::channel();
    /// let probe = Probe::telling(move |one| drop(told.send(one)));
    /// ```
    #[must_use]
    pub fn telling(tell: impl Fn(Told) + Send + Sync + 'static) -> Self {
        Self::with(Some(Arc::new(tell)))
    }

    fn with(teller: Option<Teller>) -> Self {
        let (sender, changes) = watch::channel(0);
        let shared = Shared {
            teller,
            context: Mutex::default(),
            changes: sender,
        };
        Self {
            shared: Arc::new(shared),
            changes,
        }
    }

    /// What there is to do at this moment; `None` while the operator does not run.
    #[must_use]
    pub fn activity(&self) -> Option<Activity> {
        let context = self.context()?;
        let engine = context.engine();
        Some(context.activity(&engine))
    }

    /// [`activity`](Self::activity), and every object that the operator knows at that same moment, by kind, namespace
    /// and name.
    #[must_use]
    pub fn survey(&self) -> Option<(Activity, Vec<KnownObject>)> {
        let context = self.context()?;
        let engine = context.engine();
        Some((context.activity(&engine), engine.known_objects()))
    }

    /// Completes when something of this may have changed since the last call, or since this probe was made or cloned.
    ///
    /// That a parent becomes due because its time has come is told when its pass begins. Cancelling it loses nothing.
    pub async fn changed(&mut self) {
        // The sender lives as long as this does.
        let _ = self.changes.changed().await;
    }

    fn context(&self) -> Option<Arc<Context>> {
        self.shared.of().upgrade()
    }

    pub(super) fn attach(&self, context: &Arc<Context>) {
        *self.shared.of() = Arc::downgrade(context);
        self.observer().stir();
    }

    pub(super) fn teller(&self) -> Option<Teller> {
        self.shared.teller.clone()
    }

    pub(super) fn observer(&self) -> Observer {
        Observer(Arc::clone(&self.shared))
    }
}

impl Default for Probe {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Probe")
            .field("activity", &self.activity())
            .finish()
    }
}

impl Shared {
    fn of(&self) -> std::sync::MutexGuard<'_, Weak<Context>> {
        self.context.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end of a probe that the operator holds: it tells that something changed, at the latest by its own end.
pub(super) struct Observer(Arc<Shared>);

impl Observer {
    pub(super) fn stir(&self) {
        self.0
            .changes
            .send_modify(|count| *count = count.wrapping_add(1));
    }
}

impl Drop for Observer {
    fn drop(&mut self) {
        self.stir();
    }
}
