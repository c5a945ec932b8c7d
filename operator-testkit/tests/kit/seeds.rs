//! One seed, one sequence of requests, byte for byte.

use operator_examples::echo_server::{EchoServer, operator};
use operator_testkit::{Fault, Matches, TestKit};
use serde_json::json;

/// The log of a story with several parents and faults, on a runtime of its own.
fn log(seed: u64) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let kit = TestKit::builder(operator())
            .seed(seed)
            .start()
            .await
            .unwrap();
        kit.inject(Matches::writes(), Fault::CutAfter, 2, 1);
        kit.inject(Matches::any().verb("watch"), Fault::refuse(503), 1, 1);
        for name in ["a", "b", "c", "d"] {
            let parent = EchoServer::new(name, crate::hello(1).spec);
            kit.create_parent(&parent).await.unwrap();
        }
        kit.reconcile().await.unwrap();
        assert_ne!(kit.cluster().close_watches(&Matches::any()), 0);
        kit.edit::<EchoServer>("b", json!({"spec": {"replicas": 3}}))
            .await
            .unwrap();
        kit.delete::<EchoServer>("c").await.unwrap();
        kit.reconcile().await.unwrap();
        kit.request_log()
    })
}

#[test]
fn one_seed_gives_one_log_and_another_seed_another() {
    let first = log(7);
    assert!(first.lines().count() > 20, "{first}");
    for _ in 0..3 {
        assert_eq!(first, log(7));
    }
    assert_ne!(first, log(8));
}
