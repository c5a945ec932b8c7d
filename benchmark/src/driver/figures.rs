//! The figures that a run comes to, and their median and spread over the rounds, beside the floor's.

use crate::run::Run;

/// What the multiples are of.
pub(crate) const FLOOR: &str = "floor";

/// A figure of a run.
pub(crate) struct Figure {
    /// What it is, with its unit.
    pub(crate) name: &'static str,
    /// How many digits behind the point it is good for.
    pub(crate) digits: usize,
    of: fn(&Run) -> f64,
}

const fn figure(name: &'static str, digits: usize, of: fn(&Run) -> f64) -> Figure {
    Figure { name, digits, of }
}

/// All of them, in the order of the phases.
pub(crate) static FIGURES: &[Figure] = &[
    figure("cold start, s", 3, |run| run.cold.seconds),
    figure("cold start, CPU s", 2, |run| run.cold.cpu_seconds),
    figure("cold start, requests per parent", 2, |run| {
        per(run.cold.requests.single(), run.size.parents)
    }),
    figure("cold start, peak memory MiB", 1, |run| {
        mebibytes(run.cold.peak_memory_kib)
    }),
    figure("edit, p50 ms", 1, |run| {
        quantile(&run.edits.milliseconds, 0.5)
    }),
    figure("edit, p99 ms", 1, |run| {
        quantile(&run.edits.milliseconds, 0.99)
    }),
    figure("the edit's own answer, p99 ms", 1, |run| {
        quantile(&run.edits.answer_milliseconds, 0.99)
    }),
    figure("edit, requests", 2, |run| {
        per(run.edits.requests.single(), run.size.edits)
    }),
    figure("all edits, CPU s", 2, |run| run.edits.cpu_seconds),
    figure("storm, s", 3, |run| run.storm.seconds),
    figure("storm, CPU s", 2, |run| run.storm.cpu_seconds),
    figure("storm, requests per parent", 2, |run| {
        per(run.storm.requests.single(), run.size.parents)
    }),
    figure("storm, peak memory MiB", 1, |run| {
        mebibytes(run.storm.peak_memory_kib)
    }),
    figure("restart, writes", 0, |run| {
        count(run.restart.requests.writes())
    }),
    figure("restart, CPU s", 2, |run| run.restart.cpu_seconds),
    figure("restart, peak memory MiB", 1, |run| {
        mebibytes(run.restart.peak_memory_kib)
    }),
    figure("idle, requests", 0, |run| count(run.idle.requests.total())),
    figure("idle, CPU s", 2, |run| run.idle.cpu_seconds),
];

#[allow(clippy::cast_precision_loss)] // a count of requests is far below 2^52
fn count(count: u64) -> f64 {
    count as f64
}

fn per(requests: u64, of: usize) -> f64 {
    count(requests) / count(of as u64)
}

fn mebibytes(kibibytes: u64) -> f64 {
    count(kibibytes) / 1024.0
}

/// The smallest of the sorted values that at least this share of them does not exceed.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a rank
    let rank = (count(sorted.len() as u64) * share).ceil() as usize;
    let value = sorted.get(rank.saturating_sub(1));
    value.copied().unwrap_or(f64::NAN)
}

/// One figure of one system over the rounds.
#[derive(Debug, PartialEq)]
pub(crate) struct Summary {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
    /// The median of how many times the floor's of the same round it is; none where the floor has nothing.
    pub(crate) times_floor: Option<f64>,
}

impl Figure {
    /// Sums it up for a system; `None` if there is no run of it.
    pub(crate) fn of(&self, system: &str, runs: &[Run]) -> Option<Summary> {
        let of_system = || runs.iter().filter(|run| run.system == system);
        let values: Vec<f64> = of_system().map(self.of).collect();
        let floor = |round| {
            let same = |run: &&Run| run.system == FLOOR && run.round == round;
            runs.iter().find(same).map(self.of).filter(|of| *of > 0.0)
        };
        let times = of_system().filter_map(|run| Some((self.of)(run) / floor(run.round)?));
        Some(Summary {
            median: median(values.clone())?,
            least: values.iter().copied().reduce(f64::min)?,
            most: values.iter().copied().reduce(f64::max)?,
            times_floor: median(times.collect()),
        })
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    Some(f64::midpoint(values[middle - 1], upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_one_of_the_values() {
        let values: Vec<f64> = (1..=100).map(f64::from).collect();
        let quantiles = [(0.5, "50"), (0.99, "99")];
        for (share, expected) in quantiles {
            assert_eq!(quantile(&values, share).to_string(), expected);
        }
        assert_eq!(quantile(&[7.0], 0.99).to_string(), "7");
    }

    #[test]
    fn the_median_of_an_even_number_lies_between() {
        assert_eq!(median(vec![4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![]), None);
    }

    #[test]
    fn a_system_is_compared_with_the_floor_of_its_own_round() {
        let run = |system: &str, round, seconds| Run::for_test(system, round, seconds);
        let runs = [
            run(FLOOR, 1, 1.0),
            run("a", 1, 2.0),
            run(FLOOR, 2, 2.0),
            run("a", 2, 8.0),
        ];
        let expected = Summary {
            median: 5.0,
            least: 2.0,
            most: 8.0,
            times_floor: Some(3.0),
        };
        assert_eq!(FIGURES[0].of("a", &runs), Some(expected));
        assert_eq!(FIGURES[0].of("b", &runs), None);
    }
}
