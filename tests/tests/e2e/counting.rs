//! How many requests it takes, by the API server's own count: as many creations as there are children, one
//! status a parent, and nothing at all for what is already as it should be.

use std::{env, time::Duration};

use futures::{StreamExt, stream};
use kube::api::ListParams;
use operator_tests::{
    BasketSpec, ControlPlane, Miss, Running, Scene, ServerRequests, Wire, operator,
};

const PARENTS: usize = 200;
const ITEMS: [(&str, &str); 3] = [("one", "1"), ("two", "2"), ("three", "3")];

/// How many seconds to look on while nothing happens, on top of the fence. For a person who wants a full minute.
const IDLE: &str = "OPERATOR_TEST_IDLE_SECONDS";

/// Waits until every basket says that all of its items are there.
async fn all_filled(scene: &Scene, parents: usize) {
    let filled = async || {
        let baskets = scene.baskets().list(&ListParams::default()).await?.items;
        let filled = baskets
            .iter()
            .filter(|basket| basket.data["status"]["items"] == ITEMS.len())
            .count();
        if filled == parents {
            Ok(())
        } else {
            Miss::because(format!("{filled} of {parents}"))
        }
    };
    scene.eventually("every basket to be filled", filled).await;
}

/// One more basket like the others: when it is filled, the operator has had its chance to do anything else.
async fn fence(scene: &Scene, number: usize) {
    let name = format!("p-{number}");
    scene.create(&name, BasketSpec::of(&ITEMS)).await;
    scene.synced(&name).await;
}

/// What the server wrote since `start`, asserted to be what it takes for this many new baskets, and no more.
async fn assert_writes(scene: &Scene, start: &ServerRequests, parents: usize, when: &str) {
    let since = ServerRequests::read(&scene.client).await.since(start);
    let (maps, baskets) = (since.writes("configmaps"), since.writes("baskets"));
    println!(
        "{when}: {parents} baskets of {} ConfigMaps: {maps}; {baskets}",
        ITEMS.len()
    );
    let parents = parents as u64;
    assert_eq!(
        maps.count("APPLY", "") + maps.count("PATCH", ""),
        parents * ITEMS.len() as u64,
        "{when}: {maps}"
    );
    assert_eq!(maps.total(), parents * ITEMS.len() as u64, "{when}: {maps}");
    assert_eq!(
        baskets.count("PATCH", "status"),
        parents,
        "{when}: {baskets}"
    );
    assert_eq!(
        baskets.count("POST", ""),
        parents,
        "{when}: the test's own: {baskets}"
    );
    assert_eq!(baskets.total(), 2 * parents, "{when}: {baskets}");
}

/// What the operator asked since `mark`: nothing, or watches that were renewed.
fn assert_only_watches(running: &Running, mark: usize) {
    let others: Vec<_> = running
        .wire()
        .records()
        .into_iter()
        .skip(mark)
        .filter(|request| !request.is_watch())
        .collect();
    assert_eq!(others, [], "nothing but watches while nothing happens");
}

#[tokio::test]
async fn two_hundred_parents_take_three_creations_and_one_status_each() {
    let Some(plane) = ControlPlane::start("counting") else {
        return;
    };
    let scene = Scene::on(plane.cluster().await, "counting").await;
    let running = scene.run(operator());
    let start = ServerRequests::read(&scene.client).await;

    let names = (0..PARENTS).map(|number| format!("p-{number}"));
    let create = async |name: String| drop(scene.create(&name, BasketSpec::of(&ITEMS)).await);
    stream::iter(names)
        .map(create)
        .buffer_unordered(16)
        .collect::<()>()
        .await;
    all_filled(&scene, PARENTS).await;
    fence(&scene, PARENTS).await;
    assert_writes(&scene, &start, PARENTS + 1, "filled").await;

    let idle = env::var(IDLE)
        .ok()
        .and_then(|seconds| seconds.parse().ok())
        .unwrap_or_default();
    let mark = running.wire().mark();
    tokio::time::sleep(Duration::from_secs(idle)).await;
    assert_only_watches(&running, mark);
    assert_writes(&scene, &start, PARENTS + 1, &format!("{idle} s later")).await;
    running.stop().await;

    let restarted = scene.run_over(Wire::default(), operator());
    fence(&scene, PARENTS + 1).await;
    assert_writes(&scene, &start, PARENTS + 2, "restarted").await;
    restarted.stop().await;
}
