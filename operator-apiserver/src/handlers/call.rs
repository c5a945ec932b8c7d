//! [`Call`]: one request, with what is known about it before it is carried out.

use std::{cell::Cell, sync::Arc};

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    access::User,
    apply::{OtherVersion, Writer},
    clock,
    error::ApiError,
    field_error::FieldError,
    kinds::Kind,
    metadata::{Finalizers, names},
    request::{Body, Query, ResourcePath, WriteOptions, decode_body},
};

/// A request about a kind's objects.
pub(crate) struct Call<'a> {
    /// When.
    pub(crate) now: Timestamp,
    /// By whom.
    pub(crate) user: &'a User,
    /// The part of its `User-Agent` that stands for a field manager.
    pub(crate) agent: &'a str,
    /// What its path names.
    pub(crate) path: &'a ResourcePath,
    /// The kind of that.
    pub(crate) kind: Arc<Kind>,
    /// Its parameters.
    pub(crate) query: &'a Query,
    /// The media type of its body.
    pub(crate) content_type: &'a str,
    /// Its body.
    pub(crate) body: &'a [u8],
    /// What that holds, if it was read ahead and not taken yet.
    pub(crate) held: Cell<Option<Result<Body, String>>>,
    /// The revision that it is to see, if the server is to answer from an old state.
    pub(crate) stale: Option<u64>,
    /// What the client is told beside the answer.
    pub(crate) warnings: Vec<String>,
}

impl Call<'_> {
    /// The namespace, empty for cluster-scoped objects.
    #[must_use]
    pub(crate) fn namespace(&self) -> &str {
        self.path.namespace.as_deref().unwrap_or_default()
    }

    /// The object's name, empty for a collection.
    #[must_use]
    pub(crate) fn name(&self) -> &str {
        self.path.name.as_deref().unwrap_or_default()
    }

    /// What the body holds, for whoever asks first: nothing of it is copied.
    ///
    /// # Errors
    /// The parser's words.
    pub(crate) fn held(&self, yaml: bool) -> Result<Body, String> {
        let held = self.held.take();
        held.unwrap_or_else(|| decode_body(self.body, yaml))
    }

    /// Now, as objects write it.
    #[must_use]
    pub(crate) fn timestamp(&self) -> String {
        clock::seconds(self.now)
    }

    /// Who is written down as the manager of the fields that change.
    #[must_use]
    pub(crate) fn manager<'o>(&'o self, options: &'o WriteOptions) -> &'o str {
        if options.field_manager.is_empty() {
            self.agent
        } else {
            &options.field_manager
        }
    }

    /// What is written down about this write; `others` are the kind's other versions.
    #[must_use]
    pub(crate) fn writer<'o>(
        &'o self,
        manager: &'o str,
        now: &'o str,
        others: &'o [OtherVersion<'o>],
    ) -> Writer<'o> {
        Writer {
            manager,
            api_version: &self.kind.api_version,
            subresource: &self.path.subresource,
            now,
            other_versions: others,
        }
    }

    /// Tells the client what the kind warns of.
    pub(crate) fn warn(&mut self, new: &Value, old: Option<&Value>) {
        let warnings = self.kind.resource.strategy.warnings(new, old);
        self.warnings.extend(warnings);
    }

    /// Which finalizers its objects may have: most built-in kinds want a domain in their names.
    #[must_use]
    pub(crate) fn finalizers(&self) -> Finalizers {
        let resource = &self.kind.resource;
        let any = resource.custom
            || matches!(
                resource.plural.as_str(),
                "leases" | "poddisruptionbudgets" | "customresourcedefinitions"
            );
        if any {
            Finalizers::Any
        } else {
            Finalizers::Qualified
        }
    }

    /// What is wrong with a name; of a custom resource that is there already, it only has to fit into a path.
    pub(crate) fn name_errors(&self, name: &str, exists: bool) -> Vec<String> {
        let resource = &self.kind.resource;
        if resource.custom && exists {
            names::path_segment(name)
        } else {
            resource.strategy.validate_name(name)
        }
    }

    /// 422 for what is wrong with an object; of a built-in kind everything is told once.
    pub(crate) fn invalid(&self, name: &str, mut errors: Vec<FieldError>) -> ApiError {
        let resource = &self.kind.resource;
        if !resource.custom {
            let mut told = Vec::new();
            errors.retain(|error| {
                let new = !told.contains(error);
                if new {
                    told.push(error.clone());
                }
                new
            });
        }
        // Events are told of as those of the core group, which they are.
        let group = if resource.group == "events.k8s.io" {
            ""
        } else {
            &resource.group
        };
        ApiError::invalid(group, &resource.kind, name, &errors)
    }

    /// 404 for the object that the path names.
    #[must_use]
    pub(crate) fn not_found(&self) -> ApiError {
        let resource = &self.kind.resource;
        ApiError::not_found(&resource.group, &resource.plural, self.name())
    }

    /// 409 for the object that the path names.
    #[must_use]
    pub(crate) fn conflict(&self, why: &str) -> ApiError {
        let resource = &self.kind.resource;
        ApiError::conflict(&resource.group, &resource.plural, self.name(), why)
    }

    /// 405 for what can't be done with the kind.
    #[must_use]
    pub(crate) fn unsupported(&self, verb: &str) -> ApiError {
        let resource = &self.kind.resource;
        let what = crate::error::qualified(&resource.group, &resource.plural);
        let message = format!("{verb} is not supported on resources of kind {what:?}");
        ApiError::new(405, "MethodNotAllowed", message).about(&resource.group, &resource.plural, "")
    }
}
