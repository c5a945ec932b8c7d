//! The CRDs of the suite's own types are taken by the server as they are.

use operator_tests::{Apple, Basket, Cluster, accepts};

#[tokio::test]
async fn are_taken_as_they_are_in_every_version_that_the_server_has() {
    let cluster = Cluster::from_env().await;
    for crd in [Basket::crd(), Apple::crd()] {
        accepts(
            &cluster.client(),
            &crd.expect("a CRD"),
            "crds-of-suite.example.com",
        )
        .await;
    }
}
