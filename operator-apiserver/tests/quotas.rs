//! Resource quotas where the controllers work when they are told to: a status comes, and follows, step by step.

use http::Request;
use http_body_util::BodyExt;
use operator_apiserver::{ControllerMode, LocalCluster};
use serde_json::{Value, json};
use tower::Service;

const NS: &str = "/api/v1/namespaces/default";

async fn ask(cluster: &LocalCluster, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(
            "content-type",
            if method == "PATCH" {
                "application/merge-patch+json"
            } else {
                "application/json"
            },
        )
        .body(if body.is_null() {
            String::new()
        } else {
            body.to_string()
        })
        .expect("a request");
    let answer = cluster.service().call(request).await.expect("an answer");
    let code = answer.status().as_u16();
    let body = answer
        .into_body()
        .collect()
        .await
        .expect("a body")
        .to_bytes();
    (code, serde_json::from_slice(&body).expect("JSON"))
}

async fn create(cluster: &LocalCluster, plural: &str, name: &str) -> u16 {
    let object = json!({"metadata": {"name": name}});
    ask(cluster, "POST", &format!("{NS}/{plural}"), &object)
        .await
        .0
}

async fn status(cluster: &LocalCluster) -> Value {
    let (_, quota) = ask(
        cluster,
        "GET",
        &format!("{NS}/resourcequotas/q"),
        &Value::Null,
    )
    .await;
    quota["status"].clone()
}

async fn limited(hard: &Value) -> LocalCluster {
    let cluster = LocalCluster::builder()
        .seed(1)
        .controllers(ControllerMode::Stepped)
        .start();
    let quota = json!({"metadata": {"name": "q"}, "spec": {"hard": hard}});
    let (code, made) = ask(&cluster, "POST", &format!("{NS}/resourcequotas"), &quota).await;
    assert_eq!((code, &made["status"]), (201, &json!({})));
    cluster
}

#[tokio::test(start_paused = true)]
async fn until_it_is_counted_a_quota_limits_nothing() {
    let cluster = limited(&json!({"secrets": "1"})).await;
    assert_eq!(create(&cluster, "secrets", "a").await, 201);
    assert_eq!(create(&cluster, "secrets", "b").await, 201);
    assert_eq!(status(&cluster).await, json!({}));
    assert!(cluster.step_controllers());
    assert_eq!(
        status(&cluster).await,
        json!({"hard": {"secrets": "1"}, "used": {"secrets": "2"}})
    );
    assert_eq!(create(&cluster, "secrets", "c").await, 403);
}

#[tokio::test(start_paused = true)]
async fn what_goes_is_counted_by_the_controller_and_what_comes_by_the_write() {
    let cluster = limited(&json!({"secrets": "1"})).await;
    cluster.step_controllers();
    assert_eq!(create(&cluster, "secrets", "a").await, 201);
    assert_eq!(status(&cluster).await["used"], json!({"secrets": "1"}));
    ask(&cluster, "DELETE", &format!("{NS}/secrets/a"), &Value::Null).await;
    assert_eq!(
        create(&cluster, "secrets", "b").await,
        403,
        "nobody has counted yet"
    );
    cluster.step_controllers();
    assert_eq!(create(&cluster, "secrets", "b").await, 201);
}

#[tokio::test(start_paused = true)]
async fn only_what_is_stored_is_counted() {
    let cluster = limited(&json!({"secrets": "2"})).await;
    cluster.step_controllers();
    assert_eq!(create(&cluster, "secrets", "a").await, 201);
    assert_eq!(create(&cluster, "secrets", "a").await, 409);
    assert_eq!(create(&cluster, "secrets?dryRun=All", "b").await, 201);
    assert_eq!(status(&cluster).await["used"], json!({"secrets": "1"}));
}

#[tokio::test(start_paused = true)]
async fn a_custom_resource_is_counted_once_its_definition_is_there() {
    let cluster = limited(&json!({"count/foos.example.com": "1"})).await;
    cluster.step_controllers();
    assert_eq!(status(&cluster).await["used"], json!({}));
    let schema = json!({"openAPIV3Schema": {"type": "object"}});
    let definition = json!({
        "metadata": {"name": "foos.example.com"},
        "spec": {
            "group": "example.com", "scope": "Namespaced", "names": {"plural": "foos", "kind": "Foo"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": schema}],
        },
    });
    let crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    assert_eq!(ask(&cluster, "POST", crds, &definition).await.0, 201);
    cluster.step_controllers();
    assert_eq!(
        status(&cluster).await["used"],
        json!({"count/foos.example.com": "0"})
    );
    let foos = "/apis/example.com/v1/namespaces/default/foos";
    let foo = |name: &str| json!({"apiVersion": "example.com/v1", "kind": "Foo", "metadata": {"name": name}});
    assert_eq!(ask(&cluster, "POST", foos, &foo("a")).await.0, 201);
    let (code, refused) = ask(&cluster, "POST", foos, &foo("b")).await;
    let why = "foos.example.com \"b\" is forbidden: exceeded quota: q, requested: count/foos.example.com=1, \
               used: count/foos.example.com=1, limited: count/foos.example.com=1";
    assert_eq!((code, &refused["message"]), (403, &json!(why)));
}
