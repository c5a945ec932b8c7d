//! The API server and etcd are killed, and restarted in order, while baskets are created, edited and deleted:
//! one operator, never restarted, ends in exactly what its handler says, and makes no child of a parent that
//! stays twice.

use std::{collections::BTreeMap, ops::Range, sync::Arc, time::Duration};

use futures::{StreamExt, stream};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use operator_core::k8s_types;
use operator_tests::{
    Basket, BasketSpec, ControlPlane, Miss, Part, Patience, Running, Scene, Witness, operator,
};
use serde_json::json;

const BASKETS: usize = 50;

/// How a part ends.
type End = fn(&ControlPlane, Part);

/// What is done in each round, and to which part.
const ROUNDS: [(End, Part); 4] = [
    (ControlPlane::kill, Part::ApiServer),
    (ControlPlane::kill, Part::Etcd),
    (ControlPlane::terminate, Part::ApiServer),
    (ControlPlane::terminate, Part::Etcd),
];
const LAST: usize = ROUNDS.len() - 1;

/// An old etcd forgets what it acknowledged in the last tenth of a second before it is killed, which is nothing
/// that an operator could make good: it is only killed when nobody has written for longer than this.
const COMMIT: Duration = Duration::from_millis(500);

/// Whether a basket is there at the end.
fn stays(number: usize) -> bool {
    !number.is_multiple_of(10)
}

/// What a round of the test says that a basket should hold: one item for good, and one of that round.
fn items(round: usize) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("always".to_owned(), format!("in round {round}")),
        (format!("round-{round}"), "just now".to_owned()),
    ])
}

/// One round over these baskets, some at a time: creates them in the first, edits them later, deletes one in ten
/// in the last.
async fn churn(scene: &Scene, numbers: Range<usize>, round: usize) {
    let one = async |number: usize| {
        let (name, baskets) = (format!("p-{number}"), scene.api::<Basket>());
        let items = items(round);
        if round == 0 {
            let basket = Basket::new(&name, BasketSpec { items, note: None });
            let create = async || baskets.create(&PostParams::default(), &basket).await;
            scene.insist("a basket to be created", 409, create).await;
        } else if round == LAST && !stays(number) {
            let delete = async || baskets.delete(&name, &DeleteParams::default()).await;
            scene.insist("a basket to be deleted", 404, delete).await;
        } else {
            let earlier = format!("round-{}", round - 1);
            let mut patch = json!({"spec": {"items": items}});
            patch["spec"]["items"][earlier] = serde_json::Value::Null;
            let edit = async || {
                baskets
                    .patch(&name, &PatchParams::default(), &Patch::Merge(&patch))
                    .await
            };
            scene.insist("a basket to be edited", 0, edit).await;
        }
        // Spread over the disruption: a round is to be under way when it comes and when it is over.
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    stream::iter(numbers)
        .map(one)
        .buffer_unordered(2)
        .collect::<()>()
        .await;
}

/// Waits until there is exactly what the baskets that are left should hold.
async fn holds_exactly(scene: &Scene, operator: &Running) {
    let mut expected = BTreeMap::new();
    for number in (0..BASKETS).filter(|number| stays(*number)) {
        expected.extend(
            items(LAST)
                .into_iter()
                .map(|(key, text)| (format!("p-{number}-{key}"), text)),
        );
    }
    let found = async || {
        let maps = scene
            .api::<ConfigMap>()
            .list(&ListParams::default().labels("e2e.example.com/tracked-by"))
            .await?;
        let text = |map: &ConfigMap| {
            map.data
                .as_ref()
                .and_then(|data| data.get("text"))
                .cloned()
                .unwrap_or_default()
        };
        let found: BTreeMap<_, _> = maps
            .items
            .iter()
            .map(|map| (map.metadata.name.clone().unwrap_or_default(), text(map)))
            .collect();
        let wrong = |(name, text): &(&String, &String)| expected.get(*name) != Some(*text);
        if found == expected {
            Ok(())
        } else {
            let wrong: Vec<_> = found.iter().filter(wrong).take(5).collect();
            let missing: Vec<_> = expected
                .keys()
                .filter(|name| !found.contains_key(*name))
                .take(5)
                .collect();
            let first = wrong
                .first()
                .map(|(name, _)| *name)
                .or(missing.first().copied());
            let mut story = operator.wire().records();
            story.retain(|request| first.is_some_and(|name| request.names(name)));
            let of_first: Vec<_> = maps
                .items
                .iter()
                .filter(|map| map.metadata.name.as_ref() == first)
                .collect();
            Miss::because(format!(
                "{} ConfigMaps; wrong: {wrong:?}; missing: {missing:?}; the first: {}; its requests: {story:#?}",
                found.len(),
                json!(of_first),
            ))
        }
    };
    scene
        .eventually("exactly the ConfigMaps of the baskets that are left", found)
        .await;
}

/// The API server ends in the middle of a round, with requests under way, and comes back before its end.
async fn without_api_server(scene: &Scene, plane: &Arc<ControlPlane>, round: usize, end: End) {
    let disruption = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        plane
            .step(move |plane| {
                end(plane, Part::ApiServer);
                plane.restart();
            })
            .await;
    };
    tokio::join!(churn(scene, 0..BASKETS, round), disruption);
}

/// etcd ends after the first half of a round, and comes back while the second is asked for.
async fn without_etcd(scene: &Scene, plane: &Arc<ControlPlane>, round: usize, end: End) {
    let half = BASKETS / 2;
    churn(scene, 0..half, round).await;
    let baskets = scene.baskets().list(&ListParams::default()).await;
    for basket in baskets.expect("the baskets") {
        if basket.metadata.deletion_timestamp.is_none() {
            scene
                .synced(basket.metadata.name.as_deref().unwrap_or_default())
                .await;
        }
    }
    tokio::time::sleep(COMMIT).await;
    plane.step(move |plane| end(plane, Part::Etcd)).await;
    tokio::join!(
        churn(scene, half..BASKETS, round),
        plane.step(ControlPlane::restart)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_is_what_the_handler_says() {
    let Some(plane) = ControlPlane::start("crash") else {
        return;
    };
    let cluster = plane.cluster().await;
    let scene = Scene::on(cluster, "crash")
        .await
        .with_patience(Patience::of(Duration::from_secs(240)));
    let witness = Witness::of(scene.objects(k8s_types::core::v1::ConfigMap));
    let backoff = |config: operator_core::OperatorConfig| {
        config.with_backoff(Duration::from_millis(100), Duration::from_secs(2))
    };
    let running = scene.run(operator().configure(backoff));
    let plane = Arc::new(plane);
    for (round, (end, part)) in ROUNDS.into_iter().enumerate() {
        match part {
            Part::Etcd => without_etcd(&scene, &plane, round, end).await,
            _ => without_api_server(&scene, &plane, round, end).await,
        }
    }

    holds_exactly(&scene, &running).await;
    for number in (0..BASKETS).filter(|number| stays(*number)) {
        scene.synced(&format!("p-{number}")).await;
    }
    holds_exactly(&scene, &running).await;
    // Children of a parent that went may be made again by who has not heard of that yet, and are collected again.
    let mut twice = witness.made_twice();
    twice.retain(|child| {
        (0..BASKETS).any(|number| stays(number) && child.starts_with(&format!("p-{number}-")))
    });
    let mut story = running.wire().records();
    story.retain(|request| twice.iter().any(|name| request.names(name)));
    assert!(
        twice.is_empty(),
        "made twice: {twice:?}; their requests: {story:#?}"
    );
    running.stop().await;
}
