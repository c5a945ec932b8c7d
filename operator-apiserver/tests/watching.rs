//! When a watch tells what: late, in time, after a long silence, and when it ends.

use std::time::Duration;

use bytes::Bytes;
use futures::{FutureExt, Stream, StreamExt};
use http::Request;
use http_body_util::BodyExt;
use operator_apiserver::{LocalCluster, Matches};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use tower::Service;

const MAPS: &str = "/api/v1/namespaces/default/configmaps";

async fn send(cluster: &LocalCluster, method: &str, path: &str, body: &Value) -> Value {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("Content-Type", "application/json")
        .body(body.to_string())
        .unwrap();
    let answer = cluster.service().call(request).await.unwrap();
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice(&bytes).unwrap()
}

async fn create(cluster: &LocalCluster, path: &str, name: &str) -> Value {
    send(cluster, "POST", path, &json!({"metadata": {"name": name}})).await
}

type Lines = std::pin::Pin<Box<dyn Stream<Item = Value>>>;

/// A watch of the config maps from `version` on, with more parameters.
async fn watch(cluster: &LocalCluster, version: &Value, more: &str) -> Lines {
    let version = version.as_str().unwrap();
    let path = format!("{MAPS}?watch=1&resourceVersion={version}{more}");
    let request = Request::get(path).body(String::new()).unwrap();
    let answer = cluster.service().call(request).await.unwrap();
    assert_eq!(answer.status(), 200);
    let chunks = answer.into_body().into_data_stream();
    let lines = chunks.flat_map(|chunk| {
        let chunk: Bytes = chunk.unwrap();
        let lines = chunk.split(|byte| *byte == b'\n');
        let lines = lines.filter(|line| !line.is_empty());
        let values: Vec<Value> = lines
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect();
        futures::stream::iter(values)
    });
    Box::pin(lines)
}

async fn version(cluster: &LocalCluster) -> Value {
    let list = send(cluster, "GET", MAPS, &Value::Null).await;
    list["metadata"]["resourceVersion"].clone()
}

async fn name(lines: &mut Lines) -> String {
    let line = lines.next().await.expect("an event");
    line["object"]["metadata"]["name"]
        .as_str()
        .unwrap_or_else(|| panic!("{line}"))
        .to_owned()
}

#[tokio::test(start_paused = true)]
async fn an_event_comes_after_the_reply_to_its_write() {
    let cluster = LocalCluster::start();
    let mut lines = watch(&cluster, &version(&cluster).await, "").await;
    create(&cluster, MAPS, "a").await;
    assert!(lines.next().now_or_never().is_none(), "it came at once");
    assert_eq!(name(&mut lines).await, "a");
}

#[tokio::test(start_paused = true)]
async fn without_a_delay_an_event_is_there_with_the_reply() {
    let cluster = LocalCluster::builder().watch_delay(Duration::ZERO).start();
    let mut lines = watch(&cluster, &version(&cluster).await, "").await;
    create(&cluster, MAPS, "a").await;
    let line = lines.next().now_or_never().flatten().expect("an event");
    assert_eq!(line["object"]["metadata"]["name"], "a");
}

#[tokio::test(start_paused = true)]
async fn events_that_lag_are_all_as_late_as_they_were_told_to_be() {
    let cluster = LocalCluster::start();
    let mut lines = watch(&cluster, &version(&cluster).await, "").await;
    let lag = Duration::from_secs(10);
    assert!(lines.next().now_or_never().is_none());
    assert_eq!(cluster.lag_watches(&Matches::any(), lag), 1);
    let start = Instant::now();
    let writes = async {
        create(&cluster, MAPS, "a").await;
        sleep(Duration::from_secs(6)).await;
        create(&cluster, MAPS, "b").await;
    };
    let reads = async {
        let a = (name(&mut lines).await, start.elapsed().as_secs());
        let b = (name(&mut lines).await, start.elapsed().as_secs());
        (a, b)
    };
    let (told, ()) = tokio::join!(reads, writes);
    assert_eq!(told, (("a".to_owned(), 10), ("b".to_owned(), 16)));
}

#[tokio::test(start_paused = true)]
async fn what_ends_a_lag_is_not_late_itself() {
    let cluster = LocalCluster::start();
    let forever = Duration::MAX;
    let mut lines = watch(&cluster, &version(&cluster).await, "").await;
    assert!(lines.next().now_or_never().is_none());
    assert_eq!(cluster.lag_watches(&Matches::any(), forever), 1);
    create(&cluster, MAPS, "a").await;
    assert!(lines.next().now_or_never().is_none());
    cluster.clear_faults();
    assert_eq!(name(&mut lines).await, "a");
    assert_eq!(cluster.lag_watches(&Matches::any(), forever), 1);
    create(&cluster, MAPS, "b").await;
    assert!(lines.next().now_or_never().is_none());
    assert_eq!(cluster.close_watches(&Matches::any()), 1);
    assert!(lines.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_missed_nothing_goes_on_after_a_compaction() {
    let cluster = LocalCluster::start();
    let mut lines = watch(&cluster, &version(&cluster).await, "").await;
    assert!(lines.next().now_or_never().is_none());
    let secrets = "/api/v1/namespaces/default/secrets";
    create(&cluster, secrets, "s").await;
    cluster.compact();
    create(&cluster, MAPS, "a").await;
    assert_eq!(name(&mut lines).await, "a");
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_begins_before_a_compaction_is_told_that_it_is_too_old() {
    let cluster = LocalCluster::start();
    let old = version(&cluster).await;
    create(&cluster, MAPS, "a").await;
    cluster.compact();
    let mut lines = watch(&cluster, &old, "").await;
    let line = lines.next().await.expect("an error");
    assert_eq!(line["type"], "ERROR");
    assert_eq!(line["object"]["code"], 410);
    assert!(lines.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_bookmark_is_as_far_as_the_server_is() {
    let cluster = LocalCluster::start();
    let mut lines = watch(
        &cluster,
        &version(&cluster).await,
        "&allowWatchBookmarks=true",
    )
    .await;
    assert!(lines.next().now_or_never().is_none());
    let secret = create(&cluster, "/api/v1/namespaces/default/secrets", "s").await;
    let line = lines.next().await.expect("a bookmark");
    assert_eq!(line["type"], "BOOKMARK");
    let (told, written) = (
        &line["object"]["metadata"]["resourceVersion"],
        &secret["metadata"]["resourceVersion"],
    );
    assert_eq!(told, written);
}

#[tokio::test(start_paused = true)]
async fn a_watch_may_be_asked_for_longer_than_time_lasts() {
    let cluster = LocalCluster::start();
    let longest = format!("&timeoutSeconds={}", i64::MAX);
    let mut lines = watch(&cluster, &version(&cluster).await, &longest).await;
    create(&cluster, MAPS, "a").await;
    assert_eq!(name(&mut lines).await, "a");
}
