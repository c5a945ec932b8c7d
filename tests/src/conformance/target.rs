//! [`Target`]: a server that the table is run on.

use std::time::Duration;

use http::Request;
use kube::{Client, client::Body};
use operator_apiserver::LocalCluster;

use crate::{cluster::Cluster, conformance::answer::Answer};

/// A list at the first revision, which says whether history has been compacted.
const FIRST_REVISION: &str = "/api/v1/namespaces?resourceVersion=1&resourceVersionMatch=Exact";

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
    /// The control plane that `OPERATOR_TEST_KUBECONFIG` names, if it does.
    pub async fn real() -> Option<Self> {
        let cluster = Cluster::named("the conformance table on a real server").await?;
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
        let cluster = LocalCluster::start();
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

    /// Whether the beginning of history is gone.
    pub(crate) async fn is_compacted(&self) -> Result<bool, String> {
        Ok(self.ask("GET", FIRST_REVISION, None).await?.code == 410)
    }
}
