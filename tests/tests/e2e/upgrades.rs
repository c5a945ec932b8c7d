//! What a new build, or a restart, of the operator writes: what it no longer declares is removed in one write a
//! child, what others added stays, and where nothing differs nothing is sent.

use k8s_openapi::api::{
    apps::v1::Deployment,
    core::v1::{ConfigMap, Service},
};
use operator_core::{k8s_types, prelude::*};
use operator_tests::{Basket, BasketSpec, Miss, Scene, config_map, merge, operator};
use serde_json::json;

/// An operator whose one child says `text` and, in the old build, `motto` too.
fn build(old: bool) -> Operator {
    let sync = move |request: SyncRequest<Basket>| {
        let mut child = config_map(request.raw_parent().name(), "one", "the same");
        if old {
            child
                .data
                .get_or_insert_default()
                .insert("motto".to_owned(), "let it be".to_owned());
            child.metadata.labels =
                Some([("example.com/build".to_owned(), "old".to_owned())].into());
        }
        Ok::<_, Error>(SyncResponse::new().with_child(child))
    };
    Operator::new("basket-filler", sync).with_child::<ConfigMap>(ChildConfig::apply())
}

#[tokio::test]
async fn a_field_no_longer_declared_is_removed_and_a_strangers_label_is_kept() {
    let scene = Scene::open("upgrades-field").await;
    let maps = scene.objects(k8s_types::core::v1::ConfigMap);
    let old = scene.run(build(true));
    scene.create("a", BasketSpec::default()).await;
    scene.synced("a").await;

    let mark = old.wire().mark();
    merge(
        &maps,
        "a-one",
        json!({"metadata": {"labels": {"example.com/stranger": "was-here"}}}),
    )
    .await;
    assert_eq!(
        scene.writes_after_a_fence(&old, mark).await,
        [],
        "a stranger's label is no reason to write"
    );
    old.stop().await;

    let new = scene.run(build(false));
    let removed = async || {
        let map = maps.get("a-one").await?;
        if map.data["data"] == json!({"text": "the same"}) {
            Ok(map)
        } else {
            Miss::because(&map.data["data"])
        }
    };
    let map = scene.eventually("the motto to be gone", removed).await;
    let labels = map.metadata.labels.expect("labels");
    assert_eq!(
        labels.get("example.com/stranger").map(String::as_str),
        Some("was-here")
    );
    assert_eq!(labels.get("example.com/build"), None);
    let written = scene.writes_after_a_fence(&new, 0).await;
    assert_eq!(
        written.len(),
        1,
        "one write for the child, none for anything else: {written:?}"
    );
    new.stop().await;

    let again = scene.run(build(false));
    assert_eq!(
        scene.writes_after_a_fence(&again, 0).await,
        [],
        "a restart writes nothing"
    );
    again.stop().await;
    scene.close().await;
}

/// A Deployment and a Service, said so briefly that the server adds most of what they are, and with quantities
/// that it writes in another way. The Service's protocol is said, since Kubernetes 1.20 refuses to apply without.
fn with_defaults(request: &SyncRequest<Basket>) -> Result<SyncResponse<Basket>, Error> {
    let name = request.raw_parent().name();
    let labels = json!({"app": name});
    let deployment: Deployment = serde_json::from_value(json!({
        "metadata": {"name": name},
        "spec": {"selector": {"matchLabels": labels}, "template": {
            "metadata": {"labels": labels},
            "spec": {"containers": [{
                "name": "main",
                "image": "example.com/image:1",
                "ports": [{"containerPort": 80}],
                "env": [{"name": "A", "value": "1"}],
                "resources": {"limits": {"cpu": "1000m", "memory": "1024Mi"}, "requests": {"cpu": "0.5"}},
            }]},
        }},
    }))?;
    let service: Service = serde_json::from_value(json!({
        "metadata": {"name": name},
        "spec": {"selector": labels, "ports": [{"port": 80, "targetPort": 80, "protocol": "TCP"}]},
    }))?;
    Ok(SyncResponse::new()
        .with_child(deployment)
        .with_child(service))
}

#[tokio::test]
async fn a_restart_sends_no_server_default_and_no_normalised_quantity() {
    let scene = Scene::open("upgrades-defaults").await;
    let operator = |config: ChildConfig| {
        Operator::new("basket-filler", |request: SyncRequest<Basket>| {
            with_defaults(&request)
        })
        .with_child::<Deployment>(config)
        .with_child::<Service>(config)
    };
    let first = scene.run(operator(ChildConfig::apply()));
    scene.create("a", BasketSpec::default()).await;
    scene.synced("a").await;
    let written = scene.writes_after_a_fence(&first, 0).await;
    let (services, others): (Vec<_>, Vec<_>) = written
        .iter()
        .partition(|write| write.path.contains("/services"));
    assert_eq!(others.len(), 2, "the deployment and the status: {others:?}");
    // 1.20 refuses to create a Service by an apply: the engine then takes four requests.
    assert!(matches!(services.len(), 1 | 4), "the service: {services:?}");
    first.stop().await;

    let second = scene.run(operator(ChildConfig::apply()));
    assert_eq!(
        scene.writes_after_a_fence(&second, 0).await,
        [],
        "a restart writes nothing"
    );

    let deployments = scene.objects(k8s_types::apps::v1::Deployment);
    let deployment = deployments.get("a").await.expect("the deployment");
    let limits =
        &deployment.data["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"];
    assert_eq!(
        limits,
        &json!({"cpu": "1", "memory": "1Gi"}),
        "what the server made of the quantities"
    );
    second.stop().await;
    scene.close().await;
}

#[tokio::test]
async fn what_happened_while_the_operator_was_down_is_made_good() {
    let scene = Scene::open("upgrades-down").await;
    let maps = scene.objects(k8s_types::core::v1::ConfigMap);
    let first = scene.run(operator());
    scene
        .create(
            "a",
            BasketSpec::of(&[("one", "first"), ("two", "second"), ("three", "third")]),
        )
        .await;
    scene.synced("a").await;
    first.kill();

    merge(&maps, "a-one", json!({"data": {"text": "edited"}})).await;
    scene.delete::<ConfigMap>("a-two").await;
    scene
        .edit("a", json!({"spec": {"items": {"three": null}}}))
        .await;

    let second = scene.run(operator());
    scene.synced("a").await;
    scene.config_map_says("a-one", "first").await;
    scene.config_map_says("a-two", "second").await;
    scene.gone(&maps, "a-three").await;
    second.stop().await;
    scene.close().await;
}
