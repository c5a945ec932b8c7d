//! [`Server`]: an embedded API server in a process of its own.

use std::{
    path::{Path, PathBuf},
    process::{ExitCode, Stdio},
};

use operator_apiserver::LocalCluster;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    process::{Child, Command},
};

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

/// A server that was started; it ends with this.
pub(crate) struct Server {
    process: Child,
    /// The kubeconfig of its administrator.
    pub(crate) kubeconfig: PathBuf,
}

impl Server {
    /// Starts one whose kubeconfig is in `folder`, and waits until it serves.
    pub(crate) async fn start(folder: &Path) -> Result<Self, String> {
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
                process,
                kubeconfig,
            })
        } else {
            Err(failed(&"it ended before it was ready"))
        }
    }

    /// Ends it.
    pub(crate) async fn stop(mut self) -> Result<(), String> {
        self.process
            .kill()
            .await
            .map_err(|error| format!("the embedded API server: {error}"))
    }
}
