//! [`Stream`]: an open watch, as the lines that it sends; one that falls silent is at its end.

use std::{borrow::Cow, collections::BTreeMap, time::Duration};

use bytes::Bytes;
use http_body_util::BodyExt;
use kube::client::Body;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{object::ResourceVersion, runtime::api};

/// A watch that says nothing for this long is taken for dead: the server sends a bookmark about once a minute.
const SILENCE: Duration = Duration::from_secs(75);

/// What the server marks the bookmark with that ends the initial events.
const INITIAL_EVENTS_END: &str = "k8s.io/initial-events-end";

/// See the module's documentation.
pub(super) struct Stream {
    body: Body,
    lines: Lines,
}

impl Stream {
    pub(super) fn new(body: Body) -> Self {
        Self {
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
#[derive(Deserialize)]
pub(super) struct Event<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) object: &'a RawValue,
}

/// What a bookmark says.
#[derive(Deserialize)]
pub(super) struct Bookmark<'a> {
    #[serde(borrow)]
    metadata: BookmarkMetadata<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BookmarkMetadata<'a> {
    #[serde(borrow)]
    resource_version: Cow<'a, str>,
    #[serde(borrow, default)]
    annotations: Option<BTreeMap<Cow<'a, str>, Cow<'a, str>>>,
}

impl Bookmark<'_> {
    /// Everything up to this version was sent.
    pub(super) fn version(&self) -> ResourceVersion {
        ResourceVersion::new(&self.metadata.resource_version)
    }

    /// Whether it ends the initial events: what was sent until now is what there is.
    pub(super) fn ends_initial_events(&self) -> bool {
        let annotations = self.metadata.annotations.as_ref();
        annotations.is_some_and(|annotations| annotations.contains_key(INITIAL_EVENTS_END))
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

    #[test]
    fn the_bookmark_that_ends_the_initial_events_is_told_from_others() {
        let bookmark = |annotations: &str| {
            let json = format!(r#"{{"metadata":{{"resourceVersion":"7"{annotations}}}}}"#);
            let bookmark: Bookmark<'_> = serde_json::from_str(&json).unwrap();
            (bookmark.version(), bookmark.ends_initial_events())
        };
        let seven = || ResourceVersion::new("7");
        assert_eq!(bookmark(""), (seven(), false));
        assert_eq!(bookmark(r#","annotations":null"#), (seven(), false));
        let end = r#","annotations":{"k8s.io/initial-events-end":"true"}"#;
        assert_eq!(bookmark(end), (seven(), true));
    }
}
