//! What is wrong with a version of a CRD, or with what all its versions share, in the server's words and order.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::{
    internal_form, selectable_fields,
    spec::{Parts, Spec},
    spec_rules::Context,
    structural_schema,
    subresources::{self, simple_path_error},
};
use crate::{
    field_error::{FieldError, FieldErrorKind},
    schema::{Schema, check_structural},
};

pub(super) fn check_deprecation(version: &Value, path: &str) -> Vec<FieldError> {
    static UNPRINTABLE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"[\p{C}\p{Z}--\x20]").ok());
    let Some(warning) = version["deprecationWarning"].as_str() else {
        return Vec::new();
    };
    let error =
        |detail: String| FieldError::invalid(format!("{path}.deprecationWarning"), warning, detail);
    if version["deprecated"] != true {
        return vec![error("can only be set for deprecated versions".to_owned())];
    }
    let mut errors = Vec::new();
    if warning.len() > 256 {
        errors.push(error("must be <= 256 characters long".to_owned()));
    }
    if warning.is_empty() {
        errors.push(error("must not be an empty string".to_owned()));
    }
    if let Some(found) = UNPRINTABLE.as_ref().and_then(|u| u.find(warning)) {
        errors.push(error(format!(
            "must only contain printable UTF-8 characters; non-printable character found at index {}",
            found.start()
        )));
    }
    errors
}

pub(super) fn check_schema(
    spec: &Spec<'_>,
    schema: Option<&Value>,
    path: &str,
    status: bool,
    context: Context<'_>,
) -> Vec<FieldError> {
    let Some(schema) = schema
        .map(|s| &s["openAPIV3Schema"])
        .filter(|s| !s.is_null())
    else {
        return Vec::new();
    };
    let path = format!("{path}.openAPIV3Schema");
    let mut errors = Vec::new();
    if status {
        errors.extend(check_root_with_status(schema, &path));
    }
    if needs_structure(spec, context) {
        errors.extend(check_structural(schema, &path));
    }
    errors
}

/// The schema of the status is cut out at the root, so nothing else there may say anything about it.
fn check_root_with_status(schema: &Value, path: &str) -> Option<FieldError> {
    #[rustfmt::skip]
    const ALLOWED: &[&str] = &[
        "Description", "Type", "Format", "Title", "Maximum", "ExclusiveMaximum", "Minimum", "ExclusiveMinimum",
        "MaxLength", "MinLength", "Pattern", "MaxItems", "MinItems", "UniqueItems", "MultipleOf", "Required", "Items",
        "Properties", "ExternalDocs", "Example", "XPreserveUnknownFields", "XValidations",
    ];
    let is_zero = |value: &Value| match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::String(text) => text.is_empty(),
        _ => false,
    };
    for (name, json) in internal_form::schema_fields() {
        let value = &schema[json];
        if is_zero(value) {
            continue;
        }
        if name == "Type" && value != "object" {
            let detail = "only \"object\" is allowed as the type at the root of the schema if the status subresource is enabled";
            return Some(FieldError::invalid(
                format!("{path}.type"),
                value.clone(),
                detail,
            ));
        }
        if !ALLOWED.contains(&name) {
            let (shown, allowed) = (internal_form::schema(schema), ALLOWED.join(" "));
            let detail = format!(
                "{shown}: only [{allowed}] fields are allowed at the root of the schema if the status subresource is \
                 enabled"
            );
            return Some(FieldError::plain(FieldErrorKind::Invalid, path, detail));
        }
    }
    None
}

/// Whether schemas have to be structural: they may only not be where unknown fields are kept and always were.
fn needs_structure(spec: &Spec<'_>, context: Context<'_>) -> bool {
    let extended = |schema: &Value| {
        let flag = |name: &str| schema[name] == true;
        let list = |name: &str| schema[name].as_array().is_some_and(|l| !l.is_empty());
        flag("x-kubernetes-embedded-resource")
            || flag("x-kubernetes-int-or-string")
            || !schema["x-kubernetes-preserve-unknown-fields"].is_null()
            || !schema["x-kubernetes-list-type"].is_null()
            || !schema["default"].is_null()
            || list("x-kubernetes-list-map-keys")
            || list("x-kubernetes-validations")
    };
    if !spec.preserves_unknown_fields()
        || spec.schemas().any(|s| structural_schema::any(s, &extended))
    {
        return true;
    }
    match context.old {
        None => !context.v1beta1,
        Some(old) => {
            let mut schemas = Spec::of(&old["spec"])
                .schemas()
                .collect::<Vec<_>>()
                .into_iter();
            schemas.all(|schema| check_structural(schema, "").is_empty())
        }
    }
}

/// What is wrong with the parts of a version called `name`, or with those that all share (`""`).
pub(super) fn check_parts(
    parts: &Parts<'_>,
    path: &str,
    old: Option<&Value>,
    name: &str,
) -> Vec<FieldError> {
    let mut errors = subresources::check(parts.subresources, &format!("{path}.subresources"));
    for (index, column) in parts.columns.iter().enumerate() {
        errors.extend(check_column(
            column,
            &format!("{path}.additionalPrinterColumns[{index}]"),
        ));
    }
    let fields = parts.selectable_fields;
    if fields.is_empty() {
        return errors;
    }
    let path = format!("{path}.selectableFields");
    match parts
        .schema
        .map(|s| &s["openAPIV3Schema"])
        .filter(|s| !s.is_null())
    {
        Some(schema) => {
            let schema = Schema::load(schema, &|_| None);
            let kept = fields_of(old, name) == fields;
            errors.extend(selectable_fields::check(fields, &schema, &path, kept));
        }
        None if name.is_empty() => {
            let detail = "may only be set when validations.schema is included";
            errors.push(FieldError::invalid(path, "", detail));
        }
        // Also where all versions have the same schema: it doesn't stand in this one then.
        None => {
            let detail = "may only be set when `version.schema.openAPIV3Schema` is not included";
            errors.push(FieldError::invalid(path, "", detail));
        }
    }
    errors
}

/// The selectable fields that a version, or all, had before.
fn fields_of<'a>(old: Option<&'a Value>, name: &str) -> &'a [Value] {
    let Some(old) = old.map(|old| Spec::of(&old["spec"])) else {
        return &[];
    };
    if name.is_empty() {
        return old.shared.selectable_fields;
    }
    let version = old.versions.iter().find(|v| v.name() == name);
    version.map_or(&[], |v| v.parts.selectable_fields)
}

fn check_column(column: &Value, path: &str) -> Vec<FieldError> {
    const TYPES: &[&str] = &["boolean", "date", "integer", "number", "string"];
    const FORMATS: &[&str] = &[
        "byte",
        "date",
        "date-time",
        "double",
        "float",
        "int32",
        "int64",
        "password",
    ];
    let text = |field: &str| column[field].as_str().unwrap_or_default();
    let mut errors = Vec::new();
    if text("name").is_empty() {
        errors.push(FieldError::required(format!("{path}.name"), ""));
    }
    let (kind, detail) = (text("type"), format!("must be one of {}", TYPES.join(",")));
    if kind.is_empty() {
        errors.push(FieldError::required(format!("{path}.type"), detail));
    } else if !TYPES.contains(&kind) {
        errors.push(FieldError::invalid(format!("{path}.type"), kind, detail));
    }
    let format = text("format");
    if !format.is_empty() && !FORMATS.contains(&format) {
        let detail = format!("must be one of {}", FORMATS.join(","));
        errors.push(FieldError::invalid(
            format!("{path}.format"),
            format,
            detail,
        ));
    }
    let path = format!("{path}.JSONPath");
    if text("jsonPath").is_empty() {
        errors.push(FieldError::required(path, ""));
    } else {
        errors.extend(simple_path_error(text("jsonPath"), &path));
    }
    errors
}
