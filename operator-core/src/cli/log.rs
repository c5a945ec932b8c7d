//! The log of a command: the operator and the SDK at the level that was asked for, what is beneath only from warnings on.

use std::fmt;

use tracing::{Event, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    filter::Targets,
    fmt::{
        FmtContext, FormatEvent, FormatFields, MakeWriter,
        format::{Format, Writer},
    },
    layer::SubscriberExt,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

/// Logs to `writer` from now on.
pub(super) fn to(writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static, level: LevelFilter) {
    logging(writer, level).init();
}

fn logging(
    writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static,
    level: LevelFilter,
) -> impl Subscriber {
    let beneath = [
        "h2",
        "hyper",
        "hyper_util",
        "kube_client",
        "rustls",
        "tower",
    ];
    let quiet = beneath.map(|target| (target, level.min(LevelFilter::WARN)));
    let targets = Targets::new()
        .with_default(level)
        .with_targets(quiet)
        // It calls every answer that is no success an error: whether it is one is ours to say.
        .with_target("kube_client::client::builder", LevelFilter::OFF);
    let lines = tracing_subscriber::fmt::layer()
        .event_format(OneLine(Format::default()))
        .with_writer(writer);
    tracing_subscriber::registry().with(lines).with(targets)
}

/// An event is a line, whatever is in it: the name of a role may have a line break in it, and what follows that would look
/// like an event of its own.
struct OneLine(Format);

impl<S, N> FormatEvent<S, N> for OneLine
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut text = String::new();
        self.0
            .format_event(context, Writer::new(&mut text), event)?;
        let line = text.strip_suffix('\n').unwrap_or(&text);
        for character in line.chars() {
            if breaks(character) {
                write!(writer, "{}", character.escape_default())?;
            } else {
                writer.write_char(character)?;
            }
        }
        writer.write_char('\n')
    }
}

/// Whether some viewer or other would begin a new line there, or do something else than show it.
fn breaks(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_event_is_one_line_whatever_is_in_it() {
        let written = Written::default();
        let writer = written.clone();
        let logging = logging(move || writer.clone(), LevelFilter::INFO);
        tracing::subscriber::with_default(logging, || {
            let name = "reader\n2030-01-01T00:00:00Z ERROR forged";
            tracing::warn!(child = %name, message = "one\r\ntwo\u{2028}\n");
            tracing::info!("zwölf\tthree");
        });
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        let said = r"child=reader\n2030-01-01T00:00:00Z ERROR forged one\r\ntwo\u{2028}\n";
        assert!(lines[0].ends_with(said), "{text}");
        assert!(lines[1].ends_with(r"zwölf\tthree"), "{text}");
    }
}
