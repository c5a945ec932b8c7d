//! [`Signals`]: who waits for writes of a kind is woken by them, and by no others; who has waited longest comes first.
//!
//! tokio's own `watch` wakes in an order of chance, with which a seed would not make the same story twice.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::Notify;

use crate::store::Collection;

/// A signal for each kind, and one for all.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    of_kind: HashMap<Collection, Arc<Signal>>,
    all: Arc<Signal>,
}

/// What is given again and again.
#[derive(Debug, Default)]
struct Signal {
    given: AtomicU64,
    waiting: Notify,
}

/// Somebody who hears a signal.
#[derive(Debug)]
pub(crate) struct Listener {
    signal: Arc<Signal>,
    heard: u64,
}

impl Signals {
    /// Wakes who waits for writes of a kind: there was one, or something else about it has changed.
    pub(crate) fn stir(&self, collection: Collection) {
        if let Some(signal) = self.of_kind.get(&collection) {
            signal.give();
        }
        self.all.give();
    }

    /// Hears what happens to a kind from now on.
    pub(crate) fn of(&mut self, collection: Collection) -> Listener {
        Listener::new(self.of_kind.entry(collection).or_default())
    }

    /// Hears everything from now on.
    #[must_use]
    pub(crate) fn of_all(&self) -> Listener {
        Listener::new(&self.all)
    }
}

impl Signal {
    fn give(&self) {
        self.given.fetch_add(1, Ordering::AcqRel);
        self.waiting.notify_waiters();
    }

    fn given(&self) -> u64 {
        self.given.load(Ordering::Acquire)
    }
}

impl Listener {
    fn new(signal: &Arc<Signal>) -> Self {
        Self {
            signal: Arc::clone(signal),
            heard: signal.given(),
        }
    }

    /// Takes everything up to now for heard.
    pub(crate) fn catch_up(&mut self) {
        self.heard = self.signal.given();
    }

    /// Waits until there is something that was not heard yet.
    pub(crate) async fn hear(&mut self) {
        loop {
            // From here on it is woken, so that nothing gets lost between the look and the wait.
            let woken = self.signal.waiting.notified();
            let given = self.signal.given();
            if given != self.heard {
                self.heard = given;
                return;
            }
            woken.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, rc::Rc};

    use tokio::task::{LocalSet, yield_now};

    use super::*;
    use crate::store::Store;

    #[tokio::test]
    async fn what_is_given_before_the_wait_is_heard_at_once_and_only_once() {
        let mut store = Store::new();
        let (things, others) = (
            store.collection("", "things"),
            store.collection("", "others"),
        );
        let mut signals = Signals::default();
        let (mut of_things, mut of_all) = (signals.of(things), signals.of_all());
        signals.stir(others);
        of_all.hear().await;
        signals.stir(things);
        of_things.hear().await;
        of_all.hear().await;
        tokio::select! {
            biased;
            () = of_all.hear() => panic!("it was heard before"),
            () = of_things.hear() => panic!("it was heard before"),
            () = yield_now() => {}
        }
    }

    #[tokio::test]
    async fn who_waits_longest_is_woken_first() {
        let signals = Signals::default();
        let woken = Rc::new(RefCell::new(Vec::new()));
        let waiting = LocalSet::new();
        for number in 0..50 {
            let (mut listener, woken) = (signals.of_all(), Rc::clone(&woken));
            waiting.spawn_local(async move {
                listener.hear().await;
                woken.borrow_mut().push(number);
            });
        }
        let store = &mut Store::new();
        let things = store.collection("", "things");
        waiting.run_until(yield_now()).await;
        waiting.run_until(yield_now()).await;
        signals.stir(things);
        waiting.await;
        assert!(woken.borrow().is_sorted());
    }
}
