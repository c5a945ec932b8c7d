//! [`Scene`]: where one test takes place, a namespace of its own, and what it does and sees there.

mod wait;

use std::{
    sync::{Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use k8s_openapi::{NamespaceResourceScope, api::core::v1::Namespace};
use kube::{
    Client, Resource,
    api::{Api, ApiResource, DeleteParams, DynamicObject, Patch, PatchParams, PostParams},
};
use operator_core::{K8sType, Operator};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    basket::{Apple, Basket, BasketSpec},
    cluster::Cluster,
    count::Count,
    crds::install,
    patience::Patience,
    running::Running,
    wire::Wire,
};

/// A namespace, and all that a test does in it. A test that fails leaves its namespace for a look.
pub struct Scene {
    /// How to reach the cluster.
    pub cluster: Cluster,
    /// The test's own client, which no operator uses.
    pub client: Client,
    /// The namespace, made for this test.
    pub namespace: String,
    patience: Patience,
    posts: Count,
    wires: Mutex<Vec<Wire>>,
}

impl Scene {
    /// A scene on the cluster that the environment names, or else on the one in this process.
    ///
    /// # Panics
    /// If the cluster can't be used.
    pub async fn open(story: &str) -> Self {
        Self::on(Cluster::from_env().await, story).await
    }

    /// A scene on this cluster.
    ///
    /// # Panics
    /// If the cluster can't be used.
    pub async fn on(cluster: Cluster, story: &str) -> Self {
        let client = cluster.client();
        for crd in [Basket::crd(), Apple::crd()] {
            install(&client, &crd.expect("a CRD")).await;
        }
        let nanos = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_nanos());
        let namespace = format!("{story}-{:x}", nanos & 0xfff_ffff_ffff);
        let mut object = Namespace::default();
        object.metadata.name = Some(namespace.clone());
        let namespaces: Api<Namespace> = Api::all(client.clone());
        namespaces
            .create(&PostParams::default(), &object)
            .await
            .expect("a namespace for the test");
        Self {
            cluster,
            client,
            namespace,
            patience: Patience::default(),
            posts: Count::default(),
            wires: Mutex::default(),
        }
    }

    /// The same, waiting with this patience.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// Has everything in it deleted, without waiting for it.
    ///
    /// # Panics
    /// If the server refuses.
    pub async fn close(self) {
        let namespaces: Api<Namespace> = Api::all(self.client);
        namespaces
            .delete(&self.namespace, &DeleteParams::default())
            .await
            .expect("the namespace's deletion");
    }

    /// Starts an operator that sees this namespace only.
    #[must_use]
    pub fn run(&self, operator: Operator) -> Running {
        self.run_over(Wire::default(), operator)
    }

    /// [`run`](Self::run) over a wire that the test prepared.
    #[must_use]
    pub fn run_over(&self, wire: Wire, operator: Operator) -> Running {
        self.run_as(&self.cluster, wire, operator)
    }

    /// [`run_over`](Self::run_over) with the rights of another user of the cluster.
    #[must_use]
    pub fn run_as(&self, cluster: &Cluster, wire: Wire, operator: Operator) -> Running {
        self.wires
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(wire.clone());
        let here = operator.configure(|config| config.with_namespaces([self.namespace.clone()]));
        Running::start(cluster, here, wire)
    }

    /// The objects of a type in this namespace.
    #[must_use]
    pub fn api<T>(&self) -> Api<T>
    where
        T: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// The objects of a type in this namespace, as the server sends them.
    #[must_use]
    pub fn objects(&self, kind: &K8sType) -> Api<DynamicObject> {
        Api::namespaced_with(self.client.clone(), &self.namespace, &resource(kind))
    }

    /// The objects of a cluster-scoped type, as the server sends them: every test's, not just this one's.
    #[must_use]
    pub fn cluster_objects(&self, kind: &K8sType) -> Api<DynamicObject> {
        Api::all_with(self.client.clone(), &resource(kind))
    }

    /// The baskets of this namespace, as the server sends them.
    #[must_use]
    pub fn baskets(&self) -> Api<DynamicObject> {
        self.objects(Basket::TYPE)
    }

    /// Creates a basket.
    ///
    /// # Panics
    /// If the server refuses it.
    pub async fn create(&self, name: &str, spec: BasketSpec) -> Basket {
        let basket = Basket::new(name, spec);
        self.api::<Basket>()
            .create(&PostParams::default(), &basket)
            .await
            .expect("the basket's creation")
    }

    /// Merges `patch` into a basket, as `kubectl patch --type merge` does.
    ///
    /// # Panics
    /// If the server refuses it.
    pub async fn edit(&self, name: &str, patch: Value) -> DynamicObject {
        merge(&self.baskets(), name, patch).await
    }

    /// Deletes an object, as `kubectl delete` does.
    ///
    /// # Panics
    /// If it is not there.
    pub async fn delete<T>(&self, name: &str)
    where
        T: Resource<DynamicType = (), Scope = NamespaceResourceScope>
            + DeserializeOwned
            + Clone
            + std::fmt::Debug,
    {
        self.api::<T>()
            .delete(name, &DeleteParams::default())
            .await
            .expect("the object's deletion");
    }
}

/// Merges `patch` into an object, as `kubectl patch --type merge` does.
///
/// # Panics
/// If the server refuses it.
pub async fn merge(objects: &Api<DynamicObject>, name: &str, patch: Value) -> DynamicObject {
    let parameters = PatchParams {
        field_manager: Some("somebody".to_owned()),
        ..PatchParams::default()
    };
    let merged = objects.patch(name, &parameters, &Patch::Merge(patch)).await;
    merged.unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// A kind, as kube speaks of it.
#[must_use]
pub fn resource(kind: &K8sType) -> ApiResource {
    ApiResource {
        group: kind.group().to_owned(),
        version: kind.version().to_owned(),
        api_version: kind.api_version.to_owned(),
        kind: kind.kind.to_owned(),
        plural: kind.plural_kind.to_owned(),
    }
}
