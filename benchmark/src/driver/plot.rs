//! The figures as a plot in SVG: for each a bar for each system.

use std::fmt::Write;

use crate::{figures::FIGURES, run::Run};

const COLUMNS: usize = 3;
const BAR: f64 = 16.0;
/// How long the longest bar is.
const BARS: f64 = 152.0;
/// The place for a number behind its bar.
const NUMBERS: f64 = 60.0;
/// How wide a letter is at most, about.
const LETTER: f64 = 6.5;
const MARGIN: f64 = 8.0;
const COLOURS: [&str; 9] = [
    "#9e9e9e", "#1b7f4d", "#c2612c", "#3d6fb4", "#8a4fa0", "#b79b1e", "#4a9aa5", "#8c5a3c",
    "#3a3a3a",
];

/// Renders the plot of all runs.
#[allow(clippy::cast_precision_loss)] // a handful of systems and figures
pub(crate) fn render(systems: &[&str], runs: &[Run]) -> String {
    let height = BAR * (systems.len() as f64 + 2.5);
    let rows = FIGURES.len().div_ceil(COLUMNS) as f64;
    let letters = systems.iter().map(|system| system.chars().count()).max();
    let names = LETTER * letters.unwrap_or_default() as f64 + MARGIN;
    let panel = names + BARS + NUMBERS + MARGIN;
    let (width, whole) = (panel * COLUMNS as f64, height * rows);
    // Writing to a String does not fail.
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {whole}\" font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    for (number, figure) in FIGURES.iter().enumerate() {
        let (column, row) = (number % COLUMNS, number / COLUMNS);
        let (x, y) = (panel * column as f64 + MARGIN, height * row as f64 + BAR);
        let _ = writeln!(
            svg,
            "<text x=\"{x}\" y=\"{y}\" font-weight=\"bold\">{}</text>",
            figure.name
        );
        let medians: Vec<_> = systems
            .iter()
            .map(|system| figure.of(system, runs).map(|summary| summary.median))
            .collect();
        let most = medians.iter().flatten().copied().fold(0.0, f64::max);
        for (place, (system, median)) in systems.iter().zip(&medians).enumerate() {
            let Some(median) = median else { continue };
            let share = if most > 0.0 { median / most } else { 0.0 };
            let length = share * BARS;
            let (top, start) = (y + BAR * (place as f64 + 0.5), x + names);
            let (base, end) = (top + BAR * 0.6, start + length + 4.0);
            let (colour, digits) = (COLOURS[place % COLOURS.len()], figure.digits);
            let _ = writeln!(
                svg,
                "<text x=\"{x}\" y=\"{base}\">{}</text><rect x=\"{start}\" y=\"{top}\" width=\"{length:.1}\" height=\"{}\" fill=\"{colour}\"/><text x=\"{end:.1}\" y=\"{base}\">{median:.digits$}</text>",
                escaped(system),
                BAR * 0.8,
            );
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// A system's name may be anything that somebody wrote on a command line.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_bar_is_the_largest_median() {
        let runs = [("floor", 1.0), ("a<b", 4.0)]
            .map(|(system, seconds)| Run::for_test(system, 1, seconds));
        let svg = render(&["floor", "a<b"], &runs);
        let first: Vec<_> = svg.lines().skip(3).take(2).collect();
        assert!(
            first[0].contains("width=\"38.0\"") && first[0].contains(">1.000<"),
            "{}",
            first[0]
        );
        assert!(
            first[1].contains("width=\"152.0\"") && first[1].contains("a&lt;b"),
            "{}",
            first[1]
        );
    }
}
