//! The watcher and the reflector: with lists and with streaming lists, over closed watches and compacted histories.

use std::pin::pin;

use futures::{Stream, StreamExt};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{
    ResourceExt,
    api::ListParams,
    runtime::{WatchStreamExt, reflector, watcher, watcher::Event},
};
use operator_apiserver::Matches;
use operator_tests::{Miss, Patience};

use crate::stage::{Stage, next, on_each_server};

fn ours() -> watcher::Config {
    watcher::Config::default().labels("made=here")
}

/// The next event, as `Apply(name)`.
async fn told<E: std::fmt::Debug>(
    events: &mut (impl Stream<Item = Result<Event<ConfigMap>, E>> + Unpin),
) -> String {
    next(events).await.expect("an event").to_string()
}

/// The events up to the end of the initial list; the order of what is listed is not promised.
async fn listed<E: std::fmt::Debug>(
    events: &mut (impl Stream<Item = Result<Event<ConfigMap>, E>> + Unpin),
) -> Vec<String> {
    let mut listed = vec![told(events).await];
    while listed.last().is_some_and(|last| last != "InitDone") {
        listed.push(told(events).await);
    }
    let end = listed.len() - 1;
    listed[1..end].sort();
    listed
}

/// Comes once the server's cache has this object. It follows the store, and may be behind it: lists of kube's watcher that
/// are streamed, or of any age, are of the cache's present and not of the store's.
async fn cached(stage: &Stage, name: &str) {
    let maps = stage.api::<ConfigMap>();
    let any = ListParams::default().match_any();
    let has = async || match maps.list(&any).await? {
        list if list.items.iter().any(|map| map.name_any() == name) => Ok(()),
        list => Miss::because(format!("{} others", list.items.len())),
    };
    let found = Patience::default().until("it in the cache", has).await;
    found.unwrap_or_else(|e| panic!("{name}: {e}"));
}

async fn follows(stage: &Stage, config: watcher::Config) {
    stage.say("a", "1").await;
    stage.say("b", "1").await;
    cached(stage, "b").await;
    let mut events = pin!(watcher(stage.api::<ConfigMap>(), config));
    assert_eq!(
        listed(&mut events).await,
        ["Init", "InitApply(a)", "InitApply(b)", "InitDone"]
    );
    stage.say("c", "1").await;
    assert_eq!(told(&mut events).await, "Apply(c)");
    stage.forget("a").await;
    assert_eq!(told(&mut events).await, "Delete(a)");
}

async fn a_watcher_lists_page_by_page_and_follows(stage: &Stage) {
    follows(stage, ours().page_size(1)).await;
}

async fn a_watcher_follows_from_a_cached_list(stage: &Stage) {
    follows(stage, ours().any_semantic()).await;
}

async fn a_watcher_follows_from_a_streaming_list(stage: &Stage) {
    follows(stage, ours().streaming_lists()).await;
}

async fn a_reflector_holds_what_there_is(stage: &Stage) {
    stage.say("a", "1").await;
    let (store, writer) = reflector::store();
    let mut events = pin!(
        reflector(writer, watcher(stage.api::<ConfigMap>(), ours()))
            .default_backoff()
            .touched_objects()
    );
    assert_eq!(next(&mut events).await.expect("an object").name_any(), "a");
    stage.say("b", "1").await;
    assert_eq!(next(&mut events).await.expect("an object").name_any(), "b");
    stage.forget("a").await;
    assert_eq!(next(&mut events).await.expect("an object").name_any(), "a");
    let held: Vec<String> = store.state().iter().map(|map| map.name_any()).collect();
    assert_eq!(held, ["b"]);
}

on_each_server! {
    a_watcher_lists_page_by_page_and_follows
    a_watcher_follows_from_a_cached_list
    a_watcher_follows_from_a_streaming_list
    a_reflector_holds_what_there_is
}

/// A watch that is open on the server, since the first change after the list has been told.
async fn following(
    stage: &Stage,
    events: &mut (impl Stream<Item = Result<Event<ConfigMap>, watcher::Error>> + Unpin),
) {
    assert_eq!(listed(events).await, ["Init", "InitDone"]);
    stage.say("first", "1").await;
    assert_eq!(told(events).await, "Apply(first)");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_that_is_closed_goes_on_where_it_was() {
    let stage = Stage::embedded("closed").await;
    for config in [ours(), ours().streaming_lists()] {
        let mut events = pin!(watcher(stage.api::<ConfigMap>(), config));
        following(&stage, &mut events).await;
        assert!(
            stage
                .local()
                .close_watches(&Matches::any().resource("configmaps"))
                > 0
        );
        stage.say("second", "1").await;
        assert_eq!(told(&mut events).await, "Apply(second)");
        stage.forget("first").await;
        stage.forget("second").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_that_missed_what_was_compacted_lists_again() {
    let stage = Stage::embedded("compacted").await;
    for config in [ours(), ours().streaming_lists()] {
        let mut events = pin!(watcher(stage.api::<ConfigMap>(), config));
        following(&stage, &mut events).await;
        let maps = Matches::any().resource("configmaps");
        // Nobody polls the watcher meanwhile, so it can't watch again before history is gone.
        assert!(stage.local().close_watches(&maps) > 0);
        stage.say("unseen", "1").await;
        stage.forget("first").await;
        stage.local().compact();
        let error = next(&mut events).await.expect_err("the watch is too old");
        assert!(
            error.to_string().contains("too old resource version"),
            "{error}"
        );
        assert_eq!(
            listed(&mut events).await,
            ["Init", "InitApply(unseen)", "InitDone"]
        );
        stage.forget("unseen").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_that_is_dropped_leaves_no_watch_behind() {
    let stage = Stage::embedded("dropped").await;
    let before = stage.local().open_watches();
    {
        let mut events = pin!(watcher(stage.api::<ConfigMap>(), ours()).boxed());
        following(&stage, &mut events).await;
        assert_eq!(stage.local().open_watches(), before + 1);
    }
    let gone = async || match stage.local().open_watches() {
        open if open == before => Ok(()),
        open => Miss::because(open),
    };
    Patience::default()
        .until("no open watch", gone)
        .await
        .unwrap_or_else(|e| panic!("{e}"));
}
