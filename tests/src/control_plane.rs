//! [`ControlPlane`]: a control plane that one test owns, and whose parts it may kill.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use crate::cluster::Cluster;

/// The command that starts a control plane: `$OPERATOR_TEST_UP $OPERATOR_TEST_VERSION DIR`. Run again on the
/// same DIR it restarts what is not running. Beside it lies `down DIR`. DIR has a `kubeconfig` and, for each
/// part, `PART.pid`.
const UP: &str = "OPERATOR_TEST_UP";
const VERSION: &str = "OPERATOR_TEST_VERSION";

/// How long a part may take to end when it is asked to. An API server waits a minute for its watches.
const GRACE: Duration = Duration::from_secs(3);

/// A process of a control plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The API server.
    ApiServer,
    /// The store beneath it.
    Etcd,
    /// What collects garbage and empties namespaces.
    ControllerManager,
}

impl Part {
    fn pid_file(self) -> &'static str {
        match self {
            Self::ApiServer => "apiserver.pid",
            Self::Etcd => "etcd.pid",
            Self::ControllerManager => "controller-manager.pid",
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
        assert!(self.signal(part, "-KILL"), "{part:?} was not running");
    }

    /// Asks a part to end, as an upgrade of the control plane does, and kills it if it takes too long.
    ///
    /// # Panics
    /// If it is not running.
    pub fn terminate(&self, part: Part) {
        assert!(self.signal(part, "-TERM"), "{part:?} was not running");
        let asked = Instant::now();
        while self.pid(part).is_some_and(|pid| is_running(&pid)) {
            if asked.elapsed() > GRACE {
                return self.kill(part);
            }
            sleep(Duration::from_millis(20));
        }
    }

    fn pid(&self, part: Part) -> Option<String> {
        let pid = fs::read_to_string(self.folder.join(part.pid_file())).ok()?;
        Some(pid.trim().to_owned())
    }

    /// Says whether there was a process to signal.
    fn signal(&self, part: Part, signal: &str) -> bool {
        let kill = |pid: String| {
            Command::new("kill")
                .arg(signal)
                .arg(pid)
                .stderr(Stdio::null())
                .status()
        };
        self.pid(part)
            .and_then(|pid| kill(pid).ok())
            .is_some_and(|status| status.success())
    }

    /// How to reach it.
    pub async fn cluster(&self) -> Cluster {
        Cluster::from_kubeconfig(&self.folder.join("kubeconfig")).await
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        for part in [Part::ControllerManager, Part::ApiServer, Part::Etcd] {
            self.signal(part, "-KILL");
        }
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
