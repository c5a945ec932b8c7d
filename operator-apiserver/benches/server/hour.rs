//! An hour of an operator's life, on a clock that jumps.

use std::time::Duration;

use futures::StreamExt;
use http::Request;
use http_body_util::BodyExt;
use operator_apiserver::LocalCluster;
use serde_json::{Value, json};
use tokio::{
    task::JoinSet,
    time::{Instant, interval},
};
use tower::Service;

use crate::{
    cluster::{CONFIG_MAPS, ECHO_SERVERS, ask, cluster, config_map, echo_server, post, runtime},
    table::{Begun, Goal, Table},
};

const HOUR: Duration = Duration::from_secs(3_600);
/// How many objects it looks after.
const OBJECTS: usize = 50;
/// How often it looks at each of them.
const RESYNC: Duration = Duration::from_secs(300);
/// How often it says that it still leads.
const LEASE: Duration = Duration::from_secs(2);
/// How long it watches before it asks anew.
const WATCH_SECONDS: u64 = 290;

const LEASES: &str = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
const MERGE: &str = "application/merge-patch+json";

pub(crate) fn run(table: &mut Table) {
    let goal = Goal::Below(Duration::from_secs(1));
    table.row("an hour of an operator", 1, goal, |_| {
        runtime(true).block_on(live())
    });
}

async fn live() -> crate::table::Spent {
    let cluster = cluster().await;
    let mut service = cluster.service();
    for number in 0..OBJECTS {
        let name = format!("thing-{number}");
        post(&mut service, ECHO_SERVERS, echo_server(&name)).await;
        post(&mut service, CONFIG_MAPS, config_map(&name)).await;
    }
    let lease = json!({"metadata": {"name": "leader"}, "spec": {"leaseTransitions": 0}});
    post(&mut service, LEASES, lease.to_string()).await;
    let begun = Begun::now();
    let end = Instant::now() + HOUR;
    let mut tasks = JoinSet::new();
    for path in [ECHO_SERVERS, CONFIG_MAPS, LEASES] {
        tasks.spawn(watch(cluster.clone(), path, end));
    }
    tasks.spawn(lead(cluster.clone(), end));
    tasks.spawn(resync(cluster.clone(), end));
    while tasks.join_next().await.is_some() {}
    begun.spent()
}

/// Lists, then watches from there, again and again.
async fn watch(cluster: LocalCluster, path: &'static str, end: Instant) {
    let mut service = cluster.service();
    let list: Value = read(&ask(&mut service, "GET", path, "", "").await);
    let mut version = text(&list["metadata"]["resourceVersion"]);
    while Instant::now() < end {
        let uri = format!(
            "{path}?watch=true&allowWatchBookmarks=true&timeoutSeconds={WATCH_SECONDS}&resourceVersion={version}"
        );
        let request = Request::get(uri).body(String::new()).expect("a request");
        let answer = service.call(request).await.expect("there is no fault");
        let mut chunks = answer.into_body().into_data_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.expect("there is no fault");
            for line in chunk
                .split(|byte| *byte == b'\n')
                .filter(|line| !line.is_empty())
            {
                let event: Value = read(line);
                version = text(&event["object"]["metadata"]["resourceVersion"]);
            }
        }
    }
}

/// Renews the lease.
async fn lead(cluster: LocalCluster, end: Instant) {
    let mut service = cluster.service();
    let mut beat = interval(LEASE);
    let path = format!("{LEASES}/leader");
    while Instant::now() < end {
        beat.tick().await;
        let patch = json!({"spec": {"holderIdentity": "me", "renewTime": cluster.now().strftime("%FT%T.%6fZ").to_string()}});
        ask(&mut service, "PATCH", &path, MERGE, patch.to_string()).await;
    }
}

/// Brings every object about, as a reconciliation does: reads it, applies what it owns, writes its status.
async fn resync(cluster: LocalCluster, end: Instant) {
    let mut service = cluster.service();
    let mut beat = interval(RESYNC);
    let apply = "application/apply-patch+yaml";
    for round in 0.. {
        beat.tick().await;
        if Instant::now() >= end {
            return;
        }
        for number in 0..OBJECTS {
            let name = format!("thing-{number}");
            let path = format!("{ECHO_SERVERS}/{name}");
            ask(&mut service, "GET", &path, "", "").await;
            let owned = format!("{CONFIG_MAPS}/{name}?fieldManager=bench&force=true");
            ask(&mut service, "PATCH", &owned, apply, config_map(&name)).await;
            let status = json!({"status": {"ready": round}}).to_string();
            let path = format!("{path}/status");
            ask(&mut service, "PATCH", &path, MERGE, status).await;
        }
    }
}

fn read(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).expect("the server writes JSON")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
