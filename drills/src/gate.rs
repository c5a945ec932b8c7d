//! [`Gate`]: an HTTP server of the drill's own between an operator and its API server, which sees every request, refuses
//! some, ends watches, or lets one fall silent without closing its connection.

use std::{
    convert::Infallible,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use futures::{future::pending, stream::unfold};
use http::{Request, Response};
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    body::{Frame, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use kube::{Client, client::Body};
use operator_tests::{Cluster, Loopback, Record};
use serde_json::json;
use tempfile::NamedTempFile;
use tokio::{net::TcpStream, sync::watch, time::Instant};

use crate::kubeconfig;

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Answer = Response<UnsyncBoxBody<Bytes, BoxError>>;

/// A request that came to the gate.
#[derive(Clone, Debug)]
pub(crate) struct Passage {
    pub(crate) request: Record,
    pub(crate) at: Instant,
    /// Whether the gate refused it.
    pub(crate) refused: bool,
}

/// What every request is told while it lasts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refusal {
    pub(crate) code: u16,
    pub(crate) retry_after: Option<u64>,
}

/// What becomes of an open watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    Open,
    Silent,
    Ended,
}

struct State {
    passages: Vec<Passage>,
    refusal: Option<Refusal>,
    watches: Vec<(Record, watch::Sender<Flow>)>,
}

/// Open until it is dropped.
pub(crate) struct Gate {
    state: Arc<Mutex<State>>,
    kubeconfig: NamedTempFile,
    _loopback: Loopback,
}

impl Gate {
    /// A gate to this cluster; who comes through has the rights of the cluster's user, or of whom it says it acts for.
    pub(crate) async fn to(cluster: &Cluster) -> Self {
        let state = Arc::new(Mutex::new(State {
            passages: Vec::new(),
            refusal: None,
            watches: Vec::new(),
        }));
        let (client, passing) = (cluster.client(), Arc::clone(&state));
        let loopback =
            Loopback::serving(move |stream| serve(stream, client.clone(), Arc::clone(&passing)))
                .await;
        let kubeconfig = kubeconfig::file(&json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "gate",
            "clusters": [{"name": "gate", "cluster": {"server": format!("http://{}", loopback.address())}}],
            "users": [{"name": "gate", "user": {}}],
            "contexts": [{"name": "gate", "context": {"cluster": "gate", "user": "gate"}}],
        }));
        Self {
            state,
            kubeconfig,
            _loopback: loopback,
        }
    }

    /// The kubeconfig that leads through it.
    pub(crate) fn kubeconfig(&self) -> &Path {
        self.kubeconfig.path()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// How many came so far.
    pub(crate) fn mark(&self) -> usize {
        self.state().passages.len()
    }

    /// Those that came since a mark.
    pub(crate) fn since(&self, mark: usize) -> Vec<Passage> {
        self.state().passages[mark..].to_vec()
    }

    /// Refuses everything from now on, or nothing any more. Watches that are open stay so.
    pub(crate) fn refuse(&self, refusal: Option<Refusal>) {
        self.state().refusal = refusal;
    }

    /// Ends the open watches of this plural, or of all; says how many.
    pub(crate) fn end_watches(&self, plural: Option<&str>) -> usize {
        self.turn(plural, Flow::Ended)
    }

    /// Lets nothing more through to the open watches of this plural, whose connections stay open; says how many.
    pub(crate) fn silence_watches(&self, plural: &str) -> usize {
        self.turn(Some(plural), Flow::Silent)
    }

    fn turn(&self, plural: Option<&str>, flow: Flow) -> usize {
        let mut state = self.state();
        let is_meant = |watch: &Record| plural.is_none_or(|plural| watch.is_about(plural));
        // One that nobody listens to any more has ended by itself.
        state
            .watches
            .retain(|(_, watch)| watch.receiver_count() > 0);
        let meant = state.watches.iter().filter(|(watch, _)| is_meant(watch));
        meant.filter(|(_, watch)| watch.send(flow).is_ok()).count()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(stream: TcpStream, client: Client, state: Arc<Mutex<State>>) {
    let service = service_fn(move |request| answer(request, client.clone(), Arc::clone(&state)));
    // What ends one with an error is the operator or the server that went away, which is what a drill is about.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// An error ends the connection without an answer, as that of a server that went away does.
async fn answer(
    request: Request<Incoming>,
    client: Client,
    state: Arc<Mutex<State>>,
) -> Result<Answer, BoxError> {
    let (mut parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    parts.headers.remove(http::header::HOST);
    let request = Request::from_parts(parts, Body::from(body.to_vec()));
    let record = Record::of(&request);
    let (number, refusal) = {
        let mut state = lock(&state);
        let refusal = state.refusal;
        let refused = refusal.is_some();
        state.passages.push(Passage {
            request: record.clone(),
            at: Instant::now(),
            refused,
        });
        (state.passages.len() - 1, refusal)
    };
    if let Some(refusal) = refusal {
        lock(&state).passages[number].request.status = Some(refusal.code);
        return Ok(refuse(refusal)?);
    }
    let answer = client.send(request).await?;
    let status = answer.status();
    let mut state = lock(&state);
    state.passages[number].request.status = Some(status.as_u16());
    if !record.is_watch() || !status.is_success() {
        return Ok(answer.map(|body| body.map_err(BoxError::from).boxed_unsync()));
    }
    let (sender, flow) = watch::channel(Flow::Open);
    state.watches.push((record, sender));
    Ok(answer.map(|body| through(body, flow)))
}

fn refuse(refusal: Refusal) -> Result<Answer, http::Error> {
    let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "code": refusal.code, "message": "the gate is closed", "reason": ""});
    let mut response = Response::builder()
        .status(refusal.code)
        .header("content-type", "application/json");
    if let Some(seconds) = refusal.retry_after {
        response = response.header("retry-after", seconds);
    }
    let body = Full::from(status.to_string()).map_err(|never: Infallible| match never {});
    response.body(body.boxed_unsync())
}

/// A watch's answer, as long as it flows.
fn through(body: Body, flow: watch::Receiver<Flow>) -> UnsyncBoxBody<Bytes, BoxError> {
    let frames = unfold((body, flow), |(mut body, mut flow)| async move {
        let current = *flow.borrow_and_update();
        let frame = match current {
            Flow::Ended => None,
            Flow::Silent => match flow.changed().await {
                Ok(()) => Some(Ok(Frame::data(Bytes::new()))),
                // The gate has forgotten it, and yet it is silent.
                Err(_) => pending().await,
            },
            Flow::Open => tokio::select! {
                biased;
                Ok(()) = flow.changed() => Some(Ok(Frame::data(Bytes::new()))),
                frame = body.frame() => frame.map(|frame| frame.map_err(BoxError::from)),
            },
        };
        Some((frame?, (body, flow)))
    });
    StreamBody::new(frames).boxed_unsync()
}
