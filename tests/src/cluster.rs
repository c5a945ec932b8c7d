//! [`Cluster`]: the cluster that the tests may use, known only from the project's own variables.

use std::{env, path::Path};

use kube::{
    Client, Config,
    client::ClientBuilder,
    config::{AuthInfo, KubeConfigOptions, Kubeconfig},
};

use crate::wire::{Wire, WireLayer};

/// The variable that names the kubeconfig of the cluster to test on.
const KUBECONFIG: &str = "OPERATOR_TEST_KUBECONFIG";

/// How to reach a cluster, as its administrator or as somebody else.
#[derive(Clone)]
pub struct Cluster {
    config: Config,
}

impl Cluster {
    /// The cluster that `OPERATOR_TEST_KUBECONFIG` names. Without it `story` is skipped, and a line says so.
    ///
    /// # Panics
    /// If the variable is set to something that is no kubeconfig: a suite that was asked for and can't run
    /// must not pass.
    pub async fn from_env(story: &str) -> Option<Self> {
        if let Some(path) = env::var_os(KUBECONFIG) {
            Some(Self::from_kubeconfig(Path::new(&path)).await)
        } else {
            eprintln!("skipped: {story} needs a cluster: set {KUBECONFIG}");
            None
        }
    }

    /// The cluster of a kubeconfig's current context.
    ///
    /// # Panics
    /// If the file can't be used.
    pub async fn from_kubeconfig(path: &Path) -> Self {
        let kubeconfig =
            Kubeconfig::read_from(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let mut config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
            .await
            .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
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

    /// A client for the test itself.
    ///
    /// # Panics
    /// If the kubeconfig's credentials can't be used.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::try_from(self.config.clone()).expect("a client of the test's kubeconfig")
    }

    /// A client whose requests all go over `wire`. It belongs to the tokio runtime that it is made in.
    ///
    /// # Panics
    /// If the kubeconfig's credentials can't be used.
    #[must_use]
    pub fn client_over(&self, wire: &Wire) -> Client {
        ClientBuilder::try_from(self.config.clone())
            .expect("a client of the test's kubeconfig")
            .with_layer(&WireLayer::new(wire.clone()))
            .build()
    }
}
