//! What stands between a valid object and the store: namespaces that are absent or terminating, and kinds that look
//! at other objects.

use std::borrow::Cow;

use serde_json::Value;

use super::{Api, call::Call};
use crate::{
    builtin::Allocations,
    error::{ApiError, Cause},
    kinds::Kinds,
    object,
    store::{At, Store},
    strategy::Others,
};

/// The objects as they are while a request is being carried out.
pub(super) struct Present<'a> {
    pub(super) store: &'a Store,
    pub(super) kinds: &'a Kinds,
    pub(super) allocations: &'a Allocations,
}

impl Others for Present<'_> {
    fn get(&self, group: &str, resource: &str, namespace: &str, name: &str) -> Option<Value> {
        let kind = self.kinds.any_version(group, resource)?;
        let stored = self.store.get(kind.collection, namespace, name)?;
        serde_json::from_slice(&stored.bytes).ok()
    }

    fn list(&self, group: &str, resource: &str, namespace: &str) -> Vec<Value> {
        let Some(kind) = self.kinds.any_version(group, resource) else {
            return Vec::new();
        };
        let Ok(objects) = self.store.list(kind.collection, namespace, "", At::Latest) else {
            return Vec::new();
        };
        objects
            .filter_map(|(_, bytes)| serde_json::from_slice(bytes).ok())
            .collect()
    }

    fn allocations(&self) -> Cow<'_, Allocations> {
        Cow::Borrowed(self.allocations)
    }
}

impl Api {
    /// Whether anything may be created in the namespace.
    pub(super) fn check_namespace_admits(
        &self,
        call: &Call<'_>,
        name: &str,
    ) -> Result<(), ApiError> {
        let resource = &call.kind.resource;
        if !resource.namespaced {
            return Ok(());
        }
        let namespace = call.namespace();
        // A live namespace is the rule: looking for the mark of a terminating one costs no parse.
        let stored = self.store.get(self.namespaces, "", namespace);
        let Some(stored) = stored else {
            return Err(ApiError::not_found("", "namespaces", namespace));
        };
        if !object::may_be_terminating(&stored.bytes) {
            return Ok(());
        }
        let found = self
            .present()
            .get("", "namespaces", "", namespace)
            .unwrap_or_default();
        if !object::is_terminating(&found) {
            return Ok(());
        }
        let why = format!(
            "unable to create new content in namespace {namespace} because it is being terminated"
        );
        let mut error = ApiError::forbidden(&resource.group, &resource.plural, name, &why);
        error.details.causes.push(Cause {
            reason: "NamespaceTerminating".to_owned(),
            message: format!("namespace {namespace} is being terminated"),
            field: "metadata.namespace".to_owned(),
        });
        Err(error)
    }
}
