//! [`Controllers`]: what works on a cluster's objects by itself: garbage collection, namespaces, CRDs, quotas.
//!
//! Each is a plain value that is told of changes and does one thing at a time, so that it can be stepped by hand. None
//! of them looks at a clock but for the timestamps that it writes, and for pods that should have ended by now.

mod definitions;
mod garbage;
mod invalid_owner;
mod namespaces;
mod quotas;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::{
    handlers::Api,
    service::Server,
    store::{Collection, Event},
};

/// Lets controllers work whenever there is something to do, for ever.
pub(crate) async fn run(controllers: Arc<Mutex<Controllers>>) {
    let mut written = lock(&controllers).server.api().signals.of_all();
    loop {
        written.catch_up();
        while lock(&controllers).step() {
            // Requests come in between: on a cluster, too, this takes its time.
            tokio::task::yield_now().await;
        }
        written.hear().await;
    }
}

/// The controllers, alone.
pub(crate) fn lock(controllers: &Mutex<Controllers>) -> MutexGuard<'_, Controllers> {
    controllers.lock().unwrap_or_else(PoisonError::into_inner)
}

/// All controllers of one server.
pub(crate) struct Controllers {
    server: Server,
    garbage: garbage::Collector,
    namespaces: namespaces::Namespaces,
    definitions: definitions::Definitions,
    quotas: quotas::Quotas,
    seen: u64,
}

/// A change, as controllers are told of it.
pub(crate) struct Changed<'a> {
    pub(crate) collection: Collection,
    pub(crate) event: &'a Event,
}

impl Controllers {
    /// Those of a server, which have seen nothing yet.
    #[must_use]
    pub(crate) fn new(server: Server) -> Self {
        Self {
            server,
            garbage: garbage::Collector::default(),
            namespaces: namespaces::Namespaces::default(),
            definitions: definitions::Definitions::default(),
            quotas: quotas::Quotas::default(),
            seen: 0,
        }
    }

    /// Works until there is nothing to do; says whether there was anything.
    pub(crate) fn settle(&mut self) -> bool {
        let mut worked = false;
        while self.step() {
            worked = true;
        }
        worked
    }

    /// Does one thing; says whether there was one to do.
    pub(crate) fn step(&mut self) -> bool {
        let server = self.server.clone();
        let mut api = server.api();
        let now = server.clock().now();
        self.look(&api, now);
        self.definitions.step(&mut api, now)
            || self.garbage.step(&mut api, now)
            || self.namespaces.step(&mut api, now)
            || self.quotas.step(&mut api, now)
    }

    /// Takes up what was written since the last look.
    fn look(&mut self, api: &Api, now: Timestamp) {
        let revision = api.store.revision();
        if revision == self.seen {
            return;
        }
        match api.store.changes(self.seen) {
            Ok(changes) => {
                for (collection, event) in changes {
                    let changed = Changed { collection, event };
                    self.garbage.changed(api, &changed);
                    self.namespaces.changed(api, &changed);
                    self.definitions.changed(api, &changed);
                    self.quotas.changed(api, &changed, now);
                }
            }
            // What happened meanwhile is forgotten.
            Err(_) => self.start_anew(api),
        }
        self.seen = revision;
    }

    /// Looks at everything that is there.
    fn start_anew(&mut self, api: &Api) {
        self.garbage.start_anew(api);
        self.namespaces.start_anew(api);
        self.definitions.start_anew(api);
        self.quotas.start_anew(api);
    }
}
