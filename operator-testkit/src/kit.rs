//! [`TestKit`]: a cluster with an operator on it, for one test. Dropped, everything ends.

use std::{collections::BTreeMap, fmt::Write as _, sync::Mutex, time::Duration};

use kube::{
    Client,
    api::{Api, ApiResource, DeleteParams, DynamicObject, Patch, PatchParams, PostParams},
};
use operator_apiserver::{ControllerMode, Fault, LocalCluster, Matches, Strikes};
use operator_core::{
    K8sType, Operator,
    config::Namespaces,
    crd::{Scope, install},
    runtime::{Probe, Stopped},
};
use serde_json::json;

use crate::{
    KUBECONFIG, KitError, Request, TestKitBuilder,
    error::server,
    operator::{Facts, Running},
    place::{Place, Rights},
    record::Recorder,
};

/// The name under which the kit writes.
pub(crate) const MANAGER: &str = "operator-testkit";

/// A cluster with an operator on it, for one test. See [the crate's documentation](crate).
pub struct TestKit {
    pub(crate) place: Place,
    pub(crate) client: Client,
    pub(crate) namespace: String,
    pub(crate) facts: Facts,
    pub(crate) probe: Probe,
    pub(crate) recorder: Recorder,
    pub(crate) timeout: Duration,
    /// Whether a kind is namespaced, as discovery said.
    pub(crate) scopes: Mutex<BTreeMap<(String, String), bool>>,
    shared: bool,
    rights: Rights,
    running: Option<Running>,
}

impl TestKit {
    /// A kit with defaults: on a cluster inside the test, or on the one that `OPERATOR_TEST_KUBECONFIG` names.
    ///
    /// # Errors
    /// As [`TestKitBuilder::start`].
    pub async fn start(operator: Operator) -> Result<Self, KitError> {
        Self::builder(operator).start().await
    }

    /// What can be chosen.
    #[must_use]
    pub fn builder(operator: Operator) -> TestKitBuilder {
        TestKitBuilder::new(operator)
    }

    pub(crate) async fn new(
        builder: TestKitBuilder,
        place: Place,
        shared: bool,
    ) -> Result<Self, KitError> {
        let client = place.client()?;
        let facts = Facts::of(builder.operator.config());
        let mut crds = builder.operator.crds()?;
        crds.extend(builder.crds);
        let installed = install::install(&client, &facts.name, &crds);
        match &place {
            // Nobody else makes the controllers look at them.
            Place::Embedded(cluster) if cluster.controller_mode() == ControllerMode::Stepped => {
                let stepping = async {
                    loop {
                        cluster.step_controllers();
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                };
                tokio::select! {
                    biased;
                    installed = installed => installed?,
                    () = stepping => {}
                }
            }
            _ => installed.await?,
        }
        let mut kit = Self {
            namespace: namespace(&client, &facts.name).await?,
            recorder: Recorder::new(),
            probe: Probe::new(),
            timeout: builder.timeout.unwrap_or_else(|| place.timeout()),
            rights: builder.rights,
            scopes: Mutex::default(),
            running: None,
            place,
            client,
            facts,
            shared,
        };
        kit.run(builder.operator).await?;
        Ok(kit)
    }

    /// Runs an operator: on a cluster with others it looks at the kit's namespace only.
    async fn run(&mut self, operator: Operator) -> Result<(), KitError> {
        self.facts = Facts::of(operator.config());
        let everywhere = *operator.config().namespaces() == Namespaces::All;
        let alone = self.shared && everywhere && self.has_namespaced_parents(&operator).await?;
        let namespace = self.namespace.clone();
        let operator = operator.configure(|config| {
            let config = if alone {
                config.with_namespaces([namespace])
            } else {
                config
            };
            match &self.place {
                Place::Embedded(cluster) => config.with_start_time(cluster.now()),
                Place::Real(_) => config,
            }
        });
        let client = self
            .place
            .client_of(&self.user(), self.rights, &self.recorder)?;
        self.running = Some(Running::start(operator, client, &self.probe));
        Ok(())
    }

    async fn has_namespaced_parents(&self, operator: &Operator) -> Result<bool, KitError> {
        let parent = self.facts.parent;
        let crds = operator.crds()?;
        match crds.iter().find(|crd| crd.of() == parent) {
            Some(crd) => Ok(crd.scope() == Scope::Namespaced),
            None => self.is_namespaced(&resource(parent)).await,
        }
    }

    /// The namespace that was made for this test.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// A client that may do everything, for what the kit has no word for.
    #[must_use]
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// Whether the cluster is one inside the test.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        matches!(self.place, Place::Embedded(_))
    }

    /// The cluster, to let it go wrong or to look at all its requests.
    ///
    /// # Panics
    /// On a real cluster, which can't be told to: see [`TestKitBuilder::embedded`].
    #[must_use]
    pub fn cluster(&self) -> &LocalCluster {
        match &self.place {
            Place::Embedded(cluster) => cluster,
            Place::Real(_) => panic!(
                "this kit is on a real cluster, named by {KUBECONFIG} or `on_real`: \
                 a test that needs an embedded one says so, by `TestKit::builder(…).embedded()`"
            ),
        }
    }

    /// The name of the operator's user: that of the service account that is called as the operator is, in the kit's
    /// namespace.
    #[must_use]
    pub fn user(&self) -> String {
        format!(
            "system:serviceaccount:{}:{}",
            self.namespace, self.facts.name
        )
    }

    /// Makes something go wrong with the operator's requests: the next `times` that match, after the first `skip` of
    /// them. The kit's own are never touched. What it returns tells how often it has struck.
    ///
    /// # Panics
    /// On a real cluster.
    pub fn inject(&self, matches: Matches, fault: Fault, skip: u64, times: u64) -> Strikes {
        let matches = matches.user(self.user());
        self.cluster().inject(matches, fault, skip, times)
    }

    /// Lets the controllers of a [`stepped`](TestKitBuilder::stepped) cluster work until they have nothing to do; says
    /// whether they had anything.
    ///
    /// # Panics
    /// On a real cluster.
    pub fn step_controllers(&self) -> bool {
        self.cluster().step_controllers()
    }

    /// What is due and under way in the operator, and how far its watches have come.
    #[must_use]
    pub fn probe(&self) -> Probe {
        self.probe.clone()
    }

    /// All requests of the operator so far, in the order in which they were sent.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.recorder.since(0)
    }

    /// How many requests the operator has sent: a mark for [`requests_since`](Self::requests_since).
    #[must_use]
    pub fn mark(&self) -> usize {
        self.recorder.seen()
    }

    /// The requests of the operator since a [`mark`](Self::mark).
    #[must_use]
    pub fn requests_since(&self, mark: usize) -> Vec<Request> {
        self.recorder.since(mark)
    }

    /// The operator's writes since a [`mark`](Self::mark): no reads, and no dry runs.
    #[must_use]
    pub fn writes_since(&self, mark: usize) -> Vec<Request> {
        let mut requests = self.recorder.since(mark);
        requests.retain(Request::is_write);
        requests
    }

    /// All requests of the operator with what was sent, a line each. On tokio's paused clock one seed gives one log.
    #[must_use]
    pub fn request_log(&self) -> String {
        let mut log = String::new();
        for request in self.recorder.since(0) {
            // Writing to a String does not fail.
            let _ = writeln!(log, "{request:#}");
        }
        log
    }

    /// Stops the operator in order; what it has made stays. [`restart`](Self::restart) runs one again.
    ///
    /// # Errors
    /// If it has ended by itself.
    pub async fn stop(&mut self) -> Result<Stopped, KitError> {
        match &mut self.running {
            Some(running) => {
                let stopped = running.stop().await;
                self.running = None;
                stopped
            }
            None => Err(KitError::Ended("it was stopped".into())),
        }
    }

    /// Ends the operator between two instructions, as `kill -9` does.
    pub fn kill(&mut self) {
        self.running = None;
    }

    /// Runs an operator on the cluster as it is, in place of the one that runs, which is killed: the same again, or its
    /// next version.
    ///
    /// # Errors
    /// If a struct makes no CRD, or the cluster refuses something.
    pub async fn restart(&mut self, operator: Operator) -> Result<(), KitError> {
        self.kill();
        // What was aborted is gone only after its task was looked at once more.
        while self.probe.activity().is_some() {
            tokio::task::yield_now().await;
        }
        let crds = operator.crds()?;
        install::install(&self.client, &self.facts.name, &crds).await?;
        self.run(operator).await
    }

    pub(crate) fn shared(&self) -> bool {
        self.shared
    }

    pub(crate) fn how_it_ended(&self) -> String {
        match &self.running {
            Some(running) => running.how_it_ended(),
            None => "it was stopped".to_owned(),
        }
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.running.as_ref().is_none_or(Running::has_ended)
    }

    /// Stops the operator and, on a real cluster, deletes the namespace. Dropping the kit does the same, but in the
    /// background of nobody: there an error would be lost.
    ///
    /// # Errors
    /// If the operator has ended by itself, or the namespace can't be deleted.
    pub async fn close(mut self) -> Result<(), KitError> {
        self.stop().await?;
        if let Place::Real(_) = self.place {
            let cleaned = clean(&self.client, &self.namespace, &self.facts).await;
            self.shared = false;
            return cleaned;
        }
        Ok(())
    }
}

impl Drop for TestKit {
    fn drop(&mut self) {
        self.running = None;
        let Place::Real(_) = &self.place else { return };
        if !self.shared {
            return;
        }
        if std::thread::panicking() {
            eprintln!("namespace {} is left for a look", self.namespace);
            return;
        }
        // The test's runtime may be at its end: this one is for the last requests alone.
        let (place, namespace, facts) = (
            self.place.clone(),
            self.namespace.clone(),
            self.facts.clone(),
        );
        let cleaning = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let Ok(runtime) = runtime else { return };
            let cleaned =
                runtime.block_on(async { clean(&place.client()?, &namespace, &facts).await });
            if let Err(error) = cleaned {
                eprintln!("namespace {namespace} is left: {error}");
            }
        });
        drop(cleaning.join());
    }
}

/// A namespace for one test, of a name that nobody else has.
async fn namespace(client: &Client, operator: &str) -> Result<String, KitError> {
    let prefix: String = operator.chars().take(50).collect();
    let object = DynamicObject {
        types: None,
        metadata: kube::api::ObjectMeta {
            generate_name: Some(format!("{prefix}-")),
            ..kube::api::ObjectMeta::default()
        },
        data: json!({}),
    };
    let made = namespaces(client)
        .create(&PostParams::default(), &object)
        .await;
    let made = made.map_err(server("make a namespace"))?;
    Ok(made.metadata.name.unwrap_or_default())
}

fn namespaces(client: &Client) -> Api<DynamicObject> {
    Api::all_with(
        client.clone(),
        &resource(operator_core::k8s_types::core::v1::Namespace),
    )
}

/// Deletes a test's namespace. Nobody is left to finalize its parents, so their finalizer goes first.
async fn clean(client: &Client, namespace: &str, facts: &Facts) -> Result<(), KitError> {
    let parents: Api<DynamicObject> =
        Api::namespaced_with(client.clone(), namespace, &resource(facts.parent));
    // Cluster-scoped parents are not in the namespace, and not found here.
    let found = parents.list(&kube::api::ListParams::default()).await;
    for parent in found.into_iter().flatten() {
        let mut finalizers = parent.metadata.finalizers.unwrap_or_default();
        let before = finalizers.len();
        finalizers.retain(|name| *name != facts.finalizer);
        if let (Some(name), true) = (&parent.metadata.name, finalizers.len() < before) {
            let patch = Patch::Merge(json!({"metadata": {"finalizers": finalizers}}));
            let patched = parents.patch(name, &PatchParams::default(), &patch).await;
            patched.map_err(server(format!("take the finalizer of {name} away")))?;
        }
    }
    let deleted = namespaces(client)
        .delete(namespace, &DeleteParams::default())
        .await;
    deleted.map_err(server(format!("delete namespace {namespace}")))?;
    Ok(())
}

/// A kind, as kube speaks of it.
pub(crate) fn resource(kind: &K8sType) -> ApiResource {
    ApiResource {
        group: kind.group().to_owned(),
        version: kind.version().to_owned(),
        api_version: kind.api_version.to_owned(),
        kind: kind.kind.to_owned(),
        plural: kind.plural_kind.to_owned(),
    }
}
