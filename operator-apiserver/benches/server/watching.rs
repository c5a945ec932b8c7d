//! How fast changes come to those who watch.

use futures::StreamExt;
use http::Request;
use http_body_util::BodyExt;
use operator_apiserver::LocalCluster;
use tokio::task::JoinSet;
use tower::Service;

use crate::{
    cluster::{CONFIG_MAPS, cluster, config_map, post, runtime},
    table::{Begun, Goal, Spent, Table},
};

pub(crate) fn run(table: &mut Table) {
    for watchers in [1, 100] {
        let name = format!("event to {watchers} watchers, created singly");
        let writes = 20_000 / watchers;
        table.row(&name, writes * watchers, Goal::None, |count| {
            deliver(watchers, (count / watchers).max(1), true)
        });
        let name = format!("event to {watchers} watchers, in bursts");
        table.row(&name, writes * watchers, Goal::None, |count| {
            deliver(watchers, (count / watchers).max(1), false)
        });
    }
}

/// Creates objects, with what that costs taken off, until everybody was told of all of them.
fn deliver(watchers: usize, writes: usize, singly: bool) -> Spent {
    runtime(false).block_on(async {
        let cluster = cluster().await;
        let mut watching = JoinSet::new();
        for _ in 0..watchers {
            watching.spawn(watch(cluster.clone(), writes));
        }
        while cluster.open_watches() < watchers {
            tokio::task::yield_now().await;
        }
        let mut service = cluster.service();
        let begun = Begun::now();
        for number in 0..writes {
            let body = config_map(&format!("thing-{number}"));
            if singly {
                post(&mut service, CONFIG_MAPS, body).await;
            } else {
                let request = Request::post(CONFIG_MAPS).body(body).expect("a request");
                service.call(request).await.expect("there is no fault");
            }
        }
        while watching.join_next().await.is_some() {}
        begun.spent()
    })
}

/// Watches until it has been told so often.
async fn watch(cluster: LocalCluster, events: usize) {
    let request = Request::get(format!("{CONFIG_MAPS}?watch=true&resourceVersion=0"));
    let request = request.body(String::new()).expect("it is a request");
    let answer = cluster.service().call(request).await.expect("no fault");
    let mut chunks = answer.into_body().into_data_stream();
    let mut left = events;
    while left > 0 {
        let chunk = chunks.next().await.expect("it goes on").expect("no fault");
        left -= chunk.split(|byte| *byte == b'\n').count() - 1;
    }
}
