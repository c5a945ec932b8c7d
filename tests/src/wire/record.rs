//! [`Record`]: one request as it went over the wire, and what kind of request it was.

use std::fmt;

use http::{Method, Request};

/// A request and, once there is one, its answer's status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The HTTP method.
    pub method: Method,
    /// The path of the URL.
    pub path: String,
    /// The query of the URL, without the question mark.
    pub query: String,
    /// The answer's status.
    pub status: Option<u16>,
}

impl Record {
    pub(super) fn of<B>(request: &Request<B>) -> Self {
        Self {
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
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
        ["watch=1", "watch=true"].iter().any(|watch| self.query.contains(watch))
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
        self.path.split('/').any(|part| part == name)
    }

    /// Whether it created an object.
    #[must_use]
    pub fn created(&self) -> bool {
        self.is_write() && self.status == Some(201)
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        if !self.query.is_empty() {
            write!(f, "?{}", self.query)?;
        }
        match self.status {
            Some(status) => write!(f, " -> {status}"),
            None => write!(f, " -> (no answer)"),
        }
    }
}
