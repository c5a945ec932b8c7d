//! Requests from outside: what is counted, what a fault spends, what is known without being looked for.

use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::Service as _;

use crate::{Fault, LocalCluster, Matches};

/// The status and the text of an answer; `None` where the connection broke.
async fn ask(
    cluster: &LocalCluster,
    method: &str,
    path: &str,
    body: &Value,
) -> Option<(StatusCode, String)> {
    let text = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let request = Request::builder().method(method).uri(path).body(text);
    let answer = cluster.service().call(request.expect("a request")).await;
    let (parts, body) = answer.ok()?.into_parts();
    let bytes = body.collect().await.ok()?.to_bytes();
    Some((parts.status, String::from_utf8_lossy(&bytes).into_owned()))
}

async fn get(cluster: &LocalCluster, path: &str) -> (StatusCode, String) {
    let answer = ask(cluster, "GET", path, &Value::Null).await;
    answer.expect("the connection holds")
}

#[tokio::test]
async fn paths_that_name_nothing_are_not_counted() {
    let cluster = LocalCluster::start();
    for path in [
        "/garbage1",
        "/openapi/garbage2",
        "/apis/garbage3/v1/things",
        "/api/v1/garbage4",
        "/api/v1/namespaces/default/pods/a/garbage5",
    ] {
        assert_eq!(get(&cluster, path).await.0, 404, "{path}");
    }
    assert_eq!(
        get(&cluster, "/api/v1/namespaces/default/pods/a").await.0,
        404
    );
    assert_eq!(get(&cluster, "/version").await.0, 200);
    let (_, metrics) = get(&cluster, "/metrics").await;
    assert!(!metrics.contains("garbage"), "{metrics}");
    assert!(metrics.contains("resource=\"pods\"") && metrics.contains("subresource=\"/version\""));
}

#[tokio::test]
async fn a_fault_behind_another_is_for_the_next_request() {
    let cluster = LocalCluster::start();
    let pods = || Matches::any().resource("pods");
    cluster.inject(pods(), Fault::CutBefore, 0, 1);
    cluster.inject(pods(), Fault::refuse(503), 0, 1);
    let path = "/api/v1/pods";
    assert_eq!(ask(&cluster, "GET", path, &Value::Null).await, None);
    assert_eq!(get(&cluster, path).await.0, 503);
    assert_eq!(get(&cluster, path).await.0, 200);
}

#[tokio::test]
async fn an_address_that_a_service_gave_back_is_given_out_again() {
    let cluster = LocalCluster::start();
    let services = "/api/v1/namespaces/default/services";
    let mut given = Vec::new();
    for name in ["a", "b", "c"] {
        let service = json!({"metadata": {"name": name}, "spec": {"type": "NodePort", "ports": [{"port": 80}]}});
        let (_, text) = ask(&cluster, "POST", services, &service)
            .await
            .expect("an answer");
        let made: Value = serde_json::from_str(&text).expect("it is JSON");
        let spec = &made["spec"];
        given.push((
            spec["clusterIP"].clone(),
            spec["ports"][0]["nodePort"].clone(),
        ));
        if name == "b" {
            let gone = ask(&cluster, "DELETE", &format!("{services}/a"), &Value::Null).await;
            assert_eq!(gone.expect("an answer").0, 200);
        }
    }
    assert_ne!(given[0], given[1]);
    assert_eq!(given[0], given[2]);
}

#[tokio::test(start_paused = true)]
async fn a_watch_whose_time_is_over_ends_at_once() {
    let cluster = LocalCluster::start();
    let before = tokio::time::Instant::now();
    // A real server says nothing either, or that the deadline is over: it depends on how fast it is.
    let (code, text) = get(&cluster, "/api/v1/pods?watch=true&timeoutSeconds=-1").await;
    assert_eq!((code, text.as_str()), (StatusCode::OK, ""));
    assert_eq!(before.elapsed(), std::time::Duration::ZERO);
}
