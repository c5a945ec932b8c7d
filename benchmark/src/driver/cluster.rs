//! [`Cluster`]: the driver's own requests: the CRD and the namespace, parents made and edited, and everything deleted.

use std::{path::Path, time::Duration};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use http::{Method, StatusCode};
use operator_benchmark::{
    api::{APPLY, Api, Http, JSON, MERGE, refusal},
    ours::Benchmark,
    requests::Requests,
    work::{API_VERSION, KIND, children_path, parents_path, payload},
};
use operator_core::crd::Crd;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{judge::parent_name, options::Size};

/// The namespace that everything is in.
pub(crate) const NAMESPACE: &str = "operator-benchmark";
/// The label by which the driver knows the namespace for its own.
const LABEL: &str = "benchmark.example.com/driver";
/// How many requests the driver has under way.
const REQUESTS: usize = 64;
/// How often the driver looks whether something has happened that it can't watch.
const GLANCE: Duration = Duration::from_millis(100);

/// A cluster as the driver uses it.
#[derive(Clone)]
pub(crate) struct Cluster {
    pub(crate) api: Api,
    pub(crate) parents: String,
    pub(crate) children: String,
}

impl Cluster {
    /// The cluster of a kubeconfig, with the CRD and an empty namespace.
    pub(crate) async fn prepare(kubeconfig: &Path) -> Result<Self, String> {
        let cluster = Self {
            api: Api::of(kubeconfig, Http::One).await?,
            parents: parents_path(NAMESPACE),
            children: children_path(NAMESPACE),
        };
        cluster.own_namespace().await?;
        cluster.own_crd().await?;
        // Served shortly after it is there.
        until(async || Ok(cluster.status_of(&cluster.parents).await? == StatusCode::OK)).await?;
        cluster.empty().await?;
        Ok(cluster)
    }

    /// Makes the namespace, unless it is there: then it has to be the driver's own, since all in it is deleted. One that a
    /// run before has left may still be going.
    async fn own_namespace(&self) -> Result<(), String> {
        let namespace = json!({
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": NAMESPACE, "labels": {LABEL: "true"}},
        });
        let path = "/api/v1/namespaces";
        let own = format!("{path}/{NAMESPACE}");
        until(async || {
            let body = Bytes::from(namespace.to_string());
            let (status, body) = self.api.exchange(Method::POST, path, JSON, body).await?;
            match status {
                StatusCode::CREATED => return Ok(true),
                StatusCode::CONFLICT => {}
                _ => return Err(refusal(path, status, &body)),
            }
            let there = self.api.exchange(Method::GET, &own, JSON, Bytes::new());
            let (status, body) = there.await?;
            match status {
                StatusCode::OK => {}
                StatusCode::NOT_FOUND => return Ok(false),
                _ => return Err(refusal(&own, status, &body)),
            }
            let there: Value =
                serde_json::from_slice(&body).map_err(|error| format!("{own}: {error}"))?;
            if there["metadata"]["labels"][LABEL] != "true" {
                return Err(format!(
                    "the namespace {NAMESPACE} exists and is somebody else's: it lacks the label {LABEL}; delete it or use another cluster"
                ));
            }
            Ok(!is_going(&there))
        })
        .await
    }

    /// Makes the CRD as this build has it. One that a run before has left may still be going.
    async fn own_crd(&self) -> Result<(), String> {
        let crd = Benchmark::crd().map_err(|error| error.to_string())?;
        let own = path_of(&crd);
        let path = format!("{own}?fieldManager=operator-benchmark&force=true");
        until(async || {
            let body = crd.to_json().to_string();
            let applied = self.api.send(Method::PATCH, &path, APPLY, body).await?;
            let applied: Value =
                serde_json::from_slice(&applied).map_err(|error| format!("{own}: {error}"))?;
            Ok(!is_going(&applied))
        })
        .await
    }

    async fn status_of(&self, path: &str) -> Result<StatusCode, String> {
        let answer = self.api.exchange(Method::GET, path, JSON, Bytes::new());
        Ok(answer.await?.0)
    }

    /// What the server calls its version.
    pub(crate) async fn version(&self) -> Result<String, String> {
        let version: Value = self.api.get_as("/version").await?;
        Ok(version["gitVersion"]
            .as_str()
            .unwrap_or_default()
            .to_owned())
    }

    /// What the server counted so far.
    pub(crate) async fn requests(&self) -> Result<Requests, String> {
        let metrics = self.api.get("/metrics").await?;
        Ok(Requests::parse(&String::from_utf8_lossy(&metrics)))
    }

    /// Makes all parents.
    pub(crate) async fn create(&self, size: &Size) -> Result<(), String> {
        let text = payload(0, size.payload);
        let create = async |index| {
            let parent = json!({
                "apiVersion": API_VERSION, "kind": KIND,
                "metadata": {"name": parent_name(index), "namespace": NAMESPACE},
                "spec": {"children": size.children, "payload": text},
            });
            let body = parent.to_string();
            self.api
                .send(Method::POST, &self.parents, JSON, body)
                .await
                .map(drop)
        };
        each(size.parents, create).await
    }

    /// Gives a parent another payload.
    pub(crate) async fn edit(
        &self,
        index: usize,
        number: usize,
        length: usize,
    ) -> Result<(), String> {
        let patch = json!({"spec": {"payload": payload(number, length)}}).to_string();
        let path = format!("{}/{}", self.parents, parent_name(index));
        self.api
            .send(Method::PATCH, &path, MERGE, patch)
            .await
            .map(drop)
    }

    /// Deletes all parents and all their children, and waits until none is there.
    pub(crate) async fn empty(&self) -> Result<(), String> {
        let patch = json!({"metadata": {"finalizers": null}}).to_string();
        until(async || {
            let parents = self.names(&self.parents).await?;
            let children = self.names(&self.children).await?;
            let children = children
                .iter()
                .any(|object| object.metadata.name.starts_with("p-"));
            if parents.is_empty() && !children {
                return Ok(true);
            }
            // Whoever has put one there is no longer running.
            for held in parents
                .iter()
                .filter(|parent| !parent.metadata.finalizers.is_empty())
            {
                let path = format!("{}/{}", self.parents, held.metadata.name);
                let freed = self
                    .api
                    .exchange(Method::PATCH, &path, MERGE, patch.clone().into());
                let (status, body) = freed.await?;
                if !status.is_success() && status != StatusCode::NOT_FOUND {
                    return Err(refusal(&path, status, &body));
                }
            }
            for path in [&self.parents, &self.children] {
                self.api
                    .send(Method::DELETE, path, JSON, Bytes::new())
                    .await?;
            }
            Ok(false)
        })
        .await
    }

    async fn names(&self, path: &str) -> Result<Vec<Named>, String> {
        let list: Items = self.api.get_as(path).await?;
        Ok(list.items)
    }

    /// Takes away what [`prepare`](Self::prepare) made.
    pub(crate) async fn leave(&self) -> Result<(), String> {
        self.empty().await?;
        let crd = Benchmark::crd().map_err(|error| error.to_string())?;
        for path in [path_of(&crd), format!("/api/v1/namespaces/{NAMESPACE}")] {
            self.api
                .send(Method::DELETE, &path, JSON, Bytes::new())
                .await?;
        }
        Ok(())
    }
}

/// Does something about each of so many parents, about many at once.
pub(crate) async fn each(
    parents: usize,
    what: impl AsyncFn(usize) -> Result<(), String>,
) -> Result<(), String> {
    stream::iter((0..parents).map(|index| what(index)))
        .buffer_unordered(REQUESTS)
        .try_collect()
        .await
}

/// Looks again and again, until it is so.
async fn until(is_so: impl AsyncFn() -> Result<bool, String>) -> Result<(), String> {
    while !is_so().await? {
        tokio::time::sleep(GLANCE).await;
    }
    Ok(())
}

fn is_going(object: &Value) -> bool {
    !object["metadata"]["deletionTimestamp"].is_null()
}

fn path_of(crd: &Crd) -> String {
    format!(
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{}",
        crd.name()
    )
}

#[derive(Deserialize)]
struct Items {
    items: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    metadata: NamedMetadata,
}

#[derive(Deserialize)]
struct NamedMetadata {
    name: String,
    #[serde(default)]
    finalizers: Vec<String>,
}
