//! [`FailableHandler`]: a handler in three steps, whose status is determined whether they succeed or fail.

use super::{Error, Handler, SyncRequest, SyncResponse};
use crate::Parent;

/// A handler that separates checking the parent, saying its children and saying its status, so that the
/// status can tell of a failure in either of the first two.
///
/// [`Failable`] makes a [`Handler`] of it. A failure touches no child; the status that
/// [`determine_status`](Self::determine_status) gives is written all the same, beside the engine's condition.
pub trait FailableHandler: Send + Sync + 'static {
    /// What the parent is read as.
    type Parent: Parent;
    /// What validation gives: the parent in a form that can't be wrong any more.
    type Validated: Send + Sync;
    /// Why a step failed. Its [class](super::ErrorClass) decides about retries.
    type Error: Into<Error> + Send + Sync;

    /// Checks the parent.
    ///
    /// # Errors
    /// If it asks for something that can't be.
    fn validate(&self, request: &SyncRequest<Self::Parent>)
    -> Result<Self::Validated, Self::Error>;

    /// Adds the children to `response`. May note in `validated` what the status is to say.
    ///
    /// # Errors
    /// If the children can't be said; then none is touched.
    fn sync_children(
        &self,
        validated: &mut Self::Validated,
        request: &SyncRequest<Self::Parent>,
        response: SyncResponse<Self::Parent>,
    ) -> Result<SyncResponse<Self::Parent>, Self::Error>;

    /// Says the status after both steps, or after the one that failed; `None` leaves it as it is.
    fn determine_status(
        &self,
        request: &SyncRequest<Self::Parent>,
        result: Result<&Self::Validated, &Self::Error>,
    ) -> Option<<Self::Parent as Parent>::Status>;
}

/// A [`FailableHandler`] as a [`Handler`].
#[derive(Clone, Debug)]
pub struct Failable<H>(pub H);

impl<H: FailableHandler> Handler<H::Parent> for Failable<H> {
    async fn sync(
        &self,
        request: SyncRequest<H::Parent>,
    ) -> Result<SyncResponse<H::Parent>, Error> {
        let result = self.0.validate(&request).and_then(|mut validated| {
            let response = self
                .0
                .sync_children(&mut validated, &request, SyncResponse::new())?;
            Ok((validated, response))
        });
        match result {
            Ok((validated, response)) => {
                Ok(match self.0.determine_status(&request, Ok(&validated)) {
                    Some(status) => response.with_status(status),
                    None => response,
                })
            }
            Err(error) => {
                let status = self.0.determine_status(&request, Err(&error));
                let error = error.into();
                Err(match status {
                    Some(status) => error.with_status(&status),
                    None => error,
                })
            }
        }
    }
}
