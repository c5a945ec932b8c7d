//! [`Place`]: the cluster that a kit is on, embedded or real. Only a variable of the project's own names a real one.

use std::{env, path::Path, time::Duration};

use kube::{
    Client, Config,
    config::{KubeConfigOptions, Kubeconfig},
};
use operator_apiserver::{LocalCluster, User};
use operator_core::connect;
use tower::{Layer, service_fn};

use crate::{KitError, record::Recorder};

/// The variable that names the kubeconfig of the cluster to test on, instead of one inside the test. An exported
/// `KUBECONFIG` alone never sends a test anywhere.
pub const KUBECONFIG: &str = "OPERATOR_TEST_KUBECONFIG";

/// A cluster to test on.
#[derive(Clone)]
pub(crate) enum Place {
    Embedded(LocalCluster),
    Real(Box<Config>),
}

/// Who the operator is on the cluster.
#[derive(Clone, Copy)]
pub(crate) enum Rights {
    /// Somebody who may do everything.
    All,
    /// Its service account, which may do what roles say.
    OfRoles,
}

impl Place {
    /// The cluster that the environment names, if it names one.
    pub(crate) async fn from_env() -> Result<Option<Self>, KitError> {
        let Some(path) = env::var_os(KUBECONFIG) else {
            return Ok(None);
        };
        let config = read(Path::new(&path)).await.map_err(|error| {
            let why = format!("{}: {error}", path.to_string_lossy());
            KitError::Cluster { why }
        })?;
        Ok(Some(Self::real(config)))
    }

    pub(crate) fn real(mut config: Config) -> Self {
        // Retries are the engine's: one of kube's would be a request that nobody asked for.
        config.default_retry = false;
        Self::Real(Box::new(config))
    }

    /// How long a test waits unless it says otherwise.
    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs(match self {
            Self::Embedded(_) => 10,
            Self::Real(_) => 60,
        })
    }

    /// The kit's own client.
    pub(crate) fn client(&self) -> Result<Client, KitError> {
        match self {
            Self::Embedded(cluster) => Ok(cluster.client()),
            Self::Real(config) => {
                Client::try_from(Config::clone(config)).map_err(|error| unusable(&error))
            }
        }
    }

    /// The operator's client.
    pub(crate) fn client_of(
        &self,
        user: &str,
        rights: Rights,
        recorder: &Recorder,
    ) -> Result<Client, KitError> {
        match self {
            Self::Embedded(cluster) => {
                let groups: &[&str] = match rights {
                    Rights::All => &["system:masters"],
                    Rights::OfRoles => &[],
                };
                let service = cluster.service_as(User::new(user, groups));
                Ok(Client::new(recorder.layer(service), "default"))
            }
            Self::Real(config) => {
                let mut config = Config::clone(config);
                if matches!(rights, Rights::OfRoles) {
                    config.auth_info.impersonate = Some(user.to_owned());
                }
                let namespace = config.default_namespace.clone();
                // Over the connections that it has in production.
                let connected = connect(config).map_err(|error| unusable(&error))?;
                let send = service_fn(move |request| {
                    let connected = connected.clone();
                    async move { connected.send(request).await }
                });
                Ok(Client::new(recorder.layer(send), namespace))
            }
        }
    }
}

fn unusable(error: &kube::Error) -> KitError {
    KitError::Cluster {
        why: error.to_string(),
    }
}

async fn read(path: &Path) -> Result<Config, kube::config::KubeconfigError> {
    let kubeconfig = Kubeconfig::read_from(path)?;
    Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await
}
