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

    /// Runs the operator, in the scene's namespace.
    fn run(&self) -> Running {
        let cluster = self.scene.cluster.impersonating(&self.user);
        self.scene
            .run_as(&cluster, Wire::default(), self.operator())
    }

    /// An operator whose baskets have `ConfigMap`s and an apple as good as the note says.
    fn operator(&self) -> Operator {
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
        Operator::new("basket-filler", sync)
            .with_child::<ConfigMap>(ChildConfig::apply())
            .with_child::<Apple>(ChildConfig::apply())
            .configure(|config| config.with_listen(self.address))
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

    /// Waits until `/readyz` tells that `verb` of apples is refused, and reads the rule that it says to add.
    async fn rule_for(&self, verb: &str) -> serde_json::Value {
        let refused = format!(
            "Apple.e2e.example.com/v1 in namespace {}: {verb}: 403",
            self.scene.namespace
        );
        let whom = format!(
            "add to the Role in {} of {}:\n",
            self.scene.namespace, self.user
        );
        let told = async || {
            let (_, body) = probe::get(self.address, "/readyz").await?;
            let rest = body
                .split_once(&refused)
                .and_then(|(_, rest)| rest.split_once(&whom));
            match rest {
                Some((_, rule)) => {
                    let lines: Vec<&str> = rule.lines().take(3).collect();
                    Ok(lines.join("\n"))
                }
                None => Miss::because(body),
            }
        };
        let rule = self.scene.eventually("/readyz to say the rule", told).await;
        let mut rules: Vec<serde_json::Value> = serde_saphyr::from_str(&rule).expect("YAML");
        rules.remove(0)
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
async fn to_see_missing_from_the_start() {
    // Where a watch can begin with what there is, the right to watch is enough to list.
    let restricted = Restricted::open("rights-start", &["create", "patch", "delete"]).await;
    let scene = &restricted.scene;
    scene
        .create("a", BasketSpec::of(&[("one", "first")]).noting("good"))
        .await;
    let running = restricted.run();

    let rule = restricted.rule_for("list").await;
    assert_eq!(
        rule,
        json!({"apiGroups": ["e2e.example.com"], "resources": ["apples"],
            "verbs": ["get", "list", "watch", "create", "patch", "delete"]})
    );
    assert_eq!(
        running.wire().writes_since(0),
        [],
        "a partial view creates nothing"
    );
    let (live, _) = probe::get(restricted.address, "/livez")
        .await
        .expect("/livez");
    assert_eq!(live, 200, "a restart would not help");

    // The rule that it prints is all that it needs.
    let verbs: Vec<String> = serde_json::from_value(rule["verbs"].clone()).expect("verbs");
    let verbs: Vec<&str> = verbs.iter().map(String::as_str).collect();
    restricted.allow_with_apples(&verbs).await;
    scene.synced("a").await;
    scene.edit("a", json!({"spec": {"note": "better"}})).await;
    scene.synced("a").await;
    restricted.readyz(200, &[]).await;
    assert_eq!(restricted.apples().await, ["a: better"]);
    scene.edit("a", json!({"spec": {"note": null}})).await;
    scene.synced("a").await;
    assert_eq!(restricted.apples().await, [""; 0]);
    running.stop().await;
    restricted.scene.close().await;
}

#[tokio::test]
async fn in_one_namespace_missing_holds_up_nobody_in_another() {
    let restricted = Restricted::open("rights-elsewhere", EVERYTHING).await;
    let scene = &restricted.scene;
    let both = [scene.namespace.clone(), "kube-public".to_owned()];
    let operator = restricted
        .operator()
        .configure(|config| config.with_namespaces(both));
    let cluster = scene.cluster.impersonating(&restricted.user);
    let running = Running::start(&cluster, operator, Wire::default());
    scene
        .create("a", BasketSpec::of(&[("one", "first")]).noting("good"))
        .await;
    scene.synced("a").await;
    scene.edit("a", json!({"spec": {"note": "better"}})).await;
    scene.synced("a").await;
    assert_eq!(restricted.apples().await, ["a: better"]);
    let told = ["Basket.e2e.example.com/v1 in namespace kube-public", "403"];
    restricted.readyz(503, &told).await;
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
    let rule = r#"{apiGroups: ["e2e.example.com"], resources: ["apples"], verbs: ["get", "list", "watch", "create", "patch", "delete"]}"#;
    assert!(
        refused.message.contains("forbidden") && refused.message.ends_with(rule),
        "{}",
        refused.message
    );
    scene.config_map_says("a-one", "first").await;

    restricted.allow_with_apples(EVERYTHING).await;
    scene.synced("a").await;
    assert_eq!(restricted.apples().await, ["a: good"]);
    running.stop().await;
    restricted.scene.close().await;
}

#[tokio::test]
async fn to_create_missing_although_patch_is_there() {
    let rights = ["get", "list", "watch", "patch", "delete"];
    let restricted = Restricted::open("rights-apply", &rights).await;
    let scene = &restricted.scene;
    let running = restricted.run();
    scene
        .create("a", BasketSpec::of(&[("one", "first")]).noting("good"))
        .await;
    let refused = scene.not_synced("a", "WriteFailed").await;
    assert!(
        refused
            .message
            .contains(r#"verbs: ["get", "list", "watch", "create""#),
        "{}",
        refused.message
    );
    restricted.readyz(503, &["Apple", "\"create\""]).await;
    running.stop().await;
    restricted.scene.close().await;
}

/// What can't be told as an Event is told all the same, and holds nothing up.
#[tokio::test]
async fn to_post_events_missing() {
    let restricted = Restricted::open("rights-events", EVERYTHING).await;
    let scene = &restricted.scene;
    let running = restricted.run();
    scene.create("a", BasketSpec::of(&[("one", "first")])).await;
    scene.synced("a").await;
    scene
        .edit("a", json!({"spec": {"note": "unreadable"}}))
        .await;
    scene.not_synced("a", "ParentInvalid").await;
    let posted = async || {
        let records = running.wire().records();
        let events = records.iter().filter(|record| record.is_about("events"));
        let codes: Vec<Option<u16>> = events.map(|record| record.status).collect();
        if codes == [Some(403)] {
            Ok(())
        } else {
            Miss::because(format!("{codes:?}"))
        }
    };
    scene
        .eventually("the Event to be refused, once", posted)
        .await;
    restricted.readyz(200, &[]).await;
    scene.edit("a", json!({"spec": {"note": "good"}})).await;
    scene.synced("a").await;
    running.stop().await;
    restricted.scene.close().await;
}
