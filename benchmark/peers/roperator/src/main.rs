//! The benchmark's work as an operator of roperator 0.3, written as its examples are.

use std::time::Duration;

use roperator::{
    config::ClientConfig,
    prelude::{ChildConfig, Error, K8sType, OperatorConfig, SyncRequest, SyncResponse, k8s_types},
    serde_json::{Value, json},
};
use serde::Deserialize;

const NAME: &str = "roperator-benchmark";

static PARENT_TYPE: &K8sType = &K8sType {
    api_version: "benchmark.example.com/v1",
    kind: "Benchmark",
    plural_kind: "benchmarks",
};

#[derive(Deserialize)]
struct Benchmark {
    metadata: Metadata,
    spec: Spec,
}

#[derive(Deserialize)]
struct Metadata {
    namespace: String,
    name: String,
    generation: i64,
}

#[derive(Deserialize)]
struct Spec {
    children: usize,
    payload: String,
}

fn main() {
    env_logger::init();
    let namespace = std::env::var("BENCHMARK_NAMESPACE").expect("a namespace");
    let config = OperatorConfig::new(NAME, PARENT_TYPE)
        .within_namespace(namespace)
        // Any port that is free.
        .server_port(0)
        .with_child(k8s_types::core::v1::ConfigMap, ChildConfig::replace());
    let client = ClientConfig::from_kubeconfig(NAME).expect("a kubeconfig");
    let error = roperator::runner::run_operator_with_client_config(
        config,
        client,
        (handle_sync, handle_error),
    );
    log::error!("the operator ended: {error}");
    std::process::exit(1);
}

fn handle_sync(request: &SyncRequest) -> Result<SyncResponse, Error> {
    let parent: Benchmark = request.deserialize_parent()?;
    let maps = request.children().of_type(("v1", "ConfigMap"));
    let ready = maps.iter().filter(|map| {
        map.pointer("/data/payload").and_then(Value::as_str) == Some(&parent.spec.payload)
    });
    let status = json!({
        "observedGeneration": parent.metadata.generation,
        "ready": ready.count(),
    });
    let children = (0..parent.spec.children).map(|number| child(&parent, number));
    Ok(SyncResponse {
        status,
        children: children.collect(),
        resync: None,
    })
}

fn child(parent: &Benchmark, number: usize) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "namespace": parent.metadata.namespace,
            "name": format!("{}-{number}", parent.metadata.name),
        },
        "data": {
            "number": number.to_string(),
            "payload": parent.spec.payload,
        },
    })
}

fn handle_error(_: &SyncRequest, error: Error) -> (Value, Option<Duration>) {
    log::error!("a sync failed: {error}");
    (json!({"message": error.to_string()}), None)
}
