//! [`validate`]: what is wrong with a value.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{
    AdditionalProperties, Schema, keywords, list_type, object_meta,
    path::{Path, absolute},
    ratchet::Old,
};
use crate::{
    field_error::{FieldError, FieldErrorKind},
    go_text,
};

/// What is wrong with `value`, in the API server's words and order, list types included, CEL rules not.
/// `path` is where the value stands; it is empty for a whole object, in which embedded resources are checked, too.
///
/// With `old`, errors of parts that did not change are left out (ratcheting). Where the server's order is that of
/// a Go map, it is by name here.
#[must_use]
pub(crate) fn validate(
    value: &Value,
    schema: &Schema,
    path: &str,
    old: Option<&Value>,
) -> Vec<FieldError> {
    let mut errors = validate_keywords(value, schema, path, old);
    if path.is_empty() {
        errors.extend(object_meta::validate_embedded(value, schema));
    }
    let of_lists = list_type::validate(value, schema, path);
    // Lists that were wrong before may stay wrong.
    if !of_lists.is_empty()
        && old.is_none_or(|old| list_type::validate(old, schema, path).is_empty())
    {
        errors.extend(of_lists);
    }
    errors
}

/// What the keywords of the schema say, without list types and embedded resources.
pub(super) fn validate_keywords(
    value: &Value,
    schema: &Schema,
    path: &str,
    old: Option<&Value>,
) -> Vec<FieldError> {
    let mut outcome = Outcome::default();
    check(value, schema, &Path::Root, None, &mut outcome);
    // Ratcheting only ever takes errors away: where there are none, the old value is of no interest.
    if let Some(old) = old
        && !outcome.issues.is_empty()
    {
        outcome = Outcome::default();
        let old = Old { value: old, schema };
        ratchet(value, schema, &Path::Root, Some(&old), &mut outcome);
    }
    outcome.into_errors(path)
}

/// One mistake, before it is known where the value as a whole stands.
pub(super) struct Issue {
    /// Where, from the value on; `None` for mistakes that the server doesn't attribute to a field.
    pub(super) at: Option<String>,
    /// The validator's own sentence, by which repetitions are recognised.
    pub(super) sentence: String,
    pub(super) kind: FieldErrorKind,
    pub(super) value: Option<Value>,
    /// What the error says, where it isn't the sentence.
    pub(super) detail: Option<String>,
}

/// What a walk has found, and how many checks passed: alternatives are ranked by it.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) issues: Vec<Issue>,
    pub(super) passed: u32,
}

impl Outcome {
    fn merge(&mut self, other: Self) {
        self.issues.extend(other.issues);
        self.passed += other.passed;
    }

    /// A mistake whose sentence is what the error says.
    pub(super) fn invalid(&mut self, path: &Path<'_>, value: impl Into<Value>, rest: &str) {
        let at = path.to_string();
        self.issues.push(Issue {
            sentence: format!("{at} in body {rest}"),
            at: Some(at),
            kind: FieldErrorKind::Invalid,
            value: Some(value.into()),
            detail: None,
        });
    }

    /// A mistake that the server doesn't attribute to a field.
    pub(super) fn unattributed(&mut self, sentence: String) {
        self.issues.push(Issue {
            at: None,
            sentence,
            kind: FieldErrorKind::Invalid,
            value: Some("".into()),
            detail: None,
        });
    }

    /// A mistake with words of its own.
    pub(super) fn special(
        &mut self,
        kind: FieldErrorKind,
        at: String,
        value: Option<Value>,
        rest: &str,
        detail: String,
    ) {
        self.issues.push(Issue {
            sentence: format!("{at} in body {rest}"),
            at: Some(at),
            kind,
            value,
            detail: Some(detail),
        });
    }

    fn into_errors(self, prefix: &str) -> Vec<FieldError> {
        let mut said = HashSet::new();
        let mut errors = Vec::with_capacity(self.issues.len());
        for issue in self.issues {
            if said.insert(issue.sentence.clone()) {
                errors.push(FieldError {
                    kind: issue.kind,
                    path: absolute(prefix, &issue.at.unwrap_or_default()),
                    value: issue.value,
                    detail: issue.detail.unwrap_or(issue.sentence),
                });
            }
        }
        errors
    }
}

/// Checks a value; its errors are left out if it is what it was.
fn ratchet(
    value: &Value,
    schema: &Schema,
    path: &Path<'_>,
    old: Option<&Old<'_>>,
    out: &mut Outcome,
) {
    let Some(old) = old else {
        return check(value, schema, path, None, out);
    };
    let before = out.issues.len();
    check(value, schema, path, Some(old), out);
    if out.issues.len() > before && old.equals(value) {
        out.issues.truncate(before);
    }
}

fn check(
    value: &Value,
    schema: &Schema,
    path: &Path<'_>,
    old: Option<&Old<'_>>,
    out: &mut Outcome,
) {
    let has_type = keywords::has_type(schema) || schema.limits.format.is_some();
    if value.is_null() {
        // Only its type and its enum are looked at.
        out.passed += u32::from(keywords::check_type(value, schema, path, out));
        keywords::check_enum(value, schema, path, out);
        return;
    }
    if has_type {
        out.passed += 1 + u32::from(keywords::check_type(value, schema, path, out));
    }
    check_alternatives(value, schema, path, out);
    out.passed += 2;
    match value {
        Value::String(text) => keywords::check_text(text, schema, path, out),
        Value::Number(number) => {
            keywords::check_number(number, schema, path, out);
            out.passed += 2;
        }
        Value::Array(items) => {
            check_items(items, schema, path, old, out);
            out.passed += 2;
        }
        _ => {}
    }
    keywords::check_enum(value, schema, path, out);
    out.passed += 1;
    if let Value::Object(fields) = value {
        check_fields(fields, schema, path, old, out);
        out.passed += 1;
    }
    out.passed += 1;
}

fn check_items(
    items: &[Value],
    schema: &Schema,
    path: &Path<'_>,
    old: Option<&Old<'_>>,
    out: &mut Outcome,
) {
    if let Some(schema_of_items) = &schema.items {
        let old_items = old.map(|old| old.items(items.len()));
        for (index, item) in items.iter().enumerate() {
            let path = Path::Index(path, index);
            let old = old_items.as_ref().and_then(|old| old.of(item));
            ratchet(item, schema_of_items, &path, old.as_ref(), out);
        }
    }
    keywords::check_length_of_list(items, schema, path, out);
}

fn check_fields(
    fields: &Map<String, Value>,
    schema: &Schema,
    path: &Path<'_>,
    old: Option<&Old<'_>>,
    out: &mut Outcome,
) {
    keywords::check_number_of_fields(fields, schema, path, out);
    let old_of = |name: &str| {
        // What an object is can't be seen to change.
        let is_type = path.is_root() && matches!(name, "apiVersion" | "kind");
        if is_type {
            None
        } else {
            old.and_then(|old| old.field(name))
        }
    };
    match &schema.additional_properties {
        Some(AdditionalProperties::Allowed(false)) => {
            for name in fields
                .keys()
                .filter(|name| !schema.properties.contains_key(*name))
            {
                let at = path.to_string();
                out.issues.push(Issue {
                    sentence: format!("{at}.{name} in body is a forbidden property"),
                    at: Some(at),
                    kind: FieldErrorKind::Invalid,
                    value: Some(name.as_str().into()),
                    detail: None,
                });
            }
        }
        Some(AdditionalProperties::Schema(schema_of_values)) => {
            for (name, value) in fields {
                if !schema.properties.contains_key(name) {
                    let path = Path::Entry(path, name);
                    ratchet(value, schema_of_values, &path, old_of(name).as_ref(), out);
                }
            }
        }
        _ => {}
    }
    if !schema.properties.is_empty() {
        for (name, value) in fields {
            if let Some(property) = schema.properties.get(name) {
                let path = Path::Field(path, name);
                ratchet(value, property, &path, old_of(name).as_ref(), out);
            }
        }
    }
    for name in &schema.required {
        if !fields.contains_key(name) {
            let at = Path::Entry(path, name).to_string();
            out.special(
                FieldErrorKind::Required,
                at,
                None,
                "is required",
                String::new(),
            );
        }
    }
}

/// `anyOf`, `oneOf`, `allOf` and `not`; nothing in them is compared with an old value.
fn check_alternatives(value: &Value, schema: &Schema, path: &Path<'_>, out: &mut Outcome) {
    if !schema.any_of.is_empty() {
        check_any_of(value, schema, path, out);
    }
    if !schema.one_of.is_empty() {
        check_one_of(value, schema, path, out);
    }
    if !schema.all_of.is_empty() {
        let mut valid = 0;
        for one in &schema.all_of {
            let outcome = outcome_of(value, one, path);
            valid += usize::from(outcome.issues.is_empty());
            out.merge(outcome);
        }
        if valid < schema.all_of.len() {
            let none = if valid == 0 { ". None validated" } else { "" };
            let at = go_text::quote(&path.to_string());
            out.unattributed(format!("{at} must validate all the schemas (allOf){none}"));
        }
    }
    if let Some(not) = &schema.not
        && outcome_of(value, not, path).issues.is_empty()
    {
        let at = go_text::quote(&path.to_string());
        out.unattributed(format!("{at} must not validate the schema (not)"));
    }
}

fn check_any_of(value: &Value, schema: &Schema, path: &Path<'_>, out: &mut Outcome) {
    let mut best: Option<Outcome> = None;
    for one in &schema.any_of {
        let outcome = outcome_of(value, one, path);
        if outcome.issues.is_empty() {
            return out.merge(outcome);
        }
        if best
            .as_ref()
            .is_none_or(|best| outcome.passed > best.passed)
        {
            best = Some(outcome);
        }
    }
    let at = go_text::quote(&path.to_string());
    out.unattributed(format!("{at} must validate at least one schema (anyOf)"));
    out.merge(best.unwrap_or_default());
}

fn check_one_of(value: &Value, schema: &Schema, path: &Path<'_>, out: &mut Outcome) {
    let mut best: Option<Outcome> = None;
    let mut first_valid: Option<Outcome> = None;
    let mut valid = 0_usize;
    for one in &schema.one_of {
        let outcome = outcome_of(value, one, path);
        if outcome.issues.is_empty() {
            valid += 1;
            best = None;
            first_valid.get_or_insert(outcome);
        } else if valid == 0
            && best
                .as_ref()
                .is_none_or(|best| outcome.passed > best.passed)
        {
            best = Some(outcome);
        }
    }
    if valid == 1 {
        return out.merge(first_valid.unwrap_or_default());
    }
    let found = match valid {
        0 => "Found none valid".to_owned(),
        many => format!("Found {many} valid alternatives"),
    };
    let at = go_text::quote(&path.to_string());
    out.unattributed(format!(
        "{at} must validate one and only one schema (oneOf). {found}"
    ));
    out.merge(best.unwrap_or_default());
}

fn outcome_of(value: &Value, schema: &Schema, path: &Path<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    check(value, schema, path, None, &mut outcome);
    outcome
}

#[cfg(test)]
mod tests;
