//! [`Server`]: what a run talks to: an embedded API server in a process of its own, a control plane of its own, or a cluster
//! that all runs share.

use std::{
    path::{Path, PathBuf},
    process::{ExitCode, Stdio},
};

use operator_apiserver::LocalCluster;
use operator_tests::ControlPlane;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    process::{Child, Command},
};

use crate::options::Benchmark;

/// What the server says when its kubeconfig can be read.
const READY: &str = "ready";

/// The process of the server: serves until its standard input ends, as it does when the driver does.
pub(crate) fn main(kubeconfig: &Path) -> Result<ExitCode, String> {
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| format!("the runtime can't start: {error}"))?;
    runtime.block_on(async {
        let cluster = LocalCluster::builder().remember_requests(0).start();
        let served = cluster.serve().await.map_err(|error| error.to_string())?;
        served
            .write_kubeconfig(kubeconfig)
            .map_err(|error| error.to_string())?;
        let mut out = tokio::io::stdout();
        let said = async {
            out.write_all(format!("{READY}\n").as_bytes()).await?;
            out.flush().await?;
            tokio::io::stdin().read_to_end(&mut Vec::new()).await
        };
        said.await.map_err(|error| error.to_string())?;
        Ok(ExitCode::SUCCESS)
    })
}

/// What a run talks to. A server of its own ends with this.
pub(crate) enum Server {
    /// The run's own, of this project.
    Embedded(Embedded),
    /// The run's own, a real one.
    ControlPlane(ControlPlane),
    /// One that was there before, by its kubeconfig.
    Shared(PathBuf),
}

impl Server {
    /// The server that the options ask for, started if it is to be the run's own, with what it leaves in `folder`.
    pub(crate) async fn of(options: &Benchmark, folder: &Path) -> Result<Self, String> {
        if let Some(kubeconfig) = &options.kubeconfig {
            return Ok(Self::Shared(kubeconfig.clone()));
        }
        let Some(up) = &options.up else {
            return Embedded::start(folder).await.map(Self::Embedded);
        };
        // Nothing else is done meanwhile.
        ControlPlane::of(up, &options.version, "benchmark").map(Self::ControlPlane)
    }

    /// The kubeconfig of its administrator.
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        match self {
            Self::Embedded(server) => server.kubeconfig.clone(),
            Self::ControlPlane(plane) => plane.kubeconfig(),
            Self::Shared(kubeconfig) => kubeconfig.clone(),
        }
    }

    /// Whether it is one run's alone.
    pub(crate) fn is_fresh(&self) -> bool {
        !matches!(self, Self::Shared(_))
    }
}

/// The process of an embedded server; it ends with this.
pub(crate) struct Embedded {
    kubeconfig: PathBuf,
    // Held for its end.
    _process: Child,
}

impl Embedded {
    /// Starts one whose kubeconfig is in `folder`, and waits until it serves.
    async fn start(folder: &Path) -> Result<Self, String> {
        let failed = |error: &dyn std::fmt::Display| format!("the embedded API server: {error}");
        let kubeconfig = folder.join("kubeconfig");
        let this = std::env::current_exe().map_err(|error| failed(&error))?;
        let mut process = Command::new(this)
            .arg("server")
            .arg(&kubeconfig)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| failed(&error))?;
        let mut said = String::new();
        if let Some(out) = process.stdout.take() {
            let read = BufReader::new(out).read_line(&mut said).await;
            read.map_err(|error| failed(&error))?;
        }
        if said.trim() == READY {
            Ok(Self {
                kubeconfig,
                _process: process,
            })
        } else {
            Err(failed(&"it ended before it was ready"))
        }
    }
}
