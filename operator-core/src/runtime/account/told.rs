//! [`Told`]: what an operator does, as values that somebody can be told.

use std::{fmt, time::Duration};

use serde_json::Value;

use crate::{K8sType, object::ObjectKey};

/// One thing that an operator did or saw, told while it happens to whoever was given to
/// [`Probe::telling`](super::super::Probe::telling).
///
/// All of one pass carry its parent, which has one pass at a time.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// A pass began.
    Began {
        /// Whose it is.
        parent: ObjectId,
        /// Why it began; the first is what made the parent due.
        because: Vec<Cause>,
    },
    /// Something came in while a pass was under way, and it took that in.
    Joined {
        /// Whose pass it is.
        parent: ObjectId,
        /// What came in.
        because: Vec<Cause>,
    },
    /// The server answered a request of a pass, or did not.
    Answered {
        /// Whose pass it is.
        parent: ObjectId,
        /// The request with its answer.
        request: Answered,
    },
    /// A pass ended.
    Ended {
        /// Whose it was.
        parent: ObjectId,
        /// How it ended.
        pass: PassEnd,
    },
    /// An object is gone, and no parent is there that would have to be worked on for it.
    Gone(Change),
    /// A kind can't be watched any more. What was seen of it stays, and nothing of it is written.
    WatchLost {
        /// The kind.
        kind: &'static K8sType,
        /// Why.
        why: String,
    },
    /// A kind is watched again.
    WatchBack {
        /// The kind.
        kind: &'static K8sType,
    },
}

/// An object by its kind and place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectId {
    /// Its type.
    pub kind: &'static K8sType,
    /// `metadata.namespace`.
    pub namespace: Option<String>,
    /// `metadata.name`.
    pub name: String,
}

impl ObjectId {
    pub(crate) fn new(kind: &'static K8sType, key: &ObjectKey) -> Self {
        Self {
            kind,
            namespace: key.namespace.as_deref().map(str::to_owned),
            name: key.name.as_ref().to_owned(),
        }
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, name) = (self.kind.kind, &self.name);
        match &self.namespace {
            Some(namespace) => write!(f, "{kind} {namespace}/{name}"),
            None => write!(f, "{kind} {name}"),
        }
    }
}

/// Why a parent was worked on.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum Cause {
    /// It, or a child of it, was found in a list: at the start, or after a watch was lost.
    Listed,
    /// It, or a child of it, changed.
    Changed(Change),
    /// So many passes in a row failed before.
    Retry {
        /// How many.
        failures: u32,
    },
    /// Its last pass had to wait for something: that was looked at again.
    Waited,
    /// Its handler asked to be called again about now.
    Resync,
    /// It changed while its last pass wrote it.
    Outdated,
}

/// What happened to an object, as a watch showed it.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The object.
    pub object: ObjectId,
    /// What happened.
    pub what: What,
    /// The field managers that did it, as far as the server says: it counts in whole seconds.
    pub by: Vec<String>,
    /// `metadata.generation` before and after, where there is one.
    pub generation: (Option<i64>, Option<i64>),
    /// The fields that changed, as many as are worth saying.
    pub fields: Vec<FieldChange>,
}

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It is new, or was not seen before.
    Created,
    /// It changed.
    Changed,
    /// Somebody asked for its deletion; it is still there.
    Deleting,
    /// It is gone.
    Gone,
}

/// A field that changed.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    /// As in `spec.ports[0].port`.
    pub path: String,
    /// What it was and what it is, absent as null; `None` where that is nobody's business, as in a Secret.
    pub values: Option<(Value, Value)>,
}

/// A request with its answer.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// What was asked for.
    pub verb: Verb,
    /// About which object.
    pub object: ObjectId,
    /// And which subresource of it.
    pub subresource: Option<String>,
    /// Whether it was only to be tried.
    pub dry_run: bool,
    /// What was answered.
    pub answer: Answer,
    /// How long that took.
    pub took: Duration,
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// GET.
    Get,
    /// POST.
    Create,
    /// Server-side apply.
    Apply,
    /// PUT.
    Update,
    /// A merge patch.
    Patch,
    /// DELETE.
    Delete,
}

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It did it, and answered with this status code.
    Done(u16),
    /// It refused with this status code, for this reason.
    Refused(u16, String),
    /// It did not answer, for this reason.
    NoAnswer(String),
}

/// How a pass ended.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct PassEnd {
    /// What the pass was about in the end.
    pub work: Work,
    /// The parent's condition, if the pass came to one.
    pub condition: Option<PassCondition>,
    /// Whether it failed, and is tried again (if `again` says so) although nothing changes.
    pub failed: bool,
    /// When the parent is looked at next, if nothing happens until then.
    pub again: Option<Duration>,
    /// Whether the parent is gone with it.
    pub gone: bool,
    /// How long the pass took.
    pub took: Duration,
}

/// What a pass is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Work {
    /// What should exist is made to.
    #[default]
    Sync,
    /// The parent is being deleted, and is cleaned up after.
    Finalize,
    /// The parent is being deleted, and that is none of the operator's business.
    LetGo,
}

/// The condition that a pass came to.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassCondition {
    /// Whether everything is as declared.
    pub is_true: bool,
    /// The reason, as a word.
    pub reason: String,
    /// The message.
    pub message: String,
}
