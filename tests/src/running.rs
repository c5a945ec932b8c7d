//! [`Running`]: an operator in a tokio runtime of its own, so that killing it leaves nothing of it behind.

use operator_core::{
    Operator,
    runtime::{RunError, Stopped},
};
use tokio::{
    runtime::{Builder, Runtime},
    sync::oneshot,
    task::JoinHandle,
};

use crate::{cluster::Cluster, wire::Wire};

/// An operator that runs until it is stopped, killed or dropped; dropping kills.
pub struct Running {
    wire: Wire,
    runtime: Option<Runtime>,
    /// Asks it to stop, and hears that it was noticed.
    stop: Option<(oneshot::Sender<()>, oneshot::Receiver<()>)>,
    end: JoinHandle<Result<Stopped, RunError>>,
}

impl Running {
    /// Starts an operator whose requests go over `wire`.
    ///
    /// # Panics
    /// If the system gives no more threads.
    #[must_use]
    pub fn start(cluster: &Cluster, operator: Operator, wire: Wire) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a tokio runtime");
        let (stop, stopped) = oneshot::channel::<()>();
        let (notice, noticed) = oneshot::channel::<()>();
        let (cluster, over) = (cluster.clone(), wire.clone());
        let end = runtime.spawn(async move {
            let client = cluster.client_over(&over);
            let asked = async {
                let _ = stopped.await;
                let _ = notice.send(());
            };
            operator.run(client, asked).await
        });
        Self {
            wire,
            runtime: Some(runtime),
            stop: Some((stop, noticed)),
            end,
        }
    }

    /// What it asks the server.
    #[must_use]
    pub fn wire(&self) -> &Wire {
        &self.wire
    }

    /// Asks it to end, and waits until it has noticed, but not for its end.
    pub async fn ask_to_stop(&mut self) {
        if let Some((stop, noticed)) = self.stop.take() {
            // Both fail if it ended by itself; `stop` tells with what.
            let _ = stop.send(());
            let _ = noticed.await;
        }
    }

    /// Asks it to end, and waits until it has.
    ///
    /// # Panics
    /// If it panicked, or ended with an error.
    pub async fn stop(mut self) -> Stopped {
        self.ask_to_stop().await;
        let end = (&mut self.end).await.expect("the operator panicked");
        end.expect("the operator ended with an error")
    }

    /// Ends it between two instructions, as `kill -9` does.
    pub fn kill(self) {
        drop(self);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
