//! [`Wire`]: what lies between an operator and its cluster, where a test sees each request, holds one back,
//! ends a watch, or lets one be the last.

mod body;
mod layer;
mod record;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::pending;
use tokio::sync::{Notify, oneshot};

pub(crate) use layer::WireLayer;
pub use record::Record;

/// On which side of the server's work something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The request is made, and the server has not seen it.
    Sending,
    /// The server has answered, and the operator has not seen that.
    Answered,
}

type Matches = Box<dyn Fn(&Record) -> bool + Send>;

struct Hold {
    matches: Matches,
    moment: Moment,
    reached: oneshot::Sender<Record>,
    release: oneshot::Receiver<()>,
}

/// What becomes of a request at one of its moments.
enum Fate {
    Pass,
    Die,
    Wait(Hold, Record),
}

#[derive(Default)]
struct State {
    records: Vec<Record>,
    holds: Vec<Hold>,
    watches: Vec<(Record, oneshot::Sender<()>)>,
    last: Option<(usize, Moment)>,
    dead: bool,
}

/// The requests of one operator process. Clones are the same wire.
#[derive(Clone, Default)]
pub struct Wire {
    state: Arc<Mutex<State>>,
    died: Arc<Notify>,
}

impl Wire {
    /// A wire that goes dead at its request `number` (counted from 0): what is on it at that moment, and all
    /// that comes later, hangs for good. That is what a process sees of the world when it is killed.
    #[must_use]
    pub fn dying_at(number: usize, moment: Moment) -> Self {
        let wire = Self::default();
        wire.state().last = Some((number, moment));
        wire
    }

    /// Completes when the wire has gone dead.
    pub async fn died(&self) {
        self.died.notified().await;
        self.died.notify_one();
    }

    /// Every request so far, in the order in which they were made.
    #[must_use]
    pub fn records(&self) -> Vec<Record> {
        self.state().records.clone()
    }

    /// How many requests were made so far: where [`writes_since`](Self::writes_since) starts.
    #[must_use]
    pub fn mark(&self) -> usize {
        self.state().records.len()
    }

    /// The writes since `mark`; dry runs are none.
    #[must_use]
    pub fn writes_since(&self, mark: usize) -> Vec<Record> {
        let is_write = |record: &&Record| record.is_write();
        self.state().records[mark..]
            .iter()
            .filter(is_write)
            .cloned()
            .collect()
    }

    /// Holds the next request that `matches`, at this moment of it, until [`Held::release`].
    pub fn hold(&self, moment: Moment, matches: impl Fn(&Record) -> bool + Send + 'static) -> Held {
        let (reached, has_reached) = oneshot::channel();
        let (release, released) = oneshot::channel();
        self.state().holds.push(Hold {
            matches: Box::new(matches),
            moment,
            reached,
            release: released,
        });
        Held {
            has_reached,
            release,
        }
    }

    /// Ends the running watches that `matches`, as a server does after some minutes. Says how many they were.
    pub fn end_watches(&self, matches: impl Fn(&Record) -> bool) -> usize {
        let mut state = self.state();
        let (ended, running): (Vec<_>, Vec<_>) = state
            .watches
            .drain(..)
            .partition(|(record, _)| matches(record));
        state.watches = running;
        ended
            .into_iter()
            .filter_map(|(_, end)| end.send(()).ok())
            .count()
    }

    fn begin(&self, record: Record) -> usize {
        let mut state = self.state();
        state.records.push(record);
        state.records.len() - 1
    }

    fn answered(&self, number: usize, status: u16) {
        self.state().records[number].status = Some(status);
    }

    fn watch_began(&self, number: usize) -> oneshot::Receiver<()> {
        let (end, ended) = oneshot::channel();
        let mut state = self.state();
        let record = state.records[number].clone();
        state.watches.push((record, end));
        ended
    }

    /// Lets request `number` go on past `moment`: at once, when released, or never.
    async fn pass(&self, number: usize, moment: Moment) {
        match self.fate(number, moment) {
            Fate::Pass => {}
            Fate::Die => pending().await,
            Fate::Wait(hold, record) => {
                // Both fail only if the test no longer cares.
                let _ = hold.reached.send(record);
                let _ = hold.release.await;
            }
        }
    }

    fn fate(&self, number: usize, moment: Moment) -> Fate {
        let mut state = self.state();
        if state.last == Some((number, moment)) {
            state.dead = true;
            self.died.notify_one();
        }
        if state.dead {
            return Fate::Die;
        }
        let record = state.records[number].clone();
        let is_due = |hold: &Hold| hold.moment == moment && (hold.matches)(&record);
        match state.holds.iter().position(is_due) {
            Some(at) => Fate::Wait(state.holds.remove(at), record),
            None => Fate::Pass,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that is, or will be, held. Dropping it lets the request go.
pub struct Held {
    has_reached: oneshot::Receiver<Record>,
    release: oneshot::Sender<()>,
}

impl Held {
    /// Waits until the request is there.
    ///
    /// # Panics
    /// If the operator went away before it made the request.
    pub async fn reached(&mut self) -> Record {
        (&mut self.has_reached)
            .await
            .expect("the wire is gone, and the request never came")
    }

    /// Lets the request go.
    pub fn release(self) {
        let _ = self.release.send(());
    }
}
