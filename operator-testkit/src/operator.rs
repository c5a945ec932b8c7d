//! [`Facts`] and [`Running`]: what the kit knows of an operator, and the task that it runs in.

use std::sync::{Arc, OnceLock};

use operator_core::{
    K8sType, Operator, OperatorConfig,
    runtime::{Probe, RunError, Stopped},
};
use tokio::{sync::oneshot, task::JoinHandle};

use crate::KitError;

/// What the kit knows of an operator once it runs.
#[derive(Clone)]
pub(crate) struct Facts {
    pub(crate) name: String,
    pub(crate) parent: &'static K8sType,
    pub(crate) children: Vec<&'static K8sType>,
    pub(crate) selector: String,
    pub(crate) condition: String,
    pub(crate) finalizer: String,
}

impl Facts {
    pub(crate) fn of(config: &OperatorConfig) -> Self {
        Self {
            name: config.name().to_owned(),
            parent: config.parent(),
            children: config.children().iter().map(|(kind, _)| *kind).collect(),
            selector: config.child_selector(),
            condition: config.condition().to_owned(),
            finalizer: config.finalizer(),
        }
    }
}

/// An operator at work in the background; dropped, it ends at once.
pub(crate) struct Running {
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<Result<Stopped, RunError>>,
    /// Why it ended, if it did with an error.
    why: Arc<OnceLock<String>>,
}

impl Running {
    pub(crate) fn start(operator: Operator, client: kube::Client, probe: &Probe) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let probe = probe.clone();
        let why = Arc::new(OnceLock::new());
        let told = Arc::clone(&why);
        let task = tokio::spawn(async move {
            let asked = async {
                // Dropped without a word, it is aborted as well.
                let _ = stopped.await;
            };
            let ended = operator.run_observed(client, asked, &probe).await;
            if let Err(error) = &ended {
                // Nobody else sets it.
                let _ = told.set(error.to_string());
            }
            ended
        });
        Self {
            stop: Some(stop),
            task,
            why,
        }
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.task.is_finished()
    }

    /// Why it ended by itself.
    pub(crate) fn how_it_ended(&self) -> String {
        let why = self.why.get().cloned();
        why.unwrap_or_else(|| "it panicked".to_owned())
    }

    /// Asks it to end, and waits until it has.
    pub(crate) async fn stop(&mut self) -> Result<Stopped, KitError> {
        if let Some(stop) = self.stop.take() {
            // Fails if it ended by itself: how, is told below.
            let _ = stop.send(());
        }
        match (&mut self.task).await {
            Ok(Ok(stopped)) => Ok(stopped),
            Ok(Err(error)) => Err(KitError::Ended(error.to_string())),
            Err(error) => Err(KitError::Ended(error.to_string())),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}
