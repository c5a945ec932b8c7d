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

/// Those of this repository: what each is built from, and what it is told in its environment.
const AT_HAND: &[(&str, Source, Variables)] = &[
    ("floor", Source::Own("floor"), &[]),
    ("floor-http1", Source::Own("floor"), &[("FLOOR_HTTP", "1")]),
    (
        "floor-ours",
        Source::Own("floor"),
        &[("FLOOR_BODIES", "ours")],
    ),
    ("ours", Source::Own("ours"), &[]),
    ("kube-rs", Source::Crate("kube-rs"), &[]),
    ("roperator", Source::Crate("roperator"), &[]),
    (
        "controller-runtime",
        Source::GoModule("controller-runtime"),
        &[],
    ),
    (
        "controller-runtime-10",
        Source::GoModule("controller-runtime"),
        &[("BENCHMARK_WORKERS", "10")],
    ),
    ("kopf", Source::Script("kopf"), &[]),
];

/// What takes part, by the command that starts it.
#[derive(Clone, Debug)]
pub(crate) struct System {
    pub(crate) name: String,
    command: Vec<String>,
    variables: Variables,
    source: Option<Source>,
}

/// Names and values.
type Variables = &'static [(&'static str, &'static str)];

/// What a system of this repository is built from.
#[derive(Clone, Copy, Debug)]
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
    /// The command that starts what was built.
    fn command(self, namespace: &str) -> Result<Vec<String>, String> {
        let path = match self {
            Self::Own(binary) => release_folder()?.join(binary),
            Self::Crate(name) => built(name)?
                .join("release")
                .join(format!("{name}-benchmark")),
            Self::GoModule(name) => built(name)?.join(name),
            Self::Script(name) => built(name)?.join("bin").join("python"),
        };
        let mut command = vec![path.display().to_string()];
        match self {
            Self::Own("ours") => {
                let arguments = format!(
                    "run --cluster --namespace {namespace} --listen 127.0.0.1:0 --log warn"
                );
                command.extend(arguments.split(' ').map(Into::into));
            }
            Self::Script(name) => {
                command.push(peer(name).join("benchmark.py").display().to_string());
            }
            Self::Own(_) | Self::Crate(_) | Self::GoModule(_) => {}
        }
        Ok(command)
    }

    /// The commands that build it, one after the other.
    fn build(self) -> Result<Vec<Command>, String> {
        let cargo = |folder: &Path, target: &Path| {
            let mut cargo =
                Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
            cargo
                .current_dir(folder)
                .args(["build", "--release", "--locked", "--target-dir"])
                .arg(target);
            cargo
        };
        Ok(match self {
            Self::Own(binary) => {
                let mut cargo = cargo(Path::new(env!("CARGO_MANIFEST_DIR")), &target_folder()?);
                cargo.args(["-p", "operator-benchmark", "--bin", binary]);
                vec![cargo]
            }
            Self::Crate(name) => vec![cargo(&peer(name), &built(name)?)],
            Self::GoModule(name) => {
                let mut go = Command::new("go");
                go.current_dir(peer(name))
                    .args(["build", "-trimpath", "-o"])
                    .arg(built(name)?.join(name))
                    .arg(".");
                vec![go]
            }
            Self::Script(name) => {
                let mut python = Command::new("python3");
                python.args(["-m", "venv"]).arg(built(name)?);
                let mut pip = Command::new(built(name)?.join("bin").join("pip"));
                pip.args(["install", "--quiet", "--requirement"])
                    .arg(peer(name).join("requirements.txt"));
                vec![python, pip]
            }
        })
    }
}

impl System {
    /// One of those at hand. It has to be [built](Self::build).
    pub(crate) fn at_hand(name: &str, namespace: &str) -> Result<Self, String> {
        let Some(&(_, source, variables)) = AT_HAND.iter().find(|(known, ..)| *known == name)
        else {
            let known: Vec<_> = AT_HAND.iter().map(|(known, ..)| *known).collect();
            return Err(format!(
                "--systems: there is no {name}, but {}; for another one write --system {name}=COMMAND",
                known.join(", ")
            ));
        };
        Ok(Self {
            name: name.into(),
            command: source.command(namespace)?,
            variables,
            source: Some(source),
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

    /// Builds it, if it is one of this repository.
    pub(crate) async fn build(&self) -> Result<(), String> {
        let commands = self.source.map(Source::build).transpose()?;
        for mut command in commands.unwrap_or_default() {
            let status = command.status().await.map_err(|error| {
                let program = command.as_std().get_program().display();
                format!(
                    "{}: {program} can't be run: {error}; leave it out with --systems",
                    self.name
                )
            })?;
            if !status.success() {
                return Err(format!(
                    "{} can't be built; leave it out with --systems",
                    self.name
                ));
            }
        }
        Ok(())
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
        let system = System::other("kopf=python3 -m kopf run op.py").unwrap();
        assert_eq!(system.name, "kopf");
        assert_eq!(system.command, ["python3", "-m", "kopf", "run", "op.py"]);
        for text in ["kopf", "=python3", "kopf= "] {
            assert!(System::other(text).is_err(), "{text}");
        }
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
