//! The rules for `ownerReferences`.

use serde_json::Value;

use crate::field_error::FieldError;

/// What is wrong with the owner references in `metadata`.
pub(super) fn validate(metadata: &Value, errors: &mut Vec<FieldError>) {
    let Some(references) = metadata["ownerReferences"].as_array() else {
        return;
    };
    let mut controller = None;
    for (index, reference) in references.iter().enumerate() {
        validate_one(reference, index, errors);
        if reference["controller"] != true {
            continue;
        }
        let this = format!("{}/{}", text(reference, "kind"), text(reference, "name"));
        match &controller {
            None => controller = Some(this),
            Some(first) => errors.push(FieldError::invalid(
                "metadata.ownerReferences",
                metadata["ownerReferences"].clone(),
                format!(
                    "Only one reference can have Controller set to true. Found \"true\" in references for {first} and {this}"
                ),
            )),
        }
    }
}

fn validate_one(reference: &Value, index: usize, errors: &mut Vec<FieldError>) {
    let path = |field: &str| format!("metadata.ownerReferences[{index}].{field}");
    let api_version = text(reference, "apiVersion");
    if !api_version.is_empty() && group_and_version(api_version).is_none() {
        errors.push(FieldError::invalid(
            path("apiVersion"),
            api_version,
            "must be <group>/<version> or <version>",
        ));
    }
    for field in ["apiVersion", "kind", "name", "uid"] {
        if text(reference, field).is_empty() {
            errors.push(FieldError::required(path(field), "must not be empty"));
        }
    }
    if group_and_version(api_version) == Some(("", "v1")) && text(reference, "kind") == "Event" {
        errors.push(FieldError::invalid(
            format!("metadata.ownerReferences[{index}]"),
            reference.clone(),
            "/v1, Kind=Event is disallowed from being an owner",
        ));
    }
}

/// The parts of an `apiVersion`; `None` where it has no version, or too many slashes.
fn group_and_version(api_version: &str) -> Option<(&str, &str)> {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    (!version.is_empty() && !version.contains('/')).then_some((group, version))
}

fn text<'a>(reference: &'a Value, field: &str) -> &'a str {
    reference[field].as_str().unwrap_or_default()
}
