//! [`BuiltinStrategy`]: one strategy for all built-in kinds, driven by their data and their [`Rules`].

use serde_json::{Map, Value};

use super::{
    declared,
    fields::{keep, same, set},
    rules::{Deletion, Generation, Rules},
};
use crate::{
    error::ApiError,
    field_error::FieldError,
    object,
    resource::Resource,
    schema::{Schema, SchemaNode, decode_typed},
    strategy::{Column, Convert, Others, Strategy},
    table,
};

/// How the objects of a built-in kind are treated.
pub(crate) struct BuiltinStrategy {
    group: &'static str,
    version: &'static str,
    kind: &'static str,
    schema: SchemaNode,
    rules: &'static Rules,
    has_status: bool,
}

/// The labels, where a change of status leaves them as they are.
const LABELS: &[&str] = &["metadata", "labels"];
/// The fields that are not of the object but about it.
const ABOUT: &[&str] = &["apiVersion", "kind", "metadata", "status"];

impl BuiltinStrategy {
    pub(super) fn new(
        group: &'static str,
        version: &'static str,
        kind: &'static str,
        schema: SchemaNode,
        has_status: bool,
    ) -> Self {
        let rules = Rules::of(group, kind);
        Self {
            group,
            version,
            kind,
            schema,
            rules,
            has_status,
        }
    }

    /// The status of an object about which nothing is known yet.
    fn empty_status(&self) -> Value {
        let mut status = Value::Object(Map::new());
        if let Some(schema) = self.schema.properties.get("status") {
            // Nothing is wrong with nothing.
            let _ = decode_typed(&mut status, schema);
        }
        status
    }

    /// Whether a change is one that the generation counts.
    fn is_new_generation(&self, new: &Value, old: &Value) -> bool {
        let metadata = match self.rules.generation {
            Generation::None | Generation::Fixed => return false,
            Generation::Spec => None,
            Generation::SpecAndAnnotations => Some("annotations"),
            Generation::SpecAndLabels => Some("labels"),
        };
        if metadata.is_some_and(|field| !same(&new["metadata"], &old["metadata"], field)) {
            return true;
        }
        let changed = |one: &Value, other: &Value| {
            let mut fields = one.as_object().into_iter().flatten();
            fields.any(|(name, _)| !ABOUT.contains(&name.as_str()) && !same(one, other, name))
        };
        changed(new, old) || changed(old, new)
    }
}

impl Strategy for BuiltinStrategy {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn decode(&self, object: &mut Value) -> Result<Vec<String>, ApiError> {
        decode_typed(object, &self.schema)
    }

    fn default(&self, object: &mut Value) {
        (self.rules.default)(object);
        declared::fill(object, &self.schema);
    }

    fn prepare_for_create(&self, object: &mut Value) {
        if self.has_status && !self.rules.keeps_status {
            set(object, "status", self.empty_status());
        }
        if self.rules.generation != Generation::None {
            object::metadata_mut(object).insert("generation".to_owned(), 1.into());
        }
        (self.rules.create)(object);
    }

    fn prepare_for_update(&self, new: &mut Value, old: &Value) {
        if self.has_status {
            keep(new, old, "status");
        }
        (self.rules.update)(new, old);
        if self.rules.generation == Generation::None {
            return;
        }
        let generation = object::generation(old) + i64::from(self.is_new_generation(new, old));
        if generation > 0 {
            object::metadata_mut(new).insert("generation".to_owned(), generation.into());
        }
    }

    fn prepare_for_status_update(&self, new: &mut Value, old: &Value) {
        let fields: Vec<String> = [&*new, old]
            .into_iter()
            .filter_map(Value::as_object)
            .flat_map(|map| map.keys())
            .filter(|name| !ABOUT.contains(&name.as_str()))
            .cloned()
            .collect();
        for field in fields {
            keep(new, old, &field);
        }
        if self.rules.status_resets.contains(&LABELS) {
            keep(&mut new["metadata"], &old["metadata"], "labels");
        }
        if self.rules.generation != Generation::None {
            keep(&mut new["metadata"], &old["metadata"], "generation");
        }
    }

    fn admit(
        &self,
        new: &mut Value,
        old: Option<&Value>,
        others: &dyn Others,
    ) -> Result<(), ApiError> {
        (self.rules.admit)(new, old, others)
    }

    fn permit(
        &self,
        new: &Value,
        old: Option<&Value>,
        others: &dyn Others,
    ) -> Result<(), ApiError> {
        (self.rules.permit)(new, old, others)
    }

    fn validate(&self, object: &Value) -> Vec<FieldError> {
        let mut errors = Vec::new();
        (self.rules.validate_new)(object, &mut errors);
        (self.rules.validate)(object, &mut errors);
        errors
    }

    fn validate_update(&self, new: &Value, old: &Value) -> Vec<FieldError> {
        let mut errors = Vec::new();
        (self.rules.validate)(new, &mut errors);
        (self.rules.validate_change)(new, old, &mut errors);
        errors
    }

    fn validate_status_update(&self, new: &Value, old: &Value) -> Vec<FieldError> {
        let mut errors = Vec::new();
        (self.rules.validate_status)(new, old, &mut errors);
        errors
    }

    fn warnings(&self, new: &Value, _old: Option<&Value>) -> Vec<String> {
        let mut warnings = Vec::new();
        (self.rules.warnings)(new, &mut warnings);
        warnings
    }

    fn validate_name(&self, name: &str) -> Vec<String> {
        (self.rules.name)(name)
    }

    fn converter(&self, from: &Resource) -> Option<Convert> {
        let convert = self.rules.convert?;
        ((&*from.group, &*from.version) != (self.group, self.version)).then_some(convert)
    }

    fn allows_unconditional_update(&self) -> bool {
        self.rules.unconditional_update
    }

    fn allows_create_on_update(&self) -> bool {
        self.rules.create_on_update
    }

    fn reset_fields(&self, subresource: &str) -> &[&[&str]] {
        match subresource {
            _ if !self.has_status => &[],
            "" => &[&["status"]],
            "status" => self.rules.status_resets,
            _ => &[],
        }
    }

    fn returns_deleted(&self) -> bool {
        self.rules.deletion == Deletion::Returned
    }

    fn orphans_by_default(&self) -> bool {
        self.rules.deletion == Deletion::Orphans
    }

    fn grace_period(&self, object: &Value, requested: Option<i64>) -> Option<i64> {
        (self.rules.grace_period)(object, requested)
    }

    fn field_labels(&self) -> Vec<&str> {
        self.rules.field_labels.to_vec()
    }

    fn field(&self, object: &Value, label: &str) -> String {
        (self.rules.field)(object, label)
    }

    fn columns(&self) -> Vec<Column> {
        table::builtin_columns(self.group, self.kind)
    }

    fn cells(&self, object: &Value, now: i64) -> Vec<Value> {
        table::builtin_cells(self.group, self.kind, object, now)
    }
}
