//! [`Server`]: one that the corpus is tried on, with a method for each kind of request that the stories need.

use http::Request;
use kube::{Client, client::Body};
use operator_apiserver::LocalCluster;
use operator_tests::{Cluster, ControlPlane, Miss, Patience, conformance::Answer};
use serde_json::{Value, json};

/// The newest release 1.x that has `apiextensions.k8s.io/v1beta1`.
const V1BETA1_UNTIL: u32 = 21;
const CRDS: &str = "customresourcedefinitions";
const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io";

/// A server.
pub(crate) struct Server {
    client: Client,
    /// It is 1.`minor`.
    pub(crate) minor: u32,
    /// Ended with the last test on it.
    _plane: Option<ControlPlane>,
}

impl Server {
    /// The server in this process.
    pub(crate) async fn embedded(v1beta1: bool) -> Self {
        let cluster = LocalCluster::builder().v1beta1(v1beta1).start();
        Self::of(cluster.client(), None).await
    }

    /// The one that `OPERATOR_TEST_KUBECONFIG` names. Instead of one with `v1beta1` it is a control plane of the
    /// test's own: on 1.20 an integer-or-string in one CRD changes how every resource is applied.
    pub(crate) async fn real(story: &str) -> Option<Self> {
        let named = Self::of(Cluster::named(story).await?.client(), None).await;
        if !named.has_v1beta1() {
            return Some(named);
        }
        let plane = ControlPlane::start(story)?;
        let client = plane.cluster().await.client();
        Some(Self::of(client, Some(plane)).await)
    }

    async fn of(client: Client, plane: Option<ControlPlane>) -> Self {
        let version = client.apiserver_version().await.expect("a version");
        let minor = version.minor.trim_end_matches('+');
        Self {
            client,
            minor: minor.parse().expect("a minor version is a number"),
            _plane: plane,
        }
    }

    /// Whether a real one of this release has `apiextensions.k8s.io/v1beta1`.
    pub(crate) fn has_v1beta1(&self) -> bool {
        self.minor <= V1BETA1_UNTIL
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        (content, accept): (&str, &str),
        body: &Value,
    ) -> Answer {
        let body = if body.is_null() {
            Vec::new()
        } else {
            body.to_string().into_bytes()
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", content)
            .header("accept", accept)
            .body(Body::from(body))
            .expect("a request");
        let response = self.client.send(request).await.expect("an answer");
        Answer::read(response).await.expect("a whole answer")
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.json("GET", path, &Value::Null).await
    }

    /// Any request with JSON in its body.
    pub(crate) async fn json(&self, method: &str, path: &str, body: &Value) -> Answer {
        let json = "application/json";
        self.send(method, path, (json, json), body).await
    }

    pub(crate) async fn merge_patch(&self, path: &str, body: &Value) -> Answer {
        let content = "application/merge-patch+json";
        self.send("PATCH", path, (content, "application/json"), body)
            .await
    }

    /// A server-side apply.
    pub(crate) async fn apply(
        &self,
        path: &str,
        manager: &str,
        force: bool,
        body: &Value,
    ) -> Answer {
        let path = format!("{path}?fieldManager={manager}&force={force}");
        let content = "application/apply-patch+yaml";
        self.send("PATCH", &path, (content, "application/json"), body)
            .await
    }

    /// A list as `kubectl get` asks for it.
    pub(crate) async fn table(&self, path: &str) -> Value {
        let json = "application/json";
        let answer = self.send("GET", path, (json, TABLE), &Value::Null).await;
        expect(path, &answer)
    }

    /// Creates a CRD, waits until its objects are served, and returns the warnings, and the CRD read as `v1`.
    pub(crate) async fn install(&self, manifest: &Value, resource: &str) -> (String, Value) {
        let api = manifest["apiVersion"].as_str().expect("it has one");
        let name = manifest["metadata"]["name"].as_str().expect("it has one");
        let path = format!("/apis/apiextensions.k8s.io/v1/{CRDS}/{name}");
        // A run that was broken off may have left it.
        if self.get(&path).await.code == 200 {
            self.remove(name).await;
        }
        let crds = format!("/apis/{api}/{CRDS}");
        let answer = self.json("POST", &crds, manifest).await;
        assert_eq!(answer.code, 201, "{name}: {}", answer.text);
        let warnings = answer.headers.get("warning").cloned().unwrap_or_default();
        let established = async || {
            let crd = self.get(&path).await.json();
            let conditions = crd["status"]["conditions"].as_array();
            let is_true = |it: &&Value| it["type"] == "Established" && it["status"] == "True";
            if conditions.into_iter().flatten().any(|it| is_true(&it)) {
                Ok(())
            } else {
                Miss::because(&crd["status"])
            }
        };
        wait(&format!("{name} to be established"), established).await;
        let served = async || {
            let answer = self.get(resource).await;
            if answer.code == 200 {
                Ok(())
            } else {
                Miss::because(answer.text)
            }
        };
        wait(&format!("{resource} to be served"), served).await;
        // Conditions about the schema come in their own time, though before the objects are served.
        let crd = expect(name, &self.get(&path).await);
        (warnings, crd)
    }

    /// Deletes a CRD with all of its objects, and waits until it is gone.
    pub(crate) async fn remove(&self, name: &str) {
        let path = format!("/apis/apiextensions.k8s.io/v1/{CRDS}/{name}");
        let answer = self.json("DELETE", &path, &json!({})).await;
        assert!(answer.is_success(), "{name}: {}", answer.text);
        let gone = async || {
            let answer = self.get(&path).await;
            if answer.code == 404 {
                Ok(())
            } else {
                Miss::because(answer.text)
            }
        };
        wait(&format!("{name} to be gone"), gone).await;
    }
}

async fn wait<T>(what: &str, look: impl AsyncFnMut() -> Result<T, Miss>) -> T {
    let found = Patience::default().until(what, look).await;
    found.unwrap_or_else(|e| panic!("{e}"))
}

/// The body of an answer that has to be a success.
pub(crate) fn expect(what: &str, answer: &Answer) -> Value {
    assert!(answer.is_success(), "{what}: {}", answer.text);
    answer.json()
}
