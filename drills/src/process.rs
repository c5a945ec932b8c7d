//! [`OperatorProcess`]: the drilled operator as a process, which is killed when it is dropped.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use crate::operate::Operate;

/// How the process is started, again and again in the same way.
pub(crate) struct OperatorProcess {
    exe: PathBuf,
    log: Option<PathBuf>,
    operate: Operate,
    child: Option<Child>,
}

impl OperatorProcess {
    /// Starts one; `log` gets what it says.
    pub(crate) fn start(exe: &Path, log: Option<PathBuf>, operate: Operate) -> Self {
        let mut process = Self {
            exe: exe.to_owned(),
            log,
            operate,
            child: None,
        };
        process.restart();
        process
    }

    /// Starts it in the same way, if it does not run.
    pub(crate) fn restart(&mut self) {
        let operate = &self.operate;
        let mut command = Command::new(&self.exe);
        command
            .arg("operate")
            .arg("--kubeconfig")
            .arg(&operate.kubeconfig);
        command.args(["--namespace", &operate.namespace]);
        command.args(["--listen", &operate.listen.to_string()]);
        command.args(["--deadline", &operate.deadline.to_string()]);
        if let Some(user) = &operate.user {
            command.args(["--as", user]);
        }
        if operate.optional_apples {
            command.arg("--optional-apples");
        }
        let log = self.log.as_ref().map(|path| {
            let log = File::options().create(true).append(true).open(path);
            log.unwrap_or_else(|e| panic!("{}: {e}", path.display()))
        });
        // The handler that panics is no defect to be looked into.
        command.env_remove("RUST_BACKTRACE");
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(log.map_or_else(Stdio::null, Stdio::from));
        let started = command.spawn();
        self.child = Some(started.unwrap_or_else(|e| panic!("{}: {e}", self.exe.display())));
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Fails if it has ended by itself, which the drill sees by what is missing.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for OperatorProcess {
    fn drop(&mut self) {
        self.kill();
    }
}
