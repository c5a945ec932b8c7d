//! Metrics, under the names that controller-runtime gave them, so that its dashboards work. No label takes a
//! value per object.

use std::{
    collections::BTreeMap,
    fmt::Debug,
    hash::Hash,
    sync::{Mutex, PoisonError, atomic::AtomicU64},
    time::{Duration, Instant},
};

use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeMetric, text::encode},
    metrics::{TypedMetric, counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

use crate::object::Uid;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Controller {
    controller: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Outcome {
    controller: String,
    result: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Workqueue {
    name: String,
    controller: String,
}

/// How a pass ended, in controller-runtime's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PassResult {
    Success,
    /// The handler asked for a resync.
    RequeueAfter,
    /// The parent changed meanwhile.
    Requeue,
    Error,
    /// An error that is not retried until the parent changes.
    Terminal,
}

impl PassResult {
    fn label(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::RequeueAfter => "requeue_after",
            Self::Requeue => "requeue",
            Self::Error | Self::Terminal => "error",
        }
    }
}

/// Metrics that share a prefix and their labels.
struct Group<'a, L> {
    prefix: &'static str,
    labels: L,
    registry: &'a mut Registry,
}

impl<L> Group<'_, L>
where
    L: EncodeLabelSet + Clone + Debug + Eq + Hash + Send + Sync + 'static,
{
    /// Registers a metric and gives the one that bears the labels.
    fn one<M>(&mut self, name: &str, help: &str, make: fn() -> M) -> M
    where
        M: EncodeMetric + TypedMetric + Clone + Debug + Send + Sync + 'static,
    {
        let family = Family::<L, M, fn() -> M>::new_with_constructor(make);
        self.registry
            .register(format!("{}_{name}", self.prefix), help, family.clone());
        family.get_or_create(&self.labels).clone()
    }
}

/// The metrics of the queue of parents.
struct Queue {
    depth: Gauge,
    adds: Counter,
    retries: Counter,
    waited_seconds: Histogram,
    worked_seconds: Histogram,
    unfinished_seconds: Gauge<f64, AtomicU64>,
    longest_seconds: Gauge<f64, AtomicU64>,
}

impl Queue {
    fn new(registry: &mut Registry, name: &str) -> Self {
        let of_queue = Workqueue {
            name: name.into(),
            controller: name.into(),
        };
        let mut queue = Group {
            prefix: "workqueue",
            labels: of_queue,
            registry,
        };
        let in_queue_buckets: fn() -> Histogram = || Histogram::new(QUEUE_BUCKETS);
        Self {
            depth: queue.one(
                "depth",
                "How many parents are due and wait for a pass",
                Gauge::default,
            ),
            adds: queue.one(
                "adds",
                "Total number of parents handed to a pass",
                Counter::default,
            ),
            retries: queue.one(
                "retries",
                "Total number of passes after a failure",
                Counter::default,
            ),
            waited_seconds: queue.one(
                "queue_duration_seconds",
                "How long a due parent waited for its pass",
                in_queue_buckets,
            ),
            worked_seconds: queue.one(
                "work_duration_seconds",
                "How long a pass took",
                in_queue_buckets,
            ),
            unfinished_seconds: queue.one(
                "unfinished_work_seconds",
                "How long the passes under way have taken, added up",
                Gauge::default,
            ),
            longest_seconds: queue.one(
                "longest_running_processor_seconds",
                "How long the longest of the passes under way has taken",
                Gauge::default,
            ),
        }
    }
}

/// The metrics of one operator.
pub(crate) struct Metrics {
    registry: Registry,
    name: String,
    reconciles: Family<Outcome, Counter>,
    errors: Counter,
    terminal_errors: Counter,
    panics: Counter,
    timeouts: Counter,
    reconcile_seconds: Histogram,
    active: Gauge,
    queue: Queue,
    /// The passes under way, and since when.
    running: Mutex<BTreeMap<Uid, Instant>>,
}

/// From 5 ms to a minute, as controller-runtime has them.
const RECONCILE_BUCKETS: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0,
];
/// From 10 ns to a thousand seconds, as client-go's work queue has them.
const QUEUE_BUCKETS: [f64; 12] = [
    1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0, 1000.0,
];

impl Metrics {
    pub(crate) fn new(name: &str, concurrency: usize) -> Self {
        let mut registry = Registry::default();
        let reconciles = Family::default();
        registry.register(
            "controller_runtime_reconcile",
            "Total number of passes, by result",
            reconciles.clone(),
        );
        let of_controller = Controller {
            controller: name.into(),
        };
        let mut controller = Group {
            prefix: "controller_runtime",
            labels: of_controller,
            registry: &mut registry,
        };
        let limit: Gauge = controller.one(
            "max_concurrent_reconciles",
            "How many passes may be under way",
            Gauge::default,
        );
        limit.set(i64::try_from(concurrency).unwrap_or(i64::MAX));
        let errors = controller.one(
            "reconcile_errors",
            "Total number of passes that failed",
            Counter::default,
        );
        let terminal_errors = controller.one(
            "terminal_reconcile_errors",
            "Total number of failures that are not retried until the parent changes",
            Counter::default,
        );
        let panics = controller.one(
            "reconcile_panics",
            "Total number of handlers that panicked",
            Counter::default,
        );
        let timeouts = controller.one(
            "reconcile_timeouts",
            "Total number of handlers that exceeded their deadline",
            Counter::default,
        );
        let active = controller.one(
            "active_workers",
            "How many passes are under way",
            Gauge::default,
        );
        let reconcile_seconds =
            controller.one("reconcile_time_seconds", "How long a pass took", || {
                Histogram::new(RECONCILE_BUCKETS)
            });
        let queue = Queue::new(&mut registry, name);
        Self {
            queue,
            name: name.into(),
            reconciles,
            errors,
            terminal_errors,
            panics,
            timeouts,
            reconcile_seconds,
            active,
            running: Mutex::default(),
            registry,
        }
    }

    pub(crate) fn panicked(&self) {
        self.panics.inc();
    }

    pub(crate) fn timed_out(&self) {
        self.timeouts.inc();
    }

    /// A pass begins, after its parent waited for so long.
    pub(crate) fn begun(&self, uid: &Uid, now: Instant, waited: Duration) {
        self.running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(uid.clone(), now);
        self.active.inc();
        self.queue.adds.inc();
        self.queue.waited_seconds.observe(waited.as_secs_f64());
    }

    /// A pass that began at `since` ended.
    pub(crate) fn ended(&self, result: PassResult, uid: &Uid, since: Instant, now: Instant) {
        self.running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(uid);
        self.active.dec();
        let seconds = now.duration_since(since).as_secs_f64();
        self.queue.worked_seconds.observe(seconds);
        self.reconcile_seconds.observe(seconds);
        self.reconciles
            .get_or_create(&Outcome {
                controller: self.name.clone(),
                result: result.label(),
            })
            .inc();
        if matches!(result, PassResult::Error | PassResult::Terminal) {
            self.errors.inc();
        }
        match result {
            PassResult::Terminal => {
                self.terminal_errors.inc();
            }
            PassResult::Error => {
                self.queue.retries.inc();
            }
            _ => {}
        }
    }

    /// All metrics in the text format of `OpenMetrics`.
    pub(crate) fn render(&self, depth: usize, now: Instant) -> String {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = |since: &Instant| now.saturating_duration_since(*since).as_secs_f64();
        self.queue.unfinished_seconds.set(
            running
                .values()
                .map(seconds)
                .fold(0.0, |sum, one| sum + one),
        );
        self.queue
            .longest_seconds
            .set(running.values().map(seconds).fold(0.0, f64::max));
        drop(running);
        self.queue
            .depth
            .set(i64::try_from(depth).unwrap_or(i64::MAX));
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("writing to a string does not fail");
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_controller_runtime() {
        let metrics = Metrics::new("echo", 4);
        let start = Instant::now();
        let (one, other): (Uid, Uid) = ("P".into(), "Q".into());
        metrics.begun(&one, start, Duration::from_millis(3));
        metrics.begun(&other, start, Duration::from_millis(3));
        metrics.ended(
            PassResult::Terminal,
            &one,
            start,
            start + Duration::from_millis(7),
        );
        let text = metrics.render(2, start + Duration::from_secs(3));
        for line in [
            r#"controller_runtime_reconcile_total{controller="echo",result="error"} 1"#,
            r#"controller_runtime_reconcile_errors_total{controller="echo"} 1"#,
            r#"controller_runtime_terminal_reconcile_errors_total{controller="echo"} 1"#,
            r#"controller_runtime_reconcile_panics_total{controller="echo"} 0"#,
            r#"controller_runtime_reconcile_time_seconds_count{controller="echo"} 1"#,
            r#"controller_runtime_max_concurrent_reconciles{controller="echo"} 4"#,
            r#"controller_runtime_active_workers{controller="echo"} 1"#,
            r#"workqueue_depth{name="echo",controller="echo"} 2"#,
            r#"workqueue_adds_total{name="echo",controller="echo"} 2"#,
            r#"workqueue_unfinished_work_seconds{name="echo",controller="echo"} 3.0"#,
            r#"workqueue_longest_running_processor_seconds{name="echo",controller="echo"} 3.0"#,
            r#"workqueue_queue_duration_seconds_count{name="echo",controller="echo"} 2"#,
        ] {
            assert!(text.contains(line), "{line} is missing in:\n{text}");
        }
    }
}
