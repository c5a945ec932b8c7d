//! How an entry of the account looks: as a block for a person who watches, or as one line for what reads lines.

use std::time::Duration;

use console::Style;
use jiff::tz::TimeZone;

use super::{
    ledger::Entry,
    text::{self, Said, Tone},
};

/// Where steps stand: below the time.
const INDENT: &str = "             ";

/// What the one who looks on sees.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) colours: bool,
    pub(super) time_zone: TimeZone,
}

impl Layout {
    /// The entry as a line and one more for each of its steps.
    pub(super) fn block(&self, entry: &Entry) -> String {
        let mut text = format!("{} {}", self.time(entry), self.bold(&entry.subject));
        if !entry.cause.is_empty() {
            text = format!("{text}: {}", one_line(&entry.cause));
        }
        if let Some(outcome) = &entry.outcome {
            text = format!("{text} → {}", self.said(outcome));
        }
        for step in &entry.steps {
            text = format!("{text}\n{INDENT}{}", self.said(step));
        }
        text
    }

    /// The entry as one line, in the order in which things happened.
    pub(super) fn line(&self, entry: &Entry) -> String {
        let mut text = format!("{} {}", self.time(entry), entry.subject);
        if !entry.cause.is_empty() {
            text = format!("{text}: {}", one_line(&entry.cause));
        }
        if !entry.steps.is_empty() {
            let steps: Vec<String> = entry
                .steps
                .iter()
                .map(|step| one_line(&step.text))
                .collect();
            text = format!("{text} → {}", steps.join(", "));
        }
        if let Some(outcome) = &entry.outcome {
            text = format!("{text} → {}", one_line(&outcome.text));
        }
        text
    }

    fn time(&self, entry: &Entry) -> String {
        let at = entry.at.to_zoned(self.time_zone.clone());
        let text = at.strftime("%H:%M:%S%.3f").to_string();
        self.styled(Style::new().dim(), &text)
    }

    fn bold(&self, text: &str) -> String {
        self.styled(Style::new().bold(), text)
    }

    /// A text in the colour of its tone.
    pub(super) fn said(&self, said: &Said) -> String {
        let style = match said.tone {
            Tone::Plain => Style::new(),
            Tone::Good => Style::new().green(),
            Tone::Bad => Style::new().red(),
            Tone::Quiet => Style::new().dim(),
        };
        self.styled(style, &one_line(&said.text))
    }

    fn styled(&self, style: Style, text: &str) -> String {
        style.force_styling(self.colours).apply_to(text).to_string()
    }
}

/// What servers and handlers say may hold anything: no line's end and no control of a terminal gets through.
fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_control()).map(str::trim);
    let words: Vec<&str> = words.filter(|part| !part.is_empty()).collect();
    words.join(" ")
}

/// What the line at the bottom is made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Overview {
    /// The parents' kind.
    pub(super) kind: String,
    pub(super) parents: usize,
    pub(super) synced: usize,
    /// What is worked on, and for how long: the one that takes longest.
    pub(super) under_way: Option<(String, Duration)>,
    pub(super) due: usize,
    /// How many are retried, and when the first of them is.
    pub(super) retrying: (usize, Option<Duration>),
    pub(super) trouble: Option<String>,
}

impl Overview {
    pub(super) fn text(&self) -> String {
        let mut parts = vec![match self.parents {
            0 => format!("no {} yet", self.kind),
            parents => format!("{} of {parents} {} synced", self.synced, self.kind),
        }];
        if let Some((what, time)) = &self.under_way {
            parts.push(format!("{what} for {}", text::duration(*time)));
        }
        if self.due > 0 {
            parts.push(format!("{} waiting", self.due));
        }
        match self.retrying {
            (0, _) => {}
            (count, None) => parts.push(format!("{count} retried")),
            (count, Some(next)) => {
                parts.push(format!("{count} retried in {}", text::duration(next)));
            }
        }
        parts.extend(self.trouble.as_deref().map(one_line));
        parts.join(" · ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn layout(colours: bool) -> Layout {
        Layout {
            colours,
            time_zone: TimeZone::UTC,
        }
    }

    fn entry() -> Entry {
        let at = Timestamp::from_millisecond(43_203_120).unwrap();
        Entry {
            steps: vec![
                Said::new(Tone::Plain, "Deployment hello created (201, 3 ms)"),
                Said::new(Tone::Plain, "status written (200, 1 ms)"),
            ],
            outcome: Some(Said::new(Tone::Good, "synced in 9 ms")),
            ..Entry::note(at, "EchoServer default/hello", "created by kubectl")
        }
    }

    #[test]
    fn a_person_sees_a_block() {
        assert_eq!(
            layout(false).block(&entry()),
            "12:00:03.120 EchoServer default/hello: created by kubectl → synced in 9 ms\n\
             \x20            Deployment hello created (201, 3 ms)\n\
             \x20            status written (200, 1 ms)"
        );
    }

    #[test]
    fn what_reads_lines_gets_one_in_the_order_of_time() {
        assert_eq!(
            layout(false).line(&entry()),
            "12:00:03.120 EchoServer default/hello: created by kubectl → Deployment hello created (201, 3 ms), \
             status written (200, 1 ms) → synced in 9 ms"
        );
    }

    #[test]
    fn a_tone_is_a_colour_only_where_there_are_colours() {
        let bad = Said::new(Tone::Bad, "no");
        assert_eq!(layout(false).said(&bad), "no");
        assert_eq!(layout(true).said(&bad), "\u{1b}[31mno\u{1b}[0m");
    }

    #[test]
    fn no_text_controls_the_terminal() {
        assert_eq!(one_line("a\n  b\u{1b}[31mc\r\n"), "a b [31mc");
    }

    #[test]
    fn the_overview_says_only_what_there_is_to_say() {
        let mut overview = Overview {
            kind: "EchoServer".into(),
            ..Overview::default()
        };
        assert_eq!(overview.text(), "no EchoServer yet");
        (overview.parents, overview.synced, overview.due) = (3, 1, 1);
        overview.under_way = Some(("EchoServer a".into(), Duration::from_secs(2)));
        overview.retrying = (1, Some(Duration::from_millis(400)));
        overview.trouble = Some("EchoServer b: HandlerFailed:\nno".into());
        assert_eq!(
            overview.text(),
            "1 of 3 EchoServer synced · EchoServer a for 2.0 s · 1 waiting · 1 retried in 400 ms · EchoServer b: HandlerFailed: no"
        );
    }
}
