//! [`Stream`]: an open watch, as the lines that it sends; one that falls silent is at its end.

use std::{borrow::Cow, collections::BTreeMap, fmt, time::Duration};

use bytes::Bytes;
use http_body_util::BodyExt;
use kube::client::Body;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::{
    object::{Parts, ResourceVersion, fields::Text},
    runtime::api::{self, Failure},
};

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
pub(super) enum Event<'a> {
    Applied(Parts<'a>),
    Deleted(Parts<'a>),
    Bookmark(Bookmark<'a>),
    Error(&'a RawValue),
}

/// The object of a line as the server sent it.
pub(super) fn sent(line: &[u8]) -> Result<&RawValue, Failure> {
    #[derive(Deserialize)]
    struct Sent<'a> {
        #[serde(borrow)]
        object: &'a RawValue,
    }
    api::read::<Sent<'_>>(line).map(|line| line.object)
}

impl<'de> Deserialize<'de> for Event<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Line)
    }
}

/// Reads a line of a watch, in one pass over its text.
struct Line;

impl<'de> Visitor<'de> for Line {
    type Value = Event<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event of a watch")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Event<'de>, A::Error> {
        let (mut kind, mut early, mut event) = (None, None, None);
        while let Some(Text(name)) = map.next_key()? {
            match (&*name, &kind) {
                ("type", _) => kind = Some(map.next_value::<Text<'_>>()?.0),
                ("object", Some(kind)) => {
                    event = Some(map.next_value_seed(Subject { kind })?);
                }
                // Servers write the type first, but nothing says that they have to.
                ("object", None) => early = Some(map.next_value::<&RawValue>()?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        if let Some(object) = early {
            let kind = kind.ok_or_else(|| A::Error::missing_field("type"))?;
            let event = (Subject { kind: &kind }).deserialize(object);
            return event.map_err(A::Error::custom);
        }
        event.ok_or_else(|| A::Error::missing_field("object"))
    }
}

/// Reads the object of an event of a kind.
struct Subject<'k> {
    kind: &'k str,
}

impl<'de> DeserializeSeed<'de> for Subject<'_> {
    type Value = Event<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        match self.kind {
            "ERROR" => Deserialize::deserialize(deserializer).map(Event::Error),
            "BOOKMARK" => Deserialize::deserialize(deserializer).map(Event::Bookmark),
            "DELETED" => Deserialize::deserialize(deserializer).map(Event::Deleted),
            _ => Deserialize::deserialize(deserializer).map(Event::Applied),
        }
    }
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

    fn read(line: &str) -> String {
        match api::read(line.as_bytes()) {
            Ok(Event::Applied(parts)) => format!("applied {}", parts.uid()),
            Ok(Event::Deleted(parts)) => format!("deleted {}", parts.uid()),
            Ok(Event::Bookmark(bookmark)) => format!("bookmark {}", bookmark.version()),
            Ok(Event::Error(status)) => format!("error {status}"),
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
            ("BOOKMARK", "bookmark 7"),
        ] {
            let kind = format!(r#""type":"{kind}""#);
            assert_eq!(read(&format!("{{{kind},{object}}}")), told);
            assert_eq!(read(&format!(r#"{{{object},"more":[1],{kind}}}"#)), told);
        }
        assert_eq!(
            read(r#"{"type":"ERROR","object":{"code":410}}"#),
            r#"error {"code":410}"#
        );
    }

    #[test]
    fn what_is_no_event_is_an_error_that_says_why() {
        for (line, why) in [
            (r#"{"type":"ADDED"}"#, "missing field `object`"),
            (r#"{"object":{}}"#, "missing field `type`"),
            (r#"{"type":"ADDED","object":[]}"#, "expected a JSON object"),
            ("<html>", "expected value"),
        ] {
            assert!(read(line).contains(why), "{line}: {}", read(line));
        }
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
