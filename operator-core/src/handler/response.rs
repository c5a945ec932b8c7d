//! [`SyncResponse`] and [`FinalizeResponse`]: what a handler says should be.

use std::{fmt, marker::PhantomData, time::Duration};

use kube::Resource;
use serde::Serialize;
use serde_json::Value;

use super::{Error, Said};
use crate::Parent;

/// How long the text of a small child is.
const CHILD: usize = 512;

/// What should exist for a parent, whole: a child that is not in it is deleted.
///
/// ```
/// # use operator_core::prelude::*;
/// # use k8s_openapi::api::core::v1::ConfigMap;
/// # use std::time::Duration;
/// let response: SyncResponse<Untyped> = SyncResponse::new()
///     .with_child(ConfigMap::default())
///     .with_resync_after(Duration::from_secs(60));
/// ```
pub struct SyncResponse<P: Parent> {
    pub(crate) status: Option<Result<Value, Error>>,
    pub(crate) children: Vec<Result<Said, Error>>,
    pub(crate) resync_after: Option<Duration>,
    parent: PhantomData<fn() -> P>,
}

impl<P: Parent> SyncResponse<P> {
    /// Nothing should exist, and nothing is to be said in the status.
    #[must_use]
    pub fn new() -> Self {
        Self {
            status: None,
            children: Vec::new(),
            resync_after: None,
            parent: PhantomData,
        }
    }

    /// A response with this status.
    #[must_use]
    pub fn status(status: P::Status) -> Self {
        Self::new().with_status(status)
    }

    /// Sets the parent's status: the whole of it, but for `observedGeneration` and the engine's own condition,
    /// which the engine adds (one of the same type in `status` is replaced). Without it the status stays as it
    /// is, apart from these two. It has to be a JSON object.
    #[must_use]
    #[allow(clippy::needless_pass_by_value)] // a status is made to be given away
    pub fn with_status(mut self, status: P::Status) -> Self {
        self.status = Some(status_of(&status));
        self
    }

    /// Adds a child. It needs a name; its namespace is the parent's unless it says otherwise. The engine adds
    /// the owner reference, the tracking label and the `apply` annotation.
    ///
    /// A child that can't be serialized fails the sync: it is never taken for one that should not exist.
    #[must_use]
    #[allow(clippy::needless_pass_by_value)] // a child is made to be given away
    pub fn with_child<T>(mut self, child: T) -> Self
    where
        T: Resource<DynamicType = ()> + Serialize,
    {
        // Most are as long as the one before.
        let before = self.children.last().and_then(|child| child.as_ref().ok());
        let length = before.map_or(CHILD, |child| child.json.len());
        self.children.push(Said::typed(&child, length));
        self
    }

    /// Adds several children of one type.
    #[must_use]
    pub fn with_children<T>(self, children: impl IntoIterator<Item = T>) -> Self
    where
        T: Resource<DynamicType = ()> + Serialize,
    {
        children.into_iter().fold(self, Self::with_child)
    }

    /// Adds a child without a Rust type: an object with `apiVersion`, `kind` and `metadata.name`.
    #[must_use]
    #[allow(clippy::needless_pass_by_value)] // a child is made to be given away
    pub fn with_raw_child(mut self, child: Value) -> Self {
        self.children.push(Ok(Said::raw(&child)));
        self
    }

    /// Asks to be called again after this long (at least 50 ms), even if nothing changes. Once: the next answer
    /// decides anew.
    #[must_use]
    pub fn with_resync_after(mut self, delay: Duration) -> Self {
        self.resync_after = Some(delay);
        self
    }
}

impl<P: Parent> Default for SyncResponse<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Parent> fmt::Debug for SyncResponse<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SyncResponse")
            .field("status", &self.status)
            .field("children", &self.children)
            .field("resync_after", &self.resync_after)
            .finish()
    }
}

fn status_of<T: Serialize>(status: &T) -> Result<Value, Error> {
    match serde_json::to_value(status) {
        Ok(status) if status.is_object() => Ok(status),
        Ok(other) => Err(Error::permanent(format!(
            "the status is no JSON object: {other}"
        ))),
        Err(error) => Err(Error::permanent(format!(
            "the status can't be written as JSON: {error}"
        ))),
    }
}

/// Whether a parent that is being deleted may go.
pub struct FinalizeResponse<P: Parent> {
    pub(crate) retry_after: Option<Duration>,
    pub(crate) status: Option<Result<Value, Error>>,
    parent: PhantomData<fn() -> P>,
}

impl<P: Parent> FinalizeResponse<P> {
    /// Everything is cleaned up: the engine removes its finalizer, and the server the parent.
    #[must_use]
    pub fn done() -> Self {
        Self {
            retry_after: None,
            status: None,
            parent: PhantomData,
        }
    }

    /// Not yet: asks to be called again after this long (at least 50 ms), or earlier if the parent or a child
    /// changes.
    #[must_use]
    pub fn retry_after(delay: Duration) -> Self {
        Self {
            retry_after: Some(delay),
            ..Self::done()
        }
    }

    /// Sets the parent's status meanwhile. Nothing is written for a parent that is [`done`](Self::done).
    #[must_use]
    #[allow(clippy::needless_pass_by_value)] // a status is made to be given away
    pub fn with_status(mut self, status: P::Status) -> Self {
        self.status = SyncResponse::<P>::status(status).status;
        self
    }
}

impl<P: Parent> fmt::Debug for FinalizeResponse<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FinalizeResponse")
            .field("retry_after", &self.retry_after)
            .field("status", &self.status)
            .finish()
    }
}
