//! A cluster that goes wrong, and an operator that gets there all the same: `reconcile` rides over every retry.

use std::time::Duration;

use k8s_openapi::api::{
    apps::v1::Deployment,
    core::v1::{ConfigMap, Service},
};
use operator_core::{
    k8s_types,
    prelude::*,
    runtime::{WatchActivity, WatchHealth},
};
use operator_examples::echo_server::{EchoServer, operator};
use operator_testkit::{Fault, Matches, TestKit};
use serde_json::json;
use tokio::time::Instant;

use crate::hello;

async fn kit() -> TestKit {
    TestKit::builder(operator())
        .embedded()
        .start()
        .await
        .unwrap()
}

async fn gets_there(kit: &TestKit) {
    kit.create_parent(&hello(2)).await.unwrap();
    kit.reconcile().await.unwrap();
    let state = kit.parent_state::<EchoServer>("hello").await.unwrap();
    assert!(state.is_synced(), "{state}");
    assert_eq!((state.children.len(), kit.cluster().open_watches()), (2, 3));
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_cut_before_or_after_the_commit() {
    for fault in [Fault::CutBefore, Fault::CutAfter] {
        for resource in ["deployments", "services", "echoservers"] {
            let kit = kit().await;
            let writes = Matches::writes().resource(resource);
            kit.inject(writes, fault.clone(), 0, 1);
            gets_there(&kit).await;
            let cut = kit.requests().into_iter().find(|one| one.broke).unwrap();
            assert!(
                cut.is_about(resource) && cut.to_string().ends_with("→ cut"),
                "{cut}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_conflict() {
    let kit = kit().await;
    let status = Matches::writes()
        .resource("echoservers")
        .subresource("status");
    kit.inject(status, Fault::refuse(409), 0, 1);
    gets_there(&kit).await;
}

#[tokio::test(start_paused = true)]
async fn patience_that_the_server_asks_for_is_waited_for() {
    let kit = kit().await;
    kit.reconcile().await.unwrap();
    kit.inject(Matches::writes(), Fault::too_many_requests(5), 0, 1);
    let before = Instant::now();
    gets_there(&kit).await;
    let took = before.elapsed();
    assert!(
        took >= Duration::from_secs(5) && took < Duration::from_secs(6),
        "{took:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_closes() {
    let kit = kit().await;
    kit.reconcile().await.unwrap();
    assert_eq!(
        kit.cluster()
            .close_watches(&Matches::any().user(kit.user())),
        3
    );
    gets_there(&kit).await;
}

#[tokio::test(start_paused = true)]
async fn a_store_that_was_compacted_while_no_watch_was_open() {
    let kit = kit().await;
    kit.reconcile().await.unwrap();
    kit.inject(Matches::any().verb("watch"), Fault::refuse(503), 0, 6);
    assert_ne!(
        kit.cluster().close_watches(&Matches::any()),
        0,
        "a watch to strike"
    );
    let early = hello(1);
    kit.create_parent(&EchoServer::new("early", early.spec))
        .await
        .unwrap();
    kit.cluster().compact();
    gets_there(&kit).await;
    kit.assert_synced::<EchoServer>("early").await;
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_is_silent_is_known_to_be_behind() {
    let kit = TestKit::builder(operator())
        .embedded()
        .timeout(Duration::from_secs(5))
        .start()
        .await
        .unwrap();
    kit.reconcile().await.unwrap();
    assert_ne!(
        kit.cluster()
            .freeze_watches(&Matches::any().resource("echoservers")),
        0,
        "a watch to strike"
    );
    kit.create_parent(&hello(1)).await.unwrap();
    let behind = kit.reconcile().await.unwrap_err().to_string();
    assert!(
        behind.starts_with("after 5s the operator was not done:\n"),
        "{behind}"
    );
    assert!(
        behind.contains("the watch of EchoServer.example.com/v1 has come to "),
        "{behind}"
    );
    assert!(
        behind.contains("1 changes after that are still to be delivered"),
        "{behind}"
    );
    kit.cluster().clear_faults();
    kit.reconcile().await.unwrap();
    kit.assert_synced::<EchoServer>("hello").await;
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_stays_silent_is_given_up_by_the_operator_itself() {
    let kit = TestKit::builder(operator())
        .embedded()
        .timeout(Duration::from_secs(120))
        .start()
        .await
        .unwrap();
    kit.reconcile().await.unwrap();
    assert_ne!(
        kit.cluster()
            .freeze_watches(&Matches::any().user(kit.user())),
        0,
        "a watch to strike"
    );
    gets_there(&kit).await;
}

#[tokio::test(start_paused = true)]
async fn a_change_of_which_the_log_was_lost_is_found_by_comparing_what_there_is() {
    let kit = kit().await;
    gets_there(&kit).await;
    assert_ne!(
        kit.cluster()
            .lag_watches(&Matches::any().user(kit.user()), Duration::from_secs(3)),
        0,
        "a watch to strike"
    );
    kit.delete::<Service>("hello").await.unwrap();
    kit.edit::<Deployment>("hello", json!({"spec": {"replicas": 7}}))
        .await
        .unwrap();
    kit.cluster().compact();
    kit.reconcile().await.unwrap();
    assert!(kit.get::<Service>("hello").await.unwrap().is_some());
    let deployment = kit.get::<Deployment>("hello").await.unwrap().unwrap();
    assert_eq!(deployment.spec.replicas, Some(2));
}

#[tokio::test(start_paused = true)]
async fn a_list_from_the_past_is_not_believed() {
    for streams in [true, false] {
        let kit = TestKit::builder(operator())
            .streaming_lists(streams)
            .start()
            .await
            .unwrap();
        gets_there(&kit).await;
        let past = kit.cluster().revision();
        let replicas = async |replicas: i32| {
            let edit = json!({"spec": {"replicas": replicas}});
            kit.edit::<EchoServer>("hello", edit).await.unwrap();
        };
        replicas(5).await;
        kit.reconcile().await.unwrap();
        let mark = kit.mark();

        let of_parents = Matches::any().resource("echoservers");
        let watch = of_parents.clone().verb("watch");
        let expired = kit.inject(watch, Fault::refuse(410), 0, 1);
        let list = of_parents.clone().verb("list");
        let stale = kit.inject(list, Fault::ListAt(past), 0, 3);
        let open = of_parents.user(kit.user());
        assert_ne!(kit.cluster().close_watches(&open), 0, "a watch to strike");
        replicas(6).await;
        kit.reconcile().await.unwrap();
        assert_eq!((expired.count(), stale.count()), (1, 3));
        let writes = kit.writes_since(mark);
        let of_child = writes.iter().filter(|one| one.is_about("deployments"));
        assert_eq!(of_child.count(), 1, "{writes:#?}");
        let deployment = kit.get::<Deployment>("hello").await.unwrap().unwrap();
        assert_eq!(deployment.spec.replicas, Some(6));
    }
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_cannot_be_watched_is_told_at_rest_and_never_done() {
    let kit = kit().await;
    gets_there(&kit).await;
    let services = || Matches::any().user(kit.user()).resource("services");
    for verb in ["list", "watch"] {
        kit.cluster()
            .inject_always(services().verb(verb), Fault::refuse(403));
    }
    assert_ne!(
        kit.cluster().close_watches(&services()),
        0,
        "a watch to strike"
    );
    let mut probe = kit.probe();
    let is_lost = |watch: &WatchActivity| matches!(watch.health, WatchHealth::Lost(_));
    while !probe
        .survey()
        .is_some_and(|(activity, _)| activity.watches.iter().any(is_lost))
    {
        probe.changed().await;
    }
    kit.edit::<EchoServer>("hello", json!({"spec": {"port": 81}}))
        .await
        .unwrap();
    kit.idle().await.unwrap();
    let state = kit.parent_state::<EchoServer>("hello").await.unwrap();
    assert_eq!(state.reason(), Some("KindUnavailable"), "{state}");
    let error = kit.reconcile().await.unwrap_err().to_string();
    assert!(error.contains("can't be watched"), "{error}");

    kit.cluster().clear_faults();
    kit.reconcile().await.unwrap();
    let state = kit.parent_state::<EchoServer>("hello").await.unwrap();
    assert!(state.is_synced(), "{state}");
}

/// A parent of a built-in kind whose handler counts how often it was asked, and fails as told.
fn failing(class: fn(u32) -> Option<Error>) -> Operator {
    let asked = std::sync::atomic::AtomicU32::new(0);
    let sync = move |_: SyncRequest<Untyped>| match class(
        asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed),
    ) {
        Some(error) => Err(error),
        None => Ok(SyncResponse::new().with_raw_child(
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "made"}}),
        )),
    };
    Operator::untyped("failing", k8s_types::core::v1::Secret, sync)
        .with_child::<ConfigMap>(ChildConfig::apply())
}

async fn with_a_secret(operator: Operator) -> TestKit {
    let kit = TestKit::builder(operator).embedded().start().await.unwrap();
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}});
    kit.create_json(secret).await.unwrap();
    kit
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_fails_first_is_waited_for() {
    let kit = with_a_secret(failing(|asked| {
        (asked < 3).then(|| Error::retry("not yet"))
    }))
    .await;
    kit.idle().await.unwrap();
    assert!(
        kit.get::<ConfigMap>("made").await.unwrap().is_none(),
        "it failed, and waits"
    );
    kit.reconcile().await.unwrap();
    assert!(kit.get::<ConfigMap>("made").await.unwrap().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_always_fails_is_never_done_and_that_is_told() {
    let kit = with_a_secret(failing(|_| Some(Error::retry("never")))).await;
    let error = kit.reconcile().await.unwrap_err().to_string();
    assert!(
        error.contains("parents that failed and are tried again: 1, the next one in "),
        "{error}"
    );
    kit.idle().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_fails_for_good_is_done() {
    let kit = with_a_secret(failing(|_| Some(Error::permanent("no")))).await;
    kit.reconcile().await.unwrap();
    assert!(kit.get::<ConfigMap>("made").await.unwrap().is_none());
}
