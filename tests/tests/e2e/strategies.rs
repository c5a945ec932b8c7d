//! The ways in which a child is brought to what the handler says, where they differ.

use k8s_openapi::api::core::v1::ConfigMap;
use operator_core::{k8s_types, prelude::*};
use operator_tests::{Basket, BasketSpec, Miss, Scene, config_map, fill, merge};
use serde_json::json;

fn operator(config: ChildConfig) -> Operator {
    Operator::new("basket-filler", |request: SyncRequest<Basket>| {
        fill(&request)
    })
    .with_child::<ConfigMap>(config)
}

/// The Events about a basket, when there are so many: the type, reason and text of each.
async fn events_about(scene: &Scene, basket: &str, count: usize) -> Vec<(String, String, String)> {
    let listed = async || {
        let events = scene.events_about(basket).await?;
        if events.len() == count {
            Ok(events)
        } else {
            Miss::because(format!("{events:?}"))
        }
    };
    let events = scene.eventually(&format!("{count} Events"), listed).await;
    let told = events.into_iter().map(|event| {
        let text = |text: Option<String>| text.unwrap_or_default();
        (text(event.type_), text(event.reason), text(event.note))
    });
    told.collect()
}

/// `ConfigMap`s that nobody may change once they are there: only a new one can say something else.
fn immutable(config: ChildConfig) -> Operator {
    let sync = |request: SyncRequest<Basket>| {
        let name = request.raw_parent().name();
        let maps = request
            .parent()
            .spec
            .items
            .iter()
            .map(|(key, text)| ConfigMap {
                immutable: Some(true),
                ..config_map(name, key, text)
            });
        Ok::<_, Error>(SyncResponse::new().with_children(maps))
    };
    Operator::new("basket-filler", sync).with_child::<ConfigMap>(config)
}

#[tokio::test]
async fn replace_makes_the_object_exactly_what_the_handler_says() {
    let scene = Scene::open("strategies-replace").await;
    let maps = scene.objects(k8s_types::core::v1::ConfigMap);
    let running = scene.run(operator(ChildConfig::replace()));
    scene.create("a", BasketSpec::of(&[("one", "first")])).await;
    scene.synced("a").await;
    let before = maps.get("a-one").await.expect("the child");

    merge(
        &maps,
        "a-one",
        json!({"metadata": {"labels": {"team": "red"}}, "data": {"text": "edited", "more": "a stranger's"}}),
    )
    .await;
    let replaced = async || {
        let map = maps.get("a-one").await?;
        if map.data["data"] == json!({"text": "first"}) {
            Ok(map)
        } else {
            Miss::because(&map.data["data"])
        }
    };
    let map = scene
        .eventually("the stranger's key to be gone", replaced)
        .await;
    assert_eq!(map.metadata.uid, before.metadata.uid);
    assert_eq!(
        map.metadata
            .labels
            .expect("labels")
            .get("team")
            .map(String::as_str),
        Some("red")
    );

    let mark = running.wire().mark();
    merge(
        &maps,
        "a-one",
        json!({"metadata": {"labels": {"team": "blue"}}}),
    )
    .await;
    assert_eq!(
        scene.writes_after_a_fence(&running, mark).await,
        [],
        "a label of theirs is no reason to write"
    );
    running.stop().await;

    let again = scene.run(operator(ChildConfig::replace()));
    assert_eq!(
        scene.writes_after_a_fence(&again, 0).await,
        [],
        "a restart writes nothing"
    );
    scene
        .edit("a", json!({"spec": {"items": {"one": "second"}}}))
        .await;
    let map = scene.config_map_says("a-one", "second").await;
    assert_eq!(map.metadata.uid, before.metadata.uid);
    assert_eq!(
        map.metadata
            .labels
            .expect("labels")
            .get("team")
            .map(String::as_str),
        Some("blue")
    );
    again.stop().await;
    scene.close().await;
}

#[tokio::test]
async fn recreate_makes_a_new_object_where_ours_would_change_and_only_there() {
    let scene = Scene::open("strategies-recreate").await;
    let maps = scene.objects(k8s_types::core::v1::ConfigMap);
    let running = scene.run(operator(ChildConfig::recreate()));
    scene.create("a", BasketSpec::of(&[("one", "first")])).await;
    scene.synced("a").await;
    let first = maps.get("a-one").await.expect("the child");

    let mark = running.wire().mark();
    merge(
        &maps,
        "a-one",
        json!({"metadata": {"labels": {"team": "red"}}, "data": {"more": "a stranger's"}}),
    )
    .await;
    assert_eq!(
        scene.writes_after_a_fence(&running, mark).await,
        [],
        "a field of theirs is no reason to recreate"
    );
    assert_eq!(
        maps.get("a-one").await.expect("the child").metadata.uid,
        first.metadata.uid
    );

    scene
        .edit("a", json!({"spec": {"items": {"one": "second"}}}))
        .await;
    scene.synced("a").await;
    let second = scene.config_map_says("a-one", "second").await;
    assert_ne!(second.metadata.uid, first.metadata.uid);
    running.stop().await;
    scene.close().await;
}

#[tokio::test]
async fn recreate_is_how_what_can_not_be_changed_is_changed() {
    let scene = Scene::open("strategies-immutable").await;
    let running = scene.run(immutable(ChildConfig::recreate()));
    scene.create("a", BasketSpec::of(&[("one", "first")])).await;
    scene.synced("a").await;
    let first = scene.config_map_says("a-one", "first").await;

    scene
        .edit("a", json!({"spec": {"items": {"one": "second"}}}))
        .await;
    scene.synced("a").await;
    let second = scene.config_map_says("a-one", "second").await;
    assert_ne!(second.metadata.uid, first.metadata.uid);
    running.stop().await;
    scene.close().await;
}

#[tokio::test]
async fn recreate_keeps_what_could_not_be_created_again() {
    let scene = Scene::open("strategies-keeps").await;
    let sync = |request: SyncRequest<Basket>| {
        let response = fill(&request)?;
        let invalid = request.parent().spec.note.is_some().then(|| {
            // A key that the server refuses, in a new object as in this one.
            let mut map = config_map(request.raw_parent().name(), "two", "second");
            map.data
                .get_or_insert_default()
                .insert("not a key".to_owned(), String::new());
            map
        });
        let valid = request
            .parent()
            .spec
            .note
            .is_none()
            .then(|| config_map(request.raw_parent().name(), "two", "second"));
        Ok::<_, Error>(response.with_children(invalid.into_iter().chain(valid)))
    };
    let running = scene
        .run(Operator::new("basket-filler", sync).with_child::<ConfigMap>(ChildConfig::recreate()));
    scene.create("a", BasketSpec::of(&[("one", "first")])).await;
    scene.synced("a").await;
    let before = scene.config_map_says("a-two", "second").await;

    scene
        .edit(
            "a",
            json!({"spec": {"note": "broken", "items": {"one": "changed"}}}),
        )
        .await;
    let failed = scene.not_synced("a", "WriteFailed").await;
    assert!(failed.message.contains("a-two"), "{}", failed.message);
    assert_eq!(
        scene
            .api::<ConfigMap>()
            .get("a-two")
            .await
            .expect("the child"),
        before
    );
    scene.config_map_says("a-one", "changed").await;
    running.stop().await;
    scene.close().await;
}

#[tokio::test]
async fn apply_tells_what_the_server_refuses_and_serves_the_siblings() {
    let scene = Scene::open("strategies-refused").await;
    let running = scene.run(immutable(ChildConfig::apply()));
    scene.create("a", BasketSpec::of(&[("one", "first")])).await;
    scene.synced("a").await;

    scene
        .edit(
            "a",
            json!({"spec": {"items": {"one": "second", "two": "new"}}}),
        )
        .await;
    let refused = scene.not_synced("a", "WriteFailed").await;
    assert!(
        refused
            .message
            .contains("a-one: patch: 422 Invalid: data: Forbidden: field is immutable when `immutable` is set; ")
            && refused.message.ends_with("declare ConfigMap with `ChildConfig::recreate()`"),
        "{}",
        refused.message
    );
    scene.config_map_says("a-two", "new").await;
    scene.config_map_says("a-one", "first").await;
    assert_eq!(
        events_about(&scene, "a", 1).await,
        [("Warning".into(), "ChildRefused".into(), refused.message)]
    );

    scene
        .edit("a", json!({"spec": {"items": {"one": "first"}}}))
        .await;
    let well = scene.synced("a").await;
    let events = events_about(&scene, "a", 2).await;
    let (kind, reason, _) = &events[1];
    assert_eq!(
        (kind.as_str(), reason.as_str()),
        ("Normal", "Synced"),
        "{well:?}"
    );
    running.stop().await;
    scene.close().await;
}

#[tokio::test]
async fn apply_names_the_strategy_that_would_change_what_no_update_can() {
    let scene = Scene::open("strategies-selector").await;
    let sync = |request: SyncRequest<Basket>| {
        let labels = json!({"app": request.parent().spec.note});
        let container = json!({"name": "main", "image": "registry.example.com/none:1"});
        let deployment = json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": request.raw_parent().name()},
            "spec": {"replicas": 0, "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}}},
        });
        Ok::<_, Error>(SyncResponse::new().with_raw_child(deployment))
    };
    let operator = Operator::new("basket-filler", sync)
        .with_child_type(k8s_types::apps::v1::Deployment, ChildConfig::apply());
    let running = scene.run(operator);
    scene
        .create("a", BasketSpec::of(&[]).noting("before"))
        .await;
    scene.synced("a").await;
    scene.edit("a", json!({"spec": {"note": "after"}})).await;
    let refused = scene.not_synced("a", "WriteFailed").await;
    let told = &refused.message;
    assert!(
        told.contains("field is immutable")
            && told.ends_with(
                "declare Deployment with `ChildConfig::recreate()` to have it deleted and made anew"
            ),
        "{told}"
    );
    running.stop().await;
    scene.close().await;
}
