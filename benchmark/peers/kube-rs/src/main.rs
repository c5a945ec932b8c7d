//! The benchmark's work as an operator of kube-runtime: a `Controller` that owns its children, applies each of them on
//! every reconciliation and patches the status, with nothing tuned.

use std::{collections::BTreeMap, env, sync::Arc, time::Duration};

use futures::{StreamExt, TryStreamExt, future::try_join_all};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{
    Api, Client, CustomResource, Resource, ResourceExt,
    api::{ObjectMeta, Patch, PatchParams},
    runtime::{
        controller::{Action, Controller},
        watcher,
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

const MANAGER: &str = "kube-rs-benchmark";

#[derive(CustomResource, Deserialize, Serialize, Clone, Debug, JsonSchema)]
#[kube(group = "benchmark.example.com", version = "v1", kind = "Benchmark")]
#[kube(namespaced, status = "BenchmarkStatus")]
struct BenchmarkSpec {
    children: u32,
    payload: String,
}

#[derive(Deserialize, Serialize, Clone, Debug, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct BenchmarkStatus {
    observed_generation: Option<i64>,
    ready: u32,
}

#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(transparent)]
    Kube(#[from] kube::Error),
    #[error("the object has no {0}")]
    Lacks(&'static str),
}

struct Context {
    client: Client,
}

async fn reconcile(parent: Arc<Benchmark>, context: Arc<Context>) -> Result<Action, Error> {
    let namespace = parent.namespace().ok_or(Error::Lacks("namespace"))?;
    let owner = parent
        .controller_owner_ref(&())
        .ok_or(Error::Lacks("name and uid"))?;
    let children: Api<ConfigMap> = Api::namespaced(context.client.clone(), &namespace);
    let apply = PatchParams::apply(MANAGER).force();
    let applied = try_join_all((0..parent.spec.children).map(|number| {
        let (children, apply, owner) = (&children, &apply, owner.clone());
        let name = format!("{}-{number}", parent.name_any());
        let payload = parent.spec.payload.clone();
        async move {
            let child = ConfigMap {
                metadata: ObjectMeta {
                    name: Some(name.clone()),
                    owner_references: Some(vec![owner]),
                    ..ObjectMeta::default()
                },
                data: Some(BTreeMap::from([
                    ("number".into(), number.to_string()),
                    ("payload".into(), payload),
                ])),
                ..ConfigMap::default()
            };
            children.patch(&name, apply, &Patch::Apply(&child)).await
        }
    }))
    .await?;

    let parents: Api<Benchmark> = Api::namespaced(context.client.clone(), &namespace);
    let status = json!({"status": BenchmarkStatus {
        observed_generation: parent.meta().generation,
        ready: applied.len() as u32,
    }});
    parents
        .patch_status(
            &parent.name_any(),
            &PatchParams::default(),
            &Patch::Merge(&status),
        )
        .await?;
    Ok(Action::await_change())
}

fn error_policy(_: Arc<Benchmark>, error: &Error, _: Arc<Context>) -> Action {
    tracing::warn!(%error, "reconciliation failed");
    Action::requeue(Duration::from_secs(1))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::WARN)
        .init();
    let client = Client::try_default().await?;
    let namespace = env::var("BENCHMARK_NAMESPACE")?;
    let parents: Api<Benchmark> = Api::namespaced(client.clone(), &namespace);
    let children: Api<ConfigMap> = Api::namespaced(client.clone(), &namespace);
    Controller::new(parents, watcher::Config::default())
        .owns(children, watcher::Config::default())
        .shutdown_on_signal()
        .run(reconcile, error_policy, Arc::new(Context { client }))
        .filter_map(async |result| result.ok())
        .map(Ok::<_, std::convert::Infallible>)
        .try_for_each(async |_| Ok(()))
        .await?;
    Ok(())
}
