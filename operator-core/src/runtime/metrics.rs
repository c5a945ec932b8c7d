//! Metrics, under the names that controller-runtime gave them, so that its dashboards work. No label takes a
//! value per object.

use std::time::{Duration, Instant};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

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
    depth: Gauge,
    adds: Counter,
    retries: Counter,
    waited_seconds: Histogram,
    worked_seconds: Histogram,
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
        let controller = Controller {
            controller: name.into(),
        };
        let queue = Workqueue {
            name: name.into(),
            controller: name.into(),
        };
        let reconciles = Family::default();
        registry.register(
            "controller_runtime_reconcile",
            "Total number of passes, by result",
            reconciles.clone(),
        );
        let mut counter = |metric: &str, help: &str| {
            let family = Family::<Controller, Counter>::default();
            registry.register(format!("controller_runtime_{metric}"), help, family.clone());
            family.get_or_create(&controller).clone()
        };
        let errors = counter("reconcile_errors", "Total number of passes that failed");
        let terminal_errors = counter(
            "terminal_reconcile_errors",
            "Total number of failures that are not retried until the parent changes",
        );
        let panics = counter("reconcile_panics", "Total number of handlers that panicked");
        let timeouts = counter(
            "reconcile_timeouts",
            "Total number of handlers that exceeded their deadline",
        );
        let mut counter = |metric: &str, help: &str| {
            let family = Family::<Workqueue, Counter>::default();
            registry.register(format!("workqueue_{metric}"), help, family.clone());
            family.get_or_create(&queue).clone()
        };
        let adds = counter("adds", "Total number of parents handed to a pass");
        let retries = counter("retries", "Total number of passes after a failure");
        let mut histogram = |metric: &str, help: &str| {
            let family = Family::<Workqueue, Histogram>::new_with_constructor(|| {
                Histogram::new(QUEUE_BUCKETS)
            });
            registry.register(format!("workqueue_{metric}"), help, family.clone());
            family.get_or_create(&queue).clone()
        };
        let waited_seconds = histogram(
            "queue_duration_seconds",
            "How long a due parent waited for its pass",
        );
        let worked_seconds = histogram("work_duration_seconds", "How long a pass took");
        let gauges = Family::<Workqueue, Gauge>::default();
        registry.register(
            "workqueue_depth",
            "How many parents are due and wait for a pass",
            gauges.clone(),
        );
        let depth = gauges.get_or_create(&queue).clone();
        let gauges = Family::<Controller, Gauge>::default();
        registry.register(
            "controller_runtime_active_workers",
            "How many passes are under way",
            gauges.clone(),
        );
        let active = gauges.get_or_create(&controller).clone();
        let limits = Family::<Controller, Gauge>::default();
        registry.register(
            "controller_runtime_max_concurrent_reconciles",
            "How many passes may be under way",
            limits.clone(),
        );
        limits
            .get_or_create(&controller)
            .set(i64::try_from(concurrency).unwrap_or(i64::MAX));
        let histograms = Family::<Controller, Histogram>::new_with_constructor(|| {
            Histogram::new(RECONCILE_BUCKETS)
        });
        registry.register(
            "controller_runtime_reconcile_time_seconds",
            "How long a pass took",
            histograms.clone(),
        );
        let reconcile_seconds = histograms.get_or_create(&controller).clone();
        Self {
            registry,
            name: name.into(),
            reconciles,
            errors,
            terminal_errors,
            panics,
            timeouts,
            reconcile_seconds,
            active,
            depth,
            adds,
            retries,
            waited_seconds,
            worked_seconds,
        }
    }

    pub(crate) fn panicked(&self) {
        self.panics.inc();
    }

    pub(crate) fn timed_out(&self) {
        self.timeouts.inc();
    }

    /// A pass begins, after its parent waited for so long.
    pub(crate) fn begun(&self, waited: Duration) {
        self.active.inc();
        self.adds.inc();
        self.waited_seconds.observe(waited.as_secs_f64());
    }

    /// A pass that began at `since` ended.
    pub(crate) fn ended(&self, result: PassResult, since: Instant, now: Instant) {
        self.active.dec();
        let seconds = now.duration_since(since).as_secs_f64();
        self.worked_seconds.observe(seconds);
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
                self.retries.inc();
            }
            _ => {}
        }
    }

    /// All metrics in the text format of `OpenMetrics`.
    pub(crate) fn render(&self, depth: usize) -> String {
        self.depth.set(i64::try_from(depth).unwrap_or(i64::MAX));
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
        metrics.begun(Duration::from_millis(3));
        metrics.ended(
            PassResult::Terminal,
            start,
            start + Duration::from_millis(7),
        );
        let text = metrics.render(2);
        for line in [
            r#"controller_runtime_reconcile_total{controller="echo",result="error"} 1"#,
            r#"controller_runtime_reconcile_errors_total{controller="echo"} 1"#,
            r#"controller_runtime_terminal_reconcile_errors_total{controller="echo"} 1"#,
            r#"controller_runtime_reconcile_panics_total{controller="echo"} 0"#,
            r#"controller_runtime_reconcile_time_seconds_count{controller="echo"} 1"#,
            r#"controller_runtime_max_concurrent_reconciles{controller="echo"} 4"#,
            r#"controller_runtime_active_workers{controller="echo"} 0"#,
            r#"workqueue_depth{name="echo",controller="echo"} 2"#,
            r#"workqueue_adds_total{name="echo",controller="echo"} 1"#,
            r#"workqueue_queue_duration_seconds_count{name="echo",controller="echo"} 1"#,
        ] {
            assert!(text.contains(line), "{line} is missing in:\n{text}");
        }
    }
}
