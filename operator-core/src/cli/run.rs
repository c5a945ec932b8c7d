//! `run`: the operator on a cluster, in a pod or from outside.

use std::{
    net::{Ipv4Addr, SocketAddr},
    process::ExitCode,
};

use clap::Args;
use kube::{Client, Config};
use tracing::level_filters::LevelFilter;

use super::{CANCELLED, cluster, log};
use crate::{
    crd::install,
    operator::Operator,
    runtime::{Stopped, shutdown},
};

#[derive(Debug, Args)]
pub(super) struct Run {
    /// Uses the kubeconfig ($KUBECONFIG or ~/.kube/config), with this context or its current one. Without it the
    /// service account of the pod is used, and nothing else.
    #[arg(long, value_name = "CONTEXT", num_args = 0..=1, default_missing_value = "")]
    cluster: Option<String>,
    /// Installs or updates the CRDs first and waits until they are established.
    #[arg(long)]
    install_crds: bool,
    /// Looks at this namespace only; may be given several times.
    #[arg(long, value_name = "NAMESPACE")]
    namespace: Vec<String>,
    /// Where /livez, /readyz and /metrics are served; by default on port 8080, with --cluster on loopback only.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// How much is logged: off, error, warn, info, debug or trace.
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    log: LevelFilter,
}

impl Run {
    pub(super) fn main(self, operator: Operator) -> Result<ExitCode, String> {
        log::to(std::io::stderr, self.log);
        let runtime = super::runtime()?;
        let result = runtime.block_on(self.run(operator));
        // A handler that blocks its thread must not keep the process.
        runtime.shutdown_background();
        result
    }

    async fn run(self, operator: Operator) -> Result<ExitCode, String> {
        operator.check().map_err(|error| error.to_string())?;
        let client = self.client().await?;
        if self.install_crds {
            let crds = operator.crds().map_err(|error| error.to_string())?;
            if crds.is_empty() {
                return Err("--install-crds: this operator knows no CRD, since it was not declared with a derived type (`Operator::new`)".into());
            }
            let manager = operator.config().name().to_owned();
            install::install(&client, &manager, &crds)
                .await
                .map_err(|error| error.to_string())?;
        }
        let host = if self.cluster.is_some() {
            Ipv4Addr::LOCALHOST
        } else {
            Ipv4Addr::UNSPECIFIED
        };
        let listen = self.listen.unwrap_or((host, 8080).into());
        let namespaces = self.namespace;
        let operator = operator.configure(|config| {
            let config = config.with_listen(listen);
            if namespaces.is_empty() {
                config
            } else {
                config.with_namespaces(namespaces)
            }
        });
        match operator.run(client, asked_to_stop()).await {
            Ok(Stopped::Drained) => Ok(ExitCode::SUCCESS),
            Ok(Stopped::Cancelled { .. }) => Ok(ExitCode::from(CANCELLED)),
            Err(error) => Err(error.to_string()),
        }
    }

    async fn client(&self) -> Result<Client, String> {
        if let Some(context) = &self.cluster {
            return Ok(cluster::client(context).await?.0);
        }
        let config = Config::incluster()
            .map_err(|error| format!("this is no pod with a service account ({error}); pass --cluster to use your kubeconfig"))?;
        cluster::of(config)
    }
}

/// Completes when the process is asked to end. If it is asked again meanwhile, it ends at once: what was under way
/// is taken up by the next start.
async fn asked_to_stop() {
    shutdown::signal().await;
    tracing::info!(
        "stopping: no new pass begins, those under way end; interrupt again to end at once"
    );
    tokio::spawn(async {
        shutdown::signal().await;
        std::process::exit(CANCELLED.into());
    });
}
