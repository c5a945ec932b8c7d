//! [`Stream`]: an open watch, as the lines that it sends; one that falls silent is at its end.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use kube::client::Body;
use serde::de::Error as _;
use serde_json::Error;
use tokio::time::Instant;

use crate::{
    identity::Identity,
    object::{Enough, Parts, ResourceVersion, Which, scan::Scanner},
    runtime::api::{self, Failure},
};

/// A watch that says nothing for this long is taken for dead: the server sends a bookmark about once a minute.
const SILENCE: Duration = Duration::from_secs(75);

/// What the server marks the bookmark with that ends the initial events.
const INITIAL_EVENTS_END: &str = "k8s.io/initial-events-end";

/// See the module's documentation.
pub(super) struct Stream {
    pub(super) opened: Instant,
    body: Body,
    lines: Lines,
}

impl Stream {
    pub(super) fn new(body: Body) -> Self {
        Self {
            opened: Instant::now(),
            body,
            lines: Lines::default(),
        }
    }

    /// The next line, `None` at the end; an error says how the stream broke.
    pub(super) async fn next(&mut self) -> Result<Option<&[u8]>, String> {
        while !self.lines.find() {
            match self.frame().await? {
                Some(data) => self.lines.push(&data),
                None => return Ok(None),
            }
        }
        Ok(Some(self.lines.found()))
    }

    async fn frame(&mut self) -> Result<Option<Bytes>, String> {
        loop {
            match tokio::time::timeout(SILENCE, self.body.frame()).await {
                Err(_) => return Err(format!("nothing came for {} s", SILENCE.as_secs())),
                Ok(None) => return Ok(None),
                Ok(Some(Err(error))) => return Err(api::told(&error)),
                Ok(Some(Ok(frame))) => {
                    if let Ok(data) = frame.into_data() {
                        return Ok(Some(data));
                    }
                }
            }
        }
    }
}

/// A line of a watch.
pub(super) struct Line<'a> {
    /// The object as the server sent it.
    pub(super) sent: &'a str,
    pub(super) event: Event<'a>,
}

/// What a line tells.
pub(super) enum Event<'a> {
    Applied(Parts<'a>),
    Deleted(Parts<'a>),
    /// Everything up to this version was sent.
    Bookmark {
        version: ResourceVersion,
        /// It ends the initial events: what was sent until now is what there is.
        ends_initial_events: bool,
    },
    /// What was sent says why the watch ends.
    Error,
}

impl<'a> Line<'a> {
    /// Which object a line shows as it is now, where that can be told by its beginning: nothing else of it is looked at.
    pub(super) fn glance(line: &'a str) -> Option<Which<'a>> {
        let (mut shows, mut which) = (false, None);
        // Whatever is wrong with the line shows when it is read.
        let _: Result<(), Enough> = Scanner::new(line).object(|scanner, name| match &*name {
            "type" if matches!(&*scanner.string()?, "ADDED" | "MODIFIED") => {
                shows = true;
                Ok(())
            }
            "object" if shows => {
                which = Which::glance(scanner);
                Err(Enough)
            }
            _ => Err(Enough),
        });
        which
    }

    /// Reads a line, in one pass over its text.
    pub(super) fn read(line: &'a str, identity: &Identity) -> Result<Self, Failure> {
        let mut scanner = Scanner::new(line);
        let (mut kind, mut sent, mut parts) = (None, None, None);
        scanner.object(|scanner, name| {
            match (&*name, kind.as_deref()) {
                ("type", _) => kind = Some(scanner.string()?),
                // Servers write the type first, but nothing says that they have to; and what an error sends is no object.
                ("object", None | Some("ERROR")) => sent = Some(scanner.pass()?),
                ("object", Some(_)) => {
                    let (text, taken) = scanner.noting(|scanner| Parts::scan(scanner, identity))?;
                    (sent, parts) = (Some(text), Some(taken));
                }
                _ => {
                    scanner.pass()?;
                }
            }
            Ok::<_, Failure>(())
        })?;
        scanner.end()?;
        let missing = || Error::custom("an event has a `type` and an `object`");
        let (kind, sent) = kind.zip(sent).ok_or_else(missing)?;
        if kind == "ERROR" {
            let event = Event::Error;
            return Ok(Self { sent, event });
        }
        let parts = parts.map_or_else(|| Parts::read(sent, identity), Ok)?;
        let event = match &*kind {
            "BOOKMARK" => Event::Bookmark {
                version: parts.bookmarked()?,
                ends_initial_events: parts.annotation(INITIAL_EVENTS_END)?.is_some(),
            },
            "DELETED" => Event::Deleted(parts),
            _ => Event::Applied(parts),
        };
        Ok(Self { sent, event })
    }
}

/// Cuts a stream of bytes into lines, none of which is copied.
#[derive(Default)]
struct Lines {
    bytes: Vec<u8>,
    /// Where the line that was found begins and ends.
    line: std::ops::Range<usize>,
    /// How much of `bytes` is known to hold no further line's end.
    searched: usize,
}

impl Lines {
    fn push(&mut self, data: &[u8]) {
        let done = self.line.end;
        self.bytes.drain(..done);
        self.line = 0..0;
        self.searched -= done;
        self.bytes.extend_from_slice(data);
    }

    /// Looks for the next line that is not empty.
    fn find(&mut self) -> bool {
        while let Some(end) = memchr::memchr(b'\n', &self.bytes[self.searched..]) {
            self.line = self.line.end..self.searched + end + 1;
            self.searched = self.line.end;
            if !self.found().trim_ascii().is_empty() {
                return true;
            }
        }
        self.searched = self.bytes.len();
        false
    }

    fn found(&self) -> &[u8] {
        &self.bytes[self.line.clone()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::Place;

    #[test]
    fn lines_are_cut_wherever_the_frames_are() {
        let mut lines = Lines::default();
        let mut seen = Vec::new();
        for frame in ["{\"a\"", ":1}\n{\"b\":2}\n\n", "{\"c\":3}", "\n"] {
            lines.push(frame.as_bytes());
            while lines.find() {
                seen.push(String::from_utf8(lines.found().to_owned()).unwrap());
            }
        }
        assert_eq!(seen, ["{\"a\":1}\n", "{\"b\":2}\n", "{\"c\":3}\n"]);
    }

    fn read(line: &str) -> String {
        match Line::read(line, &Identity::new("example.com", "echo")) {
            Ok(line) => match line.event {
                Event::Applied(parts) => format!("applied {}", parts.which.uid()),
                Event::Deleted(parts) => format!("deleted {}", parts.which.uid()),
                Event::Bookmark {
                    version,
                    ends_initial_events,
                } => format!("bookmark {version} {ends_initial_events}"),
                Event::Error => format!("error {}", line.sent),
            },
            Err(failure) => failure.to_string(),
        }
    }

    #[test]
    fn an_event_is_read_whatever_the_order_of_its_fields() {
        let object = r#""object":{"metadata":{"uid":"U","resourceVersion":"7"}}"#;
        for (kind, told) in [
            ("ADDED", "applied U"),
            ("MODIFIED", "applied U"),
            ("DELETED", "deleted U"),
            ("BOOKMARK", "bookmark 7 false"),
        ] {
            let kind = format!(r#""type":"{kind}""#);
            assert_eq!(read(&format!("{{{kind},{object}}}")), told);
            assert_eq!(read(&format!(r#"{{{object},"more":[1],{kind}}}"#)), told);
        }
        assert_eq!(
            read(r#"{"type":"ERROR","object":{"code":410}}"#),
            r#"error {"code":410}"#
        );
        // Whatever a server that is no longer itself may send.
        for status in [r#"{"metadata":null,"code":410}"#, "null"] {
            let line = format!(r#"{{"type":"ERROR","object":{status}}}"#);
            assert_eq!(read(&line), format!("error {status}"));
        }
    }

    #[test]
    fn what_an_event_shows_is_told_by_its_beginning_where_servers_write_it_there() {
        let glance = |line: &str| {
            let which = Line::glance(line)?;
            assert_eq!(which.place(), Place::new(Some("ns"), "a"));
            Some(format!("{} {}", which.uid(), which.version()))
        };
        let event = |kind: &str, metadata: &str| {
            let object = format!(r#"{{"kind":"Foo","metadata":{{{metadata},"labels":{{}}}}}}"#);
            format!(r#"{{"type":"{kind}","object":{object}}}"#)
        };
        let told = r#""name":"a","namespace":"ns","uid":"U","resourceVersion":"7""#;
        for kind in ["ADDED", "MODIFIED"] {
            assert_eq!(glance(&event(kind, told)).as_deref(), Some("U 7"));
        }
        let is_cut = event("ADDED", told).replace("labels", "");
        assert_eq!(glance(&is_cut[..is_cut.len() - 8]).as_deref(), Some("U 7"));
        // One that is gone is not the one that is known, whatever it says of itself.
        assert_eq!(glance(&event("DELETED", told)), None);
        assert_eq!(glance(&event("BOOKMARK", r#""resourceVersion":"7""#)), None);
        // As custom kinds have it; to look for it there would be to read most of it.
        for first in ["annotations", "managedFields"] {
            let late = event("ADDED", &format!(r#""{first}":null,{told}"#));
            assert_eq!(glance(&late), None);
        }
        let type_last = format!(r#"{{"object":{{"metadata":{{{told}}}}},"type":"ADDED"}}"#);
        assert_eq!(glance(&type_last), None);
        assert_eq!(glance("<html>"), None);
    }

    #[test]
    fn what_is_no_event_is_an_error_that_says_why() {
        for (line, why) in [
            (r#"{"type":"ADDED"}"#, "has a `type` and an `object`"),
            (r#"{"object":{}}"#, "has a `type` and an `object`"),
            (r#"{"type":"ADDED","object":[]}"#, "expected a JSON object"),
            (r#"{"type":"BOOKMARK","object":{}}"#, "`resourceVersion`"),
            (
                r#"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":""}}}"#,
                "`resourceVersion`",
            ),
            ("<html>", "expected a JSON object at byte 0"),
            (
                r#"{"type":"ADDED","object":{"kind""#,
                "expected `:` at byte 32",
            ),
        ] {
            assert!(read(line).contains(why), "{line}: {}", read(line));
        }
    }

    #[test]
    fn the_bookmark_that_ends_the_initial_events_is_told_from_others() {
        let bookmark = |annotations: &str| {
            let metadata = format!(r#"{{"resourceVersion":"7"{annotations}}}"#);
            read(&format!(
                r#"{{"type":"BOOKMARK","object":{{"metadata":{metadata}}}}}"#
            ))
        };
        assert_eq!(bookmark(""), "bookmark 7 false");
        assert_eq!(bookmark(r#","annotations":null"#), "bookmark 7 false");
        let end = r#","annotations":{"k8s.io/initial-events-end":"true"}"#;
        assert_eq!(bookmark(end), "bookmark 7 true");
    }
}
