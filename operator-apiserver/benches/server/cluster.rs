//! A cluster with something in it, and requests to it: HTTP in, bytes out.

use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt, Full};
use operator_apiserver::{LocalCluster, LocalService};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tower::Service;

pub(crate) const CONFIG_MAPS: &str = "/api/v1/namespaces/default/configmaps";
pub(crate) const ECHO_SERVERS: &str = "/apis/example.com/v1/namespaces/default/echoservers";

/// One thread does everything.
pub(crate) fn runtime(paused: bool) -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(paused)
        .build()
        .expect("a runtime can be made")
}

/// Sends one request; returns the bytes of the answer.
pub(crate) async fn ask(
    service: &mut LocalService,
    method: &str,
    path: &str,
    content_type: &str,
    body: impl Into<Bytes>,
) -> Bytes {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::CONTENT_TYPE, content_type)
        .header(header::ACCEPT, "application/json")
        .header(header::USER_AGENT, "bench/1")
        .body(Full::new(body.into()))
        .expect("it is a request");
    let answer = service.call(request).await.expect("there is no fault");
    let status = answer.status();
    let bytes = answer.into_body().collect().await.expect("it ends");
    let bytes = bytes.to_bytes();
    assert!(
        status.is_success(),
        "{status}: {}",
        String::from_utf8_lossy(&bytes)
    );
    // Whoever shares the thread comes in between, the controllers above all.
    tokio::task::yield_now().await;
    bytes
}

pub(crate) async fn post(service: &mut LocalService, path: &str, body: impl Into<Bytes>) -> Bytes {
    ask(service, "POST", path, "application/json", body).await
}

/// A cluster that serves echo servers.
pub(crate) async fn cluster() -> LocalCluster {
    let cluster = LocalCluster::start();
    let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    post(&mut cluster.service(), path, definition().to_string()).await;
    cluster.step_controllers();
    cluster
}

pub(crate) fn config_map(name: &str) -> String {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": name, "labels": {"app": "bench"}},
        "data": {"color": "blue", "size": "large"},
    })
    .to_string()
}

pub(crate) fn echo_server(name: &str) -> String {
    json!({
        "apiVersion": "example.com/v1", "kind": "EchoServer",
        "metadata": {"name": name, "labels": {"app": "bench"}},
        "spec": {"replicas": 3, "message": "hello", "ports": [{"name": "http", "port": 80}]},
    })
    .to_string()
}

fn definition() -> Value {
    let port = json!({
        "type": "object", "required": ["port"],
        "properties": {
            "name": {"type": "string", "maxLength": 15},
            "port": {"type": "integer", "format": "int32", "minimum": 1, "maximum": 65535},
        },
    });
    let spec = json!({
        "type": "object", "required": ["message"],
        "properties": {
            "replicas": {"type": "integer", "format": "int32", "minimum": 0, "default": 1},
            "message": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[a-z ]+$"},
            "ports": {"type": "array", "maxItems": 10, "items": port,
                "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["port"]},
        },
    });
    let status = json!({
        "type": "object",
        "properties": {
            "ready": {"type": "integer", "format": "int32"},
            "observedGeneration": {"type": "integer", "format": "int64"},
        },
    });
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "echoservers.example.com"},
        "spec": {
            "group": "example.com", "scope": "Namespaced",
            "names": {"kind": "EchoServer", "plural": "echoservers", "singular": "echoserver"},
            "versions": [{
                "name": "v1", "served": true, "storage": true, "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec, "status": status}}},
            }],
        },
    })
}
