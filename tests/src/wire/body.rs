//! [`Endable`]: an answer's body that a test can end, as a server ends a watch.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use http_body::{Body, Frame, SizeHint};
use tokio::sync::oneshot;

pub(crate) struct Endable<B> {
    body: B,
    end: Option<oneshot::Receiver<()>>,
}

impl<B> Endable<B> {
    pub(super) fn new(body: B, end: Option<oneshot::Receiver<()>>) -> Self {
        Self { body, end }
    }

    fn has_ended(&mut self, context: &mut Context<'_>) -> bool {
        let Some(end) = &mut self.end else {
            return false;
        };
        let Poll::Ready(ended) = Pin::new(end).poll(context) else {
            return false;
        };
        self.end = None;
        // An error means that the wire forgot the watch, not that it is to end.
        ended.is_ok()
    }
}

impl<B: Body + Unpin> Body for Endable<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        if self.has_ended(context) {
            return Poll::Ready(None);
        }
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
