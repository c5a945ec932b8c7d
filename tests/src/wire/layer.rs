//! [`WireLayer`]: the wire as a layer of `kube`'s client, outside everything that the client adds.

use std::task::{Context, Poll};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Request, Response};
use kube::client::Body;
use tower::{BoxError, Layer, Service};

use super::{Moment, Record, Wire, body::Endable};

#[derive(Clone)]
pub(crate) struct WireLayer {
    wire: Wire,
}

impl WireLayer {
    pub(crate) fn new(wire: Wire) -> Self {
        Self { wire }
    }
}

impl<S> Layer<S> for WireLayer {
    type Service = OverWire<S>;

    fn layer(&self, inner: S) -> OverWire<S> {
        OverWire {
            wire: self.wire.clone(),
            inner,
        }
    }
}

pub(crate) struct OverWire<S> {
    wire: Wire,
    inner: S,
}

impl<S, B> Service<Request<Body>> for OverWire<S>
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Future: Send + 'static,
    S::Error: Into<BoxError>,
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Unpin + Send + 'static,
{
    type Response = Response<Endable<B>>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let record = Record::of(&request);
        let is_watch = record.is_watch();
        let wire = self.wire.clone();
        let number = wire.begin(record);
        // Nothing is sent before this future is polled, so that a request can be held back while it exists.
        let answer = self.inner.call(request);
        Box::pin(async move {
            wire.pass(number, Moment::Sending).await;
            let answer = answer.await.map_err(Into::into)?;
            wire.answered(number, answer.status().as_u16());
            wire.pass(number, Moment::Answered).await;
            let end = (is_watch && answer.status().is_success()).then(|| wire.watch_began(number));
            Ok(answer.map(|body| Endable::new(body, end)))
        })
    }
}
