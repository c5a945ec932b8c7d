//! [`Record`]: one request as it went over the wire, and what kind of request it was.

use std::fmt;

use futures::FutureExt;
use http::{Method, Request};
use kube::client::Body;
use serde_json::Value;

/// A request and, once there is one, its answer's status.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// The HTTP method.
    pub method: Method,
    /// The path of the URL.
    pub path: String,
    /// The name of the object that a POST asks for: its URL does not say it.
    pub posted: Option<String>,
    /// The query of the URL, without the question mark.
    pub query: String,
    /// The answer's status.
    pub status: Option<u16>,
}

impl Record {
    /// As it is asked, without an answer yet.
    #[must_use]
    pub fn of(request: &Request<Body>) -> Self {
        Self {
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            posted: posted(request),
            query: request.uri().query().unwrap_or_default().to_owned(),
            status: None,
        }
    }

    /// Whether it asks the server to change something, and not just to try it.
    #[must_use]
    pub fn is_write(&self) -> bool {
        self.method != Method::GET && !self.query.contains("dryRun=All")
    }

    /// Whether it is a watch.
    #[must_use]
    pub fn is_watch(&self) -> bool {
        ["watch=1", "watch=true"]
            .iter()
            .any(|watch| self.query.contains(watch))
    }

    /// Whether it is a list of objects of this plural.
    #[must_use]
    pub fn is_list_of(&self, plural: &str) -> bool {
        self.method == Method::GET && !self.is_watch() && self.path.ends_with(&format!("/{plural}"))
    }

    /// Whether it writes a status.
    #[must_use]
    pub fn is_status_write(&self) -> bool {
        self.is_write() && self.path.ends_with("/status")
    }

    /// Whether it is about objects of this plural, their subresources included.
    #[must_use]
    pub fn is_about(&self, plural: &str) -> bool {
        self.path.split('/').any(|part| part == plural)
    }

    /// Whether it is about the object of this name.
    #[must_use]
    pub fn names(&self, name: &str) -> bool {
        self.parts().any(|part| part == name)
    }

    /// What its path is made of, and the name that a POST asks for.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.path.split('/').chain(self.posted.as_deref())
    }

    /// Whether the server did what it asks for.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.status
            .is_some_and(|status| (200..300).contains(&status))
    }

    /// Whether it created an object.
    #[must_use]
    pub fn created(&self) -> bool {
        self.is_write() && self.status == Some(201)
    }
}

fn posted(request: &Request<Body>) -> Option<String> {
    if request.method() != Method::POST {
        return None;
    }
    // The body is in memory, so it is there at once.
    let body = request
        .body()
        .try_clone()?
        .collect_bytes()
        .now_or_never()?
        .ok()?;
    let object: Value = serde_json::from_slice(&body).ok()?;
    Some(object.pointer("/metadata/name")?.as_str()?.to_owned())
}

/// As it is displayed: a failed assertion is read by a person.
impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        if let Some(name) = &self.posted {
            write!(f, " ({name})")?;
        }
        if !self.query.is_empty() {
            write!(f, "?{}", self.query)?;
        }
        match self.status {
            Some(status) => write!(f, " -> {status}"),
            None => write!(f, " -> (no answer)"),
        }
    }
}
