//! Updates: PUT, and what patches end in.

use std::sync::Arc;

use serde_json::Value;

use super::{Answer, Api, call::Call};
use crate::{
    apply, error::ApiError, field_error::FieldError, metadata, object, request::WriteOptions,
};

/// What an update has to know besides the objects.
pub(super) struct Update<'a> {
    /// Whether nothing is to be stored.
    pub(super) dry_run: bool,
    /// Who writes; `None` if the managers of the fields are settled already.
    pub(super) manager: Option<&'a str>,
    /// Whether another uid is a conflict; in a patch it is an invalid change.
    pub(super) uid_is_precondition: bool,
}

impl Api {
    pub(super) fn update(&mut self, call: &mut Call<'_>) -> Result<Answer, ApiError> {
        let options = WriteOptions::parse(call.query, "UpdateOptions")?;
        let mut new = call.object(options.field_validation)?;
        call.check_names(&mut new)?;
        let manager = call.manager(&options).to_owned();
        let Some(old) = self.find_to_change(call)? else {
            return self.create_by_update(call, new, &options, &manager);
        };
        call.warn(&new, Some(&old));
        let update = Update {
            dry_run: options.dry_run,
            manager: Some(&manager),
            uid_is_precondition: true,
        };
        self.replace(call, &old, new, &update)
    }

    fn create_by_update(
        &mut self,
        call: &Call<'_>,
        mut new: Value,
        options: &WriteOptions,
        manager: &str,
    ) -> Result<Answer, ApiError> {
        let resource = &call.kind.resource;
        let strategy = &resource.strategy;
        if !strategy.allows_create_on_update() || !call.path.subresource.is_empty() {
            return Err(call.not_found());
        }
        self.check_namespace_admits(call, call.name())?;
        self.authorize(call.user, "create", Ok(call.path))?;
        let kind = &call.kind;
        let (others, now) = (kind.other_versions(), call.timestamp());
        let writer = call.writer(manager, &now, &others);
        apply::track_update(
            strategy.schema(),
            None,
            &mut new,
            &writer,
            strategy.reset_fields(""),
        );
        object::metadata_mut(&mut new).remove("resourceVersion");
        let bytes = self.insert(call, new, options.dry_run)?;
        Ok(Answer::Object {
            code: 201,
            kind: Arc::clone(&call.kind),
            bytes,
        })
    }

    /// Puts `new` in the place of `old`, as far as the path's subresource goes.
    ///
    /// # Errors
    /// 409 where it is based on something else than `old`, 422 where it is not valid.
    pub(super) fn replace(
        &mut self,
        call: &Call<'_>,
        old: &Value,
        mut new: Value,
        update: &Update<'_>,
    ) -> Result<Answer, ApiError> {
        let resource = Arc::clone(&call.kind.resource);
        let strategy = &resource.strategy;
        let subresource = call.path.subresource.as_str();
        check_preconditions(call, old, &new, update)?;
        if let Some(manager) = update.manager {
            let kind = &call.kind;
            let (others, now) = (kind.other_versions(), call.timestamp());
            let writer = call.writer(manager, &now, &others);
            apply::track_update(
                strategy.schema(),
                Some(old),
                &mut new,
                &writer,
                strategy.reset_fields(subresource),
            );
        }
        metadata::prepare_for_update(&mut new, old);
        // What was to be said about it has been said.
        let version = object::resource_version(old).to_owned();
        object::set_text(&mut new, "resourceVersion", &version);
        let errors = match subresource {
            "status" => {
                strategy.prepare_for_status_update(&mut new, old);
                let mut errors = metadata_errors(call, &new, old);
                errors.extend(strategy.validate_status_update(&new, old));
                errors
            }
            "finalize" => {
                let finalizers = new["spec"]["finalizers"].take();
                let managed = new["metadata"]["managedFields"].take();
                new = old.clone();
                put_or_drop(&mut new["spec"], "finalizers", finalizers);
                put_or_drop(&mut new["metadata"], "managedFields", managed);
                Vec::new()
            }
            _ => {
                strategy.prepare_for_update(&mut new, old);
                strategy.admit(&mut new, Some(old), &self.present())?;
                self.check_escalation(call, &new, Some(old))?;
                let mut errors = metadata_errors(call, &new, old);
                errors.extend(strategy.validate_update(&new, old));
                errors
            }
        };
        if !errors.is_empty() {
            return Err(call.invalid(call.name(), errors));
        }
        let mut quotas = Vec::new();
        if subresource.is_empty() {
            strategy.permit(&new, Some(old), &self.present())?;
            quotas = self.charge(call, &new, Some(old))?;
        }
        apply::ignore_new_times(old, &mut new);
        let kind = Arc::clone(&call.kind);
        if ends_deletion(&new, old) {
            let bytes = object::encode(&new, &resource.kind, &resource.api_version());
            if !update.dry_run {
                self.remove(&kind, call.namespace(), call.name());
            }
            return Ok(Answer::Object {
                code: 200,
                kind,
                bytes,
            });
        }
        if !update.dry_run {
            self.settle(quotas);
        }
        let bytes = if new == *old {
            object::encode(&new, &resource.kind, &resource.api_version())
        } else {
            self.commit(&kind, call.namespace(), call.name(), new, update.dry_run)?
        };
        Ok(Answer::Object {
            code: 200,
            kind,
            bytes,
        })
    }
}

/// What is wrong with the changed metadata. The change of custom resources' is looked at twice, and told twice.
fn metadata_errors(call: &Call<'_>, new: &Value, old: &Value) -> Vec<FieldError> {
    let resource = &call.kind.resource;
    let name_rule = |name: &str| call.name_errors(name, true);
    let mut errors =
        metadata::validate_update(new, old, resource.namespaced, call.finalizers(), &name_rule);
    if resource.custom {
        errors.extend(metadata::validate_changed(new, old));
    }
    errors
}

/// Sets a field, or takes it away if there is nothing in it.
fn put_or_drop(object: &mut Value, field: &str, value: Value) {
    let is_empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    if !is_empty {
        object[field] = value;
    } else if let Some(fields) = object.as_object_mut() {
        fields.remove(field);
    }
}

/// Whether nothing holds a terminating object any more.
pub(super) fn ends_deletion(new: &Value, old: &Value) -> bool {
    let grace = new["metadata"]["deletionGracePeriodSeconds"]
        .as_i64()
        .unwrap_or_default();
    object::is_terminating(old)
        && object::finalizers(new).next().is_none()
        && grace == 0
        && !is_held_namespace(new)
}

/// A namespace is held by finalizers of its own, in its spec.
fn is_held_namespace(object: &Value) -> bool {
    object["kind"] == "Namespace"
        && object["apiVersion"] == "v1"
        && object["spec"]["finalizers"]
            .as_array()
            .is_some_and(|list| !list.is_empty())
}

fn check_preconditions(
    call: &Call<'_>,
    old: &Value,
    new: &Value,
    update: &Update<'_>,
) -> Result<(), ApiError> {
    let resource = &call.kind.resource;
    let (said, uid) = (object::uid(new), object::uid(old));
    if update.uid_is_precondition && !said.is_empty() && said != uid {
        let registry = if resource.custom {
            format!("{}/", resource.group)
        } else {
            String::new()
        };
        let place = if call.namespace().is_empty() {
            String::new()
        } else {
            format!("{}/", call.namespace())
        };
        return Err(call.conflict(&format!(
            "StorageError: invalid object, Code: 4, Key: /registry/{registry}{}/{place}{}, ResourceVersion: 0, \
             AdditionalErrorMsg: Precondition failed: UID in precondition: {said}, UID in object meta: {uid}",
            resource.plural,
            call.name(),
        )));
    }
    let (said, version) = (object::resource_version(new), object::resource_version(old));
    let unset = said.is_empty() || said == "0";
    if unset {
        if resource.strategy.allows_unconditional_update() || call.path.subresource == "scale" {
            return Ok(());
        }
        let error = FieldError::invalid(
            "metadata.resourceVersion",
            0,
            "must be specified for an update",
        );
        return Err(ApiError::invalid(
            &resource.group,
            &resource.plural,
            call.name(),
            &[error],
        ));
    }
    if said.parse::<u64>().is_err() {
        let message = format!("strconv.ParseUint: parsing {said:?}: invalid syntax");
        return Err(ApiError::new(500, "", message));
    }
    if said != version {
        return Err(call.conflict(
            "the object has been modified; please apply your changes to the latest version and try again",
        ));
    }
    Ok(())
}
