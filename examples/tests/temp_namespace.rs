//! `TempNamespace` end to end: a namespace comes, goes when its time is up, and is kept while in use.

use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, DeleteParams, DynamicObject, PostParams};
use operator_core::k8s_types;
use operator_examples::temp_namespace::{IN_USE, TempNamespace, TempNamespaceSpec, operator};
use operator_tests::{Miss, Running, Scene, Wire, install, merge};
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};

/// Parents are cluster-scoped: two operators at once would serve each other's.
static TURN: Mutex<()> = Mutex::const_new(());

/// What the operator finds its children by.
const TRACKED_BY: &str = "example.com/tracked-by";

/// A scene with the operator running.
async fn open(story: &str) -> (Scene, Running, MutexGuard<'static, ()>) {
    let scene = Scene::open(story).await;
    let turn = TURN.lock().await;
    install(&scene.client, &TempNamespace::crd().expect("a CRD")).await;
    let running = Running::start(&scene.cluster, operator(), Wire::default());
    (scene, running, turn)
}

async fn create(scene: &Scene, name: &str, ttl_seconds: u32) {
    let temporaries: Api<TempNamespace> = Api::all(scene.client.clone());
    let temporary = TempNamespace::new(name, TempNamespaceSpec { ttl_seconds });
    temporaries
        .create(&PostParams::default(), &temporary)
        .await
        .expect("the parent's creation");
}

/// Waits until the namespace is there, and not on its way out, or is gone or on its way out.
async fn namespace(scene: &Scene, name: &str, is_there: bool) {
    let namespaces: Api<Namespace> = Api::all(scene.client.clone());
    let found = async || {
        let namespace = namespaces.get_opt(name).await?;
        if namespace
            .as_ref()
            .is_some_and(|namespace| namespace.metadata.deletion_timestamp.is_none())
            == is_there
        {
            Ok(())
        } else {
            Miss::because(json!(namespace))
        }
    };
    scene
        .eventually(&format!("namespace {name} to be there: {is_there}"), found)
        .await;
}

#[tokio::test]
async fn a_namespace_goes_when_its_time_is_up() {
    let (scene, running, _turn) = open("temp-expires").await;
    let name = format!("{}-short", scene.namespace);
    // Long enough to be seen alive on a slow machine.
    create(&scene, &name, 5).await;
    namespace(&scene, &name, true).await;
    let temporaries = scene.cluster_objects(TempNamespace::TYPE);
    let alive = scene.settled(&temporaries, &name).await;
    assert_eq!(alive.data["status"]["expired"], false);

    namespace(&scene, &name, false).await;
    let expired = async || {
        let temporary: DynamicObject = temporaries.get(&name).await?;
        match &temporary.data["status"] {
            status if status["expired"] == Value::Bool(true) => Ok(()),
            status => Miss::because(status),
        }
    };
    scene
        .eventually("the status to say that it expired", expired)
        .await;
    temporaries
        .delete(&name, &DeleteParams::default())
        .await
        .expect("the parent's deletion");
    scene.gone(&temporaries, &name).await;
    running.stop().await;
    scene.close().await;
}

#[tokio::test]
async fn a_namespace_in_use_is_kept_until_it_is_free() {
    let (scene, running, _turn) = open("temp-in-use").await;
    let name = format!("{}-used", scene.namespace);
    create(&scene, &name, 3600).await;
    let temporaries = scene.cluster_objects(TempNamespace::TYPE);
    scene.settled(&temporaries, &name).await;
    let beside = format!("{}-beside", scene.namespace);
    create(&scene, &beside, 3600).await;
    scene.settled(&temporaries, &beside).await;
    let namespaces = scene.cluster_objects(k8s_types::core::v1::Namespace);
    merge(
        &namespaces,
        &name,
        json!({"metadata": {"labels": {IN_USE: "yes"}}}),
    )
    .await;
    // The parent's deletion would come by another watch, and maybe before that: once what was done to another namespace
    // afterwards is repaired, it is known.
    let untracked = json!({"metadata": {"labels": {TRACKED_BY: null}}});
    merge(&namespaces, &beside, untracked).await;
    let tracked = async || {
        let labels = namespaces.get(&beside).await?.metadata.labels;
        if labels
            .as_ref()
            .is_some_and(|labels| labels.contains_key(TRACKED_BY))
        {
            Ok(())
        } else {
            Miss::because(json!(labels))
        }
    };
    scene.eventually("the label to be back", tracked).await;

    temporaries
        .delete(&name, &DeleteParams::default())
        .await
        .expect("the parent's deletion");
    // Another parent is served after the deletion was seen, and this one is still there.
    let fence = format!("{}-fence", scene.namespace);
    create(&scene, &fence, 3600).await;
    scene.settled(&temporaries, &fence).await;
    temporaries
        .get(&name)
        .await
        .expect("the parent, kept for its namespace");
    namespace(&scene, &name, true).await;

    merge(
        &namespaces,
        &name,
        json!({"metadata": {"labels": {IN_USE: null}}}),
    )
    .await;
    scene.gone(&temporaries, &name).await;
    namespace(&scene, &name, false).await;
    for other in [&beside, &fence] {
        temporaries
            .delete(other, &DeleteParams::default())
            .await
            .expect("another parent's deletion");
        scene.gone(&temporaries, other).await;
    }
    running.stop().await;
    scene.close().await;
}
