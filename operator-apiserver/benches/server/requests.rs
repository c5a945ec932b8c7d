//! Requests through [`LocalCluster::service`](operator_apiserver::LocalCluster::service).

use operator_apiserver::LocalService;

use crate::{
    cluster::{CONFIG_MAPS, ECHO_SERVERS, ask, cluster, config_map, echo_server, post, runtime},
    table::{Begun, Goal, Spent, Table},
};

const WRITES: Goal = Goal::PerSecond(20_000.0);
const READS: Goal = Goal::PerSecond(50_000.0);
const APPLY: &str = "application/apply-patch+yaml";
const MERGE: &str = "application/merge-patch+json";

/// How many objects there are already when something is done to one of them.
const OBJECTS: usize = 1_000;

type Body = fn(&str) -> String;

pub(crate) fn run(table: &mut Table) {
    let kinds: [(&str, &str, Body); 2] = [
        ("ConfigMap", CONFIG_MAPS, config_map),
        ("custom resource", ECHO_SERVERS, echo_server),
    ];
    for (kind, path, body) in kinds {
        table.row(&format!("create a {kind}"), 20_000, WRITES, |count| {
            create(count, path, body)
        });
        table.row(&format!("get a {kind}"), 50_000, READS, |count| {
            on_objects(count, path, body, &get)
        });
        table.row(
            &format!("update a {kind} (PUT)"),
            10_000,
            Goal::None,
            |count| update(count, path, body),
        );
        table.row(
            &format!("merge patch a {kind}"),
            10_000,
            Goal::None,
            |count| on_objects(count, path, body, &merge_patch),
        );
        table.row(
            &format!("apply a {kind}, a change"),
            10_000,
            Goal::None,
            |count| on_objects(count, path, body, &apply_change),
        );
        table.row(
            &format!("apply a {kind}, no change"),
            10_000,
            Goal::None,
            |count| on_objects(count, path, body, &apply_same),
        );
        table.row(&format!("delete a {kind}"), 10_000, Goal::None, |count| {
            delete(count, path, body)
        });
        table.row(&format!("list 1,000 of {kind}"), 200, Goal::None, |count| {
            on_objects(count, path, body, &list)
        });
        table.row(
            &format!("list 1,000 of {kind} by label"),
            50,
            Goal::None,
            |count| on_objects(count, path, body, &list_by_label),
        );
    }
}

fn create(count: usize, path: &str, body: Body) -> Spent {
    runtime(false).block_on(async {
        let cluster = cluster().await;
        let mut service = cluster.service();
        let bodies: Vec<_> = names(count).map(|name| body(&name)).collect();
        let begun = Begun::now();
        for body in bodies {
            post(&mut service, path, body).await;
        }
        begun.spent()
    })
}

fn update(count: usize, path: &str, body: Body) -> Spent {
    runtime(false).block_on(async {
        let cluster = cluster().await;
        let mut service = cluster.service();
        let mut requests = Vec::new();
        for name in names(count) {
            let made = post(&mut service, path, body(&name)).await;
            let made = String::from_utf8_lossy(&made).replace("\"bench\"", "\"changed\"");
            requests.push(("PUT", format!("{path}/{name}"), "application/json", made));
        }
        send(&mut service, requests).await
    })
}

fn delete(count: usize, path: &str, body: Body) -> Spent {
    runtime(false).block_on(async {
        let cluster = cluster().await;
        let mut service = cluster.service();
        for name in names(count) {
            post(&mut service, path, body(&name)).await;
        }
        let paths: Vec<_> = names(count).map(|name| format!("{path}/{name}")).collect();
        let begun = Begun::now();
        for path in &paths {
            ask(&mut service, "DELETE", path, "", "").await;
        }
        begun.spent()
    })
}

fn names(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|number| format!("thing-{number}"))
}

/// A request that is sent again and again: method, path, content type and body of the one with a number.
type Sent = dyn Fn(usize, &str, Body) -> (&'static str, String, &'static str, String);

fn on_objects(count: usize, path: &str, body: Body, sent: &Sent) -> Spent {
    runtime(false).block_on(async {
        let cluster = cluster().await;
        let mut service = cluster.service();
        for name in names(OBJECTS) {
            let path = format!("{path}/{name}?fieldManager=bench");
            ask(&mut service, "PATCH", &path, APPLY, body(&name)).await;
        }
        let requests: Vec<_> = (0..count).map(|number| sent(number, path, body)).collect();
        send(&mut service, requests).await
    })
}

async fn send(
    service: &mut LocalService,
    requests: Vec<(&'static str, String, &'static str, String)>,
) -> Spent {
    let begun = Begun::now();
    for (method, path, content_type, body) in requests {
        ask(service, method, &path, content_type, body).await;
    }
    begun.spent()
}

fn name(number: usize) -> String {
    format!("thing-{}", number % OBJECTS)
}

fn get(number: usize, path: &str, _: Body) -> (&'static str, String, &'static str, String) {
    let path = format!("{path}/{}", name(number));
    ("GET", path, "", String::new())
}

fn list(_: usize, path: &str, _: Body) -> (&'static str, String, &'static str, String) {
    ("GET", path.to_owned(), "", String::new())
}

fn list_by_label(_: usize, path: &str, _: Body) -> (&'static str, String, &'static str, String) {
    let path = format!("{path}?labelSelector=app%3Dbench");
    ("GET", path, "", String::new())
}

fn merge_patch(number: usize, path: &str, _: Body) -> (&'static str, String, &'static str, String) {
    let body = format!(r#"{{"metadata":{{"labels":{{"number":"{number}"}}}}}}"#);
    ("PATCH", format!("{path}/{}", name(number)), MERGE, body)
}

fn apply_change(
    number: usize,
    path: &str,
    body: Body,
) -> (&'static str, String, &'static str, String) {
    let name = name(number);
    let body = body(&name).replace("\"bench\"", &format!("\"bench-{number}\""));
    let path = format!("{path}/{name}?fieldManager=bench");
    ("PATCH", path, APPLY, body)
}

fn apply_same(
    number: usize,
    path: &str,
    body: Body,
) -> (&'static str, String, &'static str, String) {
    let name = name(number);
    let path = format!("{path}/{name}?fieldManager=bench");
    ("PATCH", path, APPLY, body(&name))
}
