//! [`Screen`]: the account on standard output; where a person watches, above a line that is kept up to date.

use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::tz::TimeZone;
use tracing_subscriber::fmt::MakeWriter;

use super::{
    layout::{Layout, Overview},
    ledger::Entry,
};

/// See the module's documentation. Clones write to the same place.
#[derive(Clone, Debug)]
pub(super) struct Screen {
    layout: Layout,
    /// The line at the bottom, where a person watches.
    bottom: Option<ProgressBar>,
    /// Whether whoever read it has gone.
    unread: Arc<AtomicBool>,
}

impl Screen {
    /// One for what standard output is; plain lines if they are wanted, or if nobody is there to watch.
    pub(super) fn new(plain: bool) -> Self {
        let watched = !plain && Term::stdout().features().is_attended();
        let bottom = watched.then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stdout());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
                bar.set_style(style);
            }
            bar
        });
        Self {
            layout: Layout {
                // Heeds NO_COLOR.
                colours: watched && console::colors_enabled(),
                time_zone: TimeZone::system(),
            },
            bottom,
            unread: Arc::default(),
        }
    }

    /// Writes an entry.
    pub(super) fn entry(&self, entry: &Entry) {
        self.say(&if self.bottom.is_some() {
            self.layout.block(entry)
        } else {
            self.layout.line(entry)
        });
    }

    /// Writes something else.
    pub(super) fn say(&self, text: &str) {
        match &self.bottom {
            // As raw lines: those that are longer than the terminal is wide are not to be cut.
            Some(bar) => bar.suspend(|| self.print(text)),
            None => self.print(text),
        }
    }

    fn print(&self, text: &str) {
        let mut out = io::stdout().lock();
        if writeln!(out, "{text}").and_then(|()| out.flush()).is_err() {
            self.unread.store(true, Ordering::Relaxed);
        }
    }

    /// Whether whoever read it has gone, as at the other end of a pipe.
    pub(super) fn is_unread(&self) -> bool {
        self.unread.load(Ordering::Relaxed)
    }

    /// Brings the line at the bottom up to date.
    pub(super) fn overview(&self, overview: impl FnOnce() -> Overview) {
        if let Some(bar) = &self.bottom {
            bar.tick();
            bar.set_message(overview().text());
        }
    }

    /// How often that is worth doing.
    pub(super) fn pace() -> Duration {
        Duration::from_millis(100)
    }

    /// Takes the line at the bottom away.
    pub(super) fn end(&self) {
        if let Some(bar) = &self.bottom {
            bar.finish_and_clear();
        }
    }
}

/// The log goes to standard error, and leaves the line at the bottom in one piece.
impl<'a> MakeWriter<'a> for Screen {
    type Writer = Log<'a>;

    fn make_writer(&'a self) -> Log<'a> {
        Log(self)
    }
}

/// See [`Screen`].
pub(super) struct Log<'a>(&'a Screen);

impl Write for Log<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let write = || io::stderr().write_all(bytes);
        match &self.0.bottom {
            Some(bar) => bar.suspend(write),
            None => write(),
        }?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
