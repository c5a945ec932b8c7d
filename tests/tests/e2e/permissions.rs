//! A kind that the operator may not see, or may not write: nothing of it is created or deleted, everything else
//! is served as far as it can be, `/readyz` says what is missing, and a grant is enough to go on.

use std::net::SocketAddr;

use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::ListParams;
use operator_core::prelude::*;
use operator_tests::{
    Apple, AppleSpec, Basket, BasketSpec, EVERYTHING, Grade, Miss, Running, Scene, Wire, fill,
    probe,
};
use serde_json::json;

/// A scene whose operator is a user of the cluster with rights of its own.
struct Restricted {
    scene: Scene,
    user: String,
    address: SocketAddr,
}

impl Restricted {
    /// A user who may do anything in this namespace that the operator needs, but with apples only `verbs`.
    async fn open(story: &str, verbs: &[&str]) -> Self {
        let scene = Scene::open(story).await;
        let user = format!("operator-{}", scene.namespace);
        let restricted = Self {
            scene,
            user,
            address: probe::free_address(),
        };
        restricted.scene.bind(&restricted.user).await;
        restricted.allow_with_apples(verbs).await;
        restricted
    }

    async fn allow_with_apples(&self, verbs: &[&str]) {
        self.scene.allow_with_apples(&self.user, verbs).await;
    }

    /// Runs an operator whose baskets have `ConfigMap`s and an apple as good as the note says.
    fn run(&self) -> Running {
        let sync = |request: SyncRequest<Basket>| {
            let response = fill(&request)?;
            let name = request.raw_parent().name();
            let apple = request.parent().spec.note.clone().map(|note| {
                Apple::new(
                    name,
                    AppleSpec {
                        grade: Grade(note.0),
                    },
                )
            });
            Ok::<_, Error>(response.with_children(apple))
        };
        let operator = Operator::new("basket-filler", sync)
            .with_child::<ConfigMap>(ChildConfig::apply())
            .with_child::<Apple>(ChildConfig::apply())
            .configure(|config| config.with_listen(self.address));
        let cluster = self.scene.cluster.impersonating(&self.user);
        self.scene.run_as(&cluster, Wire::default(), operator)
    }

    /// Waits until `/readyz` answers with this status, and says all of `parts`.
    async fn readyz(&self, status: u16, parts: &[&str]) {
        let says = async || {
            let (found, body) = probe::get(self.address, "/readyz").await?;
            if found == status && parts.iter().all(|part| body.contains(part)) {
                Ok(())
            } else {
                Miss::because(format!("{found}: {body}"))
            }
        };
        self.scene
            .eventually(
                &format!("/readyz to answer {status} and say {parts:?}"),
                says,
            )
            .await;
    }

    async fn apples(&self) -> Vec<String> {
        let apples = self
            .scene
            .api::<Apple>()
            .list(&ListParams::default())
            .await
            .expect("the apples");
        apples
            .items
            .into_iter()
            .map(|apple| {
                format!(
                    "{}: {}",
                    apple.metadata.name.unwrap_or_default(),
                    apple.spec.grade.0
                )
            })
            .collect()
    }
}

#[tokio::test]
async fn to_list_missing_from_the_start() {
    let restricted =
        Restricted::open("rights-start", &["watch", "create", "patch", "delete"]).await;
    let scene = &restricted.scene;
    scene
        .create("a", BasketSpec::of(&[("one", "first")]).noting("good"))
        .await;
    let running = restricted.run();

    restricted.readyz(503, &["Apple", "list", "403"]).await;
    assert_eq!(
        running.wire().writes_since(0),
        [],
        "a partial view creates nothing"
    );
    let (live, _) = probe::get(restricted.address, "/livez")
        .await
        .expect("/livez");
    assert_eq!(live, 200, "a restart would not help");

    restricted.allow_with_apples(EVERYTHING).await;
    scene.synced("a").await;
    restricted.readyz(200, &[]).await;
    assert_eq!(restricted.apples().await, ["a: good"]);
    running.stop().await;
    restricted.scene.close().await;
}

#[tokio::test]
async fn to_watch_taken_while_running() {
    let restricted = Restricted::open("rights-taken", EVERYTHING).await;
    let scene = &restricted.scene;
    let running = restricted.run();
    scene
        .create("a", BasketSpec::of(&[("one", "first")]).noting("good"))
        .await;
    scene
        .create("b", BasketSpec::of(&[("one", "first")]).noting("good"))
        .await;
    scene.synced("a").await;
    scene.synced("b").await;
    restricted.readyz(200, &[]).await;

    restricted
        .allow_with_apples(&["create", "patch", "delete"])
        .await;
    assert_eq!(
        running.wire().end_watches(|watch| watch.is_about("apples")),
        1
    );
    restricted.readyz(503, &["Apple", "watch", "403"]).await;

    let mark = running.wire().mark();
    scene
        .edit(
            "a",
            json!({"spec": {"note": null, "items": {"one": "changed"}}}),
        )
        .await;
    scene.edit("b", json!({"spec": {"note": "better"}})).await;
    scene
        .create("c", BasketSpec::of(&[("one", "first")]).noting("good"))
        .await;
    for name in ["a", "b", "c"] {
        let unavailable = scene.not_synced(name, "KindUnavailable").await;
        assert!(
            unavailable.message.contains("Apple"),
            "{}",
            unavailable.message
        );
    }
    scene.config_map_says("a-one", "changed").await;
    scene.config_map_says("c-one", "first").await;
    let mut written = scene.writes_after_a_fence(&running, mark).await;
    written.retain(|write| write.is_about("apples"));
    assert_eq!(
        written,
        [],
        "nothing of a kind that can't be seen is written"
    );
    assert_eq!(restricted.apples().await, ["a: good", "b: good"]);

    restricted.allow_with_apples(EVERYTHING).await;
    for name in ["a", "b", "c"] {
        scene.synced(name).await;
    }
    restricted.readyz(200, &[]).await;
    assert_eq!(restricted.apples().await, ["b: better", "c: good"]);
    running.stop().await;
    restricted.scene.close().await;
}

#[tokio::test]
async fn to_create_missing() {
    let restricted = Restricted::open("rights-create", &["get", "list", "watch"]).await;
    let scene = &restricted.scene;
    let running = restricted.run();
    scene
        .create("a", BasketSpec::of(&[("one", "first")]).noting("good"))
        .await;
    let refused = scene.not_synced("a", "WriteFailed").await;
    assert!(refused.message.contains("forbidden"), "{}", refused.message);
    scene.config_map_says("a-one", "first").await;

    restricted.allow_with_apples(EVERYTHING).await;
    scene.synced("a").await;
    assert_eq!(restricted.apples().await, ["a: good"]);
    running.stop().await;
    restricted.scene.close().await;
}
