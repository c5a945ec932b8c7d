//! What becomes of an operator's connections while nobody asks for anything.

use std::time::Duration;

use operator_tests::{Cluster, Relay};

/// A dead connection is asked after 15 s, has 10 to answer, and is then given up.
const IDLE_SECONDS: usize = 30;

#[tokio::test]
async fn a_connection_that_dies_while_it_is_idle_is_replaced_before_anybody_needs_it() {
    let cluster = Cluster::from_env().await;
    let relay = Relay::to(cluster.server()).await;
    let client = cluster.through(&relay).connect();
    for _ in 0..3 {
        client.apiserver_version().await.expect("a version");
    }
    assert_eq!(relay.opened(), 1, "requests share a connection");
    assert_eq!(relay.silence_all(), 1);

    tokio::time::pause();
    for _ in 0..IDLE_SECONDS {
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    tokio::time::resume();
    client.apiserver_version().await.expect("a version");
    assert_eq!(relay.opened(), 2);
}
