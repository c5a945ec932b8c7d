//! [`Ground`]: the control plane that drills are held on, and what each of them begins with.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use k8s_openapi::api::core::v1::ConfigMap;
use kube::{
    Client,
    api::{Api, Patch, PatchParams},
};
use operator_tests::{Cluster, ControlPlane, Scene, probe};
use serde_json::json;
use tokio::{
    task::spawn_blocking,
    time::{sleep, timeout},
};

use crate::{operate::Operate, process::OperatorProcess};

/// How drills are held.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The command that starts a control plane.
    pub up: PathBuf,
    /// The version that it is to start.
    pub version: String,
    /// The binary of the drills, which is the operator as well.
    pub exe: PathBuf,
    /// Where what the operators say goes.
    pub logs: Option<PathBuf>,
    /// How often what is repeated is repeated.
    pub rounds: u32,
    /// What everything random comes from.
    pub seed: u64,
    /// How long a drill looks at how others fare.
    pub look: Duration,
    /// How long a storm of refusals lasts.
    pub storm: Duration,
    /// Whether what takes longer than promised is a failure: not where a machine has other work to do.
    pub strict: bool,
    /// How many healthy parents there are beside a poisoned one.
    pub crowd: usize,
}

/// A control plane, and the setting.
pub(crate) struct Ground {
    pub(crate) setting: Setting,
    pub(crate) plane: Arc<ControlPlane>,
    pub(crate) cluster: Cluster,
}

impl Ground {
    /// Starts a control plane of its own for this story.
    pub(crate) async fn prepare(setting: &Setting, story: &str) -> Self {
        let (up, version, story) = (
            setting.up.clone(),
            setting.version.clone(),
            story.to_owned(),
        );
        let plane = spawn_blocking(move || ControlPlane::of(&up, &version, &story)).await;
        let plane = plane.expect("the start of a control plane");
        let plane = Arc::new(plane.unwrap_or_else(|e| panic!("{e}")));
        // What a drill asks again for is its own decision.
        let cluster = plane.cluster().await.without_retries();
        Self {
            setting: setting.clone(),
            plane,
            cluster,
        }
    }

    /// What the server says that it is.
    pub(crate) async fn version(&self) -> String {
        let version = self.cluster.client().apiserver_version().await;
        version.expect("the server's version").git_version
    }

    /// How an operator in this place is to be run, as the administrator and without a gate.
    pub(crate) fn operate(&self, scene: &Scene) -> Operate {
        Operate {
            kubeconfig: self.plane.kubeconfig(),
            namespace: scene.namespace.clone(),
            listen: probe::free_address(),
            user: None,
            optional_apples: false,
            deadline: 30,
        }
    }

    /// Starts it.
    pub(crate) fn start(&self, operate: Operate) -> OperatorProcess {
        let log = self
            .setting
            .logs
            .as_ref()
            .map(|logs| logs.join(format!("{}.log", operate.namespace)));
        OperatorProcess::start(Path::new(&self.setting.exe), log, operate)
    }

    /// Waits until the API server answers anything at all.
    pub(crate) async fn answers(&self, scene: &Scene) {
        loop {
            let asked = timeout(Duration::from_secs(1), scene.client.apiserver_version()).await;
            if matches!(asked, Ok(Ok(_) | Err(kube::Error::Api(_)))) {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until the control plane does what it is asked for: it says that it is ready, and a write is kept by its
    /// store.
    pub(crate) async fn serves(&self, scene: &Scene) {
        let maps: Api<ConfigMap> = scene.api();
        let canary =
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "canary"}});
        let parameters = PatchParams::apply("canary");
        let patch = Patch::Apply(canary);
        loop {
            let written = timeout(
                Duration::from_secs(1),
                maps.patch("canary", &parameters, &patch),
            )
            .await;
            let ready = timeout(Duration::from_secs(1), is_ready(&scene.client)).await;
            // That of another life is the same again, which needs no write: it is read from the store all the same.
            if matches!((written, ready), (Ok(Ok(_)), Ok(true))) {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn is_ready(client: &Client) -> bool {
    let request = http::Request::get("/readyz").body(Vec::new());
    match request {
        Ok(request) => client.request_text(request).await.is_ok(),
        Err(_) => false,
    }
}
