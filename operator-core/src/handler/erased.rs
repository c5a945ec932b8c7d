//! The typed layer over the untyped core: a handler whose parent's type the engine need not know.

use std::{marker::PhantomData, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use serde_json::Value;

use super::{
    Error, FinalizeResponse, Handler, IntoFinalize, Said, Snapshot, SyncRequest, SyncResponse,
};
use crate::Parent;

/// What a handler answered, as JSON.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: Option<Value>,
    pub(crate) children: Vec<Said>,
    pub(crate) resync_after: Option<Duration>,
}

/// What a handler answered about a parent that is being deleted.
#[derive(Debug, Default)]
pub(crate) struct FinalizeAnswer {
    pub(crate) status: Option<Value>,
    /// `None`: it may go.
    pub(crate) retry_after: Option<Duration>,
}

/// A handler, from JSON to JSON.
pub(crate) trait ErasedHandler: Send + Sync {
    fn finalizes(&self) -> bool;
    fn sync(self: Arc<Self>, snapshot: Arc<Snapshot>) -> BoxFuture<'static, Result<Answer, Error>>;
    fn finalize(
        self: Arc<Self>,
        snapshot: Arc<Snapshot>,
    ) -> BoxFuture<'static, Result<FinalizeAnswer, Error>>;
}

struct Erased<P, H> {
    handler: H,
    parent: PhantomData<fn() -> P>,
}

pub(crate) fn erase<P: Parent>(handler: impl Handler<P>) -> Arc<dyn ErasedHandler> {
    Arc::new(Erased {
        handler,
        parent: PhantomData,
    })
}

impl<P: Parent, H: Handler<P>> ErasedHandler for Erased<P, H> {
    fn finalizes(&self) -> bool {
        H::FINALIZES
    }

    fn sync(self: Arc<Self>, snapshot: Arc<Snapshot>) -> BoxFuture<'static, Result<Answer, Error>> {
        Box::pin(async move {
            self.handler
                .sync(SyncRequest::new(snapshot)?)
                .await?
                .try_into()
        })
    }

    fn finalize(
        self: Arc<Self>,
        snapshot: Arc<Snapshot>,
    ) -> BoxFuture<'static, Result<FinalizeAnswer, Error>> {
        Box::pin(async move {
            self.handler
                .finalize(SyncRequest::new(snapshot)?)
                .await?
                .try_into()
        })
    }
}

/// A handler with a finalize function beside it.
pub(crate) struct WithFinalize<P, F, M> {
    pub(crate) handler: Arc<dyn ErasedHandler>,
    pub(crate) function: F,
    pub(crate) types: PhantomData<fn() -> (P, M)>,
}

impl<P: Parent, F: IntoFinalize<P, M>, M: 'static> ErasedHandler for WithFinalize<P, F, M> {
    fn finalizes(&self) -> bool {
        true
    }

    fn sync(self: Arc<Self>, snapshot: Arc<Snapshot>) -> BoxFuture<'static, Result<Answer, Error>> {
        Arc::clone(&self.handler).sync(snapshot)
    }

    fn finalize(
        self: Arc<Self>,
        snapshot: Arc<Snapshot>,
    ) -> BoxFuture<'static, Result<FinalizeAnswer, Error>> {
        Box::pin(async move {
            self.function
                .finalize(SyncRequest::new(snapshot)?)
                .await?
                .try_into()
        })
    }
}

impl<P: Parent> TryFrom<SyncResponse<P>> for Answer {
    type Error = Error;

    fn try_from(response: SyncResponse<P>) -> Result<Self, Error> {
        Ok(Self {
            status: response.status.transpose()?,
            children: response.children.into_iter().collect::<Result<_, _>>()?,
            resync_after: response.resync_after,
        })
    }
}

impl<P: Parent> TryFrom<FinalizeResponse<P>> for FinalizeAnswer {
    type Error = Error;

    fn try_from(response: FinalizeResponse<P>) -> Result<Self, Error> {
        Ok(Self {
            status: response.status.transpose()?,
            retry_after: response.retry_after,
        })
    }
}
