//! [`Stage`]: where a story is told, a namespace on the embedded server or on a real one.

use std::{collections::BTreeMap, fmt::Debug, time::Duration};

use futures::{Stream, StreamExt};
use k8s_openapi::{
    NamespaceResourceScope,
    api::core::v1::{ConfigMap, Namespace},
};
use kube::{
    Api, Client, Resource,
    api::{DeleteParams, PostParams},
};
use operator_apiserver::{LocalCluster, Served};
use operator_tests::Cluster;
use tokio::time::timeout;

/// Far longer than anything takes: only a test that fails waits for it.
const LIMIT: Duration = Duration::from_secs(60);

/// A namespace on some server.
pub(crate) struct Stage {
    pub(crate) client: Client,
    pub(crate) namespace: String,
    /// The server, if it is in this process: only then it can be told to misbehave.
    local: Option<LocalCluster>,
    // Held for its end.
    #[allow(dead_code)]
    served: Option<Served>,
}

/// Tells a story on each server.
macro_rules! on_each_server {
    ($($story:ident)*) => {
        mod embedded {$(
            #[tokio::test(flavor = "multi_thread")]
            async fn $story() {
                super::$story(&super::Stage::embedded(stringify!($story)).await).await;
            }
        )*}
        mod real {$(
            #[tokio::test(flavor = "multi_thread")]
            async fn $story() {
                if let Some(stage) = super::Stage::real(stringify!($story)).await {
                    super::$story(&stage).await;
                    stage.end().await;
                }
            }
        )*}
    };
}
pub(crate) use on_each_server;

impl Stage {
    /// On a server of its own.
    pub(crate) async fn embedded(story: &str) -> Self {
        let local = LocalCluster::start();
        Self::on(local.client(), Some(local), story).await
    }

    /// On a server of its own behind a socket, as far away as a real one on this machine.
    pub(crate) async fn served(story: &str) -> Self {
        let local = LocalCluster::start();
        let served = local.serve().await.expect("a port on loopback");
        let folder = tempfile::tempdir().expect("a folder");
        let kubeconfig = folder.path().join("kubeconfig");
        served.write_kubeconfig(&kubeconfig).expect("a kubeconfig");
        let client = Cluster::from_kubeconfig(&kubeconfig).await.client();
        let stage = Self::on(client, Some(local), story).await;
        Self {
            served: Some(served),
            ..stage
        }
    }

    /// On the cluster that is named for tests, if one is.
    pub(crate) async fn real(story: &str) -> Option<Self> {
        let cluster = Cluster::named(story).await?;
        Some(Self::on(cluster.client(), None, story).await)
    }

    async fn on(client: Client, local: Option<LocalCluster>, story: &str) -> Self {
        let mut namespace = Namespace::default();
        namespace.metadata.generate_name = Some(format!("{}-", story.replace('_', "-")));
        let namespace = Api::<Namespace>::all(client.clone())
            .create(&PostParams::default(), &namespace)
            .await
            .expect("a namespace");
        Self {
            client,
            namespace: namespace.metadata.name.expect("a name"),
            local,
            served: None,
        }
    }

    /// The server in this process.
    pub(crate) fn local(&self) -> &LocalCluster {
        self.local.as_ref().expect("an embedded server")
    }

    /// The objects of a type in the namespace.
    pub(crate) fn api<T>(&self) -> Api<T>
    where
        T: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Makes a `ConfigMap` that says this.
    pub(crate) async fn say(&self, name: &str, text: &str) -> ConfigMap {
        let mut map = ConfigMap::default();
        map.metadata.name = Some(name.to_owned());
        // Some control planes put a ConfigMap of their own into each namespace.
        map.metadata.labels = Some(BTreeMap::from([("made".to_owned(), "here".to_owned())]));
        map.data = Some(BTreeMap::from([("text".to_owned(), text.to_owned())]));
        self.api()
            .create(&PostParams::default(), &map)
            .await
            .expect("a ConfigMap")
    }

    /// Deletes a `ConfigMap`.
    pub(crate) async fn forget(&self, name: &str) {
        self.api::<ConfigMap>()
            .delete(name, &DeleteParams::default())
            .await
            .expect("the deletion");
    }

    pub(crate) async fn end(self) {
        Api::<Namespace>::all(self.client)
            .delete(&self.namespace, &DeleteParams::default())
            .await
            .expect("the namespace's deletion");
    }
}

/// What comes next.
pub(crate) async fn next<T: Debug>(stream: &mut (impl Stream<Item = T> + Unpin)) -> T {
    let next = timeout(LIMIT, stream.next()).await;
    next.expect("something comes").expect("it does not end")
}

/// The outcome of something that should not take long.
pub(crate) async fn soon<T>(work: impl Future<Output = T>) -> T {
    timeout(LIMIT, work).await.expect("it comes to an end")
}
