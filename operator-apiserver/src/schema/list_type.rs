//! Lists as sets and maps: no item, or no item's keys, may be there twice.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{
    AdditionalProperties, ListType, Schema,
    path::{Path, absolute},
};
use crate::field_error::{FieldError, FieldErrorKind};

/// What is wrong with the lists in a value.
pub(super) fn validate(value: &Value, schema: &Schema, prefix: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    walk(value, schema, &Path::Root, prefix, &mut errors);
    errors
}

fn walk(
    value: &Value,
    schema: &Schema,
    path: &Path<'_>,
    prefix: &str,
    errors: &mut Vec<FieldError>,
) {
    match value {
        Value::Object(fields) => {
            if let Some(AdditionalProperties::Schema(schema)) = &schema.additional_properties {
                for (name, value) in fields {
                    walk(value, schema, &Path::Key(path, name), prefix, errors);
                }
            }
            if !schema.properties.is_empty() {
                for (name, value) in fields {
                    if let Some(schema) = schema.properties.get(name) {
                        walk(value, schema, &Path::Field(path, name), prefix, errors);
                    }
                }
            }
        }
        Value::Array(items) => {
            let at = |index: usize| absolute(prefix, &Path::Index(path, index).to_string());
            match schema.list_type {
                Some(ListType::Set) => {
                    for index in repeated(items.iter().map(identity)) {
                        errors.push(duplicate(at(index), items[index].clone()));
                    }
                }
                Some(ListType::Map) => check_map(items, &schema.list_map_keys, at, errors),
                _ => {}
            }
            if let Some(schema) = &schema.items {
                for (index, item) in items.iter().enumerate() {
                    walk(item, schema, &Path::Index(path, index), prefix, errors);
                }
            }
        }
        _ => {}
    }
}

fn check_map(
    items: &[Value],
    keys: &[String],
    at: impl Fn(usize) -> String,
    errors: &mut Vec<FieldError>,
) {
    let is_item = |item: &Value| item.is_null() || item.is_object();
    if let Some(index) = items.iter().position(|item| !is_item(item)) {
        let detail = "must be an object for an array of list-type map";
        errors.push(FieldError::invalid(at(index), items[index].clone(), detail));
        return;
    }
    if items.len() <= 1 {
        return;
    }
    let keys_of = |item: &Value| {
        let present = keys
            .iter()
            .filter_map(|key| Some((key.clone(), item.get(key)?.clone())));
        Value::Object(present.collect::<Map<_, _>>())
    };
    for index in repeated(items.iter().map(|item| keys_of(item).to_string())) {
        errors.push(duplicate(at(index), keys_of(&items[index])));
    }
}

fn identity(item: &Value) -> String {
    item.to_string()
}

/// Where something stands for the second time; what comes a third time isn't told.
fn repeated(items: impl ExactSizeIterator<Item = String>) -> Vec<usize> {
    if items.len() <= 1 {
        return Vec::new();
    }
    let mut seen: HashMap<String, usize> = HashMap::with_capacity(items.len());
    let mut repeated = Vec::new();
    for (index, item) in items.enumerate() {
        let times = seen.entry(item).or_default();
        *times += 1;
        if *times == 2 {
            repeated.push(index);
        }
    }
    repeated
}

fn duplicate(path: String, value: Value) -> FieldError {
    FieldError::of(FieldErrorKind::Duplicate, path, value, "")
}
