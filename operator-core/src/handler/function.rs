//! Functions as handlers: `async fn`, closures returning futures and plain `fn`, told apart by inference.

use std::{future::Future, marker::PhantomData};

use super::{Error, FinalizeResponse, Handler, SyncRequest, SyncResponse};
use crate::Parent;

/// Says which form of handler a value is. Never named by users: the compiler finds the one that fits.
pub mod marker {
    use std::marker::PhantomData;

    /// A value that implements [`Handler`](super::Handler) itself.
    pub struct Own;
    /// A function that returns a future.
    pub struct Async<Fut, E>(PhantomData<(Fut, E)>);
    /// A function that returns its answer.
    pub struct Plain<E>(PhantomData<E>);
}

/// Anything that can be a handler: see [`Handler`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler",
    note = "a handler is a function from `SyncRequest<P>` to `Result<SyncResponse<P>, E>`, async or not, or a struct that implements `Handler<P>`",
    note = "what it returns is a `Result`, and an async one has to be `Send`: no `Rc`, and no lock held over an `.await`",
    note = "a closure has to say its argument's type: `|request: SyncRequest<MyParent>| …`"
)]
pub trait IntoHandler<P: Parent, M> {
    /// The handler it becomes.
    type Handler: Handler<P>;

    /// Makes it one.
    fn into_handler(self) -> Self::Handler;
}

impl<P: Parent, H: Handler<P>> IntoHandler<P, marker::Own> for H {
    type Handler = H;

    fn into_handler(self) -> H {
        self
    }
}

/// A function as a [`Handler`]; `R` is what it returns.
#[derive(Debug)]
pub struct FunctionHandler<F, R> {
    function: F,
    returns: PhantomData<fn() -> R>,
}

impl<P, F, Fut, E> IntoHandler<P, marker::Async<Fut, E>> for F
where
    P: Parent,
    F: Fn(SyncRequest<P>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<SyncResponse<P>, E>> + Send + 'static,
    E: Into<Error> + 'static,
{
    type Handler = FunctionHandler<F, marker::Async<Fut, E>>;

    fn into_handler(self) -> Self::Handler {
        FunctionHandler {
            function: self,
            returns: PhantomData,
        }
    }
}

impl<P, F, Fut, E> Handler<P> for FunctionHandler<F, marker::Async<Fut, E>>
where
    P: Parent,
    F: Fn(SyncRequest<P>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<SyncResponse<P>, E>> + Send + 'static,
    E: Into<Error> + 'static,
{
    async fn sync(&self, request: SyncRequest<P>) -> Result<SyncResponse<P>, Error> {
        (self.function)(request).await.map_err(Into::into)
    }
}

impl<P, F, E> IntoHandler<P, marker::Plain<E>> for F
where
    P: Parent,
    F: Fn(SyncRequest<P>) -> Result<SyncResponse<P>, E> + Send + Sync + 'static,
    E: Into<Error> + 'static,
{
    type Handler = FunctionHandler<F, marker::Plain<E>>;

    fn into_handler(self) -> Self::Handler {
        FunctionHandler {
            function: self,
            returns: PhantomData,
        }
    }
}

impl<P, F, E> Handler<P> for FunctionHandler<F, marker::Plain<E>>
where
    P: Parent,
    F: Fn(SyncRequest<P>) -> Result<SyncResponse<P>, E> + Send + Sync + 'static,
    E: Into<Error> + 'static,
{
    async fn sync(&self, request: SyncRequest<P>) -> Result<SyncResponse<P>, Error> {
        (self.function)(request).map_err(Into::into)
    }
}

/// A function that cleans up for a parent that is being deleted: like a handler, but returning
/// `Result<FinalizeResponse<P>, E>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't finalize",
    note = "write a function from `SyncRequest<P>` to `Result<FinalizeResponse<P>, E>`, async or not"
)]
pub trait IntoFinalize<P: Parent, M>: Send + Sync + 'static {
    /// Calls the function.
    fn finalize(
        &self,
        request: SyncRequest<P>,
    ) -> impl Future<Output = Result<FinalizeResponse<P>, Error>> + Send;
}

impl<P, F, Fut, E> IntoFinalize<P, marker::Async<Fut, E>> for F
where
    P: Parent,
    F: Fn(SyncRequest<P>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<FinalizeResponse<P>, E>> + Send + 'static,
    E: Into<Error> + 'static,
{
    async fn finalize(&self, request: SyncRequest<P>) -> Result<FinalizeResponse<P>, Error> {
        self(request).await.map_err(Into::into)
    }
}

impl<P, F, E> IntoFinalize<P, marker::Plain<E>> for F
where
    P: Parent,
    F: Fn(SyncRequest<P>) -> Result<FinalizeResponse<P>, E> + Send + Sync + 'static,
    E: Into<Error> + 'static,
{
    async fn finalize(&self, request: SyncRequest<P>) -> Result<FinalizeResponse<P>, Error> {
        self(request).map_err(Into::into)
    }
}
