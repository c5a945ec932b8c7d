//! [`Readiness`]: what an operator's `/readyz` said, sampled all the time.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use operator_tests::probe;
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

/// How long between two samples.
const PAUSE: Duration = Duration::from_millis(20);

#[derive(Clone, Debug)]
struct Sample {
    at: Instant,
    ready: bool,
    /// What it said if it was not ready; nothing where nobody answered.
    said: String,
}

/// Samples until it is dropped.
pub(crate) struct Readiness {
    samples: Arc<Mutex<Vec<Sample>>>,
    task: JoinHandle<()>,
}

impl Readiness {
    pub(crate) fn of(address: SocketAddr) -> Self {
        let samples = Arc::<Mutex<Vec<Sample>>>::default();
        let into = Arc::clone(&samples);
        let task = tokio::spawn(async move {
            loop {
                let answer = timeout(Duration::from_secs(1), probe::get(address, "/readyz")).await;
                let (ready, said) = match answer {
                    Ok(Ok((200, _))) => (true, String::new()),
                    Ok(Ok((_, said))) => (false, said),
                    Ok(Err(_)) | Err(_) => (false, String::new()),
                };
                let sample = Sample {
                    at: Instant::now(),
                    ready,
                    said,
                };
                into.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(sample);
                sleep(PAUSE).await;
            }
        });
        Self { samples, task }
    }

    fn samples(&self) -> MutexGuard<'_, Vec<Sample>> {
        self.samples.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When, in this time, it first said that it was not ready.
    pub(crate) fn lost_between(&self, from: Instant, until: Instant) -> Option<Instant> {
        let samples = self.samples();
        let mut lost = samples
            .iter()
            .filter(|sample| sample.at >= from && sample.at <= until && !sample.said.is_empty());
        lost.next().map(|sample| sample.at)
    }

    /// How often, in this time, it said that it was ready.
    pub(crate) fn ready_between(&self, from: Instant, until: Instant) -> usize {
        let samples = self.samples();
        let ready = samples
            .iter()
            .filter(|sample| sample.at >= from && sample.at <= until && sample.ready);
        ready.count()
    }

    /// Waits until it says that it is ready, from `since` on; how long after that, or what it said last.
    pub(crate) async fn ready_since(
        &self,
        since: Instant,
        patience: Duration,
    ) -> Result<Duration, String> {
        self.comes_to(since, patience, |sample| sample.ready).await
    }

    /// Waits until it says that it is not ready, and all of this, from `since` on.
    pub(crate) async fn names_since(
        &self,
        since: Instant,
        parts: &[&str],
        patience: Duration,
    ) -> Result<Duration, String> {
        let names =
            |sample: &Sample| !sample.ready && parts.iter().all(|part| sample.said.contains(part));
        self.comes_to(since, patience, names).await
    }

    async fn comes_to(
        &self,
        since: Instant,
        patience: Duration,
        is: impl Fn(&Sample) -> bool,
    ) -> Result<Duration, String> {
        loop {
            let found = self
                .samples()
                .iter()
                .find(|sample| sample.at >= since && is(sample))
                .map(|sample| sample.at);
            if let Some(at) = found {
                return Ok(at - since);
            }
            if since.elapsed() > patience {
                let last = self
                    .samples()
                    .last()
                    .map(|sample| (sample.ready, sample.said.clone()));
                return Err(format!(
                    "/readyz did not come to it within {patience:?}; it is {last:?}"
                ));
            }
            sleep(PAUSE).await;
        }
    }
}

impl Drop for Readiness {
    fn drop(&mut self) {
        self.task.abort();
    }
}
