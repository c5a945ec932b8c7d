//! What a CRD may say of the subresources of its kind.

use serde_json::Value;

use crate::field_error::FieldError;

/// What is wrong with `subresources`, which stands at `path`.
pub(super) fn check(subresources: Option<&Value>, path: &str) -> Vec<FieldError> {
    let Some(scale) = subresources.map(|s| &s["scale"]).filter(|s| !s.is_null()) else {
        return Vec::new();
    };
    let mut errors = Vec::new();
    let text = |field: &str| scale[field].as_str().unwrap_or_default();
    for (field, within) in [
        ("specReplicasPath", ".spec"),
        ("statusReplicasPath", ".status"),
    ] {
        let (value, path) = (text(field), format!("{path}.scale.{field}"));
        if value.is_empty() {
            errors.push(FieldError::required(path, ""));
        } else if let Some(error) = simple_path_error(value, &path) {
            errors.push(error);
        } else if !is_below(value, within) {
            let detail = format!("should be a json path under {within}");
            errors.push(FieldError::invalid(path, value, detail));
        }
    }
    let field = "labelSelectorPath";
    let (value, path) = (text(field), format!("{path}.scale.{field}"));
    if value.is_empty() {
        return errors;
    }
    if let Some(error) = simple_path_error(value, &path) {
        errors.push(error);
    } else if !is_below(value, ".spec") && !is_below(value, ".status") {
        let detail = "should be a json path under either .spec or .status";
        errors.push(FieldError::invalid(path, value, detail));
    }
    errors
}

/// What is wrong with a path: only its beginning is looked at.
pub(super) fn simple_path_error(value: &str, path: &str) -> Option<FieldError> {
    let detail = "must be a simple json path starting with .";
    (!value.starts_with('.')).then(|| FieldError::invalid(path, value, detail))
}

fn is_below(path: &str, field: &str) -> bool {
    path.strip_prefix(field)
        .is_some_and(|rest| rest.starts_with('.'))
}
