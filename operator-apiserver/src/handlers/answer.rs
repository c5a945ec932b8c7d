//! [`Answer`]: what a request is answered with, before it is known in which form.

use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use serde_json::Value;

use super::watch::WatchStart;
use crate::kinds::Kind;

/// What a request is answered with.
pub(crate) enum Answer {
    /// An object as it is stored, in the version that was asked for.
    Object {
        /// The HTTP status.
        code: u16,
        /// Its kind.
        kind: Arc<Kind>,
        /// Its JSON.
        bytes: Bytes,
    },
    /// Objects.
    List(List),
    /// Anything else that is JSON: a `Status`, a `Scale`, a review.
    Value {
        /// The HTTP status.
        code: u16,
        /// The JSON.
        value: Value,
    },
    /// What is written already.
    Raw(Response<Bytes>),
    /// Events, as they come.
    Watch(WatchStart),
    /// Ask again once the store has reached this revision.
    Wait(u64),
}

/// Objects of a kind, or a page of them.
pub(crate) struct List {
    /// Their kind.
    pub(crate) kind: Arc<Kind>,
    /// Their JSON, in the version that was asked for.
    pub(crate) items: Vec<Bytes>,
    /// The revision that they are of.
    pub(crate) revision: u64,
    /// How to go on, if there are more.
    pub(crate) next: Option<String>,
    /// How many there are beyond this page, if it is known.
    pub(crate) remaining: Option<u64>,
}
