//! What a watch says, read in place: one event a line, decoded into structs that borrow from it.

use std::borrow::Cow;

use bytes::{Buf, Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde::Deserialize;

/// An event of a watch. `T` has to take the absence of everything: a bookmark says next to nothing.
#[derive(Debug, Deserialize)]
pub struct Event<'a, T> {
    /// `ADDED`, `MODIFIED`, `DELETED`, `BOOKMARK` or `ERROR`.
    #[serde(rename = "type", borrow)]
    pub kind: Cow<'a, str>,
    /// The object that it is about.
    pub object: T,
}

/// A page of a list.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub struct List<'a, T> {
    /// What the list says of itself.
    #[serde(borrow)]
    pub metadata: ListMetadata<'a>,
    /// The objects.
    pub items: Vec<T>,
}

/// What a list says of itself.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListMetadata<'a> {
    /// The version of the whole: a watch goes on from here.
    #[serde(borrow)]
    pub resource_version: Cow<'a, str>,
    /// What to ask for the next page with; absent or empty on the last.
    #[serde(borrow, default, rename = "continue")]
    pub next: Option<Cow<'a, str>>,
}

/// The lines of a response, as they come.
pub struct Lines {
    body: Incoming,
    buffer: BytesMut,
    /// How much of the buffer was looked through and has no end of a line.
    searched: usize,
}

impl Lines {
    /// The lines of this body.
    #[must_use]
    pub fn of(body: Incoming) -> Self {
        Self {
            body,
            buffer: BytesMut::new(),
            searched: 0,
        }
    }

    /// The next line, without its end; `None` at the end.
    ///
    /// # Errors
    /// If the connection is lost.
    pub async fn next(&mut self) -> Result<Option<Bytes>, String> {
        loop {
            if let Some(end) = memchr::memchr(b'\n', &self.buffer[self.searched..]) {
                let line = self.buffer.split_to(self.searched + end).freeze();
                self.buffer.advance(1);
                self.searched = 0;
                return Ok(Some(line));
            }
            self.searched = self.buffer.len();
            match self.body.frame().await {
                None => return Ok(None),
                Some(Err(error)) => return Err(format!("a watch was lost: {error}")),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.buffer.extend_from_slice(&data);
                    }
                }
            }
        }
    }
}
