//! An answer that can't be carried out whole is not carried out in part; one that never comes to rest is told.

use std::time::Duration;

use k8s_openapi::{
    api::{
        core::v1::{ConfigMap, Namespace, Secret},
        rbac::v1::{PolicyRule, Role},
    },
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use kube::api::ListParams;
use operator_core::{k8s_types, prelude::*};
use operator_tests::{Basket, BasketSpec, Count, Miss, Scene, config_map, fill, merge};
use serde_json::json;

/// Adds to a right answer the mistake that the basket's note asks for.
fn sync(request: &SyncRequest<Basket>) -> Result<SyncResponse<Basket>, Error> {
    let response = fill(request)?;
    let name = request.raw_parent().name();
    let note = request
        .parent()
        .spec
        .note
        .as_ref()
        .map_or("", |note| note.0.as_str());
    Ok(match note {
        "twice" => response.with_child(config_map(name, "one", "again")),
        "nameless" => response.with_child(ConfigMap::default()),
        "undeclared" => {
            let mut secret = Secret::default();
            secret.metadata.name = Some(name.to_owned());
            response.with_child(secret)
        }
        "elsewhere" => {
            let mut map = config_map(name, "two", "elsewhere");
            map.metadata.namespace = Some("default".to_owned());
            response.with_child(map)
        }
        "astray" => {
            let mut map = config_map(name, "two", "astray");
            map.metadata.name = Some(format!("../secrets/{name}"));
            response.with_child(map)
        }
        "cluster-scoped" => {
            let mut namespace = Namespace::default();
            namespace.metadata.name = Some(format!("never-{name}"));
            response.with_child(namespace)
        }
        _ => response,
    })
}

#[tokio::test]
async fn a_mistake_in_the_answer_touches_nothing() {
    let scene = Scene::open("desired-mistake").await;
    let operator = Operator::new("basket-filler", |request: SyncRequest<Basket>| {
        sync(&request)
    })
    .with_child::<ConfigMap>(ChildConfig::apply())
    .with_child::<Namespace>(ChildConfig::apply());
    let running = scene.run(operator);
    let mistakes = [
        ("twice", "a-twice-one"),
        ("nameless", "name"),
        ("undeclared", "Secret"),
        ("elsewhere", "default"),
        ("astray", "../secrets/a-astray"),
        ("cluster-scoped", "Namespace"),
    ];
    for (mistake, _) in mistakes {
        scene
            .create(&format!("a-{mistake}"), BasketSpec::of(&[("one", "first")]))
            .await;
    }
    for (mistake, told) in mistakes {
        let name = format!("a-{mistake}");
        scene.synced(&name).await;
        scene
            .edit(
                &name,
                json!({"spec": {"note": mistake, "items": {"one": "changed"}}}),
            )
            .await;
        let invalid = scene.not_synced_and_told(&name, "ChildrenInvalid").await;
        assert!(
            invalid.message.contains(told),
            "{:?} should say {told:?}",
            invalid.message
        );
    }
    let mark = running.wire().mark();
    assert_eq!(scene.writes_after_a_fence(&running, mark).await, []);
    for (mistake, _) in mistakes {
        scene
            .config_map_says(&format!("a-{mistake}-one"), "first")
            .await;
        scene
            .edit(&format!("a-{mistake}"), json!({"spec": {"note": null}}))
            .await;
        scene.synced(&format!("a-{mistake}")).await;
        scene
            .config_map_says(&format!("a-{mistake}-one"), "changed")
            .await;
    }
    running.stop().await;
    scene.close().await;
}

#[tokio::test]
async fn a_name_may_have_in_it_what_a_path_has_not() {
    const NAME: &str = "read: all? #1 {ä}";
    let scene = Scene::open("desired-name").await;
    let sync = |request: SyncRequest<Basket>| {
        let role = request.parent().spec.note.as_ref().map(|note| Role {
            metadata: ObjectMeta {
                name: Some(NAME.to_owned()),
                ..ObjectMeta::default()
            },
            rules: Some(vec![PolicyRule {
                api_groups: Some(vec![String::new()]),
                resources: Some(vec!["pods".to_owned()]),
                verbs: vec![note.0.clone()],
                ..PolicyRule::default()
            }]),
        });
        Ok::<_, Error>(fill(&request)?.with_children(role))
    };
    let running = scene.run(
        Operator::new("basket-filler", sync)
            .with_child::<ConfigMap>(ChildConfig::apply())
            .with_child::<Role>(ChildConfig::apply()),
    );
    let verbs = async || {
        let roles = scene.api::<Role>().list(&ListParams::default()).await;
        let mut roles = roles.expect("the roles").items;
        roles.retain(|role| role.metadata.name.as_deref() == Some(NAME));
        let rules = roles.into_iter().filter_map(|role| role.rules).flatten();
        rules.flat_map(|rule| rule.verbs).collect::<Vec<_>>()
    };
    scene
        .create("a", BasketSpec::of(&[("one", "first")]).noting("get"))
        .await;
    scene.synced("a").await;
    assert_eq!(verbs().await, ["get"]);
    scene.edit("a", json!({"spec": {"note": "list"}})).await;
    scene.synced("a").await;
    assert_eq!(verbs().await, ["list"]);
    scene.edit("a", json!({"spec": {"note": null}})).await;
    scene.synced("a").await;
    assert!(verbs().await.is_empty());
    running.stop().await;
    scene.close().await;
}

#[tokio::test]
async fn an_answer_that_differs_each_time_is_told_and_stops_nobody_else() {
    let scene = Scene::open("desired-differs").await;
    let calls = Count::default();
    let sync = move |request: SyncRequest<Basket>| {
        let response = fill(&request)?;
        let name = request.raw_parent().name();
        Ok::<_, Error>(if name == "restless" {
            response.with_child(config_map(name, "clock", &calls.next().to_string()))
        } else {
            response
        })
    };
    let running = scene
        .run(Operator::new("basket-filler", sync).with_child::<ConfigMap>(ChildConfig::apply()));
    scene.create("restless", BasketSpec::default()).await;
    let told = scene.not_synced("restless", "NotConverging").await;
    assert!(told.message.contains("restless-clock"), "{}", told.message);
    scene.create("a", BasketSpec::of(&[("one", "first")])).await;
    scene.synced("a").await;
    running.stop().await;
    scene.close().await;
}

#[tokio::test]
async fn a_field_that_somebody_else_always_changes_back_is_told_with_their_name() {
    let scene = Scene::open("desired-contended").await;
    let maps = scene.objects(k8s_types::core::v1::ConfigMap);
    let running = scene.run(operator_tests::operator());
    scene.create("a", BasketSpec::of(&[("one", "ours")])).await;
    scene.synced("a").await;

    let told = async || {
        let map = scene.api::<ConfigMap>().get("a-one").await?;
        if map.data.iter().flatten().any(|(_, text)| text == "ours") {
            merge(&maps, "a-one", json!({"data": {"text": "theirs"}})).await;
        }
        let parent = scene.baskets().get("a").await?;
        match operator_tests::synced_condition(&parent) {
            Some(synced) if synced.reason == "NotConverging" => Ok(synced),
            other => Miss::because(format!("{other:?}")),
        }
    };
    let synced = scene
        .eventually("the condition to say NotConverging", told)
        .await;
    for part in ["a-one", "somebody", "text"] {
        assert!(
            synced.message.contains(part),
            "{:?} should name {part}",
            synced.message
        );
    }
    let stop = tokio::time::timeout(Duration::from_secs(30), running.stop());
    stop.await
        .expect("an operator that is contended with stops all the same");
    scene.close().await;
}
