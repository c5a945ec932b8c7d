//! A child's name that somebody else has: the object is left alone to the last byte, the condition names it and
//! its owner, siblings are served, and the child is made once the name is free.

use k8s_openapi::{
    api::core::v1::{ConfigMap, Secret},
    apimachinery::pkg::apis::meta::v1::OwnerReference,
};
use kube::api::{DeleteParams, PostParams};
use operator_core::k8s_types::core::v1::ConfigMap as CONFIG_MAP;
use operator_tests::{BasketSpec, Scene, config_map, merge, operator};
use serde_json::json;

/// Puts `strange` where the child `a-one` would be, and follows the story to its end.
async fn is_left_alone(scene: &Scene, strange: ConfigMap, told: &[&str]) {
    let maps = scene.objects(CONFIG_MAP);
    scene
        .api::<ConfigMap>()
        .create(&PostParams::default(), &strange)
        .await
        .expect("the stranger's object");
    let before = maps.get("a-one").await.expect("the stranger's object");
    let running = scene.run(operator());

    scene
        .create("a", BasketSpec::of(&[("one", "first"), ("two", "second")]))
        .await;
    let taken = scene.not_synced_and_told("a", "NameTaken").await;
    for part in told {
        assert!(
            taken.message.contains(part),
            "{:?} should name {part}",
            taken.message
        );
    }
    scene.config_map_says("a-two", "second").await;
    let mark = running.wire().mark();
    let mut written = scene.writes_after_a_fence(&running, mark).await;
    // Whether the name is still taken is found out by asking for it: nothing but that, and never with success.
    written.retain(|write| !write.names("a-one") || write.succeeded());
    assert_eq!(written, []);

    // The parent goes on being served while the name is taken.
    scene
        .edit("a", json!({"spec": {"items": {"two": "changed"}}}))
        .await;
    scene.config_map_says("a-two", "changed").await;
    assert_eq!(
        maps.get("a-one").await.expect("the stranger's object"),
        before
    );

    scene.delete::<ConfigMap>("a-one").await;
    scene.synced("a").await;
    scene.config_map_says("a-one", "first").await;
    running.stop().await;
}

#[tokio::test]
async fn by_an_object_without_an_owner() {
    let scene = Scene::open("names-unowned").await;
    is_left_alone(
        &scene,
        config_map("a", "one", "a stranger's"),
        &["a-one", "ConfigMap"],
    )
    .await;
    scene.close().await;
}

#[tokio::test]
async fn by_an_object_of_another_controller() {
    let scene = Scene::open("names-owned").await;
    // A real owner: the garbage collector takes objects of owners that never were.
    let mut owner = Secret::default();
    owner.metadata.name = Some("somebody".to_owned());
    let owner = scene
        .api::<Secret>()
        .create(&PostParams::default(), &owner)
        .await
        .expect("the owner");
    let mut strange = config_map("a", "one", "a stranger's");
    strange.metadata.owner_references = Some(vec![OwnerReference {
        api_version: "v1".to_owned(),
        kind: "Secret".to_owned(),
        name: "somebody".to_owned(),
        uid: owner.metadata.uid.expect("a uid"),
        controller: Some(true),
        block_owner_deletion: None,
    }]);
    is_left_alone(&scene, strange, &["a-one", "Secret", "somebody"]).await;
    scene.close().await;
}

#[tokio::test]
async fn by_an_object_that_bears_our_label_but_is_not_ours() {
    let scene = Scene::open("names-labelled").await;
    let mut strange = config_map("a", "one", "a stranger's");
    strange.metadata.labels = Some(
        [(
            "e2e.example.com/tracked-by".to_owned(),
            "basket-filler".to_owned(),
        )]
        .into(),
    );
    is_left_alone(&scene, strange, &["a-one"]).await;
    scene.close().await;
}

#[tokio::test]
async fn by_an_object_that_is_terminating() {
    let scene = Scene::open("names-terminating").await;
    let maps = scene.objects(CONFIG_MAP);
    let mut strange = config_map("a", "one", "a stranger's");
    strange.metadata.finalizers = Some(vec!["example.com/wait".to_owned()]);
    scene
        .api::<ConfigMap>()
        .create(&PostParams::default(), &strange)
        .await
        .expect("the stranger's object");
    maps.delete("a-one", &DeleteParams::default())
        .await
        .expect("its deletion");
    let before = maps.get("a-one").await.expect("it is still there");
    let running = scene.run(operator());

    scene
        .create("a", BasketSpec::of(&[("one", "first"), ("two", "second")]))
        .await;
    let taken = scene.not_synced("a", "NameTaken").await;
    assert!(taken.message.contains("a-one"), "{}", taken.message);
    scene.config_map_says("a-two", "second").await;
    assert_eq!(maps.get("a-one").await.expect("it is still there"), before);

    merge(&maps, "a-one", json!({"metadata": {"finalizers": null}})).await;
    scene.synced("a").await;
    scene.config_map_says("a-one", "first").await;
    running.stop().await;
    scene.close().await;
}

#[tokio::test]
async fn by_our_own_child_that_is_terminating() {
    let scene = Scene::open("names-own").await;
    let maps = scene.objects(CONFIG_MAP);
    let running = scene.run(operator());
    scene.create("a", BasketSpec::of(&[("one", "first")])).await;
    scene.synced("a").await;
    let first = merge(
        &maps,
        "a-one",
        json!({"metadata": {"finalizers": ["example.com/wait"]}}),
    )
    .await;

    scene.delete::<ConfigMap>("a-one").await;
    let waiting = scene.not_synced("a", "ChildTerminating").await;
    assert!(waiting.message.contains("a-one"), "{}", waiting.message);
    let mark = running.wire().mark();
    assert_eq!(scene.writes_after_a_fence(&running, mark).await, []);

    merge(&maps, "a-one", json!({"metadata": {"finalizers": null}})).await;
    scene.synced("a").await;
    let second = scene.config_map_says("a-one", "first").await;
    assert_ne!(second.metadata.uid, first.metadata.uid);
    running.stop().await;
    scene.close().await;
}
