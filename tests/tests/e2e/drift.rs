//! What people do to children with `kubectl`: repaired where it touches what we said, left where it doesn't.

use k8s_openapi::api::{apps::v1::Deployment, core::v1::ConfigMap};
use kube::api::{Api, DynamicObject, Patch, PatchParams};
use operator_core::{k8s_types, prelude::*};
use operator_tests::{Basket, BasketSpec, Miss, Scene, merge, operator};
use serde_json::{Value, json};

const LABEL: &str = "e2e.example.com/tracked-by";

/// Waits until `pointer` in the object holds `value`.
async fn holds(
    scene: &Scene,
    objects: &Api<DynamicObject>,
    name: &str,
    pointer: &str,
    value: Value,
) {
    let holds = async || {
        let object = json!(objects.get(name).await?);
        match object.pointer(pointer) {
            Some(found) if *found == value => Ok(()),
            other => Miss::because(format!("{other:?}")),
        }
    };
    scene
        .eventually(&format!("{name}{pointer} to be {value}"), holds)
        .await;
}

#[tokio::test]
async fn kubectl_edit_of_our_field_is_reverted_in_one_write() {
    let scene = Scene::open("drift-edit").await;
    let maps = scene.objects(k8s_types::core::v1::ConfigMap);
    let running = scene.run(operator());
    scene.create("a", BasketSpec::of(&[("one", "first")])).await;
    scene.synced("a").await;

    let mark = running.wire().mark();
    merge(
        &maps,
        "a-one",
        json!({"data": {"text": "edited", "more": "a stranger's"}}),
    )
    .await;
    scene.config_map_says("a-one", "first").await;
    let written = scene.writes_after_a_fence(&running, mark).await;
    assert_eq!(written.len(), 1, "{written:?}");
    let more = &maps.get("a-one").await.expect("the child").data["data"]["more"];
    assert_eq!(more, "a stranger's", "a key that we don't name is theirs");
    running.stop().await;
    scene.close().await;
}

#[tokio::test]
async fn kubectl_edit_that_removes_our_field_is_reverted() {
    let scene = Scene::open("drift-remove").await;
    let maps = scene.objects(k8s_types::core::v1::ConfigMap);
    let running = scene.run(operator());
    scene.create("a", BasketSpec::of(&[("one", "first")])).await;
    scene.synced("a").await;

    merge(&maps, "a-one", json!({"data": null})).await;
    scene.config_map_says("a-one", "first").await;
    running.stop().await;
    scene.close().await;
}

#[tokio::test]
async fn kubectl_delete_of_every_child_is_made_good() {
    let scene = Scene::open("drift-delete").await;
    let running = scene.run(operator());
    scene
        .create(
            "a",
            BasketSpec::of(&[("one", "1"), ("two", "2"), ("three", "3")]),
        )
        .await;
    scene.synced("a").await;

    let mark = running.wire().mark();
    for child in ["a-one", "a-two", "a-three"] {
        scene.delete::<ConfigMap>(child).await;
    }
    for (child, text) in [("a-one", "1"), ("a-two", "2"), ("a-three", "3")] {
        scene.config_map_says(child, text).await;
    }
    let parent = scene.synced("a").await;
    assert_eq!(parent.data["status"]["items"], 3);
    let written = scene.writes_after_a_fence(&running, mark).await;
    assert_eq!(
        written.iter().filter(|write| write.created()).count(),
        3,
        "{written:?}"
    );
    running.stop().await;
    scene.close().await;
}

#[tokio::test]
async fn kubectl_label_that_takes_the_tracking_label_is_repaired_and_the_child_kept() {
    let scene = Scene::open("drift-label").await;
    let maps = scene.objects(k8s_types::core::v1::ConfigMap);
    let running = scene.run(operator());
    scene.create("a", BasketSpec::of(&[("one", "first")])).await;
    scene.synced("a").await;
    let before = maps.get("a-one").await.expect("the child");

    // The child leaves the watch with its label, and is found again by the creation that the server refuses.
    merge(
        &maps,
        "a-one",
        json!({"metadata": {"labels": {LABEL: null}}}),
    )
    .await;
    let pointer = format!("/metadata/labels/{}", LABEL.replace('/', "~1"));
    holds(&scene, &maps, "a-one", &pointer, json!("basket-filler")).await;

    scene.synced("a").await;
    let after = maps.get("a-one").await.expect("the child");
    assert_eq!(after.metadata.uid, before.metadata.uid);
    scene
        .edit("a", json!({"spec": {"items": {"one": "second"}}}))
        .await;
    scene.config_map_says("a-one", "second").await;
    running.stop().await;
    scene.close().await;
}

/// One Deployment of three replicas.
fn deploy(request: &SyncRequest<Basket>) -> Result<SyncResponse<Basket>, Error> {
    let name = request.raw_parent().name();
    let labels = json!({"app": name});
    let deployment: Deployment = serde_json::from_value(json!({
        "metadata": {"name": name},
        "spec": {"replicas": 3, "selector": {"matchLabels": labels}, "template": {
            "metadata": {"labels": labels},
            "spec": {"containers": [{"name": "main", "image": "example.com/image:1"}]},
        }},
    }))?;
    Ok(SyncResponse::new().with_child(deployment))
}

fn deployer() -> Operator {
    Operator::new("basket-filler", |request: SyncRequest<Basket>| {
        deploy(&request)
    })
    .with_child::<Deployment>(ChildConfig::apply())
}

#[tokio::test]
async fn kubectl_scale_is_reverted() {
    let scene = Scene::open("drift-scale").await;
    let deployments = scene.objects(k8s_types::apps::v1::Deployment);
    let running = scene.run(deployer());
    scene.create("a", BasketSpec::default()).await;
    scene.synced("a").await;
    holds(&scene, &deployments, "a", "/spec/replicas", json!(3)).await;

    let scale = Patch::Merge(json!({"spec": {"replicas": 7}}));
    let scaled = deployments
        .patch_scale("a", &PatchParams::default(), &scale)
        .await
        .expect("the scale");
    assert_eq!(scaled.spec.and_then(|spec| spec.replicas), Some(7));
    holds(&scene, &deployments, "a", "/spec/replicas", json!(3)).await;
    running.stop().await;
    scene.close().await;
}

#[tokio::test]
async fn what_others_say_beside_us_is_left() {
    let scene = Scene::open("drift-beside").await;
    let deployments = scene.objects(k8s_types::apps::v1::Deployment);
    let running = scene.run(deployer());
    scene.create("a", BasketSpec::default()).await;
    scene.synced("a").await;

    let mark = running.wire().mark();
    merge(
        &deployments,
        "a",
        json!({
            "metadata": {"labels": {"team": "red"}, "annotations": {"example.com/note": "hello"}},
            "spec": {"revisionHistoryLimit": 3, "template": {"metadata": {"annotations": {"restarted": "now"}}}},
        }),
    )
    .await;
    let status = Patch::Merge(json!({"status": {"replicas": 3, "observedGeneration": 2}}));
    deployments
        .patch_status("a", &PatchParams::default(), &status)
        .await
        .expect("a controller's status");
    assert_eq!(scene.writes_after_a_fence(&running, mark).await, []);
    let deployment = deployments.get("a").await.expect("the deployment");
    assert_eq!(deployment.data["spec"]["revisionHistoryLimit"], 3);
    assert_eq!(
        deployment.data["spec"]["template"]["metadata"]["annotations"]["restarted"],
        "now"
    );
    running.stop().await;
    scene.close().await;
}
