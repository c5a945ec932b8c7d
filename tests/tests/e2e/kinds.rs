//! A kind that the cluster does not have yet: waited for where it is needed, done without where it is optional,
//! and taken up when it appears, without a restart.

use k8s_openapi::api::core::v1::ConfigMap;
use operator_core::{K8sType, prelude::*};
use operator_tests::{Apple, Basket, BasketSpec, Scene, establish, fill, in_group, probe, remove};
use serde_json::{Value, json};

/// A kind of a group that only this test knows, and its CRD, which is not installed yet.
fn unknown_kind(scene: &Scene) -> (&'static K8sType, Value) {
    let group = format!("{}.example.com", scene.namespace);
    let crd = in_group(&Apple::crd().expect("a CRD").to_json(), &group);
    let kind = K8sType {
        api_version: format!("{group}/v1").leak(),
        ..*Apple::TYPE
    };
    (Box::leak(Box::new(kind)), crd)
}

fn operator(kind: &'static K8sType, config: ChildConfig) -> Operator {
    let sync = move |request: SyncRequest<Basket>| {
        let apple = json!({
            "apiVersion": kind.api_version,
            "kind": kind.kind,
            "metadata": {"name": request.raw_parent().name()},
            "spec": {"grade": "good"},
        });
        let wants_one = request.parent().spec.note.is_some();
        let response = fill(&request)?;
        Ok::<_, Error>(if wants_one {
            response.with_raw_child(apple)
        } else {
            response
        })
    };
    Operator::new("basket-filler", sync)
        .with_child::<ConfigMap>(ChildConfig::apply())
        .with_child_type(kind, config)
}

#[tokio::test]
async fn in_a_version_that_is_not_served() {
    let scene = Scene::open("kinds-version").await;
    let (kind, crd) = unknown_kind(&scene);
    establish(&scene.client, &crd).await;
    let group = kind.group();
    let newer = Box::leak(Box::new(K8sType {
        api_version: format!("{group}/v9").leak(),
        ..*kind
    }));
    let address = probe::free_address();
    let operator = operator(newer, ChildConfig::apply());
    let running = scene.run(operator.configure(|config| config.with_listen(address)));
    let remedy = format!(
        "404: the version v9 of {group} is not served, but v1: install the CRD apples.{group} with v9, or declare one of these"
    );
    let waiting = async || {
        let (status, body) = probe::get(address, "/readyz").await?;
        if status == 503 && body.contains(&remedy) {
            Ok(())
        } else {
            operator_tests::Miss::because(format!("{status}: {body}"))
        }
    };
    scene
        .eventually("/readyz to name the versions that are served", waiting)
        .await;
    running.stop().await;
    remove(&scene.client, &crd).await;
    scene.close().await;
}

#[tokio::test]
async fn that_is_needed() {
    let scene = Scene::open("kinds-needed").await;
    let (kind, crd) = unknown_kind(&scene);
    let address = probe::free_address();
    scene
        .create(
            "a",
            BasketSpec::of(&[("one", "first")]).noting("with an apple"),
        )
        .await;
    let running = scene
        .run(operator(kind, ChildConfig::apply()).configure(|config| config.with_listen(address)));

    let group = kind.group();
    let remedy = format!("404: the group {group} is not served: install the CRD apples.{group}");
    let waiting = async || {
        let (status, body) = probe::get(address, "/readyz").await?;
        if status == 503 && body.contains("Apple") && body.contains(&remedy) {
            Ok(())
        } else {
            operator_tests::Miss::because(format!("{status}: {body}"))
        }
    };
    scene
        .eventually("/readyz to name Apple and its CRD", waiting)
        .await;
    assert_eq!(
        running.wire().writes_since(0),
        [],
        "a partial view creates nothing"
    );

    establish(&scene.client, &crd).await;
    scene.synced("a").await;
    scene.objects(kind).get("a").await.expect("the apple");
    running.stop().await;
    remove(&scene.client, &crd).await;
    scene.close().await;
}

#[tokio::test]
async fn that_is_optional() {
    let scene = Scene::open("kinds-optional").await;
    let (kind, crd) = unknown_kind(&scene);
    let running = scene.run(operator(kind, ChildConfig::apply().optional()));

    scene
        .create("without", BasketSpec::of(&[("one", "first")]))
        .await;
    scene.synced("without").await;
    scene
        .create(
            "with",
            BasketSpec::of(&[("one", "first")]).noting("with an apple"),
        )
        .await;
    let unavailable = scene.not_synced("with", "KindUnavailable").await;
    let group = kind.group();
    let remedy = format!("404: the group {group} is not served: install the CRD apples.{group}");
    let message = &unavailable.message;
    assert!(
        message.contains("Apple") && message.contains(&remedy),
        "{message}"
    );
    scene.config_map_says("with-one", "first").await;

    establish(&scene.client, &crd).await;
    scene.synced("with").await;
    scene.objects(kind).get("with").await.expect("the apple");
    running.stop().await;
    remove(&scene.client, &crd).await;
    scene.close().await;
}
