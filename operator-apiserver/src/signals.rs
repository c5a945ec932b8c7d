//! [`Signals`]: who waits for writes of a kind is woken by them, and by no others.

use std::collections::HashMap;

use tokio::sync::watch;

use crate::store::Collection;

/// A signal for each kind, and one for all.
#[derive(Debug)]
pub(crate) struct Signals {
    of_kind: HashMap<Collection, watch::Sender<u64>>,
    all: watch::Sender<u64>,
}

impl Default for Signals {
    fn default() -> Self {
        Self { of_kind: HashMap::new(), all: watch::Sender::new(0) }
    }
}

impl Signals {
    /// Tells of a write.
    pub(crate) fn wrote(&self, collection: Collection, revision: u64) {
        if let Some(signal) = self.of_kind.get(&collection) {
            signal.send_replace(revision);
        }
        self.all.send_replace(revision);
    }

    /// Wakes who waits for writes of a kind, though there was none: something else about it has changed.
    pub(crate) fn stir(&self, collection: Collection) {
        if let Some(signal) = self.of_kind.get(&collection) {
            signal.send_modify(|_| {});
        }
        self.all.send_modify(|_| {});
    }

    /// What changes with each write of a kind.
    pub(crate) fn of(&mut self, collection: Collection) -> watch::Receiver<u64> {
        self.of_kind.entry(collection).or_insert_with(|| watch::Sender::new(0)).subscribe()
    }

    /// What changes with each write.
    #[must_use]
    pub(crate) fn of_all(&self) -> watch::Receiver<u64> {
        self.all.subscribe()
    }
}
