//! What a user writes: [`Handler`] and the functions that stand for one, their request, response and error.

mod erased;
mod error;
mod failable;
mod function;
mod request;
mod response;
mod said;

use std::future::Future;

pub(crate) use erased::{Answer, ErasedHandler, FinalizeAnswer, WithFinalize, erase};
pub use error::{Error, ErrorClass};
pub use failable::{Failable, FailableHandler};
pub use function::{IntoFinalize, IntoHandler, marker};
pub use request::{Children, RawObject, SyncRequest};
pub(crate) use request::{KindView, ParentView, Snapshot};
pub use response::{FinalizeResponse, SyncResponse};
pub(crate) use said::Said;

use crate::Parent;

/// Says what should exist for one parent, given what does.
///
/// An `async fn`, a closure that returns a future, or a plain `fn` from `SyncRequest<P>` to
/// `Result<SyncResponse<P>, E>` is one already; implement it for a struct where the handler has state.
///
/// # Contract
/// - It is called after anything about the parent or one of its children changed, after the engine wrote
///   something for it, after a restart, and when a resync asked for is due. Never twice at once for one parent.
/// - [`sync`](Self::sync) declares. It may be called any number of times for one change, so it has no effect
///   on the cluster, and on nothing else unless repeating it is harmless.
/// - An error, a panic or a deadline passed touches no child. The parent's condition says why.
/// - It runs on a thread of its own and may block it (on tokio's current-thread runtime, as under a paused
///   clock in tests, it runs inline).
///
/// ```
/// use operator_core::prelude::*;
///
/// struct Nothing;
///
/// impl Handler<Untyped> for Nothing {
///     async fn sync(&self, _request: SyncRequest<Untyped>) -> Result<SyncResponse<Untyped>, Error> {
///         Ok(SyncResponse::new())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler for `{P}`",
    note = "a handler is a function from `SyncRequest<P>` to `Result<SyncResponse<P>, E>`, async or not, or a struct that implements `Handler<P>`"
)]
pub trait Handler<P: Parent>: Send + Sync + 'static {
    /// Whether [`finalize`](Self::finalize) is called. Only then do parents get a finalizer: Rust can't see
    /// whether a default method was overridden, so it is said here.
    const FINALIZES: bool = false;

    /// What should exist for the parent.
    fn sync(
        &self,
        request: SyncRequest<P>,
    ) -> impl Future<Output = Result<SyncResponse<P>, Error>> + Send;

    /// Cleans up for a parent that is being deleted; it stays until this says [`FinalizeResponse::done`].
    ///
    /// Called only if [`FINALIZES`](Self::FINALIZES). It may be called again after it said so.
    fn finalize(
        &self,
        request: SyncRequest<P>,
    ) -> impl Future<Output = Result<FinalizeResponse<P>, Error>> + Send {
        drop(request);
        async { Ok(FinalizeResponse::done()) }
    }
}

#[cfg(test)]
mod tests;
