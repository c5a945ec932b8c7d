//! The figures as a table in Markdown: a row for each, a column for each system.

use std::fmt::Write;

use crate::{
    figures::{FIGURES, Figure, Summary},
    run::Run,
};

/// Renders the table of all runs.
pub(crate) fn render(systems: &[&str], runs: &[Run]) -> String {
    let mut text = String::new();
    if let Some(run) = runs.first() {
        let (size, rounds) = (run.size, runs.iter().map(|run| run.round).max());
        let cores = if run.pinned {
            "driver and server on one core, the system on another"
        } else {
            "all on all cores"
        };
        let servers = if run.fresh {
            "a fresh one for each run"
        } else {
            "one for all runs"
        };
        // Writing to a String does not fail.
        let _ = writeln!(
            text,
            "{} parents with {} children of {} bytes each, {} edits at {} a second; server {}, {servers}; {cores}; median of {} \
             (least–most), multiples of the floor in the same round.\n",
            size.parents,
            size.children,
            size.payload,
            size.edits,
            size.rate,
            run.server,
            rounds.map_or_else(String::new, |rounds| if rounds == 1 {
                "1 round".into()
            } else {
                format!("{rounds} rounds")
            }),
        );
    }
    let _ = writeln!(text, "| | {} |", systems.join(" | "));
    let _ = writeln!(text, "|---|{}", "---:|".repeat(systems.len()));
    for figure in FIGURES {
        let cells: Vec<String> = systems
            .iter()
            .map(|system| {
                let summary = figure.of(system, runs);
                summary.map_or_else(|| "–".into(), |summary| cell(figure, &summary))
            })
            .collect();
        let _ = writeln!(text, "| {} | {} |", figure.name, cells.join(" | "));
    }
    text
}

fn cell(figure: &Figure, summary: &Summary) -> String {
    let digits = figure.digits;
    let number = |value: f64| format!("{value:.digits$}");
    let mut cell = number(summary.median);
    let spread = [summary.least, summary.most].map(number);
    if spread[0] != spread[1] {
        let _ = write!(cell, " ({}–{})", spread[0], spread[1]);
    }
    if let Some(times) = summary.times_floor {
        let _ = write!(cell, " ×{times:.2}");
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_has_median_spread_and_multiple() {
        let runs = [
            ("floor", 1, 1.0),
            ("floor", 2, 1.5),
            ("a", 1, 2.0),
            ("a", 2, 3.0),
        ]
        .map(|(system, round, seconds)| Run::for_test(system, round, seconds));
        let table = render(&["floor", "a"], &runs);
        let row = table.lines().find(|line| line.contains("cold start, s"));
        assert_eq!(
            row,
            Some("| cold start, s | 1.250 (1.000–1.500) ×1.00 | 2.500 (2.000–3.000) ×2.00 |")
        );
    }
}
