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
                Ok(Ok(Some(line))) => events.push(event(&line)?),
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
    async fn a_stream_that_ends_too_early_says_so() {
        let events = stream().events(3, false, Duration::from_secs(1)).await;
        assert_eq!(
            events,
            Ok(json!([{"ADDED": {"a": 1}}, {"DELETED": {}}, "end"]))
        );
    }
}
