//! What a whole server makes of protobuf.

use http::{Method, Request, header};
use serde_json::{Value, json};
use tower::Service as _;

use super::{super::MEDIA_TYPE, bytes_field, samples};
use crate::LocalCluster;

/// What a cluster answers to a creation.
async fn created(cluster: &LocalCluster, path: &str, body: Vec<u8>, format: &str) -> (u16, Value) {
    asked(cluster, Method::POST, path, body, format).await
}

async fn asked(
    cluster: &LocalCluster,
    method: Method,
    path: &str,
    body: Vec<u8>,
    format: &str,
) -> (u16, Value) {
    let request = Request::builder()
        .method(method)
        .uri(format!("{path}?fieldManager=test"))
        .header(header::CONTENT_TYPE, format)
        .header(header::ACCEPT, format!("{MEDIA_TYPE},application/json"))
        .body(http_body_util::Full::new(bytes::Bytes::from(body)))
        .unwrap();
    let answer = cluster.service().call(request).await.unwrap();
    let code = answer.status().as_u16();
    let body = http_body_util::BodyExt::collect(answer.into_body())
        .await
        .unwrap();
    (code, serde_json::from_slice(&body.to_bytes()).unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_creation_has_the_same_outcome_by_protobuf_and_by_json() {
    let fresh = || LocalCluster::builder().seed(1).start();
    let (by_json, by_protobuf) = (fresh(), fresh());
    let namespace = json!({"metadata": {"name": "builtin"}})
        .to_string()
        .into_bytes();
    for cluster in [&by_json, &by_protobuf] {
        let body = namespace.clone();
        let (code, _) = created(cluster, "/api/v1/namespaces", body, "application/json").await;
        assert_eq!(code, 201);
    }
    let (mut accepted, mut refused) = (0, 0);
    for sample in samples() {
        let Some(path) = sample.path else {
            continue;
        };
        let body = sample.json.to_string().into_bytes();
        let expected = created(&by_json, path, body, "application/json").await;
        let found = created(&by_protobuf, path, sample.protobuf, MEDIA_TYPE).await;
        assert_eq!(found, expected, "{}", sample.json);
        if expected.0 == 201 {
            accepted += 1;
        } else {
            refused += 1;
        }
    }
    assert!(accepted > 100 && refused > 100, "{accepted} {refused}");
}

/// A body of that type.
fn envelope(api_version: &str, kind: &str, message: &[u8]) -> Vec<u8> {
    let said = [
        bytes_field(1, api_version.as_bytes()),
        bytes_field(2, kind.as_bytes()),
    ];
    let parts = [
        b"k8s\0".to_vec(),
        bytes_field(1, &said.concat()),
        bytes_field(2, message),
    ];
    parts.concat()
}

const CONFIG_MAPS: &str = "/api/v1/namespaces/default/configmaps";

async fn refusal(
    cluster: &LocalCluster,
    method: Method,
    path: &str,
    body: Vec<u8>,
    format: &str,
) -> (u16, String) {
    let (code, status) = asked(cluster, method, path, body, format).await;
    (code, status["message"].as_str().unwrap().to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_body_may_leave_its_type_to_the_path_but_not_be_of_another() {
    let cluster = LocalCluster::start();
    let named = |name: &str| bytes_field(1, &bytes_field(1, name.as_bytes()));
    for (number, (version, kind)) in [("", ""), ("v1", ""), ("", "ConfigMap"), ("a/b/c", "")]
        .into_iter()
        .enumerate()
    {
        let body = envelope(version, kind, &named(&format!("c{number}")));
        let (code, object) = created(&cluster, CONFIG_MAPS, body, MEDIA_TYPE).await;
        assert_eq!((code, &object["kind"]), (201, &json!("ConfigMap")));
    }
    let cases = [
        (
            "v1",
            "Foo",
            "Foo in version \"v1\" cannot be handled as a ConfigMap: no kind \"Foo\" is registered for version \
             \"v1\" in scheme \"pkg/runtime/scheme.go:111\"",
        ),
        (
            "v7",
            "ConfigMap",
            "ConfigMap in version \"v7\" cannot be handled as a ConfigMap: no kind \"ConfigMap\" is registered for \
             version \"v7\" in scheme \"pkg/runtime/scheme.go:111\"",
        ),
        (
            "apps/v1",
            "Deployment",
            "Deployment in version \"v1\" cannot be handled as a ConfigMap: converting (v1.Deployment) to \
             (core.ConfigMap): unknown conversion",
        ),
        (
            "authentication.k8s.io/v1",
            "ExtraValue",
            "ExtraValue in version \"v1\" cannot be handled as a ConfigMap: no kind \"ExtraValue\" is registered for \
             version \"authentication.k8s.io/v1\" in scheme \"pkg/runtime/scheme.go:111\"",
        ),
    ];
    for (version, kind, message) in cases {
        let body = envelope(version, kind, &named("x"));
        let refused = refusal(&cluster, Method::POST, CONFIG_MAPS, body, MEDIA_TYPE).await;
        assert_eq!(refused, (400, message.to_owned()));
    }
    let body = envelope("events.k8s.io/v1", "Event", &named("x"));
    let events = "/api/v1/namespaces/default/events";
    let message = "the API version in the data (events.k8s.io/v1) does not match the expected API version (v1)";
    assert_eq!(
        refusal(&cluster, Method::POST, events, body, MEDIA_TYPE).await,
        (400, message.to_owned())
    );
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_no_protobuf_is_shown_with_the_refusal() {
    let cluster = LocalCluster::start();
    let garbage = b"k8s\0\xff\xff\xff garbage".to_vec();
    let message = "the object provided is unrecognized (must be of type ConfigMap): proto: illegal wireType 7 \
                   (6b387300ffffff2067617262616765)";
    assert_eq!(
        refusal(&cluster, Method::POST, CONFIG_MAPS, garbage, MEDIA_TYPE).await,
        (400, message.to_owned())
    );
    let body = envelope("v1", "ConfigMap", b"\xff\xff");
    let message = "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: unexpected EOF";
    assert_eq!(
        refusal(&cluster, Method::POST, CONFIG_MAPS, body, MEDIA_TYPE).await,
        (400, message.to_owned())
    );
    let message = "the body of the request was in an unknown format - accepted media types include: \
                   application/json, application/yaml, application/vnd.kubernetes.protobuf";
    for (method, path) in [
        (Method::POST, CONFIG_MAPS.to_owned()),
        (Method::DELETE, format!("{CONFIG_MAPS}/x")),
    ] {
        let body = b"x".to_vec();
        let refused = refusal(&cluster, method, &path, body, "text/plain").await;
        assert_eq!(refused, (415, message.to_owned()));
    }
}

#[tokio::test(start_paused = true)]
async fn deletions_and_scales_are_read_as_well() {
    let cluster = LocalCluster::start();
    let deployment = json!({
        "metadata": {"name": "d"},
        "spec": {
            "selector": {"matchLabels": {"a": "b"}},
            "template": {
                "metadata": {"labels": {"a": "b"}},
                "spec": {"containers": [{"name": "c", "image": "i"}]},
            },
        },
    });
    let path = "/apis/apps/v1/namespaces/default/deployments";
    let body = deployment.to_string().into_bytes();
    assert_eq!(
        created(&cluster, path, body, "application/json").await.0,
        201
    );
    let path = format!("{path}/d");

    let scale = [
        bytes_field(1, &bytes_field(1, b"d")),
        bytes_field(2, &[0x08, 3]),
    ]
    .concat();
    let body = envelope("autoscaling/v1", "Scale", &scale);
    let (code, scale) = asked(
        &cluster,
        Method::PUT,
        &format!("{path}/scale"),
        body,
        MEDIA_TYPE,
    )
    .await;
    assert_eq!((code, &scale["spec"]), (200, &json!({"replicas": 3})));

    let other = envelope("v1", "Secret", b"");
    let message = "no kind \"Secret\" is registered for version \"v1\" in scheme \"pkg/runtime/scheme.go:111\"";
    let refused = refusal(&cluster, Method::DELETE, &path, other, MEDIA_TYPE).await;
    assert_eq!(refused, (400, message.to_owned()));
    let options = |uid: &str| {
        let preconditions = bytes_field(2, &bytes_field(1, uid.as_bytes()));
        envelope("apps/v1", "DeleteOptions", &preconditions)
    };
    let conflict = asked(&cluster, Method::DELETE, &path, options("u"), MEDIA_TYPE).await;
    assert_eq!(conflict.0, 409);
    let uid = scale["metadata"]["uid"].as_str().unwrap();
    let deleted = asked(&cluster, Method::DELETE, &path, options(uid), MEDIA_TYPE).await;
    assert_eq!(deleted.0, 200);
}

#[tokio::test(start_paused = true)]
async fn custom_resources_are_not_read_from_protobuf_but_their_scale_is() {
    let cluster = LocalCluster::start();
    let definition = json!({
        "metadata": {"name": "foos.example.com"},
        "spec": {
            "group": "example.com",
            "names": {"plural": "foos", "kind": "Foo"},
            "scope": "Cluster",
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {
                    "type": "object", "x-kubernetes-preserve-unknown-fields": true,
                }},
                "subresources": {"scale": {
                    "specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas",
                }},
            }],
        },
    });
    let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    let body = definition.to_string().into_bytes();
    assert_eq!(
        created(&cluster, path, body, "application/json").await.0,
        201
    );
    cluster.step_controllers();
    let foos = "/apis/example.com/v1/foos";
    let named = bytes_field(1, &bytes_field(1, b"f"));
    let body = envelope("example.com/v1", "Foo", &named);
    assert_eq!(created(&cluster, foos, body, MEDIA_TYPE).await.0, 415);
    let foo = json!({
        "apiVersion": "example.com/v1", "kind": "Foo", "metadata": {"name": "f"}, "spec": {"replicas": 1},
    });
    let body = foo.to_string().into_bytes();
    assert_eq!(
        created(&cluster, foos, body, "application/json").await.0,
        201
    );

    let path = format!("{foos}/f/scale");
    let scale = [named, bytes_field(2, &[0x08, 3])].concat();
    let body = envelope("autoscaling/v1", "Scale", &scale);
    let (code, scale) = asked(&cluster, Method::PUT, &path, body, MEDIA_TYPE).await;
    assert_eq!((code, &scale["spec"]), (200, &json!({"replicas": 3})));
    let message =
        "no kind is registered for the type v1.Scale in scheme \"pkg/runtime/scheme.go:111\"";
    let refused = refusal(&cluster, Method::PUT, &path, b"k8".to_vec(), MEDIA_TYPE).await;
    assert_eq!(refused, (400, message.to_owned()));
}
