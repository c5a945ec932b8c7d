//! Creations: POST, and applies of what is absent.

use bytes::Bytes;
use serde_json::Value;

use super::{Answer, Api, call::Call};
use crate::{
    apply, clock, custom::termination, error::ApiError, metadata, object, request::WriteOptions,
};

/// How often a generated name that is taken is generated anew.
const GENERATED_NAME_TRIES: usize = 8;

impl Api {
    pub(super) fn create(&mut self, call: &mut Call<'_>) -> Result<Answer, ApiError> {
        let options = WriteOptions::parse(call.query, "CreateOptions")?;
        let mut object = call.object(options.field_validation)?;
        call.check_namespace(&mut object)?;
        metadata::wipe_system_fields(&mut object);
        self.check_namespace_admits(call, object::name(&object))?;
        let kind = std::sync::Arc::clone(&call.kind);
        let (others, now) = (kind.other_versions(), call.timestamp());
        let writer = call.writer(call.manager(&options), &now, &others);
        let strategy = &kind.resource.strategy;
        apply::track_update(
            strategy.schema(),
            None,
            &mut object,
            &writer,
            strategy.reset_fields(""),
        );
        call.warn(&object, None);
        let bytes = self.insert(call, object, options.dry_run)?;
        Ok(Answer::Object {
            code: 201,
            kind: std::sync::Arc::clone(&call.kind),
            bytes,
        })
    }

    /// Creates an object whose fields' managers are known already.
    ///
    /// # Errors
    /// 409 where the name is taken, 422 where it is not valid.
    pub(super) fn insert(
        &mut self,
        call: &Call<'_>,
        mut object: Value,
        dry_run: bool,
    ) -> Result<Bytes, ApiError> {
        let resource = &call.kind.resource;
        let strategy = &resource.strategy;
        if call.kind.terminating {
            let name = object::name(&object);
            return Err(termination::creation_refused(
                &resource.group,
                &resource.plural,
                name,
            ));
        }
        if call.path.name.is_none() && !object::resource_version(&object).is_empty() {
            return Err(ApiError::new(
                500,
                "",
                "resourceVersion should not be set on objects to be created",
            ));
        }
        let uid = self.entropy.uid();
        self.settle_name(call, &mut object);
        // Some kinds write their name and uid elsewhere, as a job does into its pods' labels.
        object::set_text(&mut object, "uid", &uid);
        strategy.prepare_for_create(&mut object);
        metadata::prepare_for_create(
            &mut object,
            call.namespace(),
            &uid,
            &clock::seconds(call.now),
            "",
        )?;
        strategy.prepare_for_create(&mut object);
        strategy.admit(&mut object, None, &self.present())?;
        self.check_escalation(call, &object, None)?;
        let mut errors =
            metadata::validate(&object, resource.namespaced, call.finalizers(), &|name| {
                call.name_errors(name, false)
            });
        errors.extend(strategy.validate(&object));
        let name = object::name(&object).to_owned();
        if !errors.is_empty() {
            return Err(call.invalid(&name, errors));
        }
        strategy.permit(&object, None, &self.present())?;
        let quotas = self.charge(call, &object, None)?;
        if let Some(found) = self
            .store
            .get(call.kind.collection, call.namespace(), &name)
        {
            let mut error = ApiError::already_exists(&resource.group, &resource.plural, &name);
            let found: Value = serde_json::from_slice(&found.bytes).unwrap_or_default();
            if object::is_terminating(&found) {
                error.message = format!("object is being deleted: {}", error.message);
            }
            return Err(error);
        }
        if !dry_run {
            self.settle(quotas);
        }
        self.commit(&call.kind, call.namespace(), &name, object, dry_run)
    }

    /// Gives an object its name, if it has none, from `generateName`.
    fn settle_name(&mut self, call: &Call<'_>, object: &mut Value) {
        let prefix = object::text(object, "generateName").to_owned();
        if prefix.is_empty() || !object::name(object).is_empty() {
            return;
        }
        for _ in 0..GENERATED_NAME_TRIES {
            let name = metadata::generated_name(&prefix, &self.entropy.suffix());
            let is_free = self
                .store
                .get(call.kind.collection, call.namespace(), &name)
                .is_none();
            object::set_text(object, "name", &name);
            if is_free {
                return;
            }
        }
    }
}
