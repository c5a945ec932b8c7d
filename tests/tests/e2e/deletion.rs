//! A parent that is being deleted gets no child, and one that takes its name is another parent.

use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::DeleteParams;
use operator_core::k8s_types::core::v1::ConfigMap as CONFIG_MAP;
use operator_tests::{Basket, BasketSpec, Miss, Scene, merge, operator};
use serde_json::json;

#[tokio::test]
async fn a_parent_deleted_in_the_foreground_is_not_given_its_children_again() {
    let scene = Scene::open("deletion-foreground").await;
    let maps = scene.objects(CONFIG_MAP);
    let running = scene.run(operator());
    scene
        .create("a", BasketSpec::of(&[("one", "first"), ("two", "second")]))
        .await;
    scene.synced("a").await;
    merge(
        &maps,
        "a-two",
        json!({"metadata": {"finalizers": ["example.com/wait"]}}),
    )
    .await;

    let mark = running.wire().mark();
    scene
        .baskets()
        .delete("a", &DeleteParams::foreground())
        .await
        .expect("the parent's deletion");
    scene.gone(&maps, "a-one").await;
    let parent = scene
        .baskets()
        .get("a")
        .await
        .expect("it waits for the child that waits");
    assert!(parent.metadata.deletion_timestamp.is_some());
    let mut written = scene.writes_after_a_fence(&running, mark).await;
    written.retain(|write| write.is_about("configmaps"));
    assert_eq!(
        written,
        [],
        "no child is created again, and the collector's work is not done twice"
    );

    merge(&maps, "a-two", json!({"metadata": {"finalizers": null}})).await;
    scene.gone(&maps, "a-two").await;
    scene.gone(&scene.baskets(), "a").await;
    running.stop().await;
    scene.close().await;
}

#[tokio::test]
async fn a_parent_created_again_under_its_name_is_another() {
    let scene = Scene::open("deletion-again").await;
    let running = scene.run(operator());
    let first = scene
        .create("a", BasketSpec::of(&[("one", "old"), ("two", "old")]))
        .await;
    scene.synced("a").await;

    scene.delete::<Basket>("a").await;
    let second = scene.create("a", BasketSpec::of(&[("one", "new")])).await;
    assert_ne!(first.metadata.uid, second.metadata.uid);

    // The old one's children still have the names that the new one's want, until the collector is done.
    let own = async || {
        let map = scene.api::<ConfigMap>().get("a-one").await?;
        let owner = map
            .metadata
            .owner_references
            .iter()
            .flatten()
            .map(|owner| owner.uid.clone())
            .next();
        if owner == second.metadata.uid {
            Ok(map)
        } else {
            Miss::because(json!(map))
        }
    };
    let map = scene.eventually("a-one to be the new parent's", own).await;
    assert_eq!(
        map.data
            .as_ref()
            .and_then(|data| data.get("text"))
            .map(String::as_str),
        Some("new")
    );
    scene.gone(&scene.objects(CONFIG_MAP), "a-two").await;
    let parent = scene.synced("a").await;
    assert_eq!(parent.data["status"]["items"], 1);
    running.stop().await;
    scene.close().await;
}

#[tokio::test]
async fn an_orphaned_child_is_not_taken_back() {
    let scene = Scene::open("deletion-orphan").await;
    let maps = scene.objects(CONFIG_MAP);
    let running = scene.run(operator());
    scene.create("a", BasketSpec::of(&[("one", "old")])).await;
    scene.synced("a").await;

    let orphaning = DeleteParams {
        propagation_policy: Some(kube::api::PropagationPolicy::Orphan),
        ..DeleteParams::default()
    };
    scene
        .baskets()
        .delete("a", &orphaning)
        .await
        .expect("the parent's deletion");
    scene.gone(&scene.baskets(), "a").await;
    let orphan = maps.get("a-one").await.expect("the orphan");
    assert_eq!(orphan.metadata.owner_references, None);

    scene.create("a", BasketSpec::of(&[("one", "new")])).await;
    scene.not_synced("a", "NameTaken").await;
    assert_eq!(maps.get("a-one").await.expect("the orphan"), orphan);
    running.stop().await;
    scene.close().await;
}

#[tokio::test]
async fn a_finalizer_of_an_earlier_build_is_taken_away_by_one_that_needs_none() {
    let scene = Scene::open("deletion-earlier").await;
    let finalize = |_: operator_core::SyncRequest<Basket>| -> Result<_, operator_core::Error> {
        Ok(operator_core::FinalizeResponse::<Basket>::done())
    };
    let earlier = scene.run(operator().with_finalize(finalize));
    scene.create("a", BasketSpec::of(&[("one", "first")])).await;
    scene.synced("a").await;
    merge(
        &scene.baskets(),
        "a",
        json!({"metadata": {"labels": {"some": "label"}}}),
    )
    .await;
    earlier.stop().await;

    let later = scene.run(operator());
    let free = async || match scene.baskets().get("a").await?.metadata.finalizers {
        None => Ok(()),
        Some(finalizers) => Miss::because(finalizers.join(",")),
    };
    scene.eventually("the finalizer to be gone", free).await;
    scene.delete::<Basket>("a").await;
    scene.gone(&scene.baskets(), "a").await;
    later.stop().await;
    scene.close().await;
}
