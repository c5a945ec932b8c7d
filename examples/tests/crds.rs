//! The committed CRDs are those of the structs, and every server takes them as they are.

use operator_core::crd::Manifests;
use operator_examples::{
    echo_server::{self, EchoServer},
    temp_namespace::{self, TempNamespace},
};
use operator_tests::{Cluster, accepts};

#[test]
fn the_committed_files_are_up_to_date() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/crds");
    let crds = [echo_server::operator(), temp_namespace::operator()]
        .map(|operator| operator.crds().unwrap());
    let manifests = Manifests::new(crds.into_iter().flatten());
    if std::env::var_os("REFRESH_CRDS").is_some() {
        manifests.write(folder).unwrap();
    }
    manifests
        .check(
            folder,
            "REFRESH_CRDS=1 cargo test -p operator-examples --test crds",
        )
        .unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn they_are_valid() -> Result<(), Box<dyn std::error::Error>> {
    operator_testkit::check_crd(&EchoServer::crd()?)?;
    Ok(operator_testkit::check_crd(&TempNamespace::crd()?)?)
}

#[tokio::test]
async fn a_cluster_takes_them_as_they_are() {
    let cluster = Cluster::from_env().await;
    for crd in [echo_server::operator(), temp_namespace::operator()]
        .map(|operator| operator.crds().unwrap())
    {
        for crd in crd {
            accepts(&cluster.client(), &crd, "crds-of-examples.example.com").await;
        }
    }
}
