//! The store of a cluster is set back to a backup while the operator runs: it notices, and goes on with what is there by
//! then. A watch alone would not tell: it would wait in silence until the store has come as far as it was before.

use std::{sync::Arc, time::Duration};

use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use operator_tests::{Basket, BasketSpec, ControlPlane, Miss, Patience, Scene, operator};
use serde_json::json;

/// Edits a basket, as often as it takes while the server starts.
async fn says(scene: &Scene, name: &str, text: &str) {
    let patch = json!({"spec": {"items": {"one": text}}});
    let baskets = scene.api::<Basket>();
    let edit = async || {
        baskets
            .patch(name, &PatchParams::default(), &Patch::Merge(&patch))
            .await
    };
    scene.insist("a basket to be edited", 0, edit).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn is_noticed_and_what_is_there_by_then_is_brought_about() {
    let Some(plane) = ControlPlane::start("restored") else {
        return;
    };
    if plane.has_old_etcd() {
        eprintln!("skipped: after a restart its etcd may commit nothing for minutes");
        return;
    }
    let scene = Scene::on(plane.cluster().await, "restored")
        .await
        .with_patience(Patience::of(Duration::from_secs(120)));
    let running = scene.run(operator());
    let plane = Arc::new(plane);
    for name in ["edited", "deleted"] {
        scene
            .create(name, BasketSpec::of(&[("one", "before")]))
            .await;
        scene.synced(name).await;
    }
    plane.step(ControlPlane::back_up).await;

    // After the backup, so often that the store is far ahead of it.
    for number in 0..20 {
        says(&scene, "edited", &format!("after-{number}")).await;
    }
    scene.config_map_says("edited-one", "after-19").await;
    let later = Basket::new("later", BasketSpec::of(&[("one", "later")]));
    let baskets = scene.api::<Basket>();
    let params = PostParams::default();
    baskets.create(&params, &later).await.expect("a basket");
    scene.synced("later").await;
    let params = DeleteParams::default();
    baskets
        .delete("deleted", &params)
        .await
        .expect("a deletion");
    let gone = async || match scene.api::<ConfigMap>().get_opt("deleted-one").await? {
        Some(_) => Miss::because("it is there"),
        None => Ok(()),
    };
    scene.eventually("the child to be collected", gone).await;

    plane.step(ControlPlane::restore).await;
    // A change of a parent that the operator had seen further, and of one that it had seen go.
    says(&scene, "edited", "restored").await;
    says(&scene, "deleted", "restored").await;
    scene.config_map_says("edited-one", "restored").await;
    scene.config_map_says("deleted-one", "restored").await;
    for name in ["edited", "deleted"] {
        scene.synced(name).await;
    }
    let of_later = scene.api::<ConfigMap>().get_opt("later-one").await;
    assert!(of_later.expect("an answer").is_none());
    running.stop().await;
}
