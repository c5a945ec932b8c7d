//! [`ControlPlane`]: a control plane that one test owns, and whose parts it may kill.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::cluster::Cluster;

/// The command that starts a control plane: `$OPERATOR_TEST_UP $OPERATOR_TEST_VERSION DIR`. Run again on the
/// same DIR it restarts what is not running. Beside it lies `down DIR`. DIR has a `kubeconfig` and, for each
/// part, `PART.pid`.
const UP: &str = "OPERATOR_TEST_UP";
const VERSION: &str = "OPERATOR_TEST_VERSION";

/// A process of a control plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The API server.
    ApiServer,
    /// The store beneath it.
    Etcd,
}

impl Part {
    fn pid_file(self) -> &'static str {
        match self {
            Self::ApiServer => "apiserver.pid",
            Self::Etcd => "etcd.pid",
        }
    }
}

/// A control plane of the test's own, taken down with everything in it when dropped.
pub struct ControlPlane {
    up: PathBuf,
    version: String,
    folder: PathBuf,
}

impl ControlPlane {
    /// Starts one. Without `OPERATOR_TEST_UP` and `OPERATOR_TEST_VERSION` `story` is skipped, and a line says so.
    ///
    /// # Panics
    /// If the command is named but fails.
    #[must_use]
    pub fn start(story: &str) -> Option<Self> {
        let (Some(up), Ok(version)) = (env::var_os(UP), env::var(VERSION)) else {
            eprintln!("skipped: {story} needs a control plane of its own: set {UP} and {VERSION}");
            return None;
        };
        let folder = env::temp_dir().join(format!("operator-test-{}-{story}", std::process::id()));
        let plane = Self {
            up: up.into(),
            version,
            folder,
        };
        plane.restart();
        Some(plane)
    }

    /// Starts whatever part of it is not running, on the same data and ports.
    ///
    /// # Panics
    /// If the command fails.
    pub fn restart(&self) {
        let status = Command::new(&self.up)
            .arg(&self.version)
            .arg(&self.folder)
            .stdout(Stdio::null())
            .status()
            .unwrap_or_else(|e| panic!("{}: {e}", self.up.display()));
        assert!(
            status.success(),
            "{} {} failed: {status}",
            self.up.display(),
            self.version
        );
    }

    /// Kills a part with `kill -9`.
    ///
    /// # Panics
    /// If it is not running.
    pub fn kill(&self, part: Part) {
        self.signal(part, "-KILL");
    }

    /// Asks a part to end, as an upgrade of the control plane does, and waits until it has.
    ///
    /// # Panics
    /// If it is not running.
    pub fn terminate(&self, part: Part) {
        let pid = self.signal(part, "-TERM");
        while is_running(&pid) {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    fn signal(&self, part: Part, signal: &str) -> String {
        let file = self.folder.join(part.pid_file());
        let pid = fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let pid = pid.trim().to_owned();
        let killed = Command::new("kill")
            .args([signal, &pid])
            .status()
            .expect("the command `kill`");
        assert!(killed.success(), "{part:?} ({pid}) was not running");
        pid
    }

    /// How to reach it.
    pub async fn cluster(&self) -> Cluster {
        Cluster::from_kubeconfig(&self.folder.join("kubeconfig")).await
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        // A failure here would hide why the test failed.
        let _ = Command::new(self.up.with_file_name("down"))
            .arg(&self.folder)
            .status();
    }
}

/// A killed process may stay a zombie for a while, which is not running.
fn is_running(pid: &str) -> bool {
    let status =
        fs::read_to_string(Path::new("/proc").join(pid).join("status")).unwrap_or_default();
    let state = status.lines().find_map(|line| line.strip_prefix("State:"));
    state.is_some_and(|state| !state.trim_start().starts_with(['Z', 'X']))
}
