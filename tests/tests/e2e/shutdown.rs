//! An operator that is asked to stop begins nothing new, ends what is under way, and says so if it could not.

use std::time::Duration;

use operator_core::runtime::Stopped;
use operator_tests::{BasketSpec, Moment, Scene, operator};

#[tokio::test]
async fn a_pass_under_way_comes_to_its_end() {
    let scene = Scene::open("shutdown-drained").await;
    let mut running = scene.run(operator());
    let mut held = running.wire().hold(Moment::Sending, |request| {
        request.is_write() && request.names("a-one")
    });
    scene
        .create("a", BasketSpec::of(&[("one", "first"), ("two", "second")]))
        .await;
    held.reached().await;

    running.ask_to_stop().await;
    scene
        .create("late", BasketSpec::of(&[("one", "first")]))
        .await;
    held.release();
    let wire = running.wire().clone();
    assert_eq!(running.stop().await, Stopped::Drained);

    scene.synced("a").await;
    scene.config_map_says("a-one", "first").await;
    scene.config_map_says("a-two", "second").await;
    assert!(
        !wire
            .records()
            .iter()
            .any(|request| request.is_write() && request.names("late-one"))
    );
    scene.close().await;
}

#[tokio::test]
async fn a_pass_that_does_not_end_is_cancelled_and_taken_up_by_the_next_start() {
    let scene = Scene::open("shutdown-cancelled").await;
    let running = scene.run(
        operator().configure(|config| config.with_shutdown_timeout(Duration::from_millis(200))),
    );
    let mut held = running.wire().hold(Moment::Sending, |request| {
        request.is_write() && request.names("a-one")
    });
    scene
        .create("a", BasketSpec::of(&[("one", "first"), ("two", "second")]))
        .await;
    held.reached().await;
    assert_eq!(running.stop().await, Stopped::Cancelled { passes: 1 });

    let next = scene.run(operator());
    scene.synced("a").await;
    scene.config_map_says("a-one", "first").await;
    assert_eq!(next.stop().await, Stopped::Drained);
    scene.close().await;
}
