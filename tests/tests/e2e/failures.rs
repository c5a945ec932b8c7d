//! A handler that can't answer, whatever the reason: its children are left as they are, other parents are
//! served, the condition says why, and nothing more is written while nothing changes.

use std::{future::pending, thread, time::Duration};

use k8s_openapi::api::core::v1::ConfigMap;
use operator_core::prelude::*;
use operator_tests::{
    Apple, AppleSpec, Basket, BasketSpec, Count, Grade, Miss, Scene, fill, merge,
};
use serde_json::json;

/// Runs the same story for any handler that fails for baskets whose note says `fail`, and counts its calls.
async fn a_failure_touches_nothing(
    scene: Scene,
    operator: Operator,
    calls: Count,
    reason: &str,
    message: &str,
) {
    let running = scene.run(operator.configure(|config| {
        config.with_backoff(Duration::from_millis(50), Duration::from_millis(100))
    }));
    scene
        .create("a", BasketSpec::of(&[("one", "first"), ("two", "second")]))
        .await;
    scene.synced("a").await;
    let children = || async {
        scene
            .api::<ConfigMap>()
            .list(&kube::api::ListParams::default())
            .await
            .expect("children")
            .items
    };
    let mut before = children().await;
    before.retain(|child| {
        child
            .metadata
            .name
            .as_deref()
            .is_some_and(|name| name.starts_with("a-"))
    });
    assert_eq!(before.len(), 2);

    // One item is taken away and one changed. Had the handler answered, both would show.
    scene
        .edit(
            "a",
            json!({"spec": {"note": "fail", "items": {"one": "changed", "two": null}}}),
        )
        .await;
    let failed = scene.not_synced_and_told("a", reason).await;
    assert!(
        failed.message.contains(message),
        "{:?} should say {message:?}",
        failed.message
    );

    let (mark, called) = (running.wire().mark(), calls.get());
    let retried = async || match calls.get() - called {
        3.. => Ok(()),
        fewer => Miss::because(format!("{fewer} calls")),
    };
    scene
        .eventually("three more calls of the handler", retried)
        .await;
    assert_eq!(scene.writes_after_a_fence(&running, mark).await, []);
    let mut after = children().await;
    after.retain(|child| {
        child
            .metadata
            .name
            .as_deref()
            .is_some_and(|name| name.starts_with("a-"))
    });
    assert_eq!(after, before);

    scene.edit("a", json!({"spec": {"note": "well"}})).await;
    scene.synced("a").await;
    scene.config_map_says("a-one", "changed").await;
    running.stop().await;
    scene.close().await;
}

fn is_to_fail(request: &SyncRequest<Basket>) -> bool {
    request
        .parent()
        .spec
        .note
        .as_ref()
        .is_some_and(|note| note.0 == "fail")
}

#[tokio::test]
async fn an_error() {
    let scene = Scene::open("failures-error").await;
    let calls = Count::default();
    let counted = calls.clone();
    let sync = move |request: SyncRequest<Basket>| {
        if is_to_fail(&request) {
            counted.up();
            let missing = std::fs::read_to_string("/no/such/file");
            return Err(Error::from(missing.expect_err("there is no such file")));
        }
        fill(&request)
    };
    let operator =
        Operator::new("basket-filler", sync).with_child::<ConfigMap>(ChildConfig::apply());
    a_failure_touches_nothing(scene, operator, calls, "HandlerFailed", "No such file").await;
}

#[tokio::test]
async fn a_panic() {
    let scene = Scene::open("failures-panic").await;
    let calls = Count::default();
    let counted = calls.clone();
    let sync = move |request: SyncRequest<Basket>| {
        if is_to_fail(&request) {
            counted.up();
            panic!("the basket fell");
        }
        fill(&request)
    };
    let operator =
        Operator::new("basket-filler", sync).with_child::<ConfigMap>(ChildConfig::apply());
    a_failure_touches_nothing(scene, operator, calls, "HandlerPanicked", "the basket fell").await;
}

#[tokio::test]
async fn a_deadline_passed() {
    let scene = Scene::open("failures-deadline").await;
    let calls = Count::default();
    let counted = calls.clone();
    let sync = move |request: SyncRequest<Basket>| {
        let counted = counted.clone();
        async move {
            if is_to_fail(&request) {
                counted.up();
                pending::<()>().await;
            }
            fill(&request)
        }
    };
    let operator = Operator::new("basket-filler", sync)
        .with_child::<ConfigMap>(ChildConfig::apply())
        .configure(|config| config.with_handler_deadline(Duration::from_millis(300)));
    a_failure_touches_nothing(scene, operator, calls, "DeadlineExceeded", "300").await;
}

#[tokio::test]
async fn a_thread_that_is_blocked_stops_nobody_else() {
    let scene = Scene::open("failures-blocked").await;
    let calls = Count::default();
    let counted = calls.clone();
    let (unblock, blocked) = std::sync::mpsc::channel::<()>();
    let blocked = std::sync::Mutex::new(blocked);
    let sync = move |request: SyncRequest<Basket>| {
        if is_to_fail(&request) {
            counted.up();
            // Ends when the test drops the other side.
            let _ = blocked.lock().expect("the one handler that blocks").recv();
        }
        fill(&request)
    };
    let running = scene.run(
        Operator::new("basket-filler", sync)
            .with_child::<ConfigMap>(ChildConfig::apply())
            .configure(|config| config.with_handler_deadline(Duration::from_millis(200))),
    );
    scene
        .create("a", BasketSpec::of(&[("one", "first")]).noting("fail"))
        .await;
    scene.not_synced("a", "DeadlineExceeded").await;
    for name in ["b", "c", "d"] {
        scene
            .create(name, BasketSpec::of(&[("one", "first")]))
            .await;
        scene.synced(name).await;
    }
    assert_eq!(
        calls.get(),
        1,
        "a handler that still blocks is not called again for its parent"
    );

    drop(unblock);
    thread::yield_now();
    scene.synced("a").await;
    running.stop().await;
    scene.close().await;
}

#[tokio::test]
async fn a_parent_that_can_not_be_read() {
    let scene = Scene::open("failures-parent").await;
    let running = scene.run(operator_tests::operator());
    scene.create("a", BasketSpec::of(&[("one", "first")])).await;
    scene.synced("a").await;
    let before = scene.config_map_says("a-one", "first").await;

    scene
        .edit(
            "a",
            json!({"spec": {"note": "unreadable", "items": {"one": null}}}),
        )
        .await;
    let invalid = scene.not_synced_and_told("a", "ParentInvalid").await;
    assert!(
        invalid.message.contains("nobody can read this note"),
        "{}",
        invalid.message
    );
    let mark = running.wire().mark();
    assert_eq!(scene.writes_after_a_fence(&running, mark).await, []);
    assert_eq!(
        scene
            .api::<ConfigMap>()
            .get("a-one")
            .await
            .expect("the child"),
        before
    );

    scene.edit("a", json!({"spec": {"note": "readable"}})).await;
    scene.synced("a").await;
    scene
        .gone(
            &scene.objects(operator_core::k8s_types::core::v1::ConfigMap),
            "a-one",
        )
        .await;
    running.stop().await;
    scene.close().await;
}

#[tokio::test]
async fn a_child_that_can_not_be_read() {
    let scene = Scene::open("failures-child").await;
    let sync = |request: SyncRequest<Basket>| {
        request.children::<Apple>()?;
        let grade = request
            .parent()
            .spec
            .note
            .clone()
            .map_or("good".to_owned(), |note| note.0);
        let apple = Apple::new(
            request.raw_parent().name(),
            AppleSpec {
                grade: Grade(grade),
            },
        );
        Ok::<_, Error>(fill(&request)?.with_child(apple))
    };
    let running = scene.run(
        Operator::new("basket-filler", sync)
            .with_child::<ConfigMap>(ChildConfig::apply())
            .with_child::<Apple>(ChildConfig::apply()),
    );
    scene.create("a", BasketSpec::of(&[("one", "first")])).await;
    scene.synced("a").await;

    let apples = scene.objects(Apple::TYPE);
    let rotten = merge(&apples, "a", json!({"spec": {"grade": "rotten"}})).await;
    let failed = scene.not_synced_and_told("a", "HandlerFailed").await;
    assert!(
        failed.message.contains("nobody grades rotten apples"),
        "{}",
        failed.message
    );
    let mark = running.wire().mark();
    assert_eq!(scene.writes_after_a_fence(&running, mark).await, []);
    assert_eq!(
        apples.get("a").await.expect("the apple"),
        rotten,
        "it was not taken for an absent one"
    );

    merge(&apples, "a", json!({"spec": {"grade": "fair"}})).await;
    scene.synced("a").await;
    let repaired = async || match apples.get("a").await?.data["spec"]["grade"].as_str() {
        Some("good") => Ok(()),
        other => Miss::because(format!("{other:?}")),
    };
    scene
        .eventually("the apple to be good again", repaired)
        .await;
    running.stop().await;
    scene.close().await;
}
