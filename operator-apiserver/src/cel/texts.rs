//! What stands beside the expression of a rule: its message, its reason and where its error is shown.

use super::field_path;
use crate::{
    field_error::{FieldError, FieldErrorKind},
    schema::{Rule, Schema},
};

/// The reasons that a rule may give.
const REASONS: [(&str, FieldErrorKind); 4] = [
    ("FieldValueDuplicate", FieldErrorKind::Duplicate),
    ("FieldValueForbidden", FieldErrorKind::Forbidden),
    ("FieldValueInvalid", FieldErrorKind::Invalid),
    ("FieldValueRequired", FieldErrorKind::Required),
];

pub(super) fn reason_kind(reason: &str) -> Option<FieldErrorKind> {
    REASONS
        .iter()
        .find(|(name, _)| *name == reason)
        .map(|(_, kind)| *kind)
}

/// What is wrong with the rules of `schema` without a look at what they say; `path` is where the schema stands.
pub(crate) fn check_texts(schema: &Schema, path: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (index, rule) in schema.rules.iter().enumerate() {
        let at = |field: &str| format!("{path}.x-kubernetes-validations[{index}].{field}");
        errors.extend(check_message(rule, &at));
        let expression = rule.message_expression.as_deref().unwrap_or_default();
        if !expression.is_empty() && expression.trim().is_empty() {
            let why = "messageExpression must be non-empty if specified";
            errors.push(FieldError::required(at("messageExpression"), why));
        }
        if let Some(reason) = &rule.reason
            && reason_kind(reason).is_none()
        {
            let supported: Vec<String> = REASONS
                .iter()
                .map(|(name, _)| format!("{name:?}"))
                .collect();
            let why = format!("supported values: {}", supported.join(", "));
            let kind = FieldErrorKind::NotSupported;
            errors.push(FieldError::of(kind, at("reason"), reason.as_str(), why));
        }
        errors.extend(check_field_path(rule, schema, &at("fieldPath")));
    }
    errors
}

fn check_message(rule: &Rule, at: &impl Fn(&str) -> String) -> Option<FieldError> {
    let message = rule.message.as_deref().unwrap_or_default();
    let trimmed = message.trim();
    if rule.expression.trim().is_empty() {
        Some(FieldError::required(at("rule"), "rule is not specified"))
    } else if !message.is_empty() && trimmed.is_empty() {
        let why = "must be non-empty if specified";
        Some(FieldError::invalid(at("message"), message, why))
    } else if trimmed.contains('\n') {
        let why = "must not contain line breaks";
        Some(FieldError::invalid(at("message"), trimmed, why))
    } else if rule.expression.trim().contains('\n') && trimmed.is_empty() {
        let why = "message must be specified if rule contains line breaks";
        Some(FieldError::required(at("message"), why))
    } else {
        None
    }
}

fn check_field_path(rule: &Rule, schema: &Schema, at: &str) -> Vec<FieldError> {
    let field_path = rule.field_path.as_deref().unwrap_or_default();
    if field_path.is_empty() {
        return Vec::new();
    }
    [
        (
            field_path.trim().is_empty(),
            "must be non-empty if specified",
        ),
        (field_path.contains('\n'), "must not contain line breaks"),
        (
            field_path::normalize(field_path, schema).is_none(),
            "must be a valid path",
        ),
    ]
    .into_iter()
    .filter(|(is_wrong, _)| *is_wrong)
    .map(|(_, why)| FieldError::invalid(at, field_path, why))
    .collect()
}
