//! Serves an embedded cluster until ctrl-c: `cargo run -p operator-apiserver --example serve -- [KUBECONFIG]`.

use std::{error::Error, path::PathBuf};

use operator_apiserver::LocalCluster;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let cluster = LocalCluster::builder().v1beta1(true).start();
    let served = cluster.serve().await?;
    let path = std::env::args_os()
        .nth(1)
        .map_or_else(|| PathBuf::from("local.kubeconfig"), PathBuf::from);
    served.write_kubeconfig(&path)?;
    println!("{}\nexport KUBECONFIG={}", served.url(), path.display());
    tokio::signal::ctrl_c().await?;
    served.stop().await;
    Ok(())
}
