//! Merging one list of a strategic merge patch: by the merge key, or as a set of primitives.

use std::{
    collections::{HashMap, HashSet},
    mem::discriminant,
};

use serde_json::{Map, Value};

use super::{
    go_text,
    json::refused,
    order::in_order,
    strategic::{DIRECTIVE, Field, failure, go_kind, merge_map, unknown_directive},
};
use crate::error::ApiError;

/// Merges the items of `patch` into those of `original`. Items of the patch come in its order, the others in
/// theirs, and the patch's come first where nothing says otherwise.
pub(super) fn merge_list(
    original: Vec<Value>,
    patch: Vec<Value>,
    field: &Field<'_>,
) -> Result<Vec<Value>, ApiError> {
    if original.is_empty() && patch.is_empty() {
        return Ok(original);
    }
    if !are_maps(&original, &patch)? {
        let patched: Vec<Key> = patch.iter().map(Key::of_primitive).collect();
        let live: Vec<Key> = original.iter().map(Key::of_primitive).collect();
        let mut seen = HashSet::new();
        let merged = original
            .into_iter()
            .chain(patch)
            .filter(|item| seen.insert(item.clone()))
            .map(|item| (Key::of_primitive(&item), item))
            .collect();
        return Ok(in_order(merged, &patched, &live));
    }
    if field.merge_key.is_empty() {
        return Err(without_merge_key(field));
    }
    let (original, patch) = obey_directives(original, patch, field.merge_key)?;
    let live = original
        .iter()
        .map(|item| Key::of_map(item, field.merge_key))
        .collect::<Result<Vec<Key>, _>>();
    let mut merged = original;
    let mut patched = Vec::with_capacity(patch.len());
    let mut places: HashMap<Value, usize> = HashMap::with_capacity(merged.len());
    for (place, item) in merged.iter().enumerate() {
        if let Some(key) = item.get(field.merge_key) {
            places.entry(key.clone()).or_insert(place);
        }
    }
    for item in patch {
        let key = Key::of_map(&item, field.merge_key)?;
        match (places.get(&key.0), item) {
            (Some(&place), Value::Object(item)) => {
                if let Value::Object(current) = &mut merged[place] {
                    merge_map(current, item, field.schema)?;
                }
            }
            (_, item) => {
                places.insert(key.0.clone(), merged.len());
                merged.push(item);
            }
        }
        patched.push(key);
    }
    let merged = keyed(merged, field.merge_key)?;
    Ok(in_order(merged, &patched, &live?))
}

pub(super) fn without_merge_key(field: &Field<'_>) -> ApiError {
    failure(format!(
        "cannot merge lists without merge key for {}",
        go_kind(field.schema)
    ))
}

/// The items with their keys.
pub(super) fn keyed(items: Vec<Value>, merge_key: &str) -> Result<Vec<(Key, Value)>, ApiError> {
    items
        .into_iter()
        .map(|item| {
            // A list of primitives has no merge key.
            let key = if merge_key.is_empty() {
                Key::of_primitive(&item)
            } else {
                Key::of_map(&item, merge_key)?
            };
            Ok((key, item))
        })
        .collect()
}

/// What tells an item from the others.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Key(pub(super) Value);

impl Key {
    pub(super) fn of_primitive(item: &Value) -> Self {
        Self(item.clone())
    }

    pub(super) fn of_map(item: &Value, merge_key: &str) -> Result<Self, ApiError> {
        let map = as_map(item)?;
        match map.get(merge_key) {
            Some(key) => Ok(Self(key.clone())),
            None => Err(no_merge_key(map, merge_key)),
        }
    }
}

fn no_merge_key(map: &Map<String, Value>, merge_key: &str) -> ApiError {
    failure(format!(
        "map: {} does not contain declared merge key: {merge_key}",
        go_text::of_map(map)
    ))
}

pub(super) fn as_map(item: &Value) -> Result<&Map<String, Value>, ApiError> {
    item.as_object().ok_or_else(|| {
        failure(format!(
            "expected a map[string]interface {{}}, but received a {}",
            go_text::of_type(item)
        ))
    })
}

/// Whether the items are objects; all of them have to be of one type.
pub(super) fn are_maps(left: &[Value], right: &[Value]) -> Result<bool, ApiError> {
    let mut items = left.iter().chain(right);
    let Some(first) = items.next() else {
        return Err(failure("no elements in any of the given slices".to_owned()));
    };
    if first.is_array() {
        return Err(refused());
    }
    let same =
        |item: &Value| discriminant(first) == discriminant(item) && first.is_f64() == item.is_f64();
    if !items.all(same) {
        return Err(failure(format!(
            "list element types are not identical: {}",
            go_text::of_value(&vec![left.to_vec(), right.to_vec()].into())
        )));
    }
    Ok(first.is_object())
}

/// `$deleteFromPrimitiveList`.
pub(super) fn delete_from_primitives(items: Vec<Value>, gone: &[Value]) -> Vec<Value> {
    let gone: HashSet<&Value> = gone.iter().collect();
    items
        .into_iter()
        .filter(|item| !gone.contains(item))
        .collect()
}

/// Carries out `$patch` among the items of `patch`; returns both lists without what it took away.
fn obey_directives(
    mut original: Vec<Value>,
    patch: Vec<Value>,
    merge_key: &str,
) -> Result<(Vec<Value>, Vec<Value>), ApiError> {
    let mut rest = Vec::with_capacity(patch.len());
    let mut deleted = HashSet::new();
    let mut replace = false;
    for item in patch {
        let map = as_map(&item)?;
        match map.get(DIRECTIVE) {
            None => rest.push(item),
            Some(Value::String(directive)) if directive == "delete" => {
                deleted.insert(Key::of_map(&item, merge_key)?.0);
            }
            Some(Value::String(directive)) if directive == "replace" => replace = true,
            Some(Value::String(directive)) if directive == "merge" => {
                return Err(failure(
                    "merging lists cannot yet be specified in the patch".to_owned(),
                ));
            }
            Some(other) => return Err(unknown_directive(other, map)),
        }
    }
    if replace {
        return Ok((rest, Vec::new()));
    }
    original.retain(|item| {
        let key = item.get(merge_key);
        key.is_none_or(|key| !deleted.contains(key))
    });
    Ok((original, rest))
}
