//! Strategic merge patch: a merge patch that knows from the schema which lists are merged, and obeys the
//! directives `$patch`, `$retainKeys`, `$setElementOrder/x` and `$deleteFromPrimitiveList/x`.

use serde_json::{Map, Value};

use super::{
    merge, order,
    strategic_list::{self, delete_from_primitives, merge_list},
};
use crate::{
    error::ApiError,
    go_text,
    schema::{AdditionalProperties, Schema, ValueType},
};

pub(super) const DIRECTIVE: &str = "$patch";
const RETAIN_KEYS: &str = "$retainKeys";
const DELETE_FROM_PRIMITIVES: &str = "$deleteFromPrimitiveList";
pub(super) const SET_ORDER: &str = "$setElementOrder";

/// A strategic merge patch from what its body holds.
///
/// # Errors
/// A 400 where it is no JSON, or neither an object nor null.
pub(crate) fn read_strategic_patch(body: Result<Value, String>) -> Result<Value, ApiError> {
    match body {
        Err(_) => Err(ApiError::bad_request("invalid JSON patch")),
        Ok(patch @ (Value::Object(_) | Value::Null)) => Ok(patch),
        Ok(other) => Err(ApiError::bad_request(merge::no_object(&other))),
    }
}

/// Merges `patch` into `target`, whose shape is `schema`; all of it or nothing.
///
/// # Errors
/// 400 for a directive in a wrong format, 500 for what the server's merge can't carry out (that is its answer),
/// and 422 for lists of lists.
pub(crate) fn strategic_merge(
    target: &mut Value,
    patch: &Value,
    schema: &Schema,
) -> Result<(), ApiError> {
    let patch = match patch {
        Value::Object(patch) => patch.clone(),
        Value::Null => return Ok(()),
        other => return Err(ApiError::bad_request(merge::no_object(other))),
    };
    let mut merged = match &*target {
        Value::Object(map) => map.clone(),
        _ => Map::new(),
    };
    merge_map(&mut merged, patch, schema)?;
    *target = Value::Object(merged);
    Ok(())
}

/// A 500 with nothing but a text: what the server makes of an error that it doesn't know.
pub(super) fn failure(text: String) -> ApiError {
    ApiError::new(500, "", text)
}

/// What is known of a field from its schema.
pub(super) struct Field<'a> {
    pub(super) schema: &'a Schema,
    pub(super) strategy: &'a str,
    pub(super) merge_key: &'a str,
}

/// The field `name` of `schema`.
pub(super) fn field<'a>(schema: &'a Schema, name: &str) -> Result<Field<'a>, ApiError> {
    let schema = resolved(schema);
    let Some(found) = schema.properties.get(name) else {
        let kind = go_kind(schema);
        return Err(failure(if kind == "struct" {
            format!(
                "unable to find api field in struct {} for the json field {name:?}",
                type_name(schema)
            )
        } else {
            format!("merging an object in json but data type is not struct, instead is: {kind}")
        }));
    };
    let mut others = found
        .patch_strategy
        .iter()
        .filter(|s| !s.is_empty() && *s != "retainKeys");
    let strategy = others.next().map_or("", String::as_str);
    if others.next().is_some() {
        let all = found.patch_strategy.join(" ");
        return Err(failure(format!("unexpected patch strategy: [{all}]")));
    }
    Ok(Field {
        schema: resolved(found),
        strategy,
        merge_key: found.patch_merge_key.as_deref().unwrap_or_default(),
    })
}

/// The list `name` of `schema`, with the schema of its items.
pub(super) fn list_field<'a>(schema: &'a Schema, name: &str) -> Result<Field<'a>, ApiError> {
    let field = field(schema, name)?;
    let Some(items) = &field.schema.items else {
        let kind = go_kind(resolved(schema));
        return Err(failure(format!(
            "expected slice or array type, but got: {kind}"
        )));
    };
    let items = resolved(items);
    if items.items.is_some() {
        return Err(failure("unexpected slice of slice".to_owned()));
    }
    Ok(Field {
        schema: items,
        ..field
    })
}

/// A reference with something said beside it stands in an `allOf`.
fn resolved(schema: &Schema) -> &Schema {
    match schema.all_of.first() {
        Some(first) if schema.properties.is_empty() && schema.items.is_none() => first,
        _ => schema,
    }
}

/// What Go calls the sort of type that holds such a value.
pub(super) fn go_kind(schema: &Schema) -> &'static str {
    match schema.value_type {
        Some(ValueType::Array) => "slice",
        Some(ValueType::String) => "string",
        Some(ValueType::Integer) if schema.format.as_deref() == Some("int32") => "int32",
        Some(ValueType::Integer) => "int64",
        Some(ValueType::Number) => "float64",
        Some(ValueType::Boolean) => "bool",
        Some(ValueType::Object) | None => match schema.additional_properties {
            Some(AdditionalProperties::Schema(_)) if schema.properties.is_empty() => "map",
            _ => "struct",
        },
    }
}

fn type_name(schema: &Schema) -> &str {
    let name = schema.definition.as_deref().unwrap_or_default();
    name.rsplit('.').next().unwrap_or_default()
}

/// Merges one object.
pub(super) fn merge_map(
    original: &mut Map<String, Value>,
    mut patch: Map<String, Value>,
    schema: &Schema,
) -> Result<(), ApiError> {
    match patch.get(DIRECTIVE) {
        None => {}
        Some(Value::String(directive)) if directive == "replace" => {
            patch.remove(DIRECTIVE);
            *original = patch;
            return Ok(());
        }
        Some(Value::String(directive)) if directive == "delete" => {
            original.clear();
            return Ok(());
        }
        Some(other) => return Err(unknown_directive(other, &patch)),
    }
    retain_keys(original, &mut patch)?;
    order::merge_ordered_lists(original, &mut patch, schema)?;
    for (key, value) in patch {
        let (key, deletes) = match key.strip_prefix(DELETE_FROM_PRIMITIVES) {
            None => (key.as_str(), false),
            Some(rest) => {
                let name = rest.strip_prefix('/').ok_or_else(|| {
                    ApiError::bad_request("invalid patch format of primitive list")
                })?;
                (name, true)
            }
        };
        if value.is_null() {
            original.remove(key);
        } else if deletes {
            delete_items(original, key, value, schema)?;
        } else {
            merge_field(original, key, value, schema)?;
        }
    }
    Ok(())
}

pub(super) fn unknown_directive(directive: &Value, patch: &Map<String, Value>) -> ApiError {
    failure(format!(
        "unknown patch type: {} in map: {}",
        go_text::as_text(directive),
        go_text::plain_map(patch)
    ))
}

fn merge_field(
    original: &mut Map<String, Value>,
    key: &str,
    value: Value,
    schema: &Schema,
) -> Result<(), ApiError> {
    match (original.get_mut(key), value) {
        (Some(Value::Object(current)), Value::Object(patch)) => {
            let field = field(schema, key)?;
            if field.strategy == "replace" {
                *current = patch;
            } else {
                merge_map(current, patch, field.schema)?;
            }
        }
        (Some(Value::Array(current)), Value::Array(patch)) => {
            let field = list_field(schema, key)?;
            if field.strategy == "merge" {
                let items = std::mem::take(current);
                *current = merge_list(items, patch, &field)?;
            } else {
                *current = patch;
            }
        }
        (_, mut value) => {
            discard_nulls(&mut value);
            if discard_directives(&mut value) {
                original.insert(key.to_owned(), value);
            } else {
                original.remove(key);
            }
        }
    }
    Ok(())
}

fn delete_items(
    original: &mut Map<String, Value>,
    key: &str,
    value: Value,
    schema: &Schema,
) -> Result<(), ApiError> {
    let (Some(Value::Array(current)), Value::Array(gone)) = (original.get_mut(key), value) else {
        return Ok(());
    };
    let field = list_field(schema, key)?;
    if current.is_empty() && gone.is_empty() {
        return Ok(());
    }
    let items = std::mem::take(current);
    *current = if strategic_list::are_maps(&items, &gone)? {
        merge_list(items, gone, &field)?
    } else {
        delete_from_primitives(items, &gone)
    };
    Ok(())
}

/// `$retainKeys`: what it doesn't name goes, and the patch may not bring anything else.
fn retain_keys(
    original: &mut Map<String, Value>,
    patch: &mut Map<String, Value>,
) -> Result<(), ApiError> {
    let Some(retained) = patch.remove(RETAIN_KEYS) else {
        return Ok(());
    };
    let wrong = || ApiError::bad_request("invalid patch format of retainKeys");
    let Value::Array(retained) = retained else {
        return Err(wrong());
    };
    let retained: std::collections::BTreeSet<&str> =
        retained.iter().filter_map(Value::as_str).collect();
    for (key, value) in &*patch {
        let is_directive = key.starts_with(DELETE_FROM_PRIMITIVES) || key.starts_with(SET_ORDER);
        if !value.is_null() && !is_directive && !retained.contains(key.as_str()) {
            return Err(wrong());
        }
    }
    original.retain(|key, _| retained.contains(key.as_str()));
    Ok(())
}

/// Nulls in objects say that something is to go: what is new has nothing that could.
fn discard_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(discard_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(discard_nulls),
        _ => {}
    }
}

/// Takes out every object with a directive; says whether `value` itself stays.
pub(super) fn discard_directives(value: &mut Value) -> bool {
    match value {
        Value::Object(map) => {
            if map.contains_key(DIRECTIVE) {
                return false;
            }
            map.retain(|_, value| discard_directives(value));
        }
        Value::Array(items) => items.retain_mut(discard_directives),
        _ => {}
    }
    true
}

#[cfg(test)]
mod tests;
