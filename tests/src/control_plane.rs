//! [`ControlPlane`]: a control plane that one test owns, and whose parts it may kill.

use std::{
    env, fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    thread::sleep,
    time::{Duration, Instant},
};

use tokio::task::spawn_blocking;

use crate::cluster::Cluster;

/// The command that starts a control plane: `$OPERATOR_TEST_UP $OPERATOR_TEST_VERSION DIR`. Run again on the
/// same DIR it restarts what is not running. Beside it lies `down DIR`. DIR has a `kubeconfig`, for each part
/// `PART.pid`, and `ports`, of which the first is etcd's.
const UP: &str = "OPERATOR_TEST_UP";
const VERSION: &str = "OPERATOR_TEST_VERSION";

/// How long a part may take to end when it is asked to. An API server waits a minute for its watches.
const GRACE: Duration = Duration::from_secs(3);
/// How often a start is tried.
const STARTS: usize = 4;
/// The first minor version with etcd 3.5.
const FIRST_WITH_ETCD_3_5: u32 = 22;

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
        Some(Self::of(Path::new(&up), &version, story).unwrap_or_else(|e| panic!("{e}")))
    }

    /// Starts one of this version by the command `up`.
    ///
    /// # Errors
    /// If the command fails each time, with its ending; what it says itself goes to the standard error.
    pub fn of(up: &Path, version: &str, story: &str) -> Result<Self, String> {
        let folder = env::temp_dir().join(format!("operator-test-{}-{story}", std::process::id()));
        let plane = Self {
            up: up.to_owned(),
            version: version.to_owned(),
            folder,
        };
        plane.start_parts()?;
        Ok(plane)
    }

    /// The kubeconfig of its administrator.
    #[must_use]
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.join("kubeconfig")
    }

    /// Where its etcd listens for clients.
    ///
    /// # Panics
    /// If the command did not write `ports`.
    #[must_use]
    pub fn etcd(&self) -> SocketAddr {
        let ports = fs::read_to_string(self.folder.join("ports")).expect("its ports");
        let first = ports
            .split_whitespace()
            .next()
            .and_then(|port| port.parse().ok());
        (Ipv4Addr::LOCALHOST, first.expect("a port")).into()
    }

    /// Starts whatever part of it is not running, on the same data and ports.
    ///
    /// # Panics
    /// If the command fails each time.
    pub fn restart(&self) {
        self.start_parts().unwrap_or_else(|e| panic!("{e}"));
    }

    /// A client that asks for a port again and again while nobody listens there may be given just that one for its own
    /// end, and then it is connected with itself, and the part can't have it. It lets go as soon as it has read what it
    /// wrote, so the command is given a few more chances.
    fn start_parts(&self) -> Result<(), String> {
        let (up, version) = (self.up.display(), &self.version);
        let mut command = Command::new(&self.up);
        command.arg(version).arg(&self.folder).stdout(Stdio::null());
        let mut said = String::new();
        for _ in 0..STARTS {
            match command.status() {
                Ok(ended) if ended.success() => return Ok(()),
                Ok(ended) => said = format!("{up} {version} failed: {ended}"),
                Err(error) => return Err(format!("{up}: {error}")),
            }
        }
        Err(said)
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

    /// Runs a blocking step of it beside everything else.
    ///
    /// # Panics
    /// If the step does.
    pub async fn step(self: &Arc<Self>, step: impl FnOnce(&Self) + Send + 'static) {
        let plane = Arc::clone(self);
        let done = spawn_blocking(move || step(&plane));
        done.await.expect("a step of the control plane");
    }

    /// Whether its etcd is of before 3.5. It forgets what it acknowledged just before it is killed, and may elect itself after
    /// a restart, say that it is well, and commit nothing for minutes, whoever asks.
    #[must_use]
    pub fn has_old_etcd(&self) -> bool {
        let minor = self.version.split('.').nth(1);
        let minor = minor.and_then(|minor| minor.parse::<u32>().ok());
        minor.is_some_and(|minor| minor < FIRST_WITH_ETCD_3_5)
    }

    /// Ends the API server and etcd, does something with the store's files, and starts them again.
    fn at_rest(&self, with: impl FnOnce(&Path, &Path)) {
        // It has nothing of its own; in order it would wait for its watches to end.
        self.kill(Part::ApiServer);
        self.terminate(Part::Etcd);
        with(&self.folder.join("etcd"), &self.folder.join("backup"));
        self.restart();
    }

    /// Keeps what its store holds now, for [`restore`](Self::restore). The API server is away meanwhile.
    ///
    /// # Panics
    /// If that can't be copied.
    pub fn back_up(&self) {
        self.at_rest(|store, backup| {
            let copied = Command::new("cp").arg("-r").args([store, backup]).status();
            assert!(copied.is_ok_and(|status| status.success()), "no copy");
        });
    }

    /// Sets its store back to the last [`back_up`](Self::back_up). The API server is away meanwhile.
    ///
    /// # Panics
    /// If there was none.
    pub fn restore(&self) {
        self.at_rest(|store, backup| {
            fs::remove_dir_all(store).expect("its store");
            fs::rename(backup, store).expect("a backup");
        });
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
        Cluster::from_kubeconfig(&self.kubeconfig()).await
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
