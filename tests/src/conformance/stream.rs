//! [`Stream`]: the events of an open watch, as they come.

use std::time::Duration;

use http::Response;
use http_body_util::BodyExt;
use kube::client::Body;
use serde_json::{Value, json};
use tokio::time::timeout_at;

/// An open watch.
pub(crate) struct Stream {
    body: Body,
    buffer: Vec<u8>,
}

impl Stream {
    pub(crate) fn new(response: Response<Body>) -> Self {
        Self {
            body: response.into_body(),
            buffer: Vec::new(),
        }
    }

    /// The next `count` events as `{TYPE: object}`, fewer if no more come in time. If the stream must end then, whatever
    /// comes instead is among them, too, and a stream that doesn't end has `"open"` for its last event.
    pub(crate) async fn events(
        &mut self,
        count: usize,
        must_end: bool,
        patience: Duration,
    ) -> Result<Value, String> {
        let deadline = tokio::time::Instant::now() + patience;
        let mut events = Vec::new();
        while must_end || events.len() < count {
            match timeout_at(deadline, self.line()).await {
                Ok(Ok(Some(line))) => {
                    let event = event(&line)?;
                    // How many bookmarks there are in a row is a matter of time.
                    if is_bookmark(&event) && events.last().is_some_and(is_bookmark) {
                        events.pop();
                    }
                    events.push(event);
                }
                Ok(Ok(None)) if must_end => break,
                Ok(Ok(None)) => {
                    events.push("end".into());
                    break;
                }
                Ok(Err(e)) => return Err(e),
                Err(_) => {
                    events.push("open".into());
                    break;
                }
            }
        }
        Ok(Value::Array(events))
    }

    async fn line(&mut self) -> Result<Option<Vec<u8>>, String> {
        loop {
            if let Some(end) = self.buffer.iter().position(|&byte| byte == b'\n') {
                let line = self.buffer.drain(..=end).collect();
                return Ok(Some(line));
            }
            match self.body.frame().await {
                None => return Ok(None),
                Some(Err(e)) => return Err(format!("the watch broke off: {e}")),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.buffer.extend_from_slice(&data);
                    }
                }
            }
        }
    }
}

/// Whether an event only tells a revision; the one that ends the initial events has an annotation.
fn is_bookmark(event: &Value) -> bool {
    event
        .get("BOOKMARK")
        .is_some_and(|object| object["metadata"].get("annotations").is_none())
}

fn event(line: &[u8]) -> Result<Value, String> {
    let mut event: Value = serde_json::from_slice(line)
        .map_err(|e| format!("no event: {e}: {}", String::from_utf8_lossy(line)))?;
    let kind = event["type"].as_str().unwrap_or_default().to_owned();
    Ok(json!({ kind: event["object"].take() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str =
        "{\"type\":\"ADDED\",\"object\":{\"a\":1}}\n{\"type\":\"DELETED\",\"object\":{}}\n";

    fn stream() -> Stream {
        Stream::new(Response::new(Body::from(LINES.as_bytes().to_vec())))
    }

    #[tokio::test]
    async fn as_many_events_are_read_as_are_asked_for() {
        let events = stream().events(1, false, Duration::ZERO).await;
        assert_eq!(events, Ok(json!([{"ADDED": {"a": 1}}])));
    }

    #[tokio::test]
    async fn a_stream_that_must_end_shows_what_comes_instead() {
        let events = stream().events(1, true, Duration::from_secs(1)).await;
        assert_eq!(events, Ok(json!([{"ADDED": {"a": 1}}, {"DELETED": {}}])));
    }

    #[tokio::test]
    async fn bookmarks_in_a_row_are_one() {
        let line = |version: u8| {
            format!(
                "{{\"type\":\"BOOKMARK\",\"object\":{{\"metadata\":{{\"resourceVersion\":\"{version}\"}}}}}}\n"
            )
        };
        let lines = line(1) + &line(2);
        let mut stream = Stream::new(Response::new(Body::from(lines.into_bytes())));
        let events = stream.events(1, true, Duration::from_secs(1)).await;
        assert_eq!(
            events,
            Ok(json!([{"BOOKMARK": {"metadata": {"resourceVersion": "2"}}}]))
        );
    }

    #[tokio::test]
    async fn a_stream_that_ends_too_early_says_so() {
        let events = stream().events(3, false, Duration::from_secs(1)).await;
        assert_eq!(
            events,
            Ok(json!([{"ADDED": {"a": 1}}, {"DELETED": {}}, "end"]))
        );
    }
}
