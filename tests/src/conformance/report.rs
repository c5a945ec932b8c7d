//! [`Report`]: how a run went, case by case that failed, and in numbers.

use std::{fmt, time::Duration};

use crate::conformance::case::Section;

/// The outcome of a run.
#[derive(Debug)]
pub struct Report {
    /// What it ran on.
    pub target: &'static str,
    /// One line for each section.
    pub sections: Vec<Line>,
    /// The cases that failed, each at its first wrong step.
    pub failures: Vec<Failure>,
    /// The cases that could not run, and why.
    pub skipped: Vec<String>,
    /// How many steps were answered differently as listed.
    pub differences: usize,
    /// The cases that took longest.
    pub slowest: Vec<(String, Duration)>,
}

/// A section in numbers.
#[derive(Debug)]
pub struct Line {
    title: String,
    statements: usize,
    uncovered: Vec<String>,
    cases: usize,
    steps: usize,
}

impl From<&Section> for Line {
    fn from(section: &Section) -> Self {
        Self {
            title: section.section.clone(),
            statements: section.statements.len(),
            uncovered: section
                .uncovered
                .iter()
                .map(|(mark, why)| format!("{mark} has none: {why}"))
                .collect(),
            cases: section.cases.len(),
            steps: section.cases.iter().map(|case| case.steps.len()).sum(),
        }
    }
}

/// A case that failed.
#[derive(Debug)]
pub struct Failure {
    /// Its id.
    pub case: String,
    /// What has to hold.
    pub statement: String,
    /// The number of the step, from 1.
    pub step: usize,
    /// What the step does.
    pub does: String,
    /// What went wrong: mostly a diff.
    pub difference: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.case, self.statement)?;
        writeln!(f, "  step {}: {}", self.step, self.does)?;
        self.difference
            .lines()
            .try_for_each(|line| writeln!(f, "    {line}"))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for failure in &self.failures {
            writeln!(f, "\n{failure}")?;
        }
        let (mut statements, mut covered, mut cases, mut steps) = (0, 0, 0, 0);
        for line in &self.sections {
            let with_cases = line.statements - line.uncovered.len();
            writeln!(
                f,
                "{:42}{:3} of {:2} statements {:4} cases {:5} steps",
                line.title, with_cases, line.statements, line.cases, line.steps
            )?;
            line.uncovered
                .iter()
                .try_for_each(|why| writeln!(f, "    {why}"))?;
            (statements, covered) = (statements + line.statements, covered + with_cases);
            (cases, steps) = (cases + line.cases, steps + line.steps);
        }
        self.skipped
            .iter()
            .try_for_each(|skipped| writeln!(f, "skipped: {skipped}"))?;
        for (case, took) in &self.slowest {
            writeln!(f, "{took:>10.2?} {case}")?;
        }
        let failed = self.failures.len();
        write!(
            f,
            "{}: {covered} of {statements} statements, {cases} cases, {steps} steps: {failed} cases failed, ",
            self.target
        )?;
        write!(
            f,
            "{} skipped, {} steps differ as listed",
            self.skipped.len(),
            self.differences
        )
    }
}
