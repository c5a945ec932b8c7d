//! [`Transcript`]: a file of commands and of what they printed on a real control plane.
//!
//! ```text
//! # A comment.
//! $ kubectl get cm one
//! > --no-headers
//! NAME   DATA   AGE
//! [embedded: the reason why it is something else there]
//! NAME
//! ```
//!
//! Lines that begin with `> ` continue the command. An answer is never empty lines at its end.

use std::{fmt::Write as _, fs, path::Path};

use similar::TextDiff;

const COMMAND: &str = "$ ";
const MORE: &str = "> ";
const DIFFERS: &str = "[embedded: ";

/// A file of commands and answers.
pub(crate) struct Transcript {
    pub(crate) exchanges: Vec<Exchange>,
}

/// A command and what it printed.
#[derive(Default)]
pub(crate) struct Exchange {
    /// Comments before it, as they are.
    heading: String,
    pub(crate) command: String,
    /// What it prints on the real control plane.
    pub(crate) real: String,
    /// An accepted difference: the reason, and what it prints on the embedded one.
    embedded: Option<(String, String)>,
}

impl Transcript {
    pub(crate) fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let mut exchanges: Vec<Exchange> = Vec::new();
        let mut heading = String::new();
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            if let Some(command) = line.strip_prefix(COMMAND) {
                let mut exchange = Exchange {
                    heading: std::mem::take(&mut heading),
                    command: format!("{command}\n"),
                    ..Exchange::default()
                };
                while let Some(more) = lines.peek().and_then(|line| line.strip_prefix(MORE)) {
                    exchange.command.push_str(more);
                    exchange.command.push('\n');
                    lines.next();
                }
                exchanges.push(exchange);
            } else if line.starts_with("# ") || line.is_empty() && is_between(lines.peek()) {
                heading.push_str(line);
                heading.push('\n');
            } else if let Some(exchange) = exchanges.last_mut() {
                exchange.push(line);
            }
        }
        Self { exchanges }
    }

    pub(crate) fn write(&self, path: &Path) {
        let mut text = String::new();
        for exchange in &self.exchanges {
            exchange.write(&mut text);
        }
        fs::write(path, text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    }
}

/// Whether an empty line before this one is none of an answer's.
fn is_between(next: Option<&&str>) -> bool {
    next.is_none_or(|line| line.starts_with(COMMAND) || line.starts_with("# "))
}

impl Exchange {
    fn push(&mut self, line: &str) {
        let reason = line
            .strip_prefix(DIFFERS)
            .and_then(|rest| rest.strip_suffix(']'));
        if let Some(reason) = reason {
            self.embedded = Some((reason.to_owned(), String::new()));
            return;
        }
        let answer = self
            .embedded
            .as_mut()
            .map_or(&mut self.real, |(_, answer)| answer);
        answer.push_str(line);
        answer.push('\n');
    }

    fn write(&self, text: &mut String) {
        text.push_str(&self.heading);
        let mut prefix = COMMAND;
        for line in self.command.lines() {
            text.push_str(prefix);
            text.push_str(line);
            text.push('\n');
            prefix = MORE;
        }
        text.push_str(&self.real);
        if let Some((reason, answer)) = &self.embedded {
            // Writing to a string can't fail.
            let _ = write!(text, "{DIFFERS}{reason}]\n{answer}");
        }
    }

    /// What is wrong with this answer, if anything is.
    pub(crate) fn complaint(&self, answer: &str, embedded: bool) -> Option<String> {
        let accepted = self.embedded.as_ref().filter(|_| embedded);
        if accepted.is_some() && answer == self.real {
            return Some(format!(
                "$ {}is answered as by the real server: its difference can go\n",
                self.command
            ));
        }
        let expected = accepted.map_or(&self.real, |(_, answer)| answer);
        if answer == expected {
            return None;
        }
        let diff = TextDiff::from_lines(expected.as_str(), answer);
        let diff = diff.unified_diff().context_radius(2).to_string();
        Some(format!("$ {}{diff}", self.command))
    }
}
