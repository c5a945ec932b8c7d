//! [`Table`]: rows of measurements, printed as they come.

use std::{
    fs,
    time::{Duration, Instant},
};

/// How often a row is measured.
const TRIES: usize = 3;

/// What was measured, and which rows are wanted.
pub(crate) struct Table {
    wanted: Vec<String>,
    exact: bool,
    count: Option<usize>,
}

/// What a row is to reach.
#[derive(Clone, Copy)]
pub(crate) enum Goal {
    None,
    PerSecond(f64),
    Below(Duration),
}

/// Both clocks.
#[derive(Clone, Copy)]
pub(crate) struct Spent {
    wall: Duration,
    cpu: Duration,
}

/// When something began, on both clocks.
pub(crate) struct Begun {
    wall: Instant,
    cpu: Option<Duration>,
}

impl Begun {
    pub(crate) fn now() -> Self {
        Self {
            cpu: on_a_core(),
            wall: Instant::now(),
        }
    }

    pub(crate) fn spent(&self) -> Spent {
        let wall = self.wall.elapsed();
        let cpu = self
            .cpu
            .zip(on_a_core())
            .map(|(from, to)| to.saturating_sub(from));
        Spent {
            wall,
            cpu: cpu.unwrap_or(wall),
        }
    }
}

/// How long this thread has been on a core; only Linux says it.
fn on_a_core() -> Option<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = text.split(' ').next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

impl Table {
    pub(crate) fn from_arguments() -> Self {
        let mut table = Self {
            wanted: Vec::new(),
            exact: false,
            count: None,
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--count" => {
                    table.count = arguments.next().and_then(|count| count.parse().ok());
                }
                "--exact" => table.exact = true,
                // What cargo says to every benchmark.
                "--bench" => {}
                _ => table.wanted.push(argument),
            }
        }
        println!(
            "{:<44} {:>8} {:>10} {:>10} {:>10}  goal",
            "", "count", "wall/op", "cpu/op", "per second"
        );
        table
    }

    /// Whether a row is wanted.
    pub(crate) fn wants(&self, name: &str) -> bool {
        let is_wanted = |wanted: &String| {
            if self.exact {
                name == wanted
            } else {
                name.contains(wanted)
            }
        };
        self.wanted.is_empty() || self.wanted.iter().any(is_wanted)
    }

    /// How often something is done.
    pub(crate) fn count(&self, usual: usize) -> usize {
        self.count.unwrap_or(usual)
    }

    /// Measures a row: `run` does something so often and says what that took.
    pub(crate) fn row(
        &self,
        name: &str,
        usual: usize,
        goal: Goal,
        mut run: impl FnMut(usize) -> Spent,
    ) {
        if !self.wants(name) {
            return;
        }
        let count = self.count(usual);
        // Who sets a count looks at instructions: once is enough.
        let tries = if self.count.is_some() { 1 } else { TRIES };
        let best = (0..tries).map(|_| run(count)).min_by_key(|spent| spent.cpu);
        if let Some(best) = best {
            Self::print(name, count, best, goal);
        }
    }

    /// Prints a row.
    pub(crate) fn print(name: &str, count: usize, spent: Spent, goal: Goal) {
        let each = |time: Duration| time.as_secs_f64() / count.max(1) as f64;
        let rate = 1.0 / each(spent.cpu);
        let verdict = match goal {
            Goal::None => String::new(),
            Goal::PerSecond(wanted) => format!("{} {wanted:.0}/s", mark(rate >= wanted)),
            Goal::Below(wanted) => {
                format!(
                    "{} < {}",
                    mark(each(spent.cpu) < wanted.as_secs_f64()),
                    time(wanted.as_secs_f64())
                )
            }
        };
        println!(
            "{name:<44} {count:>8} {:>10} {:>10} {rate:>10.0}  {verdict}",
            time(each(spent.wall)),
            time(each(spent.cpu)),
        );
    }
}

/// Whether a goal is met.
pub(crate) fn mark(met: bool) -> &'static str {
    if met { "met " } else { "MISS" }
}

fn time(seconds: f64) -> String {
    if seconds >= 1.0 {
        format!("{seconds:.2} s")
    } else if seconds >= 1e-3 {
        format!("{:.2} ms", seconds * 1e3)
    } else {
        format!("{:.2} us", seconds * 1e6)
    }
}
