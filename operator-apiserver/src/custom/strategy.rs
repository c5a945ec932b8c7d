//! [`CustomStrategy`]: how custom resources are treated, as their CRD says.

use serde_json::Value;

use super::{
    finalizers, kind, printer_columns::PrinterColumns, scale, selectable_fields::SelectableFields,
};
use crate::{
    cel::Rules,
    error::ApiError,
    field_error::{FieldError, FieldErrorKind},
    metadata::{self, Finalizers},
    object,
    resource::{Resource, ScalePaths},
    schema::{
        self, AdditionalProperties, Schema,
        object_meta::{coerce_embedded, coerce_root},
    },
    strategy::{Column, Strategy},
};

/// How the objects of one version of a CRD are treated.
pub(crate) struct CustomStrategy {
    kind: String,
    version: String,
    api_version: String,
    schema: Schema,
    /// `None` if the schema has no rules.
    rules: Option<Rules>,
    /// Whether unknown fields go: always, but for old CRDs.
    prunes: bool,
    has_status: bool,
    namespaced: bool,
    scale: Option<ScalePaths>,
    selectable_fields: SelectableFields,
    columns: PrinterColumns,
}

impl CustomStrategy {
    /// For `version`, which is one of `spec.versions` of the CRD.
    ///
    /// # Errors
    /// If the rules of the schema can't be compiled: a CRD that was validated has none such.
    pub(crate) fn new(definition: &Value, version: &Value) -> Result<Self, Vec<FieldError>> {
        let spec = &definition["spec"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (group, name) = (text(&spec["group"]), text(&version["name"]));
        let prunes = spec["preserveUnknownFields"] != true;
        let openapi = &version["schema"]["openAPIV3Schema"];
        let schema = if openapi.is_null() {
            Schema {
                preserve_unknown_fields: !prunes,
                ..Schema::default()
            }
        } else {
            Schema::load(openapi, &|_| None)
        };
        let path = "spec.validation.openAPIV3Schema";
        let rules = if has_rules(&schema) {
            Some(Rules::compile(&schema, path)?)
        } else {
            None
        };
        Ok(Self {
            kind: text(&spec["names"]["kind"]),
            api_version: format!("{group}/{name}"),
            version: name,
            schema,
            rules,
            prunes,
            namespaced: spec["scope"] == "Namespaced",
            has_status: !version["subresources"]["status"].is_null(),
            scale: kind::scale_paths(&version["subresources"]),
            selectable_fields: SelectableFields::new(&version["selectableFields"]),
            columns: PrinterColumns::new(&version["additionalPrinterColumns"]),
        })
    }

    /// What is wrong with `kind` and `apiVersion`; nothing else is looked at then.
    fn check_type(&self, object: &Value) -> Vec<FieldError> {
        let mut errors = Vec::new();
        for (field, expected) in [("kind", &self.kind), ("apiVersion", &self.api_version)] {
            if object[field] != **expected {
                let detail = format!("must be {expected}");
                errors.push(FieldError::invalid(field, object[field].clone(), detail));
            }
        }
        errors
    }

    fn check(&self, new: &Value, old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = self.check_type(new);
        if !errors.is_empty() {
            return errors;
        }
        errors = schema::validate(new, &self.schema, "", old);
        if let Some(paths) = &self.scale {
            errors.extend(scale::check_spec(new, paths));
            errors.extend(scale::check_status(new, paths));
        }
        self.check_rules(new, old, &mut errors);
        errors
    }

    /// Rules are made for values of the right shape: what is wrong before may keep them from being asked. That the metadata
    /// is wrong is told by others; here it only counts.
    fn check_rules(&self, new: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
        let Some(rules) = &self.rules else { return };
        let blocks = |error: &FieldError| {
            matches!(
                error.kind,
                FieldErrorKind::NotSupported
                    | FieldErrorKind::Required
                    | FieldErrorKind::TooLong
                    | FieldErrorKind::TooMany
                    | FieldErrorKind::TypeInvalid
            )
        };
        let metadata = metadata::validate(new, self.namespaced, Finalizers::Any, &|_| Vec::new());
        if errors.iter().chain(&metadata).any(blocks) {
            let detail = "some validation rules were not checked because the object was invalid; correct the existing \
                          errors to complete validation";
            errors.push(FieldError::invalid("<nil>", Value::Null, detail));
        } else {
            errors.extend(rules.validate(new, old, &self.schema, ""));
        }
    }
}

/// Whether there is a null anywhere in a value.
fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(fields) => fields.values().any(has_null),
        _ => false,
    }
}

impl Strategy for CustomStrategy {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn decode(&self, object: &mut Value) -> Result<Vec<String>, ApiError> {
        schema::canonical_numbers(object);
        let refuse = |why: String| {
            let (kind, version) = (&self.kind, &self.version);
            ApiError::bad_request(format!(
                "{kind} in version {version:?} cannot be handled as a {kind}: {why}"
            ))
        };
        let mut unknown = coerce_root(object).map_err(refuse)?;
        if self.prunes {
            unknown.extend(schema::prune(object, &self.schema, true));
        }
        let embedded = coerce_embedded(object, &self.schema);
        unknown.extend(embedded.map_err(|error| refuse(error.to_string()))?);
        let report = |path| format!("unknown field {path:?}");
        Ok(unknown.into_iter().map(report).collect())
    }

    fn default(&self, object: &mut Value) {
        if self.prunes {
            schema::drop_nulls(object, &self.schema);
            schema::apply_defaults(object, &self.schema);
        }
    }

    fn default_applied(&self, object: &mut Value, config: &Value) {
        if self.prunes && has_null(config) {
            schema::apply_defaults(object, &self.schema);
        } else {
            self.default(object);
        }
    }

    fn prepare_for_create(&self, object: &mut Value) {
        if self.has_status {
            remove_status(object);
        }
        set_generation(object, 1);
    }

    fn prepare_for_update(&self, new: &mut Value, old: &Value) {
        if self.has_status {
            match old.get("status") {
                Some(status) => new["status"] = status.clone(),
                None => remove_status(new),
            }
        }
        let changed = i64::from(differs_outside_metadata(new, old));
        set_generation(new, object::generation(old) + changed);
    }

    fn prepare_for_status_update(&self, new: &mut Value, old: &Value) {
        let status = new.get_mut("status").map(Value::take);
        let managed = new["metadata"].get_mut("managedFields").map(Value::take);
        *new = old.clone();
        match status {
            Some(status) => new["status"] = status,
            None => remove_status(new),
        }
        let metadata = object::metadata_mut(new);
        match managed {
            Some(managed) => metadata.insert("managedFields".to_owned(), managed),
            None => metadata.remove("managedFields"),
        };
    }

    fn validate(&self, object: &Value) -> Vec<FieldError> {
        self.check(object, None)
    }

    fn validate_update(&self, new: &Value, old: &Value) -> Vec<FieldError> {
        self.check(new, Some(old))
    }

    fn validate_status_update(&self, new: &Value, old: &Value) -> Vec<FieldError> {
        let mut errors = self.check_type(new);
        if !errors.is_empty() {
            return errors;
        }
        if let (Some(status), Some(schema)) =
            (new.get("status"), self.schema.properties.get("status"))
        {
            errors = schema::validate(status, schema, "status", old.get("status"));
        }
        if let Some(paths) = &self.scale {
            errors.extend(scale::check_status(new, paths));
        }
        self.check_rules(new, Some(old), &mut errors);
        errors
    }

    fn validate_name(&self, name: &str) -> Vec<String> {
        crate::metadata::names::dns_1123_subdomain(name)
    }

    /// Without a converter the versions differ in what their schemas know: the rest goes.
    fn convert(&self, mut object: Value, _from: &Resource) -> Value {
        if self.prunes {
            schema::prune(&mut object, &self.schema, true);
            schema::drop_nulls(&mut object, &self.schema);
        }
        object
    }

    fn allows_unconditional_update(&self) -> bool {
        false
    }

    fn reset_fields(&self, subresource: &str) -> &[&[&str]] {
        match subresource {
            "" if self.has_status => &[&["status"]],
            "status" => &[&["metadata"], &["spec"]],
            _ => &[],
        }
    }

    fn warnings(&self, new: &Value, old: Option<&Value>) -> Vec<String> {
        finalizers::warnings(new, old)
    }

    fn field_labels(&self) -> Vec<&str> {
        self.selectable_fields.labels()
    }

    fn field(&self, object: &Value, label: &str) -> String {
        self.selectable_fields.value(object, label)
    }

    fn columns(&self) -> Vec<Column> {
        self.columns.headers().to_vec()
    }

    fn cells(&self, object: &Value, now: i64) -> Vec<Value> {
        self.columns.cells(object, now)
    }
}

fn remove_status(object: &mut Value) {
    if let Value::Object(map) = object {
        map.remove("status");
    }
}

fn set_generation(object: &mut Value, generation: i64) {
    object::metadata_mut(object).insert("generation".to_owned(), generation.into());
}

fn differs_outside_metadata(new: &Value, old: &Value) -> bool {
    !outside_metadata(new).eq(outside_metadata(old))
}

fn outside_metadata(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let fields = object.as_object().into_iter().flatten();
    fields.filter(|(name, _)| *name != "metadata")
}

/// Whether there is a rule anywhere.
fn has_rules(schema: &Schema) -> bool {
    let values = match &schema.additional_properties {
        Some(AdditionalProperties::Schema(values)) => Some(values),
        _ => None,
    };
    let mut below = schema
        .properties
        .values()
        .chain(&schema.items)
        .chain(values);
    !schema.rules.is_empty() || below.any(|schema| has_rules(schema))
}

#[cfg(test)]
mod tests;
