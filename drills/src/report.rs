//! [`Report`]: what came of the drills, as Markdown.

use std::{fmt, time::Duration};

use crate::figures::millis;

/// So many things that do not hold are told of one drill; the others are counted.
const TOLD: usize = 8;

/// What came of one drill.
#[derive(Debug)]
pub struct Outcome {
    /// What the drill is called.
    pub drill: &'static str,
    /// How often it was repeated.
    pub rounds: u32,
    /// What was seen.
    pub figures: Vec<(String, String)>,
    /// What should have held and did not.
    pub failures: Vec<String>,
    /// How long it took.
    pub took: Duration,
    /// Whether what took too long is a failure.
    strict: bool,
}

impl Outcome {
    pub(crate) fn new(drill: &'static str, rounds: u32, strict: bool) -> Self {
        Self {
            drill,
            rounds,
            figures: Vec::new(),
            failures: Vec::new(),
            took: Duration::ZERO,
            strict,
        }
    }

    /// Whether everything held.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }

    pub(crate) fn figure(&mut self, what: impl Into<String>, value: impl fmt::Display) {
        self.figures.push((what.into(), value.to_string()));
    }

    /// Notes what does not hold.
    pub(crate) fn expect(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds {
            self.fails(otherwise());
        }
    }

    /// Notes what took too long, where that counts.
    pub(crate) fn expect_in_time(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        self.expect(holds || !self.strict, otherwise);
    }

    pub(crate) fn fails(&mut self, why: impl Into<String>) {
        self.failures.push(why.into());
    }
}

/// What came of all drills.
#[derive(Debug)]
pub struct Report {
    /// What the real control plane said of itself; `None` if no drill needed one.
    pub version: Option<String>,
    /// What everything random came from.
    pub seed: u64,
    /// What came of each.
    pub outcomes: Vec<Outcome>,
}

impl Report {
    /// Whether every drill passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.outcomes.iter().all(Outcome::passed)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = self.version.as_deref().unwrap_or("none was needed");
        let profile = if cfg!(debug_assertions) {
            "debug"
        } else {
            "release"
        };
        writeln!(f, "# Fire drills\n")?;
        writeln!(
            f,
            "Kubernetes: {server}. Seed: {}. Build: {profile}.\n",
            self.seed
        )?;
        writeln!(f, "| Drill | Rounds | Result | Took |\n|---|---|---|---|")?;
        for one in &self.outcomes {
            let result = if one.passed() { "pass" } else { "**fail**" };
            let took = one.took.as_secs_f64();
            writeln!(
                f,
                "| `{}` | {} | {result} | {took:.0} s |",
                one.drill, one.rounds
            )?;
        }
        self.outcomes
            .iter()
            .try_for_each(|one| write!(f, "\n{one}"))
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "## `{}`\n", self.drill)?;
        for (what, value) in &self.figures {
            writeln!(f, "- {what}: {value}")?;
        }
        if self.passed() {
            return writeln!(
                f,
                "- Pass, after {} rounds in {}.",
                self.rounds,
                millis(self.took)
            );
        }
        for failure in self.failures.iter().take(TOLD) {
            writeln!(f, "- **Failed**: {failure}")?;
        }
        match self.failures.len().saturating_sub(TOLD) {
            0 => Ok(()),
            more => writeln!(f, "- and {more} more."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_too_long_fails_only_where_that_counts() {
        for strict in [true, false] {
            let mut outcome = Outcome::new("poison", 1, strict);
            outcome.expect_in_time(false, || "late".into());
            assert_eq!(outcome.passed(), !strict);
        }
    }

    #[test]
    fn a_report_tells_what_did_not_hold() {
        let mut outcome = Outcome::new("poison", 3, true);
        outcome.expect(true, || "never told".into());
        assert!(outcome.passed());
        for number in 0..10 {
            outcome.expect(false, || format!("reason {number}"));
        }
        let report = Report {
            version: Some("v1.37.0".into()),
            seed: 7,
            outcomes: vec![outcome],
        };
        let text = report.to_string();
        assert!(
            !report.passed() && text.contains("| `poison` | 3 | **fail** |"),
            "{text}"
        );
        assert!(
            text.contains("reason 7") && !text.contains("reason 8") && text.contains("and 2 more"),
            "{text}"
        );
    }
}
