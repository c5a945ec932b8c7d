//! [`LocalCluster`]: a Kubernetes API server with its controllers, in this process.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use jiff::Timestamp;
use tokio::task::JoinHandle;

use crate::{
    access::User,
    clock::Clock,
    controllers::{self, Controllers},
    entropy::Entropy,
    fault::{Fault, Matches, Strikes},
    handlers::{Api, Serves},
    journal::Exchange,
    selectors::Selection,
    service::{Identity, Server},
    store::{
        encoding::decode_identity,
        watch::{self, Selects},
    },
    tower_service::LocalService,
};

/// How many requests a cluster remembers unless it is told otherwise.
const REMEMBERED_REQUESTS: usize = 1_000;
/// How long after a write its event comes unless something else is asked for.
///
/// On a real 1.37 on loopback, which sends events through etcd and its watch cache, half of the events came before the
/// reply to the write and half after it, within 1.5 ms. Here a reply takes no time: without a delay the event would
/// always be there first, and an operator that trips over its own unseen writes would never do so in a test.
const WATCH_DELAY: Duration = Duration::from_millis(1);
/// The time at which a seeded cluster starts: any would do, as long as it is always the same.
const SEEDED_START: &str = "2030-01-01T00:00:00Z";

/// Whether the controllers work by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ControllerMode {
    /// They work whenever there is something to do, as on a cluster.
    #[default]
    Running,
    /// They work when [`LocalCluster::step_controllers`] is called, and only then.
    Stepped,
}

/// What a [`LocalCluster`] is to be like.
#[derive(Clone, Debug)]
pub struct Builder {
    seed: Option<u64>,
    start: Option<Timestamp>,
    controllers: ControllerMode,
    serves: Serves,
    remembered_requests: usize,
    watch_delay: Duration,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            seed: None,
            start: None,
            controllers: ControllerMode::Running,
            serves: Serves::default(),
            remembered_requests: REMEMBERED_REQUESTS,
            watch_delay: WATCH_DELAY,
        }
    }
}

impl Builder {
    /// Makes everything random come from this seed, and time begin at a fixed date: on tokio's paused clock the same
    /// requests then have the same answers, byte for byte.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self {
            seed: Some(seed),
            ..self
        }
    }

    /// Makes time begin here, instead of now or, with a seed, at a fixed date.
    #[must_use]
    pub fn starting_at(self, start: Timestamp) -> Self {
        Self {
            start: Some(start),
            ..self
        }
    }

    /// Whether garbage collection, namespaces, CRDs and quotas are worked on by themselves.
    #[must_use]
    pub fn controllers(self, controllers: ControllerMode) -> Self {
        Self {
            controllers,
            ..self
        }
    }

    /// Serves `apiextensions.k8s.io/v1beta1` as well, as clusters up to 1.21 do.
    #[must_use]
    pub fn v1beta1(mut self, v1beta1: bool) -> Self {
        self.serves.v1beta1 = v1beta1;
        self
    }

    /// Whether a watch may begin with what there is (`sendInitialEvents`), as on a server with the feature gate
    /// `WatchList`; default: true. Where it may not, clients list by pages.
    #[must_use]
    pub fn streaming_lists(mut self, streaming_lists: bool) -> Self {
        self.serves.streaming_lists = streaming_lists;
        self
    }

    /// How many requests [`LocalCluster::requests`] can look back.
    #[must_use]
    pub fn remember_requests(self, bound: usize) -> Self {
        Self {
            remembered_requests: bound,
            ..self
        }
    }

    /// How long after a write its event comes; default: 1 ms, so that it comes after the reply, as it may on a real
    /// cluster. With zero it comes first.
    #[must_use]
    pub fn watch_delay(self, watch_delay: Duration) -> Self {
        Self {
            watch_delay,
            ..self
        }
    }

    /// Starts it. It needs a tokio runtime, and ends with its last handle.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    #[must_use]
    pub fn start(self) -> LocalCluster {
        let base = self.start.unwrap_or_else(|| match self.seed {
            Some(_) => SEEDED_START.parse().unwrap_or(Timestamp::UNIX_EPOCH),
            None => Timestamp::now(),
        });
        let clock = Clock::starting_at(base);
        let entropy = self
            .seed
            .map_or_else(Entropy::unforeseeable, Entropy::seeded);
        let api = Api::new(entropy, self.serves, clock.now());
        let server = Server::new(api, clock, self.remembered_requests, self.watch_delay);
        let controllers = Arc::new(Mutex::new(Controllers::new(server.clone())));
        let running = match self.controllers {
            ControllerMode::Stepped => None,
            ControllerMode::Running => {
                let run = controllers::run(Arc::clone(&controllers));
                Some(Background(tokio::spawn(run)))
            }
        };
        LocalCluster {
            controllers,
            server,
            running: running.map(Arc::new),
        }
    }
}

/// A task that ends with its last handle.
pub(crate) struct Background(JoinHandle<()>);

impl Drop for Background {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A Kubernetes API server with its controllers, in this process. Clones are handles to the same one, and so are its
/// services and clients; it ends with the last.
#[derive(Clone)]
pub struct LocalCluster {
    server: Server,
    controllers: Arc<Mutex<Controllers>>,
    running: Option<Arc<Background>>,
}

impl LocalCluster {
    /// One with defaults: [`Builder::start`].
    #[must_use]
    pub fn start() -> Self {
        Builder::default().start()
    }

    /// What can be chosen.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The server itself.
    #[cfg(feature = "serve")]
    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    /// The server as a service for the administrator's requests.
    #[must_use]
    pub fn service(&self) -> LocalService {
        self.service_as(User::admin())
    }

    /// The server as a service for requests of this user.
    #[must_use]
    pub fn service_as(&self, user: User) -> LocalService {
        self.service_for(Identity::Fixed(Arc::new(user)))
    }

    /// The server as a service that asks who is there, as it does over HTTPS: by a token in the `Authorization` header.
    #[must_use]
    pub fn guarded_service(&self) -> LocalService {
        self.service_for(Identity::Headers)
    }

    /// The server as a service. Like every handle, it keeps the cluster going.
    pub(crate) fn service_for(&self, identity: Identity) -> LocalService {
        LocalService::new(self.server.clone(), identity, self.running.clone())
    }

    /// A client of the administrator, without a socket.
    #[cfg(feature = "client")]
    #[must_use]
    pub fn client(&self) -> kube::Client {
        kube::Client::new(self.service(), "default")
    }

    /// A client of a user by this name, without a socket.
    #[cfg(feature = "client")]
    #[must_use]
    pub fn client_as(&self, user: User) -> kube::Client {
        kube::Client::new(self.service_as(user), "default")
    }

    /// Lets the controllers work until they have nothing to do; says whether they had anything.
    #[expect(clippy::must_use_candidate, reason = "it is called for what it does")]
    pub fn step_controllers(&self) -> bool {
        controllers::lock(&self.controllers).settle()
    }

    /// Makes something go wrong: the next `times` requests that match, after the first `skip` of them. What it returns
    /// tells how often it has struck.
    #[expect(clippy::must_use_candidate, reason = "it is called for what it does")]
    pub fn inject(&self, matches: Matches, fault: Fault, skip: u64, times: u64) -> Strikes {
        let mut faults = self.server.faults();
        faults.add(matches, fault, skip, Some(times))
    }

    /// Makes something go wrong with every request that matches, until [`clear_faults`](Self::clear_faults). What it
    /// returns tells how often it has struck.
    #[expect(clippy::must_use_candidate, reason = "it is called for what it does")]
    pub fn inject_always(&self, matches: Matches, fault: Fault) -> Strikes {
        self.server.faults().add(matches, fault, 0, None)
    }

    /// Takes back all faults that have not struck yet; frozen watches go on, and late ones are in time again.
    pub fn clear_faults(&self) {
        self.server.faults().clear();
        self.server.watches().thaw();
    }

    /// Ends the open watches that match, as a restart of the server would; says how many.
    #[must_use]
    pub fn close_watches(&self, matches: &Matches) -> usize {
        self.server.watches().close(matches)
    }

    /// Silences the open watches that match: they stay open, and nothing comes any more. Says how many.
    #[must_use]
    pub fn freeze_watches(&self, matches: &Matches) -> usize {
        self.server.watches().freeze(matches)
    }

    /// Makes the open watches that match tell everything so much later. Says how many.
    #[must_use]
    pub fn lag_watches(&self, matches: &Matches, by: Duration) -> usize {
        self.server.watches().lag(matches, by)
    }

    /// How many watches are open.
    #[must_use]
    pub fn open_watches(&self) -> usize {
        self.server.watches().open()
    }

    /// Forgets all changes up to now: watches and lists of earlier revisions are told `410`.
    pub fn compact(&self) {
        let mut api = self.server.api();
        let now = api.store.revision();
        api.store.compact(now);
    }

    /// Whether the controllers work by themselves.
    #[must_use]
    pub fn controller_mode(&self) -> ControllerMode {
        if self.running.is_some() {
            ControllerMode::Running
        } else {
            ControllerMode::Stepped
        }
    }

    /// How many changes a watch of a kind has still to be told that was told all up to the revision `after`: in a
    /// namespace or in all, and of the objects that the label selector picks.
    ///
    /// `None` if that can't be told: the changes are forgotten, there is no such kind, or the selector is none.
    #[must_use]
    pub fn changes_after(
        &self,
        group: &str,
        plural: &str,
        namespace: Option<&str>,
        label_selector: &str,
        after: u64,
    ) -> Option<usize> {
        let selection = Selection::parse(label_selector, "").ok()?;
        let selects = |object: &[u8]| selection.matches(&decode_identity(object), |_| "".into());
        let selects: Selects<'_> = (!selection.is_everything()).then_some(&selects);
        let api = self.server.api();
        let kind = api.kinds.any_version(group, plural)?;
        let events = api.store.events(kind.collection, after).ok()?;
        let here = events.filter(|event| namespace.is_none_or(|here| event.namespace() == here));
        Some(here.filter_map(|event| watch::told(event, selects)).count())
    }

    /// The revision of the last write.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.server.api().store.revision()
    }

    /// The time on this cluster.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.server.clock().now()
    }

    /// How many requests there were.
    #[must_use]
    pub fn requests_seen(&self) -> u64 {
        self.server.journal().seen()
    }

    /// The requests after the first `seen`, as far as they are remembered.
    #[must_use]
    pub fn requests(&self, seen: u64) -> Vec<Exchange> {
        self.server.journal().since(seen)
    }
}

#[cfg(test)]
mod tests {
    use http::Request;
    use serde_json::Value;
    use tower::Service as _;

    use super::*;

    async fn create(cluster: &LocalCluster, name: &str, labels: &Value) {
        let map = serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": labels}});
        let request = Request::post("/api/v1/namespaces/default/configmaps")
            .header("content-type", "application/json")
            .body(map.to_string())
            .unwrap();
        let answer = cluster.service().call(request).await.unwrap();
        assert_eq!(answer.status(), 201);
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_watch_has_still_to_be_told_is_counted_by_its_own_selection() {
        let cluster = LocalCluster::builder().seed(1).start();
        let after = cluster.revision();
        let changes =
            |place, selector| cluster.changes_after("", "configmaps", place, selector, after);
        assert_eq!(changes(None, ""), Some(0));
        create(&cluster, "a", &serde_json::json!({"app": "x"})).await;
        create(&cluster, "b", &serde_json::json!({})).await;
        assert_eq!(changes(None, ""), Some(2));
        assert_eq!(changes(None, "app=x"), Some(1));
        assert_eq!(changes(Some("default"), "app=x"), Some(1));
        assert_eq!(changes(Some("elsewhere"), ""), Some(0));
        assert_eq!(changes(None, "app in"), None, "no selector");
        assert_eq!(cluster.changes_after("", "nothings", None, "", after), None);
        let now = cluster.revision();
        assert_eq!(
            cluster.changes_after("", "configmaps", None, "", now),
            Some(0)
        );
        cluster.compact();
        assert_eq!(changes(None, ""), None, "forgotten");
        assert_eq!(
            cluster.changes_after("", "configmaps", None, "", now),
            Some(0)
        );
    }
}
