//! [`Uncounted`]: the API server as a service whose own allocations are not counted.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use allocation_counter::opt_out;
use http::{Request, Response};
use http_body::{Frame, SizeHint};
use operator_apiserver::{Body, Cut, LocalService};
use tower::Service;

/// Something of the server's that is at work only while it is polled.
#[derive(Clone)]
pub(crate) struct Uncounted<T>(Option<T>);

impl<T> Uncounted<T> {
    pub(crate) fn of(inner: T) -> Self {
        Self(Some(inner))
    }

    /// Lets it work, or answers for it if it is gone.
    fn work<R>(&mut self, work: impl FnOnce(&mut T) -> R) -> Option<R> {
        let mut done = None;
        opt_out(|| done = self.0.as_mut().map(work));
        done
    }
}

/// What the server made it also gives back.
impl<T> Drop for Uncounted<T> {
    fn drop(&mut self) {
        opt_out(|| drop(self.0.take()));
    }
}

type Answer = <LocalService as Service<Request<kube::client::Body>>>::Future;

impl Service<Request<kube::client::Body>> for Uncounted<LocalService> {
    type Response = Response<Uncounted<Body>>;
    type Error = Cut;
    type Future = Uncounted<Answer>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Cut>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<kube::client::Body>) -> Uncounted<Answer> {
        Uncounted(self.work(|service| service.call(request)))
    }
}

impl Future for Uncounted<Answer> {
    type Output = Result<Response<Uncounted<Body>>, Cut>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let polled = self.work(|answer| answer.as_mut().poll(context));
        let polled = polled.unwrap_or(Poll::Ready(Err(Cut)));
        polled.map_ok(|answer| answer.map(Uncounted::of))
    }
}

impl http_body::Body for Uncounted<Body> {
    type Data = bytes::Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<bytes::Bytes>, Cut>>> {
        let polled = self.work(|body| Pin::new(body).poll_frame(context));
        polled.unwrap_or(Poll::Ready(None))
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(http_body::Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let hint = self.0.as_ref().map(http_body::Body::size_hint);
        hint.unwrap_or_default()
    }
}
