//! Whether an object's metadata is one that the server stores, in the words in which it says no.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{names, owner_references};
use crate::field_error::{FieldError, FieldErrorKind};

/// How large all annotations together may be.
const MAX_ANNOTATIONS: usize = 256 * 1024;
/// How long the name of a field manager may be.
const MAX_MANAGER: usize = 128;
/// How long the name of a subresource may be.
const MAX_SUBRESOURCE: usize = 256;

/// Which finalizers an object may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finalizers {
    /// Those of most built-in kinds: with a domain (`example.com/name`), or one of the server's own.
    Qualified,
    /// Those of custom resources, and of a few built-in kinds (leases, disruption budgets, webhook
    /// configurations, CRDs): any label key.
    Any,
}

/// What is wrong with the metadata of a new object, whose name has already been generated if it had to be.
///
/// `name_rule` gives the sentences for a name; it is asked for `generateName`, too, as a prefix
/// ([`names::as_prefix`]).
#[must_use]
pub(crate) fn validate(
    object: &Value,
    namespaced: bool,
    finalizers: Finalizers,
    name_rule: &dyn Fn(&str) -> Vec<String>,
) -> Vec<FieldError> {
    let metadata = &object["metadata"];
    let mut errors = Vec::new();
    validate_name(metadata, name_rule, &mut errors);
    validate_common(metadata, namespaced, finalizers, &mut errors);
    errors
}

/// What is wrong with the metadata of an object that is to replace `old`, after
/// [`prepare_for_update`](super::prepare_for_update).
///
/// `name_rule` is the kind's own where it looks at the whole object again, and [`names::path_segment`] where it
/// doesn't, as for custom resources: they may get any `generateName` later.
#[must_use]
pub(crate) fn validate_update(
    new: &Value,
    old: &Value,
    namespaced: bool,
    finalizers: Finalizers,
    name_rule: &dyn Fn(&str) -> Vec<String>,
) -> Vec<FieldError> {
    let (metadata, old) = (&new["metadata"], &old["metadata"]);
    let mut errors = Vec::new();
    validate_name(metadata, name_rule, &mut errors);
    validate_common(metadata, namespaced, finalizers, &mut errors);
    validate_change(metadata, old, &mut errors);
    errors
}

/// The part of [`validate_update`] that is about the change: custom resources are asked for it once more.
#[must_use]
pub(crate) fn validate_changed(new: &Value, old: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    validate_change(&new["metadata"], &old["metadata"], &mut errors);
    errors
}

/// What is wrong with the metadata of a resource that stands in another object, at `path`: it may lack a name, and may
/// have a namespace or none.
#[must_use]
pub(crate) fn validate_embedded(metadata: &Value, path: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if text(metadata, "name").is_empty() {
        validate_generate_name(metadata, &names::path_segment, &mut errors);
    } else {
        validate_name(metadata, &names::path_segment, &mut errors);
    }
    let namespaced = !text(metadata, "namespace").is_empty();
    validate_common(metadata, namespaced, Finalizers::Any, &mut errors);
    for error in &mut errors {
        let within = error.path.strip_prefix("metadata").unwrap_or_default();
        error.path = format!("{path}{within}");
    }
    errors
}

fn validate_name(
    metadata: &Value,
    name_rule: &dyn Fn(&str) -> Vec<String>,
    errors: &mut Vec<FieldError>,
) {
    validate_generate_name(metadata, name_rule, errors);
    let name = text(metadata, "name");
    if name.is_empty() {
        errors.push(FieldError::required(
            "metadata.name",
            "name or generateName is required",
        ));
    } else {
        for sentence in name_rule(name) {
            errors.push(FieldError::invalid("metadata.name", name, sentence));
        }
    }
}

fn validate_generate_name(
    metadata: &Value,
    name_rule: &dyn Fn(&str) -> Vec<String>,
    errors: &mut Vec<FieldError>,
) {
    let generate_name = text(metadata, "generateName");
    if generate_name.is_empty() {
        return;
    }
    for sentence in name_rule(&names::as_prefix(generate_name)) {
        errors.push(FieldError::invalid(
            "metadata.generateName",
            generate_name,
            sentence,
        ));
    }
}

fn validate_common(
    metadata: &Value,
    namespaced: bool,
    finalizers: Finalizers,
    errors: &mut Vec<FieldError>,
) {
    validate_namespace(metadata, namespaced, errors);
    let generation = metadata["generation"].as_i64().unwrap_or_default();
    if generation < 0 {
        errors.push(FieldError::invalid(
            "metadata.generation",
            generation,
            "must be greater than or equal to 0",
        ));
    }
    validate_labels(metadata, errors);
    validate_annotations(metadata, errors);
    owner_references::validate(metadata, errors);
    validate_finalizers(metadata, finalizers, errors);
    validate_managed_fields(metadata, errors);
}

fn validate_namespace(metadata: &Value, namespaced: bool, errors: &mut Vec<FieldError>) {
    let path = "metadata.namespace";
    match (namespaced, text(metadata, "namespace")) {
        (true, "") => errors.push(FieldError::required(path, "")),
        (true, namespace) => {
            for sentence in names::dns_1123_label(namespace) {
                errors.push(FieldError::invalid(path, namespace, sentence));
            }
        }
        (false, "") => {}
        (false, _) => errors.push(FieldError::plain(
            FieldErrorKind::Forbidden,
            path,
            "not allowed on this type",
        )),
    }
}

fn validate_labels(metadata: &Value, errors: &mut Vec<FieldError>) {
    let path = "metadata.labels";
    for (key, value) in metadata["labels"].as_object().into_iter().flatten() {
        for sentence in names::label_key(key) {
            errors.push(FieldError::invalid(path, key.as_str(), sentence));
        }
        let value = value.as_str().unwrap_or_default();
        for sentence in names::label_value(value) {
            errors.push(FieldError::invalid(path, value, sentence));
        }
    }
}

fn validate_annotations(metadata: &Value, errors: &mut Vec<FieldError>) {
    let path = "metadata.annotations";
    let mut size = 0;
    for (key, value) in metadata["annotations"].as_object().into_iter().flatten() {
        for sentence in names::annotation_key(key) {
            errors.push(FieldError::invalid(path, key.as_str(), sentence));
        }
        size += key.len() + value.as_str().map_or(0, str::len);
    }
    if size > MAX_ANNOTATIONS {
        errors.push(too_long(path.to_owned(), MAX_ANNOTATIONS));
    }
}

fn validate_finalizers(metadata: &Value, allowed: Finalizers, errors: &mut Vec<FieldError>) {
    let path = "metadata.finalizers";
    let Some(finalizers) = metadata["finalizers"].as_array() else {
        return;
    };
    let finalizers: Vec<&str> = finalizers.iter().filter_map(Value::as_str).collect();
    for finalizer in &finalizers {
        for sentence in names::label_key(finalizer) {
            errors.push(FieldError::invalid(path, *finalizer, sentence));
        }
    }
    if finalizers.contains(&"orphan") && finalizers.contains(&"foregroundDeletion") {
        errors.push(FieldError::invalid(
            path,
            metadata["finalizers"].clone(),
            "finalizer orphan and foregroundDeletion cannot be both set",
        ));
    }
    if allowed == Finalizers::Qualified {
        for (index, finalizer) in finalizers.iter().enumerate() {
            let standard = matches!(*finalizer, "kubernetes" | "orphan" | "foregroundDeletion");
            if !standard && !finalizer.contains('/') {
                errors.push(FieldError::invalid(
                    format!("{path}[{index}]"),
                    *finalizer,
                    "name is neither a standard finalizer name nor is it fully qualified",
                ));
            }
        }
    }
}

fn validate_managed_fields(metadata: &Value, errors: &mut Vec<FieldError>) {
    let entries = metadata["managedFields"].as_array().into_iter().flatten();
    for (index, entry) in entries.enumerate() {
        let path = |field: &str| format!("metadata.managedFields[{index}].{field}");
        match text(entry, "operation") {
            "Apply" | "Update" => {}
            "" => errors.push(FieldError::required(path("operation"), "must not be empty")),
            other => errors.push(FieldError::of(
                FieldErrorKind::NotSupported,
                path("operation"),
                other,
                "supported values: \"Apply\", \"Update\"",
            )),
        }
        let fields_type = text(entry, "fieldsType");
        if !matches!(fields_type, "" | "FieldsV1") {
            errors.push(FieldError::invalid(
                path("fieldsType"),
                fields_type,
                "must be `FieldsV1`",
            ));
        }
        let manager = text(entry, "manager");
        if manager.len() > MAX_MANAGER {
            errors.push(too_long(path("manager"), MAX_MANAGER));
        }
        for (position, c) in manager.char_indices().filter(|(_, c)| c.is_control()) {
            errors.push(FieldError::invalid(
                path("manager"),
                manager,
                format!(
                    "invalid character U+{:04X} (at position {position})",
                    c as u32
                ),
            ));
        }
        if text(entry, "subresource").len() > MAX_SUBRESOURCE {
            errors.push(too_long(path("subresource"), MAX_SUBRESOURCE));
        }
    }
}

fn validate_change(metadata: &Value, old: &Value, errors: &mut Vec<FieldError>) {
    if !text(old, "deletionTimestamp").is_empty() {
        validate_no_new_finalizers(metadata, old, errors);
    }
    if text(metadata, "resourceVersion").is_empty() {
        errors.push(FieldError::invalid(
            "metadata.resourceVersion",
            "",
            "must be specified for an update",
        ));
    }
    let generation = metadata["generation"].as_i64().unwrap_or_default();
    if generation < old["generation"].as_i64().unwrap_or_default() {
        errors.push(FieldError::invalid(
            "metadata.generation",
            generation,
            "must not be decremented",
        ));
    }
    for field in [
        "name",
        "namespace",
        "uid",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
    ] {
        let (value, old) = (&metadata[field], &old[field]);
        let unset = |value: &Value| value.is_null() || value.as_str() == Some("");
        if value != old && !(unset(value) && unset(old)) {
            errors.push(FieldError::invalid(
                format!("metadata.{field}"),
                value.clone(),
                "field is immutable",
            ));
        }
    }
    // These the server looks at with every change once more.
    validate_labels(metadata, errors);
    validate_annotations(metadata, errors);
    owner_references::validate(metadata, errors);
    validate_managed_fields(metadata, errors);
}

fn validate_no_new_finalizers(metadata: &Value, old: &Value, errors: &mut Vec<FieldError>) {
    let set = |value: &Value| -> BTreeSet<String> {
        let list = value["finalizers"].as_array().into_iter().flatten();
        list.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let added: Vec<String> = set(metadata)
        .difference(&set(old))
        .map(|finalizer| format!("{finalizer:?}"))
        .collect();
    if !added.is_empty() {
        errors.push(FieldError::plain(
            FieldErrorKind::Forbidden,
            "metadata.finalizers",
            format!(
                "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
                added.join(", ")
            ),
        ));
    }
}

fn too_long(path: String, limit: usize) -> FieldError {
    let detail = format!("may not be more than {limit} bytes");
    FieldError::plain(FieldErrorKind::TooLong, path, detail)
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests;
