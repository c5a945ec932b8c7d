//! `EchoServer` end to end: from a sample object to its address, and through a change.

use k8s_openapi::api::{apps::v1::Deployment, core::v1::Service};
use kube::api::{Api, PostParams};
use operator_examples::echo_server::{EchoServer, operator};
use operator_tests::{Miss, Scene, install, merge};
use serde_json::json;

#[tokio::test]
async fn a_sample_object_gets_its_deployment_its_service_and_its_address() {
    let scene = Scene::open("echo-server").await;
    install(&scene.client, &EchoServer::crd().expect("a CRD")).await;
    let running = scene.run(operator());

    let sample = include_str!("../objects/echo_server.yaml").replace("namespace: default", "");
    let sample: EchoServer = serde_saphyr::from_str(&sample).expect("the sample object");
    let servers: Api<EchoServer> = scene.api();
    servers
        .create(&PostParams::default(), &sample)
        .await
        .expect("the sample object's creation");

    let objects = scene.objects(EchoServer::TYPE);
    scene.settled(&objects, "hello").await;
    let service: Service = scene.api().get("hello").await.expect("the service");
    let status = servers
        .get("hello")
        .await
        .expect("the server")
        .status
        .expect("a status");
    assert_eq!(status.address, service.spec.expect("a spec").cluster_ip);
    assert!(status.address.is_some());

    merge(&objects, "hello", json!({"spec": {"replicas": 3}})).await;
    let scaled = async || {
        let deployment: Deployment = scene.api().get("hello").await?;
        match deployment.spec.replicas {
            Some(3) => Ok(()),
            other => Miss::because(format!("{other:?}")),
        }
    };
    scene
        .eventually("the deployment to have 3 replicas", scaled)
        .await;
    running.stop().await;
    scene.close().await;
}
