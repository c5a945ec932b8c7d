//! [`Api`]: what the server holds, and what each request does with it.
//!
//! A request is carried out from beginning to end without a pause: it sees one state and leaves another. What has to
//! wait (a watch, a list of a revision to come) is answered with what to wait for.

mod access;
mod admission;
mod answer;
mod call;
mod complaints;
mod controlled;
mod create;
mod decode;
mod definitions;
mod delete;
mod delete_collection;
mod expected;
mod info;
mod patch;
mod quotas;
mod read;
mod reviews;
mod scale;
mod selection;
mod update;
mod watch;
mod workload;

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use serde_json::Value;

pub(crate) use self::delete::{FOREGROUND, ORPHAN};
pub(crate) use self::{
    answer::{Answer, List},
    call::Call,
    read::check_listable,
    watch::{Next, WatchStart, Watched},
};
use crate::{
    builtin::{self, Allocations},
    discovery::metrics::{RequestCounts, RequestLabels},
    entropy::Entropy,
    error::ApiError,
    kinds::{Kind, Kinds},
    metadata::names,
    object,
    request::ResourcePath,
    resource::Resource,
    signals::Signals,
    store::{Collection, Store},
};

/// How many changes are remembered: watches that are further behind begin anew.
const REMEMBERED_CHANGES: u64 = 100_000;
/// How large an object may be: etcd's limit, less what it writes around it.
const MAX_STORED: usize = 1_572_864;
/// How often, in writes, the log is cut to that.
const TRIM_EVERY: u64 = 1_024;

/// What a server may lack or have besides: servers of different versions differ in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Serves {
    /// `apiextensions.k8s.io/v1beta1`.
    pub(crate) v1beta1: bool,
    /// Watches that begin with what there is.
    pub(crate) streaming_lists: bool,
}

impl Default for Serves {
    fn default() -> Self {
        Self {
            v1beta1: false,
            streaming_lists: true,
        }
    }
}

/// All that the server holds.
pub(crate) struct Api {
    pub(crate) store: Store,
    pub(crate) kinds: Kinds,
    pub(crate) entropy: Entropy,
    pub(crate) signals: Signals,
    serves: Serves,
    namespaces: Collection,
    definitions: Collection,
    services: Collection,
    /// What services have that no two may have.
    allocations: Allocations,
    quotas: Collection,
    /// What the kinds of a CRD were made from: its generation, and whether it was terminating.
    fingerprints: HashMap<String, (i64, bool)>,
    /// The time of the request that is being carried out.
    pub(crate) now: jiff::Timestamp,
    counts: RequestCounts,
    access: access::Access,
}

impl Api {
    /// A fresh cluster: the kinds that every server has, and the objects that stand there from the start.
    #[must_use]
    pub(crate) fn new(entropy: Entropy, serves: Serves, now: jiff::Timestamp) -> Self {
        let mut store = Store::new();
        let kinds = Kinds::builtin(&mut store, builtin::resources());
        let rights = access::Access::new(|plural| store.collection(access::Access::GROUP, plural));
        let mut api = Self {
            namespaces: store.collection("", "namespaces"),
            definitions: store.collection("apiextensions.k8s.io", "customresourcedefinitions"),
            services: store.collection("", "services"),
            allocations: builtin::allocations(),
            quotas: store.collection("", "resourcequotas"),
            store,
            kinds,
            entropy,
            signals: Signals::default(),
            serves,
            fingerprints: HashMap::new(),
            now,
            counts: RequestCounts::default(),
            access: rights,
        };
        api.serve_definitions();
        api.make_initial_objects();
        api
    }

    /// Carries out a request about objects.
    ///
    /// # Errors
    /// Every refusal.
    pub(crate) fn handle(&mut self, call: &mut Call<'_>, verb: &str) -> Result<Answer, ApiError> {
        self.now = call.now;
        if let Some(name) = &call.path.name
            && !matches!(verb, "list" | "watch")
        {
            let wrong = names::path_segment(name);
            if !wrong.is_empty() {
                let why = wrong.join(";");
                return Err(ApiError::bad_request(format!(
                    "Name parameter invalid: {name:?}: {why}"
                )));
            }
        }
        match (call.path.subresource.as_str(), verb) {
            ("" | "status", "get") => self.get(call),
            ("", "list") => self.list(call),
            ("", "watch") => self.watch(call),
            ("", "create") => self.create_or_review(call),
            ("" | "status" | "finalize", "update") => self.update(call),
            ("" | "status", "patch") => self.patch(call),
            ("", "delete") => self.delete(call),
            ("", "deletecollection") => self.delete_collection(call),
            ("scale", "get") => self.get_scale(call),
            ("scale", "update") => self.update_scale(call),
            ("scale", "patch") => self.patch_scale(call),
            ("token", "create") => self.create_token(call),
            ("eviction", "create") => self.evict(call),
            _ => Err(call.unsupported(verb)),
        }
    }

    /// Counts a request for `/metrics`.
    pub(crate) fn count(&mut self, labels: &RequestLabels<'_>) {
        self.counts.count(labels);
    }

    /// 404 for a path that names nothing: as a `Status` below a version of a built-in group, else as text.
    pub(crate) fn nothing_there(&self, path: &ResourcePath) -> ApiError {
        let builtin = |kind: &Arc<Kind>| {
            let resource = &kind.resource;
            !resource.custom && resource.group == path.group && resource.version == path.version
        };
        if self.kinds.all().iter().any(builtin) {
            return ApiError::new(
                404,
                "NotFound",
                "the server could not find the requested resource",
            );
        }
        ApiError::page_not_found()
    }

    /// The object that a path names, in the version that the path names.
    ///
    /// # Errors
    /// A 500 if its own version is gone.
    pub(super) fn find(&self, call: &Call<'_>) -> Result<Option<Value>, ApiError> {
        if let Some(gone) = call.kind.undecodable(call.namespace(), call.name()) {
            return Err(gone.on_read());
        }
        self.decoded(call)
    }

    /// The same for a change, which is refused in other words.
    ///
    /// # Errors
    /// As [`Api::find`].
    pub(super) fn find_to_change(&self, call: &Call<'_>) -> Result<Option<Value>, ApiError> {
        if let Some(gone) = call.kind.undecodable(call.namespace(), call.name()) {
            return Err(gone.on_change());
        }
        self.decoded(call)
    }

    fn decoded(&self, call: &Call<'_>) -> Result<Option<Value>, ApiError> {
        let Some(stored) = self
            .store
            .get(call.kind.collection, call.namespace(), call.name())
        else {
            return Ok(None);
        };
        present_value(&call.kind, &stored.bytes, stored.revision).map(Some)
    }

    /// Stores an object, unless this is a dry run, and returns it in the version of `kind`: with what is left of it
    /// in the version that is stored.
    ///
    /// # Errors
    /// A 500 if it is too large to be stored.
    pub(crate) fn commit(
        &mut self,
        kind: &Arc<Kind>,
        namespace: &str,
        name: &str,
        mut object: Value,
        dry_run: bool,
    ) -> Result<Bytes, ApiError> {
        if !dry_run {
            let revision = self.store.next_revision().to_string();
            object::set_text(&mut object, "resourceVersion", &revision);
        }
        let (shown, stored) = if kind.is_stored_version() {
            let bytes = encoded(&object, &kind.resource);
            (bytes.clone(), bytes)
        } else {
            let mut kept = converted(object, &kind.resource, &kind.stored);
            // As every read would.
            kind.stored.strategy.default(&mut kept);
            let stored = encoded(&kept, &kind.stored);
            let shown = converted(kept, &kind.stored, &kind.resource);
            (encoded(&shown, &kind.resource), stored)
        };
        if dry_run {
            return Ok(shown);
        }
        if stored.len() > MAX_STORED {
            return Err(ApiError::new(500, "", "etcdserver: request is too large"));
        }
        let revision = self.store.put(kind.collection, namespace, name, stored);
        self.after_write(kind.collection, namespace, name, revision, Some(&shown));
        Ok(shown)
    }

    /// Removes an object from the store.
    pub(crate) fn remove(&mut self, kind: &Arc<Kind>, namespace: &str, name: &str) {
        let Some(event) = self.store.delete(kind.collection, namespace, name) else {
            return;
        };
        let revision = event.revision;
        self.after_write(kind.collection, namespace, name, revision, None);
    }

    fn after_write(
        &mut self,
        collection: Collection,
        namespace: &str,
        name: &str,
        revision: u64,
        object: Option<&[u8]>,
    ) {
        self.signals.stir(collection);
        self.access.written(collection, namespace, name, object);
        if collection == self.services {
            match object.and_then(|bytes| serde_json::from_slice(bytes).ok()) {
                Some(service) => self.allocations.set(namespace, name, &service),
                None => self.allocations.remove(namespace, name),
            }
        }
        if collection == self.definitions {
            self.definition_changed(name);
        }
        if revision.is_multiple_of(TRIM_EVERY) {
            self.store.trim(REMEMBERED_CHANGES);
        }
    }
}

/// A stored object in the version of `kind`.
pub(crate) fn present(kind: &Kind, bytes: &Bytes, revision: u64) -> Result<Bytes, ApiError> {
    if kind.is_stored_version() && revision >= kind.schema_since {
        return Ok(bytes.clone());
    }
    let value = present_value(kind, bytes, revision)?;
    Ok(encoded(&value, &kind.resource))
}

/// [`present`], as a value.
pub(crate) fn present_value(kind: &Kind, bytes: &Bytes, revision: u64) -> Result<Value, ApiError> {
    let mut value: Value =
        serde_json::from_slice(bytes).map_err(|error| ApiError::internal(error.to_string()))?;
    if revision < kind.schema_since {
        let strategy = &kind.stored.strategy;
        // It may have been stored when another version was the one to store in.
        value["apiVersion"] = kind.stored.api_version().into();
        strategy.decode(&mut value)?;
        strategy.default(&mut value);
    }
    if !kind.is_stored_version() {
        value = converted(value, &kind.stored, &kind.resource);
    }
    Ok(value)
}

fn encoded(object: &Value, resource: &Resource) -> Bytes {
    object::encode(object, &resource.kind, &resource.api_version())
}

fn converted(value: Value, from: &Resource, to: &Resource) -> Value {
    let mut value = to.strategy.convert(value, from);
    value["apiVersion"] = to.api_version().into();
    value["kind"] = to.kind.as_str().into();
    value
}
