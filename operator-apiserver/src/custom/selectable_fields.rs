//! [`SelectableFields`]: the fields of a custom resource that a field selector may name.

use std::collections::HashSet;

use serde_json::Value;

use crate::{
    field_error::{FieldError, FieldErrorKind},
    go_text,
    schema::{Schema, SchemaNode, ValueType},
};

const MOST: usize = 8;

/// The fields that a CRD makes selectable.
#[derive(Debug)]
pub(super) struct SelectableFields {
    /// With their paths without the dot in front: `spec.color`.
    labels: Vec<String>,
}

impl SelectableFields {
    pub(super) fn new(definitions: &Value) -> Self {
        let definitions = definitions.as_array().into_iter().flatten();
        let paths = definitions.filter_map(|d| d["jsonPath"].as_str());
        let label = |path: &str| path.strip_prefix('.').unwrap_or(path).to_owned();
        let labels = paths.map(label).collect();
        Self { labels }
    }

    pub(super) fn labels(&self) -> Vec<&str> {
        self.labels.iter().map(String::as_str).collect()
    }

    /// The value as text; empty if it is absent, or the field isn't selectable.
    pub(super) fn value(&self, object: &Value, label: &str) -> String {
        if !self.labels.iter().any(|l| l == label) {
            return String::new();
        }
        let value = label.split('.').fold(object, |value, field| &value[field]);
        match value {
            Value::Null => String::new(),
            value => go_text::plain(value),
        }
    }
}

/// What is wrong with `selectableFields`, which stands at `path`; with `too_many` their number doesn't matter.
pub(super) fn check(
    fields: &[Value],
    schema: &Schema,
    path: &str,
    too_many: bool,
) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut seen = HashSet::new();
    for (index, field) in fields.iter().enumerate() {
        let field = field["jsonPath"].as_str().unwrap_or_default();
        let at = || format!("{path}[{index}].jsonPath");
        if field.is_empty() {
            errors.push(FieldError::required(at(), ""));
            continue;
        }
        let found = match look_up(field, schema) {
            Ok(found) => found,
            Err(why) => {
                let detail = format!("is an invalid path: {why}");
                errors.push(FieldError::invalid(at(), field, detail));
                continue;
            }
        };
        if field.split('.').nth(1) == Some("metadata") {
            let detail = "must not point to fields in metadata";
            errors.push(FieldError::invalid(at(), field, detail));
        }
        let simple = [ValueType::String, ValueType::Boolean, ValueType::Integer];
        if !found.value_type.is_some_and(|t| simple.contains(&t)) {
            let detail = "must point to a field of type string, boolean or integer. Enum string fields and strings \
                          with formats are allowed.";
            errors.push(FieldError::invalid(at(), field, detail));
        }
        if !seen.insert(field) {
            errors.push(FieldError::of(FieldErrorKind::Duplicate, at(), field, ""));
        }
    }
    if seen.len() > MOST && !too_many {
        let detail = format!("must have at most {MOST} items");
        errors.push(FieldError::of(
            FieldErrorKind::TooMany,
            path,
            seen.len(),
            detail,
        ));
    }
    errors
}

/// The schema at a path of names with dots in front.
fn look_up<'a>(path: &str, schema: &'a Schema) -> Result<&'a Schema, String> {
    let mut schema = schema;
    let mut rest = path;
    while let Some(first) = rest.chars().next() {
        if first == '[' {
            return Err("array notation is not allowed".to_owned());
        }
        let Some(after) = rest.strip_prefix('.') else {
            let end = rest.find(['.', '[', ']']).unwrap_or(rest.len()).max(1);
            return Err(format!("expected [ or . but got: {}", &rest[..end]));
        };
        if after.is_empty() {
            return Err("unexpected end of JSON path".to_owned());
        }
        // A delimiter where a name should be is taken for the name.
        let end = after.find(['.', '[', ']']).unwrap_or(after.len()).max(1);
        schema = child(schema, &after[..end])?;
        rest = &after[end..];
    }
    Ok(schema)
}

fn child<'a>(schema: &'a Schema, name: &str) -> Result<&'a Schema, String> {
    use crate::schema::AdditionalProperties;
    let absent = || "does not refer to a valid field".to_owned();
    let node: &SchemaNode = if !schema.properties.is_empty() {
        schema.properties.get(name).ok_or_else(absent)?
    } else if let Some(AdditionalProperties::Schema(values)) = &schema.additional_properties {
        values
    } else {
        return Err(absent());
    };
    Ok(node)
}
