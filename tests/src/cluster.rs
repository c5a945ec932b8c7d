//! [`Cluster`]: the cluster that the tests use: one that the project's own variable names, or else one in this process.

use std::{env, path::Path, sync::OnceLock};

use http::Uri;
use kube::{
    Client, Config,
    client::ClientBuilder,
    config::{AuthInfo, KubeConfigOptions, Kubeconfig},
};
use operator_apiserver::{LocalCluster, Served};
use tower::service_fn;

use crate::{
    relay::Relay,
    wire::{Wire, WireLayer},
};

/// The variable that names the kubeconfig of the cluster to test on.
const KUBECONFIG: &str = "OPERATOR_TEST_KUBECONFIG";

/// How to reach a cluster, as its administrator or as somebody else.
#[derive(Clone)]
pub struct Cluster {
    config: Config,
}

impl Cluster {
    /// The cluster that `OPERATOR_TEST_KUBECONFIG` names, or, if it names none, the one in this process.
    ///
    /// # Panics
    /// If the variable is set to something that is no kubeconfig: a suite that was asked for and can't run
    /// must not pass.
    pub async fn from_env() -> Self {
        match env::var_os(KUBECONFIG) {
            Some(path) => Self::from_kubeconfig(Path::new(&path)).await,
            None => Self::embedded().await,
        }
    }

    /// The cluster that `OPERATOR_TEST_KUBECONFIG` names; without it `story` is skipped, and a line says so.
    ///
    /// # Panics
    /// As [`from_env`](Self::from_env).
    pub async fn named(story: &str) -> Option<Self> {
        if Self::is_embedded() {
            eprintln!("skipped: {story} needs a real one: set {KUBECONFIG}");
            return None;
        }
        Some(Self::from_env().await)
    }

    /// Whether [`from_env`](Self::from_env) is the cluster in this process.
    #[must_use]
    pub fn is_embedded() -> bool {
        env::var_os(KUBECONFIG).is_none()
    }

    /// The cluster in this process, the same for all its tests, served on loopback as any other is.
    async fn embedded() -> Self {
        static SERVED: OnceLock<Served> = OnceLock::new();
        let served = SERVED.get_or_init(|| {
            let (sender, receiver) = std::sync::mpsc::channel();
            // Each test has a tokio runtime of its own, which ends with it: the server needs one that stays.
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Runtime::new().expect("a tokio runtime");
                runtime.block_on(async {
                    let cluster = LocalCluster::start();
                    let served = cluster.serve().await.expect("a port on loopback");
                    sender.send(served).expect("the test waits for it");
                    std::future::pending::<()>().await;
                });
            });
            receiver.recv().expect("the embedded server")
        });
        let kubeconfig = Kubeconfig::from_yaml(&served.kubeconfig()).expect("a kubeconfig");
        Self::from(kubeconfig).await
    }

    /// The cluster of a kubeconfig's current context.
    ///
    /// # Panics
    /// If the file can't be used.
    pub async fn from_kubeconfig(path: &Path) -> Self {
        let kubeconfig =
            Kubeconfig::read_from(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        Self::from(kubeconfig).await
    }

    async fn from(kubeconfig: Kubeconfig) -> Self {
        let mut config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
            .await
            .expect("a kubeconfig that can be used");
        // Retries are the engine's: one of kube's would be a request that no test asked for.
        config.default_retry = false;
        Self { config }
    }

    /// The same cluster as `user` sees it, who may do nothing but what a role allows.
    #[must_use]
    pub fn impersonating(&self, user: &str) -> Self {
        let mut config = self.config.clone();
        config.auth_info.impersonate = Some(user.to_owned());
        Self { config }
    }

    /// The same cluster as somebody sees it who shows no credentials.
    #[must_use]
    pub fn anonymous(&self) -> Self {
        let mut config = self.config.clone();
        config.auth_info = AuthInfo::default();
        Self { config }
    }

    /// Where its server is.
    #[must_use]
    pub fn server(&self) -> &Uri {
        &self.config.cluster_url
    }

    /// The same cluster, reached through a relay to it.
    ///
    /// # Panics
    /// Never: a relay's address is a URL.
    #[must_use]
    pub fn through(&self, relay: &Relay) -> Self {
        let mut config = self.config.clone();
        config
            .tls_server_name
            .get_or_insert_with(|| relay.server_name());
        config.cluster_url = relay.url().parse().expect("a URL");
        Self { config }
    }

    /// A client for the test itself.
    ///
    /// # Panics
    /// If the kubeconfig's credentials can't be used.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::try_from(self.config.clone()).expect("a client of the test's kubeconfig")
    }

    /// A client as operators have it. It belongs to the tokio runtime that it is made in.
    ///
    /// # Panics
    /// If the kubeconfig's credentials can't be used.
    #[must_use]
    pub fn connect(&self) -> Client {
        operator_core::connect(self.config.clone()).expect("a client of the test's kubeconfig")
    }

    /// The same, whose clients ask again for no answer: kube's own do where a server has no time for them.
    #[must_use]
    pub fn without_retries(mut self) -> Self {
        self.config.default_retry = false;
        self
    }

    /// A client as operators have it, whose requests all go over `wire`. It belongs to the tokio runtime that it is made in.
    ///
    /// # Panics
    /// If the kubeconfig's credentials can't be used.
    #[must_use]
    pub fn client_over(&self, wire: &Wire) -> Client {
        let client = self.connect();
        let namespace = client.default_namespace().to_owned();
        let send = move |request| {
            let client = client.clone();
            async move { client.send(request).await }
        };
        ClientBuilder::new(service_fn(send), namespace)
            .with_layer(&WireLayer::new(wire.clone()))
            .build()
    }
}
