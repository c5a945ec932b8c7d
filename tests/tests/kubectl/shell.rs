//! [`Shell`]: runs command lines with `kubectl` on one cluster, and says what they printed.

use std::{
    env,
    ffi::OsString,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

/// The minor version of `kubectl` that the transcripts were recorded with.
const RECORDED_WITH: &str = "v1.32.";

/// A `kubectl` that prints what the recorded one did.
#[derive(Clone)]
pub(crate) struct Kubectl(PathBuf);

impl Kubectl {
    /// Says so if there is none.
    pub(crate) fn find() -> Option<Self> {
        let named = env::var_os("OPERATOR_TEST_KUBECTL").unwrap_or_else(|| "kubectl".into());
        let Some(path) = in_path(&named) else {
            eprintln!("skipped: there is no {}", named.display());
            return None;
        };
        let version = Command::new(&path)
            .args(["version", "--client"])
            .output()
            .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let version = text(&version.stdout);
        if !version.contains(RECORDED_WITH) {
            eprintln!(
                "skipped: the transcripts are of kubectl {RECORDED_WITH}x, this is:\n{version}"
            );
            return None;
        }
        Some(Self(path))
    }
}

fn in_path(name: &OsString) -> Option<PathBuf> {
    let folders = env::split_paths(&env::var_os("PATH")?).collect::<Vec<_>>();
    folders
        .into_iter()
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

/// Commands for watches, which end only when they are told to. A watch has begun when `kubectl`'s log says that the
/// server answered it (or that there is nothing yet, where `kubectl wait` asks again and again): what comes after it in
/// the transcript would else be over before `kubectl` looks.
const TOOLS: [(&str, &str); 3] = [
    (
        "watch-begin",
        r#"name=$1; shift
: >"$name.log"
timeout 300 "$@" -v=6 >"$name.watch" 2>"$name.log" </dev/null & pid=$!
echo $pid >"$name.pid"
until grep -qE 'watch=true.* 200 OK|404 Not Found' "$name.log"; do
  kill -0 $pid 2>/dev/null || break
  sleep 0.1
done"#,
    ),
    (
        "watch-until",
        r#"for _ in $(seq 600); do
  [ "$(wc -l <"$1.watch")" -ge "$2" ] && break
  sleep 0.1
done
cat "$1.watch"; grep -v '^[IWE][0-9]' "$1.log" || true"#,
    ),
    (
        "watch-end",
        r#"kill "$(cat "$1.pid")"; cat "$1.watch"; grep -v '^[IWE][0-9]' "$1.log" || true"#,
    ),
];

/// A folder, an environment and a namespace in which command lines are run.
pub(crate) struct Shell {
    folder: TempDir,
    path: OsString,
}

impl Shell {
    /// A shell whose `kubectl` uses this kubeconfig, in the namespace `kubectl-STORY`, which is empty at first.
    pub(crate) fn new(kubectl: &Kubectl, kubeconfig: &str, story: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let bin = folder.path().join("bin");
        fs::create_dir(&bin).expect("a folder for kubectl");
        // A wrapper, because some distributions' kubectl looks for its companions beside itself.
        let wrapper = format!("exec '{}' \"$@\"", kubectl.0.display());
        executable(&bin.join("kubectl"), &wrapper);
        for (name, script) in TOOLS {
            executable(&bin.join(name), script);
        }
        let mut folders = vec![bin];
        folders.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
        let shell = Self {
            path: env::join_paths(folders).expect("a path"),
            folder,
        };
        fs::write(shell.folder.path().join("kubeconfig"), kubeconfig).expect("the kubeconfig");
        let namespace = format!("kubectl-{}", story.replace('_', "-"));
        shell.prepare(&format!(
            "kubectl delete namespace {namespace} --ignore-not-found"
        ));
        shell.prepare(&format!("kubectl create namespace {namespace}"));
        shell.prepare(&format!(
            "kubectl config set-context --current --namespace={namespace}"
        ));
        shell
    }

    fn prepare(&self, command: &str) {
        let output = self.output(command);
        assert!(
            output.status.success(),
            "{command}: {}",
            text(&output.stderr)
        );
    }

    /// What the command line printed, on both streams, and how it ended if not well.
    pub(crate) fn run(&self, command: &str) -> String {
        let output = self.output(&format!("exec 2>&1\n{command}"));
        let mut printed = text(&output.stdout);
        match output.status.code() {
            Some(0) => {}
            Some(code) => {
                // Writing to a String does not fail.
                let _ = writeln!(printed, "[exit {code}]");
            }
            None => printed.push_str("[killed]\n"),
        }
        printed
    }

    fn output(&self, command: &str) -> Output {
        Command::new("bash")
            .arg("-c")
            .arg(command)
            .current_dir(self.folder.path())
            .env("PATH", &self.path)
            .env("HOME", self.folder.path())
            .env("KUBECONFIG", self.folder.path().join("kubeconfig"))
            .env("LC_ALL", "C")
            .output()
            .unwrap_or_else(|e| panic!("bash: {e}"))
    }
}

fn executable(path: &Path, script: &str) {
    fs::write(path, format!("#!/bin/sh\n{script}\n")).expect("a command");
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(path, executable).expect("an executable command");
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
