//! [`Target`]: a server that the table is run on.

use std::time::Duration;

use http::Request;
use kube::{Client, client::Body};
use operator_apiserver::LocalCluster;
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::{
    cluster::Cluster,
    conformance::{answer::Answer, template::Variables},
};

/// A list at the first revision, which says whether history has been compacted.
const FIRST_REVISION: &str = "/api/v1/namespaces?resourceVersion=1&resourceVersionMatch=Exact";

/// How long the controller of resource quotas, which takes milliseconds, is waited for.
const PATIENCE_WITH_QUOTAS: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(20);

/// A server, and how to talk to it.
#[derive(Clone)]
pub struct Target {
    /// What a report calls it.
    pub name: &'static str,
    /// Whether the accepted differences hold.
    pub embedded: bool,
    /// Whether what was made there has to be removed.
    pub stays: bool,
    pub(crate) admin: Client,
    pub(crate) anonymous: Client,
}

impl Target {
    /// The control plane that `OPERATOR_TEST_KUBECONFIG` names; without it `story` is skipped, and a line says so.
    pub async fn real(story: &str) -> Option<Self> {
        let cluster = Cluster::named(story).await?;
        let cluster = cluster.without_retries();
        Some(Self {
            name: "the real server",
            embedded: false,
            stays: true,
            admin: cluster.client(),
            anonymous: cluster.anonymous().client(),
        })
    }

    /// A server in this process, without a socket.
    #[must_use]
    pub fn embedded() -> Self {
        Self::of(&LocalCluster::start())
    }

    /// Another server in this process.
    #[must_use]
    pub fn of(cluster: &LocalCluster) -> Self {
        // What it began with is history.
        cluster.compact();
        Self {
            name: "the embedded server",
            embedded: true,
            stays: false,
            admin: cluster.client(),
            anonymous: Client::new(cluster.guarded_service(), "default"),
        }
    }

    /// How long a step waits for what it expects. Only one that fails waits so long.
    pub(crate) fn patience(&self) -> Duration {
        Duration::from_secs(if self.embedded { 5 } else { 60 })
    }

    /// Sends a request, without the administrator's credentials if it is to be `anonymous`.
    pub(crate) async fn send(
        &self,
        request: Request<Body>,
        anonymous: bool,
    ) -> Result<http::Response<Body>, String> {
        let client = if anonymous {
            &self.anonymous
        } else {
            &self.admin
        };
        client
            .send(request)
            .await
            .map_err(|e| format!("no answer: {e}"))
    }

    /// Sends a request of the administrator's and reads the whole answer.
    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        body: Option<&serde_json::Value>,
    ) -> Result<Answer, String> {
        let content_type = if method == "PATCH" {
            "application/merge-patch+json"
        } else {
            "application/json"
        };
        let body = body
            .map(|body| body.to_string().into_bytes())
            .unwrap_or_default();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", content_type)
            .body(Body::from(body));
        Answer::read(
            self.send(request.map_err(|e| e.to_string())?, false)
                .await?,
        )
        .await
    }

    /// Whether what resource quotas limit is counted here: the status of a new one comes after a moment, or not at all.
    pub(crate) async fn counts_quotas(&self, variables: &Variables) -> Result<bool, String> {
        let name = variables.fill("{run}")?;
        let quotas = "/api/v1/namespaces/default/resourcequotas";
        let quota = json!({"metadata": {"name": name}, "spec": {"hard": {"pods": "1000"}}});
        self.ask("POST", quotas, Some(&quota)).await?;
        let deadline = Instant::now() + PATIENCE_WITH_QUOTAS;
        let mut counted = false;
        while !counted && Instant::now() < deadline {
            let found = self.ask("GET", &format!("{quotas}/{name}"), None).await?;
            counted = found.json()["status"]["used"].is_object();
            sleep(PAUSE).await;
        }
        self.ask("DELETE", &format!("{quotas}/{name}"), None)
            .await?;
        Ok(counted)
    }

    /// Whether the beginning of history is gone.
    pub(crate) async fn is_compacted(&self) -> Result<bool, String> {
        Ok(self.ask("GET", FIRST_REVISION, None).await?.code == 410)
    }
}
