//! What any operator is expected to do: the six promises that the library this one descends from tested.

use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use operator_core::prelude::*;
use operator_tests::{Basket, BasketSpec, Count, Miss, Moment, Scene, fill, operator};

#[tokio::test]
async fn a_parent_gets_its_child_and_both_go_together() {
    let scene = Scene::open("basics-child").await;
    let running = scene.run(operator());

    scene.create("a", BasketSpec::of(&[("one", "first")])).await;
    let parent = scene.synced("a").await;
    let child = scene.config_map_says("a-one", "first").await;

    let owner = &child.metadata.owner_references.as_ref().expect("an owner")[0];
    assert_eq!(Some(&owner.uid), parent.metadata.uid.as_ref());
    assert_eq!(
        (owner.kind.as_str(), owner.controller),
        ("Basket", Some(true))
    );
    assert_eq!(parent.data["status"]["items"], 1);

    scene.delete::<Basket>("a").await;
    scene.gone(&scene.baskets(), "a").await;
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
async fn a_failing_parent_is_retried_while_a_healthy_one_is_served() {
    let scene = Scene::open("basics-retry").await;
    let failures = Count::default();
    let counted = failures.clone();
    let sync = move |request: SyncRequest<Basket>| {
        if request.raw_parent().name() == "failing" && counted.next() < 4 {
            return Err(Error::retry("not yet"));
        }
        fill(&request)
    };
    let running = scene
        .run(Operator::new("basket-filler", sync).with_child::<ConfigMap>(ChildConfig::apply()));

    scene
        .create("failing", BasketSpec::of(&[("one", "late")]))
        .await;
    let failed = scene.not_synced("failing", "HandlerFailed").await;
    assert_eq!(failed.message, "not yet");

    scene
        .create("healthy", BasketSpec::of(&[("one", "early")]))
        .await;
    scene.synced("healthy").await;

    scene.synced("failing").await;
    scene.config_map_says("failing-one", "late").await;
    assert!(failures.get() > 4, "{} calls", failures.get());
    running.stop().await;
    scene.close().await;
}

#[tokio::test]
async fn a_parent_stays_until_finalize_says_done() {
    let scene = Scene::open("basics-finalize").await;
    let asked = Count::default();
    let counted = asked.clone();
    let finalize = move |_: SyncRequest<Basket>| -> Result<_, Error> {
        Ok(if counted.next() < 2 {
            FinalizeResponse::<Basket>::retry_after(Duration::from_millis(100))
        } else {
            FinalizeResponse::done()
        })
    };
    let running = scene.run(operator().with_finalize(finalize));

    scene.create("a", BasketSpec::of(&[("one", "first")])).await;
    let parent = scene.synced("a").await;
    assert_eq!(
        parent.metadata.finalizers,
        Some(vec!["e2e.example.com/basket-filler".to_owned()])
    );

    let mut removal = running.wire().hold(Moment::Sending, |request| {
        request.is_write() && !request.is_status_write() && request.names("a")
    });
    scene.delete::<Basket>("a").await;
    removal.reached().await;
    assert_eq!(asked.get(), 3, "the finalizer goes with the third answer");
    assert!(
        scene
            .baskets()
            .get("a")
            .await
            .expect("it is still there")
            .metadata
            .deletion_timestamp
            .is_some()
    );

    removal.release();
    scene.gone(&scene.baskets(), "a").await;
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
async fn a_deleted_child_is_created_again() {
    let scene = Scene::open("basics-deleted").await;
    let running = scene.run(operator());
    scene.create("a", BasketSpec::of(&[("one", "first")])).await;
    scene.synced("a").await;
    let first = scene.config_map_says("a-one", "first").await;

    scene.delete::<ConfigMap>("a-one").await;

    let another = async || {
        let map = scene.api::<ConfigMap>().get("a-one").await?;
        if map.metadata.uid == first.metadata.uid {
            Miss::because("the deleted one")
        } else {
            Ok(map)
        }
    };
    let second = scene.eventually("another ConfigMap a-one", another).await;
    assert_eq!(second.data, first.data);
    running.stop().await;
    scene.close().await;
}

#[tokio::test]
async fn a_child_on_delete_stays_as_it_is_until_it_is_deleted() {
    let scene = Scene::open("basics-on-delete").await;
    let sync = |request: SyncRequest<Basket>| fill(&request);
    let running = scene.run(
        Operator::new("basket-filler", sync).with_child::<ConfigMap>(ChildConfig::on_delete()),
    );
    scene.create("a", BasketSpec::of(&[("one", "first")])).await;
    scene.synced("a").await;
    let before = scene.config_map_says("a-one", "first").await;

    scene
        .edit(
            "a",
            serde_json::json!({"spec": {"items": {"one": "second"}}}),
        )
        .await;
    let served = async || match scene.baskets().get("a").await?.data["status"]["observedGeneration"]
        .as_i64()
    {
        Some(2) => Ok(()),
        other => Miss::because(format!("generation {other:?}")),
    };
    scene.eventually("the edit to be seen", served).await;
    assert_eq!(
        scene
            .api::<ConfigMap>()
            .get("a-one")
            .await
            .expect("the child"),
        before
    );

    scene.delete::<ConfigMap>("a-one").await;
    scene.config_map_says("a-one", "second").await;
    running.stop().await;
    scene.close().await;
}

#[tokio::test]
async fn a_resync_calls_the_handler_again_and_writes_nothing() {
    let scene = Scene::open("basics-resync").await;
    let calls = Count::default();
    let counted = calls.clone();
    let sync = move |request: SyncRequest<Basket>| {
        counted.up();
        Ok::<_, Error>(fill(&request)?.with_resync_after(Duration::from_millis(50)))
    };
    let running = scene
        .run(Operator::new("basket-filler", sync).with_child::<ConfigMap>(ChildConfig::apply()));
    scene.create("a", BasketSpec::of(&[("one", "first")])).await;
    scene.synced("a").await;

    let (mark, called) = (running.wire().mark(), calls.get());
    let again = async || match calls.get() - called {
        5.. => Ok(()),
        fewer => Miss::because(format!("{fewer} calls")),
    };
    scene
        .eventually("five more calls of the handler", again)
        .await;
    assert_eq!(running.wire().writes_since(mark), []);
    running.stop().await;
    scene.close().await;
}
