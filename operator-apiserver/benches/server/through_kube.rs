//! The same through `kube::Client`, with which operators come: what it adds of its own is in it.

use http::Request;
use kube::Client;
use serde_json::Value;

use crate::{
    cluster::{CONFIG_MAPS, ECHO_SERVERS, cluster, config_map, echo_server, post, runtime},
    table::{Begun, Goal, Spent, Table},
};

/// What is created: its name, the path of its kind, and what makes its body.
type Kind = (&'static str, &'static str, fn(&str) -> String);

pub(crate) fn run(table: &mut Table) {
    let kinds: [Kind; 2] = [
        ("ConfigMap", CONFIG_MAPS, config_map),
        ("custom resource", ECHO_SERVERS, echo_server),
    ];
    for (kind, path, body) in kinds {
        table.row(
            &format!("create a {kind}, kube::Client"),
            10_000,
            Goal::None,
            |count| create(count, path, body),
        );
        table.row(
            &format!("get a {kind}, kube::Client"),
            20_000,
            Goal::None,
            |count| get(count, path, body),
        );
    }
}

async fn send(client: &Client, method: &str, path: &str, body: Vec<u8>) -> Value {
    let request = Request::builder().method(method).uri(path).body(body);
    let request = request.expect("it is a request");
    let answer = client.request(request).await.expect("it succeeds");
    tokio::task::yield_now().await;
    answer
}

fn create(count: usize, path: &str, body: fn(&str) -> String) -> Spent {
    runtime(false).block_on(async {
        let client = cluster().await.client();
        let bodies: Vec<_> = (0..count)
            .map(|number| body(&format!("thing-{number}")).into_bytes())
            .collect();
        let begun = Begun::now();
        for body in bodies {
            send(&client, "POST", path, body).await;
        }
        begun.spent()
    })
}

fn get(count: usize, path: &str, body: fn(&str) -> String) -> Spent {
    runtime(false).block_on(async {
        let cluster = cluster().await;
        post(&mut cluster.service(), path, body("thing")).await;
        let client = cluster.client();
        let path = format!("{path}/thing");
        let begun = Begun::now();
        for _ in 0..count {
            send(&client, "GET", &path, Vec::new()).await;
        }
        begun.spent()
    })
}
