//! The cluster of somebody's kubeconfig, which is used only where the command line says so.

use kube::{Client, Config, config::KubeConfigOptions};

use crate::connect;

/// A client of the kubeconfig's context, or of its current one if that is empty; and the server's address.
pub(super) async fn client(context: &str) -> Result<(Client, String), String> {
    let options = KubeConfigOptions {
        context: Some(context.to_owned()).filter(|context| !context.is_empty()),
        ..KubeConfigOptions::default()
    };
    let config = Config::from_kubeconfig(&options)
        .await
        .map_err(|error| format!("the kubeconfig can't be used: {error}"))?;
    let url = config.cluster_url.to_string();
    Ok((of(config)?, url))
}

pub(super) fn of(config: Config) -> Result<Client, String> {
    connect(config).map_err(|error| format!("the client can't be made: {error}"))
}
