//! [`Recorder`]: every request of an operator as it leaves the client, in order, with what became of it.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use futures::{FutureExt, future::BoxFuture};
use http::{Method, header};
use kube::client::Body;
use serde_json::Value;
use tokio::time::Instant;
use tower::{BoxError, Layer, Service};

/// A request of the operator, and how it was answered.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Its number, from 1 on.
    pub number: usize,
    /// When it was sent, counted from the start of the kit on tokio's clock.
    pub at: Duration,
    /// What it does: `get`, `list`, `watch`, `create`, `update`, `patch`, `apply` or `delete`.
    pub verb: &'static str,
    /// The path with its parameters.
    pub path: String,
    /// What was sent, where it is JSON.
    pub body: Option<Value>,
    /// The HTTP status of the answer; `None` while there is none, and if the connection broke.
    pub code: Option<u16>,
    /// Whether the connection broke instead of an answer.
    pub broke: bool,
}

impl Request {
    /// Whether it asks the server to change something, and not just to try it.
    #[must_use]
    pub fn is_write(&self) -> bool {
        !matches!(self.verb, "get" | "list" | "watch") && !self.path.contains("dryRun=All")
    }

    /// Whether it is about objects of this plural, their subresources included.
    #[must_use]
    pub fn is_about(&self, plural: &str) -> bool {
        let path = self.path.split('?').next().unwrap_or_default();
        path.split('/').any(|part| part == plural)
    }

    /// Whether the server did what it asks for, as far as was told.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.code.is_some_and(|code| (200..300).contains(&code))
    }
}

/// `  12 +0.250s apply /api/v1/namespaces/test/configmaps/hello → 201`; with `{:#}` followed by what was sent.
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            number,
            at,
            verb,
            path,
            ..
        } = self;
        write!(f, "{number:>4} +{:.3}s {verb} {path} → ", at.as_secs_f64())?;
        match self.code {
            Some(code) => write!(f, "{code}")?,
            None if self.broke => f.write_str("cut")?,
            None => f.write_str("no answer yet")?,
        }
        match &self.body {
            Some(body) if f.alternate() => write!(f, " {body}"),
            _ => Ok(()),
        }
    }
}

/// Writes down the requests of the clients that it is a layer of.
#[derive(Clone)]
pub(crate) struct Recorder {
    requests: Arc<Mutex<Vec<Request>>>,
    start: Instant,
}

impl Recorder {
    pub(crate) fn new() -> Self {
        Self {
            requests: Arc::default(),
            start: Instant::now(),
        }
    }

    fn list(&self) -> MutexGuard<'_, Vec<Request>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many there were.
    pub(crate) fn seen(&self) -> usize {
        self.list().len()
    }

    /// Those after the first `seen`.
    pub(crate) fn since(&self, seen: usize) -> Vec<Request> {
        self.list().iter().skip(seen).cloned().collect()
    }

    fn note(&self, request: &http::Request<Body>) -> usize {
        let body = sent(request.body());
        let mut list = self.list();
        let number = list.len() + 1;
        list.push(Request {
            number,
            at: self.start.elapsed(),
            verb: verb(request),
            path: request
                .uri()
                .path_and_query()
                // kube begins a query with an empty parameter.
                .map_or_else(String::new, |path| path.as_str().replacen("?&", "?", 1)),
            body,
            code: None,
            broke: false,
        });
        number
    }

    fn answered(&self, number: usize, code: Option<u16>) {
        if let Some(request) = self.list().get_mut(number - 1) {
            request.code = code;
            request.broke = code.is_none();
        }
    }
}

fn sent(body: &Body) -> Option<Value> {
    // A body of kube's own requests is in memory, so it is there at once.
    let bytes = body.try_clone()?.collect_bytes().now_or_never()?.ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn verb(request: &http::Request<Body>) -> &'static str {
    let query = request.uri().query().unwrap_or_default();
    let content = request.headers().get(header::CONTENT_TYPE);
    let content = content.and_then(|value| value.to_str().ok());
    match *request.method() {
        Method::GET if query.contains("watch=") => "watch",
        Method::GET if query.contains("limit=") => "list",
        Method::POST => "create",
        Method::PUT => "update",
        Method::PATCH if content.is_some_and(|kind| kind.contains("apply-patch")) => "apply",
        Method::PATCH => "patch",
        Method::DELETE => "delete",
        _ => "get",
    }
}

impl<S> Layer<S> for Recorder {
    type Service = Recorded<S>;

    fn layer(&self, inner: S) -> Recorded<S> {
        Recorded {
            recorder: self.clone(),
            inner,
        }
    }
}

/// A client's service whose requests are written down.
#[derive(Clone)]
pub(crate) struct Recorded<S> {
    recorder: Recorder,
    inner: S,
}

impl<S, B> Service<http::Request<Body>> for Recorded<S>
where
    S: Service<http::Request<Body>, Response = http::Response<B>>,
    S::Future: Send + 'static,
    S::Error: Into<BoxError>,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let recorder = self.recorder.clone();
        let number = recorder.note(&request);
        let answer = self.inner.call(request);
        Box::pin(async move {
            let answer = answer.await.map_err(Into::into);
            let code = answer.as_ref().ok().map(|answer| answer.status().as_u16());
            recorder.answered(number, code);
            answer
        })
    }
}
