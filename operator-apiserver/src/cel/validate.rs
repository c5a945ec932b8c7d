//! When a custom resource is written: its values against the rules beside its schema.

use std::{collections::BTreeMap, fmt::Write};

use serde_json::Value;

use super::{
    Compiled, RuleNode,
    compile::type_word,
    eval::Evaluation,
    value::{Fault, Val, map_key},
};
use crate::{
    field_error::{FieldError, FieldErrorKind},
    schema::{AdditionalProperties, ListType, Schema},
};

/// What all rules on one object may cost together.
const BUDGET: u64 = 10_000_000;

/// The longest message that an expression may make, in bytes.
const MAX_MESSAGE: usize = 5 * 1024;

/// What is wrong with `value`.
pub(super) fn validate<'a>(
    node: &'a RuleNode,
    value: &'a Value,
    old: Option<&'a Value>,
    schema: &'a Schema,
    path: &str,
) -> Vec<FieldError> {
    let ratchet = old.map(|old| Ratchet { value, old, schema });
    walk(node, value, schema, path, old, ratchet)
}

/// What is wrong with a default: its old value is the same, which excuses nothing.
pub(super) fn validate_default<'a>(
    node: &'a RuleNode,
    default: &'a Value,
    schema: &'a Schema,
    path: &str,
) -> Vec<FieldError> {
    walk(node, default, schema, path, Some(default), None)
}

fn walk<'a>(
    node: &'a RuleNode,
    value: &'a Value,
    schema: &'a Schema,
    path: &str,
    old: Option<&'a Value>,
    ratchet: Option<Ratchet<'a>>,
) -> Vec<FieldError> {
    let mut walk = Walk {
        errors: Vec::new(),
        budget: BUDGET,
        stopped: false,
        path: path.to_owned(),
    };
    let before = Before {
        old,
        ratchet,
        found: true,
        top: true,
    };
    walk.node(node, value, schema, before);
    walk.errors
}

/// What a value was before.
#[derive(Clone, Copy)]
struct Before<'a> {
    /// What `oldSelf` is.
    old: Option<&'a Value>,
    /// What excuses errors by not having changed: the value itself or, where it can't be found again in the old
    /// object, what contains it.
    ratchet: Option<Ratchet<'a>>,
    /// Whether it can be found again in the old object.
    found: bool,
    top: bool,
}

#[derive(Clone, Copy)]
struct Ratchet<'a> {
    value: &'a Value,
    old: &'a Value,
    schema: &'a Schema,
}

/// The work in progress.
struct Walk {
    errors: Vec<FieldError>,
    budget: u64,
    /// The budget is used up, and nothing more is evaluated.
    stopped: bool,
    path: String,
}

impl Walk {
    fn node<'a>(
        &mut self,
        node: &'a RuleNode,
        value: &'a Value,
        schema: &'a Schema,
        before: Before<'a>,
    ) {
        if value.is_null() || self.stopped {
            return;
        }
        self.rules(node, value, schema, before);
        match value {
            Value::Array(list) => {
                let (Some(child), Some(items)) = (&node.items, &schema.items) else {
                    return;
                };
                let old_items = by_key(schema, before.old);
                for (index, item) in list.iter().enumerate() {
                    let by_key = schema.list_type == Some(ListType::Map);
                    let old = if by_key {
                        old_items.get(&map_key(item, schema)).copied()
                    } else {
                        None
                    };
                    let inner = before.child(item, old, items, by_key);
                    self.within(
                        |path| write!(path, "[{index}]"),
                        |walk| walk.node(child, item, items, inner),
                    );
                }
            }
            Value::Object(fields) => {
                let old_field = |name: &str| {
                    before
                        .old
                        .and_then(|old| old.get(name))
                        .filter(|v| !v.is_null())
                };
                if let (Some(child), Some(AdditionalProperties::Schema(values))) =
                    (&node.values, &schema.additional_properties)
                {
                    for (name, value) in fields {
                        let inner = before.child(value, old_field(name), values, true);
                        self.within(
                            |path| write!(path, "[{name}]"),
                            |walk| walk.node(child, value, values, inner),
                        );
                    }
                }
                for (name, child) in &node.properties {
                    let (Some(value), Some(schema)) =
                        (fields.get(name), schema.properties.get(name))
                    else {
                        continue;
                    };
                    let dot = if self.path.is_empty() { "" } else { "." };
                    // Changes of these are not seen: both objects are in the same version.
                    let seen = !(before.top && matches!(name.as_str(), "apiVersion" | "kind"));
                    let mut inner = before.child(value, old_field(name), schema, true);
                    inner.ratchet = inner.ratchet.filter(|_| seen);
                    self.within(
                        |path| write!(path, "{dot}{name}"),
                        |walk| walk.node(child, value, schema, inner),
                    );
                }
            }
            _ => {}
        }
    }

    /// The path of the value, as the server shows it.
    fn shown_path(&self) -> String {
        if self.path.is_empty() {
            "<nil>".to_owned()
        } else {
            self.path.clone()
        }
    }

    /// Where the error of a rule is shown.
    fn error_path(&self, rule: &Compiled) -> String {
        match (self.path.as_str(), rule.field_path.as_str()) {
            ("", "") => self.shown_path(),
            ("", field) => field.trim_start_matches('.').to_owned(),
            (path, field) => format!("{path}{field}"),
        }
    }

    /// Does something further down the path.
    fn within(
        &mut self,
        go: impl FnOnce(&mut String) -> std::fmt::Result,
        then: impl FnOnce(&mut Self),
    ) {
        let length = self.path.len();
        // Writing to a String can't fail.
        let _ = go(&mut self.path);
        then(self);
        self.path.truncate(length);
    }

    fn rules<'a>(
        &mut self,
        node: &'a RuleNode,
        value: &'a Value,
        schema: &'a Schema,
        before: Before<'a>,
    ) {
        for rule in &node.rules {
            if self.stopped {
                return;
            }
            if rule.uses_old && before.old.is_none() && !rule.optional_old {
                continue;
            }
            self.rule(rule, node.root, value, schema, before);
        }
    }

    fn rule<'a>(
        &mut self,
        rule: &'a Compiled,
        root: bool,
        value: &'a Value,
        schema: &'a Schema,
        before: Before<'a>,
    ) {
        let kind = type_word(schema);
        let program = match &rule.program {
            Ok(program) => program,
            Err(why) => {
                let why = format!("rule compile error: {why}");
                let error = FieldError::invalid(self.shown_path(), kind, why);
                return self.errors.push(error);
            }
        };
        if self.budget == 0 {
            self.out_of_budget(kind);
            return;
        }
        let mut evaluation = match activation(rule, root, value, schema, before.old) {
            Ok(evaluation) => evaluation,
            Err(fault) => return self.fault(rule, kind, fault),
        };
        let result = evaluation.value(program);
        if matches!(result, Err(Fault::OverBudget)) {
            let why = "'operation cancelled: actual cost limit exceeded': no further validation rules will be run due \
                       to call cost exceeds limit for rule: ";
            self.errors.push(FieldError::invalid(
                self.shown_path(),
                kind,
                format!("{why}{}", rule.shown),
            ));
            self.stopped = true;
            return;
        }
        if !self.pay(evaluation.cost) {
            self.out_of_budget(kind);
            return;
        }
        match result {
            Ok(Val::Bool(true)) => {}
            Ok(_) => self.failed(rule, root, value, schema, before),
            Err(fault) => self.fault(rule, kind, fault),
        }
    }

    fn pay(&mut self, cost: u64) -> bool {
        match self.budget.checked_sub(cost) {
            Some(left) => {
                self.budget = left;
                true
            }
            None => false,
        }
    }

    fn out_of_budget(&mut self, kind: &str) {
        let why = "validation failed due to running out of cost budget, no further validation rules will be run";
        self.errors
            .push(FieldError::invalid(self.shown_path(), kind, why));
        self.stopped = true;
    }

    fn fault(&mut self, rule: &Compiled, kind: &str, fault: Fault) {
        let Fault::Because(text) = fault else {
            return;
        };
        let shown = &rule.shown;
        let why = if text.starts_with("no such overload") {
            format!(
                "'{text}': call arguments did not match a supported operator, function or macro signature for rule: {shown}"
            )
        } else {
            format!("{text} evaluating rule: {shown}")
        };
        self.errors
            .push(FieldError::invalid(self.shown_path(), kind, why));
    }

    /// The rule is false.
    fn failed<'a>(
        &mut self,
        rule: &'a Compiled,
        root: bool,
        value: &'a Value,
        schema: &'a Schema,
        before: Before<'a>,
    ) {
        let excused = !rule.uses_old
            && before
                .ratchet
                .is_some_and(|r| unchanged(r.value, r.old, r.schema));
        let message = match self.message(rule, root, value, schema, before.old) {
            Ok(message) => message,
            Err(why) => {
                if !excused {
                    let path = self.error_path(rule);
                    self.errors
                        .push(FieldError::invalid(path, type_word(schema), why));
                }
                self.stopped = true;
                return;
            }
        };
        if excused {
            return;
        }
        let path = self.error_path(rule);
        // Only single values are shown, and only where they stand themselves.
        let shows = rule.field_path.is_empty() && !value.is_object() && !value.is_array();
        let error = match rule.kind {
            FieldErrorKind::Duplicate => FieldError {
                kind: rule.kind,
                path,
                value: shows.then(|| value.clone()),
                detail: String::new(),
            },
            FieldErrorKind::Invalid if shows => FieldError::invalid(path, value.clone(), message),
            kind => FieldError::plain(kind, path, message),
        };
        self.errors.push(error);
    }

    /// What the failed rule says; an error ends the validation.
    fn message<'a>(
        &mut self,
        rule: &'a Compiled,
        root: bool,
        value: &'a Value,
        schema: &'a Schema,
        old: Option<&'a Value>,
    ) -> Result<String, String> {
        let Some(program) = &rule.message_program else {
            return Ok(rule.message.clone());
        };
        let Ok(mut evaluation) = activation(rule, root, value, schema, old) else {
            return Ok(rule.message.clone());
        };
        let result = evaluation.value(program);
        if matches!(result, Err(Fault::OverBudget)) {
            let why = "no further validation rules will be run due to call cost exceeds limit for messageExpression: ";
            return Err(format!("{why}{:?}", rule.message_expression));
        }
        if !self.pay(evaluation.cost) {
            let why = "messageExpression evaluation failed due to running out of cost budget, no further validation \
                       rules will be run";
            return Err(why.to_owned());
        }
        if let Ok(Val::String(text)) = result {
            let text = text.trim();
            if !text.is_empty() && text.len() <= MAX_MESSAGE && !text.contains('\n') {
                return Ok(text.to_owned());
            }
        }
        Ok(rule.message.clone())
    }
}

impl<'a> Before<'a> {
    /// What a value below was before; `found` tells whether it could be looked for at all.
    fn child(
        self,
        value: &'a Value,
        old: Option<&'a Value>,
        schema: &'a Schema,
        found: bool,
    ) -> Self {
        let found = found && self.found;
        let ratchet = match self.ratchet {
            Some(_) if found => old.map(|old| Ratchet { value, old, schema }),
            ratchet => ratchet,
        };
        Self {
            old,
            ratchet,
            found,
            top: false,
        }
    }
}

/// An evaluation with `self` and `oldSelf`.
fn activation<'a>(
    rule: &Compiled,
    root: bool,
    value: &'a Value,
    schema: &'a Schema,
    old: Option<&'a Value>,
) -> Result<Evaluation<'a>, Fault> {
    let this = Val::of(value, schema, root)?;
    if !rule.uses_old && rule.message_program.is_none() {
        return Ok(Evaluation::new(this, None));
    }
    let old = old.map(|old| Val::of(old, schema, root)).transpose()?;
    let old = if rule.optional_old {
        Some(Val::Optional(old.map(std::rc::Rc::new)))
    } else {
        old
    };
    Ok(Evaluation::new(this, old))
}

/// The items of an old list by what tells them apart.
fn by_key<'a>(schema: &Schema, old: Option<&'a Value>) -> BTreeMap<String, &'a Value> {
    if schema.list_type != Some(ListType::Map) {
        return BTreeMap::new();
    }
    let items = old.and_then(Value::as_array).into_iter().flatten();
    items.map(|item| (map_key(item, schema), item)).collect()
}

/// Whether a value is what it was, lists with keys in any order.
fn unchanged(value: &Value, old: &Value, schema: &Schema) -> bool {
    if value == old {
        return true;
    }
    match (value, old) {
        (Value::Array(new), Value::Array(old_list)) => {
            let (Some(items), Some(ListType::Map)) = (&schema.items, schema.list_type) else {
                return false;
            };
            let old_items = by_key(schema, Some(old));
            new.len() == old_list.len()
                && new.iter().all(|item| {
                    let old = old_items.get(&map_key(item, schema));
                    old.is_some_and(|old| unchanged(item, old, items))
                })
        }
        (Value::Object(new), Value::Object(old)) => {
            new.len() == old.len()
                && new.iter().all(|(name, value)| {
                    let Some(old) = old.get(name) else {
                        return false;
                    };
                    match (schema.properties.get(name), &schema.additional_properties) {
                        (Some(schema), _) | (None, Some(AdditionalProperties::Schema(schema))) => {
                            unchanged(value, old, schema)
                        }
                        _ => value == old,
                    }
                })
        }
        _ => false,
    }
}
