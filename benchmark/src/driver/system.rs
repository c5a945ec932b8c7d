//! [`System`]: what takes part, how it is built, and its process: where it runs, what it used, and its end.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use operator_benchmark::work::{KUBECONFIG_VARIABLE, NAMESPACE_VARIABLE};
use tokio::process::{Child, Command};

/// The cores for driver and server, and for the system.
const CORES: [&str; 2] = ["0", "1"];
/// How many ticks the kernel counts in a second of processor time: the same on all common architectures.
const TICKS: f64 = 100.0;

/// A system of this repository.
struct AtHand {
    name: &'static str,
    source: Source,
    arguments: &'static str,
    /// What it is told by its environment.
    variables: &'static [(&'static str, &'static str)],
}

impl AtHand {
    const fn new(name: &'static str, source: Source) -> Self {
        Self {
            name,
            source,
            arguments: "",
            variables: &[],
        }
    }

    const fn with_arguments(self, arguments: &'static str) -> Self {
        Self { arguments, ..self }
    }

    const fn with_variables(self, variables: &'static [(&'static str, &'static str)]) -> Self {
        Self { variables, ..self }
    }
}

const FLOOR: Source = Source::Own("floor");
const CONTROLLER_RUNTIME: Source = Source::GoModule("controller-runtime");

/// Those that take part by their names.
const AT_HAND: &[AtHand] = &[
    AtHand::new("floor", FLOOR),
    AtHand::new("floor-http1", FLOOR).with_variables(&[("FLOOR_HTTP", "1")]),
    AtHand::new("floor-ours", FLOOR).with_variables(&[("FLOOR_BODIES", "ours")]),
    AtHand::new("floor-kube", Source::Own("floor-kube")),
    AtHand::new("ours", Source::Own("ours"))
        .with_arguments("run --cluster --namespace NAMESPACE --listen 127.0.0.1:0 --log warn"),
    AtHand::new("kube-rs", Source::Crate("kube-rs")),
    AtHand::new("roperator", Source::Crate("roperator")),
    AtHand::new("controller-runtime", CONTROLLER_RUNTIME),
    AtHand::new("controller-runtime-10-workers", CONTROLLER_RUNTIME)
        .with_variables(&[("BENCHMARK_WORKERS", "10")]),
    AtHand::new("kopf", Source::Script("kopf")),
];

/// What those at hand see of the environment of whoever starts the driver: what else is there might tune them.
const SEEN: &[&str] = &["HOME", "LD_LIBRARY_PATH", "PATH"];

/// The names of those at hand.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    AT_HAND.iter().map(|system| system.name)
}

/// What takes part, by the command that starts it.
#[derive(Clone, Debug)]
pub(crate) struct System {
    pub(crate) name: String,
    command: Vec<String>,
    /// What it is told by its environment, besides what all are told.
    variables: &'static [(&'static str, &'static str)],
    /// `None`: it is somebody's own, which also sees the driver's environment.
    source: Option<Source>,
}

/// What a system of this repository is built from.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Source {
    /// A binary of the driver's own package.
    Own(&'static str),
    /// A crate outside of the workspace, in this folder of `peers`.
    Crate(&'static str),
    /// A Go module there.
    GoModule(&'static str),
    /// A Python script there, with the versions of what it needs.
    Script(&'static str),
}

impl Source {
    /// What starts that which was built.
    fn command(self) -> Result<Vec<PathBuf>, String> {
        Ok(match self {
            Self::Own(binary) => vec![release_folder()?.join(binary)],
            Self::Crate(name) => {
                let release = built(name)?.join("release");
                vec![release.join(format!("{name}-benchmark"))]
            }
            Self::GoModule(name) => vec![built(name)?.join(name)],
            Self::Script(name) => vec![python(name)?, peer(name).join("benchmark.py")],
        })
    }

    /// Builds it.
    async fn build(self) -> Result<(), String> {
        let cargo = |folder: &Path, target: &Path| {
            let mut cargo =
                Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
            cargo
                .current_dir(folder)
                .args(["build", "--release", "--locked", "--target-dir"])
                .arg(target);
            cargo
        };
        match self {
            Self::Own(binary) => {
                let mut cargo = cargo(Path::new(env!("CARGO_MANIFEST_DIR")), &target_folder()?);
                cargo.args(["-p", "operator-benchmark", "--bin", binary]);
                succeed(cargo).await
            }
            Self::Crate(name) => succeed(cargo(&peer(name), &built(name)?)).await,
            Self::GoModule(name) => {
                let mut go = Command::new("go");
                // As the module says, whatever is said around it; and whether git knows the folder is not asked.
                go.current_dir(peer(name))
                    .env("GOWORK", "off")
                    .args([
                        "build",
                        "-trimpath",
                        "-buildvcs=false",
                        "-mod=readonly",
                        "-o",
                    ])
                    .arg(built(name)?.join(name))
                    .arg(".");
                succeed(go).await
            }
            Self::Script(name) => {
                // One of a Python that is no longer there can't be used.
                let mut known = Command::new(python(name)?);
                known.arg("--version").stdout(Stdio::null());
                if succeed(known).await.is_err() {
                    let mut venv = Command::new("python3");
                    venv.args(["-m", "venv", "--clear"]).arg(built(name)?);
                    succeed(venv).await?;
                }
                let mut pip = Command::new(python(name)?);
                pip.args(["-m", "pip", "--disable-pip-version-check", "--no-input"])
                    .args(["install", "--quiet", "--requirement"])
                    .arg(peer(name).join("requirements.txt"));
                succeed(pip).await
            }
        }
    }

    /// What it takes to build it.
    fn needs(self) -> &'static str {
        match self {
            Self::Own(_) | Self::Crate(_) => "cargo",
            Self::GoModule(_) => "Go 1.26",
            Self::Script(_) => "Python 3.11 or later with its module venv",
        }
    }
}

/// Runs a command to its end.
async fn succeed(mut command: Command) -> Result<(), String> {
    let ended = command.status().await;
    let said = match ended {
        Ok(status) if status.success() => return Ok(()),
        Ok(status) => ending(status),
        Err(error) => error.to_string(),
    };
    let command = command.as_std();
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    Err(format!("`{}`: {said}", words.join(" ")))
}

/// Builds those of this repository, each source once.
pub(crate) async fn build(systems: &[System]) -> Result<(), String> {
    let mut built = Vec::new();
    for system in systems {
        let Some(source) = system.source else {
            continue;
        };
        if built.contains(&source) {
            continue;
        }
        source.build().await.map_err(|error| {
            format!(
                "{} can't be built: {error}; it needs {}, and the network the first time; or leave it out with --systems",
                system.name,
                source.needs()
            )
        })?;
        built.push(source);
    }
    Ok(())
}

impl System {
    /// One of those at hand. It has to be [built](build).
    pub(crate) fn at_hand(name: &str, namespace: &str) -> Result<Self, String> {
        let AtHand {
            source,
            arguments,
            variables,
            ..
        } = AT_HAND
            .iter()
            .find(|known| known.name == name)
            .ok_or_else(|| format!("there is no system {name}"))?;
        let mut command: Vec<String> = source
            .command()?
            .iter()
            .map(|word| word.display().to_string())
            .collect();
        let arguments = arguments.replace("NAMESPACE", namespace);
        command.extend(arguments.split_whitespace().map(Into::into));
        Ok(Self {
            name: name.into(),
            command,
            variables,
            source: Some(*source),
        })
    }

    /// Somebody's own, as `NAME=COMMAND`.
    pub(crate) fn other(text: &str) -> Result<Self, String> {
        let (name, command) = text
            .split_once('=')
            .filter(|(name, command)| !name.is_empty() && !command.trim().is_empty())
            .ok_or_else(|| format!("--system {text}: write NAME=COMMAND"))?;
        Ok(Self {
            name: name.into(),
            command: command.split_whitespace().map(Into::into).collect(),
            variables: &[],
            source: None,
        })
    }

    /// Starts it; what it says is appended to the file `log`.
    pub(crate) fn start(
        &self,
        kubeconfig: &Path,
        namespace: &str,
        log: &Path,
        pinned: bool,
    ) -> Result<Process, String> {
        let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", self.name);
        let file = File::options().create(true).append(true).open(log);
        let file = file.map_err(|error| failed(&error))?;
        let errors = file.try_clone().map_err(|error| failed(&error))?;
        let taskset = ["taskset", "-c", CORES[1]].map(String::from);
        let mut words = taskset
            .iter()
            .filter(|_| pinned)
            .chain(&self.command)
            .map(String::as_str);
        let mut command = Command::new(words.next().unwrap_or_default());
        if self.source.is_some() {
            let seen = SEEN
                .iter()
                .filter_map(|name| Some((name, std::env::var_os(name)?)));
            command.env_clear().envs(seen);
        }
        command
            .args(words)
            .envs(self.variables.iter().copied())
            .env(KUBECONFIG_VARIABLE, kubeconfig)
            .env(NAMESPACE_VARIABLE, namespace)
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(errors)
            .kill_on_drop(true);
        let child = command.spawn().map_err(|error| failed(&error))?;
        let id = child.id().ok_or_else(|| failed(&"it ended at once"))?;
        Ok(Process {
            name: self.name.clone(),
            folder: format!("/proc/{id}").into(),
            log: log.into(),
            child,
        })
    }
}

/// The folder of the driver's own binary, beside which its package's systems are.
fn release_folder() -> Result<PathBuf, String> {
    let this = std::env::current_exe().map_err(|error| format!("the driver's place: {error}"))?;
    let folder = this.parent().ok_or("the driver has no place")?;
    Ok(folder.into())
}

/// The target folder that it is in.
fn target_folder() -> Result<PathBuf, String> {
    let release = release_folder()?;
    Ok(release.parent().unwrap_or(&release).into())
}

/// The source of a peer.
fn peer(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("peers")
        .join(name)
}

/// Where a peer is built.
fn built(name: &str) -> Result<PathBuf, String> {
    Ok(target_folder()?.join("peers").join(name))
}

/// The interpreter of a peer, with what it needs.
fn python(name: &str) -> Result<PathBuf, String> {
    Ok(built(name)?.join("bin").join("python"))
}

/// Whether there are two cores, and the command to choose one.
pub(crate) fn can_pin() -> bool {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let taskset = std::process::Command::new("taskset")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    cores >= 2 && taskset.is_ok_and(|status| status.success())
}

/// Puts this process on the core of driver and server, and with it what it starts from now on.
pub(crate) fn pin_driver() -> Result<(), String> {
    let id = std::process::id().to_string();
    let status = std::process::Command::new("taskset")
        .args(["-a", "-cp", CORES[0], &id])
        .stdout(Stdio::null())
        .status()
        .map_err(|error| format!("taskset: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err("taskset can't choose a core; run with --no-pin".into())
    }
}

/// A system that runs; it ends with this.
pub(crate) struct Process {
    name: String,
    folder: PathBuf,
    log: PathBuf,
    child: Child,
}

impl Process {
    /// The processor time that it took so far.
    pub(crate) fn cpu(&self) -> Result<Duration, String> {
        let stat = self.read("stat")?;
        // The program's name is in parentheses and may hold anything.
        let (_, fields) = stat
            .rsplit_once(')')
            .ok_or_else(|| format!("{}: its stat can't be read", self.name))?;
        let ticks: Vec<f64> = fields
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|ticks| ticks.parse().ok())
            .collect();
        Ok(Duration::from_secs_f64(ticks.iter().sum::<f64>() / TICKS))
    }

    /// The processor time that it took since it had taken `earlier`.
    pub(crate) fn cpu_since(&self, earlier: Duration) -> Result<Duration, String> {
        Ok(self.cpu()?.saturating_sub(earlier))
    }

    /// The most memory that it had at any time, in KiB: what was resident, shared pages included.
    pub(crate) fn peak_memory(&self) -> Result<u64, String> {
        let status = self.read("status")?;
        status
            .lines()
            .find_map(|line| {
                line.strip_prefix("VmHWM:")?
                    .split_whitespace()
                    .next()?
                    .parse()
                    .ok()
            })
            .ok_or_else(|| format!("{}: its memory can't be read", self.name))
    }

    fn read(&self, file: &str) -> Result<String, String> {
        let path = self.folder.join(file);
        fs::read_to_string(&path).map_err(|error| format!("{}: {file}: {error}", self.name))
    }

    /// Completes if it ends by itself, with what there is to say about it.
    pub(crate) async fn ended(&mut self) -> String {
        let how = match self.child.wait().await {
            Ok(status) => ending(status),
            Err(error) => error.to_string(),
        };
        format!("{} ended: {how}; see {}", self.name, self.log.display())
    }

    /// Ends it as `kill -9` does.
    pub(crate) async fn kill(mut self) -> Result<(), String> {
        self.child
            .kill()
            .await
            .map_err(|error| format!("{} can't be ended: {error}", self.name))
    }
}

fn ending(status: ExitStatus) -> String {
    status
        .code()
        .map_or_else(|| status.to_string(), |code| format!("exit code {code}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_system_is_a_name_and_a_command() {
        let system = System::other("mine=python3 -m mine op.py").unwrap();
        assert_eq!(system.name, "mine");
        assert_eq!(system.command, ["python3", "-m", "mine", "op.py"]);
        for text in ["mine", "=python3", "mine= "] {
            assert!(System::other(text).is_err(), "{text}");
        }
    }

    #[test]
    fn those_at_hand_differ_by_what_they_are_told() {
        let told = |name: &str| System::at_hand(name, "here").unwrap();
        assert_eq!(told("floor").command, told("floor-http1").command);
        assert_eq!(told("floor").variables, []);
        assert_eq!(told("floor-http1").variables, [("FLOOR_HTTP", "1")]);
        let arguments = &told("ours").command[1..5];
        assert_eq!(arguments, ["run", "--cluster", "--namespace", "here"]);
    }

    #[tokio::test]
    async fn nothing_tunes_those_at_hand_from_outside() {
        let log = std::env::temp_dir().join(format!("system-test-env-{}.log", std::process::id()));
        let here = std::env::temp_dir();
        let said = async |source: Option<Source>| {
            let system = System {
                source,
                variables: &[("TOLD", "yes")],
                ..System::other("env=env").unwrap()
            };
            let mut process = system.start(&here, "here", &log, false).unwrap();
            process.ended().await;
            let said = fs::read_to_string(&log).unwrap();
            fs::remove_file(&log).unwrap();
            said
        };
        // Cargo tells its tests where the package is.
        let at_hand = said(Some(FLOOR)).await;
        assert!(
            at_hand.contains("TOLD=yes") && at_hand.contains("PATH="),
            "{at_hand}"
        );
        assert!(!at_hand.contains("CARGO_MANIFEST_DIR="), "{at_hand}");
        assert!(said(None).await.contains("CARGO_MANIFEST_DIR="));
    }

    #[tokio::test]
    async fn what_fails_to_build_is_named_with_its_command() {
        let mut no = Command::new("false");
        no.arg("really");
        let said = succeed(no).await.unwrap_err();
        assert_eq!(said, "`false really`: exit code 1");
    }

    #[tokio::test]
    async fn a_process_says_what_it_used_and_how_it_ended() {
        let folder = std::env::temp_dir();
        let log = folder.join(format!("system-test-{}.log", std::process::id()));
        let system = System::other("test=sleep 60").unwrap();
        let process = system.start(&folder, "default", &log, false).unwrap();
        assert!(process.peak_memory().unwrap() > 0);
        assert!(process.cpu().unwrap() < Duration::from_secs(1));
        process.kill().await.unwrap();

        let system = System::other("test=false").unwrap();
        let mut process = system.start(&folder, "default", &log, false).unwrap();
        let said = process.ended().await;
        assert!(said.starts_with("test ended: exit code 1; see "), "{said}");
        fs::remove_file(log).unwrap();
    }
}
