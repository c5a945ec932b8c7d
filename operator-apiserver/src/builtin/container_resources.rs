//! What is wrong with what a container asks for: amounts are not negative, and requests stay within limits.

use serde_json::Value;

use super::{
    check::required,
    fields::{entries, has},
    format::NOT_NEGATIVE,
    path::Path,
    resource_name::{Use, is_counted, may_overcommit, resource_name},
    rules::Errors,
};
use crate::{field_error::FieldError, go_text::plain, quantity::Quantity};

/// Checks the field `resources` of a container.
pub(super) fn validate(resources: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (limits, requests) = (path.field("limits"), path.field("requests"));
    for (name, limit) in entries(resources, "limits") {
        let path = limits.key(name);
        resource_name(name, Use::Containers, path, errors);
        amount(name, limit, path, errors);
    }
    for (name, request) in entries(resources, "requests") {
        let path = requests.key(name);
        resource_name(name, Use::Containers, path, errors);
        amount(name, request, path, errors);
        let wanted = Quantity::of(request).unwrap_or(Quantity::ZERO);
        match Quantity::of(&resources["limits"][name.as_str()]) {
            Some(limit) if may_overcommit(name) && wanted > limit => {
                let shown = plain(&resources["limits"][name.as_str()]);
                let detail = format!("must be less than or equal to {name} limit of {shown}");
                errors.push(FieldError::invalid(requests, request.clone(), detail));
            }
            Some(limit) if !may_overcommit(name) && wanted != limit => {
                let shown = plain(&resources["limits"][name.as_str()]);
                let detail = format!("must be equal to {name} limit of {shown}");
                errors.push(FieldError::invalid(requests, request.clone(), detail));
            }
            None if !may_overcommit(name) && has(&resources["requests"], name) => {
                required(
                    limits,
                    "Limit must be set for non overcommitable resources",
                    errors,
                );
            }
            _ => {}
        }
    }
}

/// An amount of a resource.
pub(super) fn amount(name: &str, value: &Value, path: Path<'_>, errors: &mut Errors) {
    let Some(quantity) = Quantity::of(value) else {
        // What is no quantity was refused when the object was decoded.
        return;
    };
    if quantity < Quantity::ZERO {
        errors.push(FieldError::invalid(path, value.clone(), NOT_NEGATIVE));
    }
    if is_counted(name) && !quantity.is_whole() {
        errors.push(FieldError::invalid(
            path,
            value.clone(),
            "must be an integer",
        ));
    }
}
