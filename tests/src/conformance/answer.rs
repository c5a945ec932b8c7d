//! [`Answer`]: what a server sent back.

use std::{collections::BTreeMap, time::Duration};

use http::{Response, response::Parts};
use http_body_util::BodyExt;
use kube::client::Body;
use serde_json::Value;
use tokio::time::timeout;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A response, read to its end.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub code: u16,
    /// The headers; several of one name stand in one, with commas between.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub text: String,
}

impl Answer {
    /// Reads an answer to its end, which has to come.
    ///
    /// # Errors
    /// If it breaks off, or has not ended in a minute.
    pub async fn read(response: Response<Body>) -> Result<Self, String> {
        let (parts, body) = response.into_parts();
        let bytes = timeout(PATIENCE, body.collect())
            .await
            .map_err(|_| "the answer does not end".to_owned())?
            .map_err(|e| format!("the answer broke off: {e}"))?
            .to_bytes();
        Ok(Self {
            text: String::from_utf8_lossy(&bytes).into_owned(),
            ..Self::head(&parts)
        })
    }

    /// An answer without its body.
    pub(crate) fn head(parts: &Parts) -> Self {
        let mut headers = BTreeMap::<String, String>::new();
        for (name, value) in &parts.headers {
            let value = String::from_utf8_lossy(value.as_bytes());
            headers
                .entry(name.as_str().to_owned())
                .and_modify(|values| *values = format!("{values}, {value}"))
                .or_insert_with(|| value.into_owned());
        }
        Self {
            code: parts.status.as_u16(),
            headers,
            text: String::new(),
        }
    }

    /// The body as JSON, or null if it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// Whether the code is one of success.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.code)
    }
}

/// The field at a path like `metadata.name` or `items.0.metadata.name`.
pub(crate) fn field<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, step| match value {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        other => other.get(step),
    })
}
