//! [`SyncRequest`]: what a handler is told, one consistent view of a parent and its children.

use std::{
    any::Any,
    fmt,
    ops::Deref,
    slice,
    sync::{Arc, OnceLock},
    vec,
};

use jiff::Timestamp;
use kube::Resource;
use serde::de::DeserializeOwned;

use super::Error;
use crate::{K8sType, Parent, object::Object};

/// The children of one declared kind, sorted by namespace and name.
#[derive(Clone, Debug)]
pub(crate) struct KindView {
    pub(crate) kind: &'static K8sType,
    pub(crate) objects: Vec<RawObject>,
}

/// A parent as handlers see it: read as its type once, however often the handler is asked about it.
#[derive(Debug)]
pub(crate) struct ParentView {
    pub(crate) raw: RawObject,
    typed: OnceLock<Arc<dyn Any + Send + Sync>>,
}

impl ParentView {
    pub(crate) fn new(raw: RawObject) -> Self {
        Self {
            raw,
            typed: OnceLock::new(),
        }
    }

    fn typed<P: Parent>(&self) -> Result<Arc<P>, Error> {
        let known = self.typed.get().cloned();
        if let Some(Ok(known)) = known.map(Arc::downcast) {
            return Ok(known);
        }
        // One that can't be read will not be readable later either: only a change of it can help.
        let parent: Arc<P> = self.raw.parse().map(Arc::new).map_err(Error::of_parent)?;
        drop(self.typed.set(Arc::clone(&parent) as _));
        Ok(parent)
    }
}

/// One parent with all its children, as of one moment.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) parent: Arc<ParentView>,
    pub(crate) children: Vec<KindView>,
    pub(crate) now: Timestamp,
}

/// What a handler is asked: the parent, its children as last seen, and the time.
///
/// It is an owned handle, cheap to clone, and valid for as long as it is kept; what it shows never changes.
/// The same request has to give the same answer, so a handler reads no clock but [`now`](Self::now).
pub struct SyncRequest<P> {
    snapshot: Arc<Snapshot>,
    parent: Arc<P>,
}

impl<P> SyncRequest<P> {
    /// The request for a snapshot.
    ///
    /// # Errors
    /// If the parent can't be read as its type.
    pub(crate) fn new(snapshot: Arc<Snapshot>) -> Result<Self, Error>
    where
        P: Parent,
    {
        let parent = snapshot.parent.typed()?;
        Ok(Self { snapshot, parent })
    }

    /// The parent.
    #[must_use]
    pub fn parent(&self) -> &P {
        &self.parent
    }

    /// The parent as the server sent it, less its `managedFields`.
    #[must_use]
    pub fn raw_parent(&self) -> &RawObject {
        &self.snapshot.parent.raw
    }

    /// The time of this request. It comes from the engine's clock, which a test can hold still.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.snapshot.now
    }

    /// The parent's children of type `T`; empty where there are none yet.
    ///
    /// # Errors
    /// If `T` was not declared with `with_child`, or if a child can't be read as `T`. Pass it on with `?`: a
    /// child that can't be read is not an absent one.
    pub fn children<T>(&self) -> Result<Children<T>, Error>
    where
        T: Resource<DynamicType = ()> + DeserializeOwned,
    {
        let kind = (T::api_version(&()), T::kind(&()));
        self.view(&kind.0, &kind.1)?
            .objects
            .iter()
            .map(RawObject::parse)
            .collect::<Result<_, _>>()
            .map(|items| Children { items })
    }

    /// The parent's children of a kind, without a Rust type for them; empty where there are none yet.
    ///
    /// # Errors
    /// If the kind was not declared with `with_child`.
    pub fn raw_children(&self, kind: &K8sType) -> Result<&[RawObject], Error> {
        Ok(&self.view(kind.api_version, kind.kind)?.objects)
    }

    fn view(&self, api_version: &str, kind: &str) -> Result<&KindView, Error> {
        self.snapshot
            .children
            .iter()
            .find(|view| view.kind.api_version == api_version && view.kind.kind == kind)
            .ok_or_else(|| {
                Error::permanent(format!(
                    "{kind}.{api_version} is not a declared child: declare it with `with_child`"
                ))
            })
    }
}

impl<P> Clone for SyncRequest<P> {
    fn clone(&self) -> Self {
        Self {
            snapshot: Arc::clone(&self.snapshot),
            parent: Arc::clone(&self.parent),
        }
    }
}

impl<P> fmt::Debug for SyncRequest<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SyncRequest")
            .field("snapshot", &self.snapshot)
            .finish_non_exhaustive()
    }
}

/// The children of one type, sorted by namespace and name.
///
/// ```no_run
/// # use operator_core::prelude::*;
/// # use k8s_openapi::api::core::v1::Service;
/// # fn f(request: SyncRequest<Untyped>) -> Result<(), Error> {
/// let services = request.children::<Service>()?;
/// let main = services.get("main");
/// let all: Vec<&Service> = services.iter().collect();
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Children<T> {
    items: Vec<T>,
}

impl<T: Resource> Children<T> {
    /// The child of that name. Where children are in several namespaces, the first: see [`get_in`](Self::get_in).
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&T> {
        self.items
            .iter()
            .find(|item| item.meta().name.as_deref() == Some(name))
    }

    /// The child of that name in that namespace.
    #[must_use]
    pub fn get_in(&self, namespace: &str, name: &str) -> Option<&T> {
        self.items.iter().find(|item| {
            let meta = item.meta();
            meta.name.as_deref() == Some(name) && meta.namespace.as_deref() == Some(namespace)
        })
    }
}

/// `first`, `iter`, `len`, `is_empty` and whatever else a slice has.
impl<T> Deref for Children<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}

impl<T> IntoIterator for Children<T> {
    type Item = T;
    type IntoIter = vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Children<T> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

/// An object as the server sent it: JSON without `managedFields`, parsed when asked for.
#[derive(Clone, Debug)]
pub struct RawObject {
    object: Arc<Object>,
}

impl RawObject {
    pub(crate) fn new(object: Arc<Object>) -> Self {
        Self { object }
    }

    pub(crate) fn object(&self) -> &Object {
        &self.object
    }

    /// `metadata.name`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.object.key.name
    }

    /// `metadata.namespace`, if the object is in one.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        self.object.key.namespace.as_deref()
    }

    /// `metadata.uid`.
    #[must_use]
    pub fn uid(&self) -> &str {
        &self.object.uid
    }

    /// Whether the object is being deleted.
    #[must_use]
    pub fn is_deleting(&self) -> bool {
        self.object.deleting
    }

    /// The whole object, as JSON.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.object.json
    }

    /// The object as a `T`.
    ///
    /// # Errors
    /// If it is no `T`; the error names the object.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_str(self.json()).map_err(|error| {
            Error::retry(format!("{} can't be read: {error}", self.object.describe()))
        })
    }
}
