//! Deletions: at once, or marked until nothing holds the object any more.

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{Answer, Api, call::Call, expected};
use crate::{
    clock, custom,
    error::{ApiError, qualified},
    object,
    request::{DeleteOptions, Propagation},
    resource::Resource,
};

/// The finalizer of an object that goes after what it owns.
pub(crate) const FOREGROUND: &str = "foregroundDeletion";
/// The finalizer of an object that what it owns outlives.
pub(crate) const ORPHAN: &str = "orphan";

/// The namespaces that every cluster keeps.
const KEPT_NAMESPACES: &[&str] = &["default", "kube-system", "kube-public"];

/// What a deletion comes to.
pub(super) enum Fate {
    /// It goes, and this is the object that the caller is shown.
    Gone(Value),
    /// It stays for now, like this.
    Marked(Value),
}

impl Api {
    pub(super) fn delete(&mut self, call: &mut Call<'_>) -> Result<Answer, ApiError> {
        let options = delete_options(call)?;
        let old = self.find(call)?.ok_or_else(|| call.not_found())?;
        self.delete_one(call, &old, &options)
    }

    /// Deletes one object by all the rules.
    ///
    /// # Errors
    /// 409 where a precondition fails, 403 for what every cluster keeps.
    pub(super) fn delete_one(
        &mut self,
        call: &Call<'_>,
        old: &Value,
        options: &DeleteOptions,
    ) -> Result<Answer, ApiError> {
        let resource = Arc::clone(&call.kind.resource);
        let name = object::name(old).to_owned();
        check_preconditions(&resource, old, options)?;
        if is(&resource, "", "namespaces") && KEPT_NAMESPACES.contains(&name.as_str()) {
            return Err(ApiError::forbidden(
                "",
                "namespaces",
                &name,
                "this namespace may not be deleted",
            ));
        }
        let namespace = object::namespace(old).to_owned();
        let kind = Arc::clone(&call.kind);
        match fate(&resource, old, options, call.now) {
            Fate::Gone(shown) => {
                if !options.dry_run {
                    self.remove(&kind, &namespace, &name);
                }
                if resource.strategy.returns_deleted() {
                    let bytes = object::encode(&shown, &resource.kind, &resource.api_version());
                    return Ok(Answer::Object {
                        code: 200,
                        kind,
                        bytes,
                    });
                }
                Ok(Answer::Value {
                    code: 200,
                    value: success(&resource, old),
                })
            }
            Fate::Marked(new) => {
                let bytes = if new == *old {
                    object::encode(&new, &resource.kind, &resource.api_version())
                } else {
                    self.commit(&kind, &namespace, &name, new, options.dry_run)?
                };
                Ok(Answer::Object {
                    code: 200,
                    kind,
                    bytes,
                })
            }
        }
    }
}

/// The options in the body, or in the URL.
pub(super) fn delete_options(call: &Call<'_>) -> Result<DeleteOptions, ApiError> {
    let body = if call.body.is_empty() {
        None
    } else {
        Some(expected::delete_options(call)?)
    };
    DeleteOptions::parse(call.query, body.as_ref())
}

fn is(resource: &Resource, group: &str, plural: &str) -> bool {
    resource.group == group && resource.plural == plural
}

fn check_preconditions(
    resource: &Resource,
    old: &Value,
    options: &DeleteOptions,
) -> Result<(), ApiError> {
    let conflict = |why: String| {
        // The server names the kind here, where it names the plural elsewhere.
        let name = object::name(old);
        let message = format!(
            "Operation cannot be fulfilled on {} {name:?}: {why}",
            qualified(&resource.group, &resource.kind)
        );
        ApiError::new(409, "Conflict", message).about(&resource.group, &resource.kind, name)
    };
    if let Some(uid) = options
        .uid
        .as_deref()
        .filter(|uid| *uid != object::uid(old))
    {
        return Err(conflict(format!(
            "the UID in the precondition ({uid}) does not match the UID in record ({}). \
             The object might have been deleted and then recreated",
            object::uid(old)
        )));
    }
    let version = object::resource_version(old);
    if let Some(wanted) = options
        .resource_version
        .as_deref()
        .filter(|wanted| *wanted != version)
    {
        return Err(conflict(format!(
            "the ResourceVersion in the precondition ({wanted}) does not match the ResourceVersion in record \
             ({version}). The object might have been modified"
        )));
    }
    Ok(())
}

pub(super) fn fate(
    resource: &Resource,
    old: &Value,
    options: &DeleteOptions,
    now: jiff::Timestamp,
) -> Fate {
    let mut new = old.clone();
    set_finalizers(resource, &mut new, options.propagation);
    let held = object::finalizers(&new).next().is_some();
    if is(resource, "", "namespaces") {
        return namespace_fate(new, held, now);
    }
    let is_definition = is(
        resource,
        "apiextensions.k8s.io",
        "customresourcedefinitions",
    );
    let grace = resource
        .strategy
        .grace_period(old, options.grace_period_seconds);
    if object::is_terminating(old) {
        return terminating_fate(new, held, grace, now);
    }
    let pods = grace.is_some() || is(resource, "", "pods");
    if is_definition {
        custom::termination::mark(&mut new, &clock::seconds(now));
        return Fate::Marked(new);
    }
    if held || grace.is_some_and(|seconds| seconds > 0) {
        mark(&mut new, grace.unwrap_or_default(), now);
        return Fate::Marked(new);
    }
    if pods {
        mark(&mut new, 0, now);
    }
    Fate::Gone(new)
}

/// A second deletion can only hasten what the first has begun.
fn terminating_fate(mut new: Value, held: bool, grace: Option<i64>, now: jiff::Timestamp) -> Fate {
    let left = new["metadata"]["deletionGracePeriodSeconds"]
        .as_i64()
        .unwrap_or_default();
    let grace = grace.unwrap_or_default().min(left);
    if grace < left {
        set_deadline(&mut new, grace, now);
    }
    if held || grace > 0 {
        Fate::Marked(new)
    } else {
        Fate::Gone(new)
    }
}

fn namespace_fate(mut new: Value, held: bool, now: jiff::Timestamp) -> Fate {
    // The first deletion only marks it, whatever holds it.
    let first = !object::is_terminating(&new);
    if first {
        set_deadline(&mut new, 0, now);
        object::metadata_mut(&mut new).remove("deletionGracePeriodSeconds");
    }
    new["status"]["phase"] = "Terminating".into();
    let in_spec = new["spec"]["finalizers"]
        .as_array()
        .is_some_and(|list| !list.is_empty());
    if held || in_spec || first {
        Fate::Marked(new)
    } else {
        Fate::Gone(new)
    }
}

fn mark(object: &mut Value, grace: i64, now: jiff::Timestamp) {
    set_deadline(object, grace, now);
    let generation = object::generation(object);
    if generation > 0 {
        object::metadata_mut(object).insert("generation".to_owned(), (generation + 1).into());
    }
}

fn set_deadline(object: &mut Value, grace: i64, now: jiff::Timestamp) {
    let deadline = now
        .saturating_add(SignedDuration::from_secs(grace))
        .unwrap_or(now);
    object::set_text(object, "deletionTimestamp", &clock::seconds(deadline));
    object::metadata_mut(object).insert("deletionGracePeriodSeconds".to_owned(), grace.into());
}

/// What the propagation policy says, as finalizers for the garbage collector.
fn set_finalizers(resource: &Resource, object: &mut Value, propagation: Option<Propagation>) {
    let had = |name: &str| object::finalizers(object).any(|finalizer| finalizer == name);
    let (foreground, orphan) = match propagation {
        Some(Propagation::Foreground) => (true, false),
        Some(Propagation::Orphan) => (false, true),
        Some(Propagation::Background) => (false, false),
        None => {
            let (foreground, orphan) = (had(FOREGROUND), had(ORPHAN));
            (
                foreground,
                orphan || !foreground && resource.strategy.orphans_by_default(),
            )
        }
    };
    if (had(FOREGROUND), had(ORPHAN)) == (foreground, orphan) {
        return;
    }
    let mut finalizers: Vec<Value> = object::finalizers(object)
        .filter(|name| *name != FOREGROUND && *name != ORPHAN)
        .map(Value::from)
        .collect();
    finalizers.extend(orphan.then(|| Value::from(ORPHAN)));
    finalizers.extend(foreground.then(|| Value::from(FOREGROUND)));
    let metadata = object::metadata_mut(object);
    if finalizers.is_empty() {
        metadata.remove("finalizers");
    } else {
        metadata.insert("finalizers".to_owned(), finalizers.into());
    }
}

fn success(resource: &Resource, old: &Value) -> Value {
    let mut details =
        json!({"name": object::name(old), "kind": resource.plural, "uid": object::uid(old)});
    if !resource.group.is_empty() {
        details["group"] = resource.group.as_str().into();
    }
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details})
}
