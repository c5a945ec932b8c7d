//! An edit that lands while the engine is at work on the same object is never lost.
//!
//! Each round waits until it is served before the next begins, since the next edit would hide a lost one.

use std::sync::Arc;

use k8s_openapi::api::core::v1::ConfigMap;
use operator_core::prelude::*;
use operator_tests::{Basket, BasketSpec, Miss, Moment, Record, Scene, fill, operator};
use serde_json::json;
use tokio::sync::{Semaphore, mpsc};

const ROUNDS: usize = 100;

/// Waits until the basket's status and its one item both say `text`.
async fn served(scene: &Scene, text: &str) {
    let noted = async || {
        let parent = scene.synced("a").await;
        match parent.data["status"]["note"].as_str() {
            Some(note) if note == text => Ok(()),
            _ => Miss::because(&parent.data["status"]),
        }
    };
    scene
        .eventually(&format!("the edit to {text:?} to be served"), noted)
        .await;
    scene.config_map_says("a-one", text).await;
}

async fn edit(scene: &Scene, text: &str) {
    scene
        .edit("a", json!({"spec": {"note": text, "items": {"one": text}}}))
        .await;
}

#[tokio::test]
async fn of_a_parent_while_its_sync_is_under_way() {
    let scene = Scene::open("edits-sync").await;
    let (began, mut has_begun) = mpsc::unbounded_channel();
    let go = Arc::new(Semaphore::new(Semaphore::MAX_PERMITS));
    let gate = Arc::clone(&go);
    let sync = move |request: SyncRequest<Basket>| {
        let (began, gate) = (began.clone(), Arc::clone(&gate));
        async move {
            // The receiver outlives every operator of the test; after it nobody asks.
            let _ = began.send(());
            let _pass = gate.acquire().await;
            fill(&request)
        }
    };
    let running = scene
        .run(Operator::new("basket-filler", sync).with_child::<ConfigMap>(ChildConfig::apply()));
    scene
        .create("a", BasketSpec::of(&[("one", "0")]).noting("0"))
        .await;
    served(&scene, "0").await;

    for round in 1..=ROUNDS {
        let closed = go.acquire_many(u32::MAX >> 3).await.expect("the gate");
        while has_begun.try_recv().is_ok() {}
        edit(&scene, &format!("{round} before")).await;
        has_begun.recv().await.expect("a sync");
        edit(&scene, &format!("{round} meanwhile")).await;
        drop(closed);
        served(&scene, &format!("{round} meanwhile")).await;
    }
    running.stop().await;
    scene.close().await;
}

/// Holds one request after each edit of the parent, and edits again meanwhile.
async fn while_held(story: &str, moment: Moment, is_held: fn(&Record) -> bool) {
    let scene = Scene::open(story).await;
    let running = scene.run(operator());
    scene
        .create("a", BasketSpec::of(&[("one", "0")]).noting("0"))
        .await;
    served(&scene, "0").await;

    for round in 1..=ROUNDS / 2 {
        let mut held = running.wire().hold(moment, is_held);
        edit(&scene, &format!("{round} before")).await;
        held.reached().await;
        edit(&scene, &format!("{round} meanwhile")).await;
        held.release();
        served(&scene, &format!("{round} meanwhile")).await;
    }
    running.stop().await;
    scene.close().await;
}

#[tokio::test]
async fn of_a_parent_before_its_status_is_written() {
    while_held(
        "edits-before-status",
        Moment::Sending,
        Record::is_status_write,
    )
    .await;
}

#[tokio::test]
async fn of_a_parent_while_the_answer_to_its_status_is_on_the_way() {
    while_held(
        "edits-after-status",
        Moment::Answered,
        Record::is_status_write,
    )
    .await;
}

#[tokio::test]
async fn of_a_parent_while_a_child_is_written() {
    while_held("edits-child", Moment::Answered, |request| {
        request.is_write() && request.is_about("configmaps")
    })
    .await;
}

#[tokio::test]
async fn of_a_child_while_the_same_child_is_written() {
    let scene = Scene::open("edits-of-child").await;
    let running = scene.run(operator());
    let maps = scene.objects(operator_core::k8s_types::core::v1::ConfigMap);

    // A basket a round: one child that somebody changes again and again is another story.
    for round in 1..=20 {
        let (name, child) = (format!("a{round}"), format!("a{round}-one"));
        // The server has our write; the stranger's comes on top of it before we hear of either.
        let mut held = running.wire().hold(Moment::Answered, {
            let child = child.clone();
            move |request| request.is_write() && request.names(&child)
        });
        scene
            .create(&name, BasketSpec::of(&[("one", "ours")]))
            .await;
        held.reached().await;
        operator_tests::merge(&maps, &child, json!({"data": {"text": "a stranger's"}})).await;
        held.release();
        scene.config_map_says(&child, "ours").await;
        scene.synced(&name).await;
    }
    running.stop().await;
    scene.close().await;
}
