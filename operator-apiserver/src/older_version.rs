//! [`OlderVersion`]: a kind in a version whose objects are treated as what they are in a newer one.

use serde_json::Value;

use crate::{
    error::ApiError,
    field_error::FieldError,
    resource::Resource,
    schema::{Schema, SchemaNode},
    strategy::{Column, Convert, Others, Strategy},
};

/// How objects of an older version are treated: each step is the one of the newer version, on the same object in that.
pub(crate) struct OlderVersion {
    /// The strategy of the newer version.
    pub(crate) newer: Box<dyn Strategy>,
    /// The shape of its own objects.
    pub(crate) schema: SchemaNode,
    /// Turns an object of this version into one of the newer.
    pub(crate) to_newer: Convert,
    /// Turns an object of the newer version into one of this.
    pub(crate) to_older: Convert,
    /// Brings what a client sent into shape.
    pub(crate) decode: fn(&Self, &mut Value) -> Result<Vec<String>, ApiError>,
    /// Fills in the defaults that only this version has.
    pub(crate) default: fn(&mut Value),
}

impl OlderVersion {
    /// An object of this version, in the newer.
    fn in_newer(&self, object: &Value) -> Value {
        let mut newer = object.clone();
        (self.to_newer)(&mut newer);
        newer
    }

    /// What a step of the newer version makes of an object.
    fn through_newer(&self, object: &mut Value, step: impl FnOnce(&mut Value)) {
        (self.to_newer)(object);
        step(object);
        (self.to_older)(object);
    }
}

impl Strategy for OlderVersion {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn decode(&self, object: &mut Value) -> Result<Vec<String>, ApiError> {
        (self.decode)(self, object)
    }

    fn default(&self, object: &mut Value) {
        (self.default)(object);
        self.through_newer(object, |newer| self.newer.default(newer));
    }

    fn prepare_for_create(&self, object: &mut Value) {
        self.through_newer(object, |newer| self.newer.prepare_for_create(newer));
    }

    fn prepare_for_update(&self, new: &mut Value, old: &Value) {
        let old = self.in_newer(old);
        self.through_newer(new, |new| self.newer.prepare_for_update(new, &old));
    }

    fn prepare_for_status_update(&self, new: &mut Value, old: &Value) {
        let old = self.in_newer(old);
        self.through_newer(new, |new| self.newer.prepare_for_status_update(new, &old));
    }

    fn admit(
        &self,
        new: &mut Value,
        old: Option<&Value>,
        others: &dyn Others,
    ) -> Result<(), ApiError> {
        let old = old.map(|old| self.in_newer(old));
        let mut admitted = Ok(());
        self.through_newer(new, |new| {
            admitted = self.newer.admit(new, old.as_ref(), others);
        });
        admitted
    }

    fn validate(&self, object: &Value) -> Vec<FieldError> {
        self.newer.validate(&self.in_newer(object))
    }

    fn validate_update(&self, new: &Value, old: &Value) -> Vec<FieldError> {
        let (new, old) = (self.in_newer(new), self.in_newer(old));
        self.newer.validate_update(&new, &old)
    }

    fn validate_status_update(&self, new: &Value, old: &Value) -> Vec<FieldError> {
        let (new, old) = (self.in_newer(new), self.in_newer(old));
        self.newer.validate_status_update(&new, &old)
    }

    fn validate_name(&self, name: &str) -> Vec<String> {
        self.newer.validate_name(name)
    }

    fn converter(&self, _from: &Resource) -> Option<Convert> {
        Some(self.to_older)
    }

    fn allows_unconditional_update(&self) -> bool {
        self.newer.allows_unconditional_update()
    }

    fn reset_fields(&self, subresource: &str) -> &[&[&str]] {
        self.newer.reset_fields(subresource)
    }

    fn columns(&self) -> Vec<Column> {
        self.newer.columns()
    }

    fn cells(&self, object: &Value, now: i64) -> Vec<Value> {
        self.newer.cells(&self.in_newer(object), now)
    }
}
