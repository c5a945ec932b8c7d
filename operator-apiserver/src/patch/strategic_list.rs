//! Merging one list of a strategic merge patch: by the merge key, or as a set of primitives.

use std::{
    collections::{HashMap, HashSet},
    mem::discriminant,
};

use serde_json::{Map, Value};

use super::{
    json::refused,
    order::in_order,
    strategic::{DIRECTIVE, Field, failure, go_kind, merge_map, unknown_directive},
};
use crate::{error::ApiError, go_text};

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
    Ok(merge_keyed(original, patch, field)?.items)
}

/// A list that was merged by its key.
pub(super) struct Merged {
    /// The items, in order.
    pub(super) items: Vec<Value>,
    /// The places that the items have in the live object. What was deleted leaves places at the end, and new
    /// items take them: with `$setElementOrder` that is the order which counts after the patch's.
    pub(super) places: Vec<Key>,
}

/// Merges lists of objects; the field has a merge key.
pub(super) fn merge_keyed(
    original: Vec<Value>,
    patch: Vec<Value>,
    field: &Field<'_>,
) -> Result<Merged, ApiError> {
    let length = original.len();
    let (mut merged, patch, replace) = obey_directives(original, patch, field.merge_key)?;
    let mut places = keys(&merged, field.merge_key)?;
    if replace {
        keys(&patch, field.merge_key)?;
        return Ok(Merged {
            items: patch,
            places,
        });
    }
    let live = places.clone();
    let mut by_key: HashMap<Key, usize> = HashMap::with_capacity(merged.len());
    for (place, key) in live.iter().enumerate() {
        by_key.entry(key.clone()).or_insert(place);
    }
    let mut patched = Vec::with_capacity(patch.len());
    for item in patch {
        let key = Key::of_map(&item, field.merge_key)?;
        match (by_key.get(&key), item) {
            (Some(&place), Value::Object(item)) => {
                if let Value::Object(current) = &mut merged[place] {
                    merge_map(current, item, field.schema)?;
                }
            }
            (_, item) => {
                by_key.insert(key.clone(), merged.len());
                merged.push(item);
                if places.len() < length {
                    places.push(key.clone());
                }
            }
        }
        patched.push(key);
    }
    let merged = keyed(merged, field.merge_key)?;
    Ok(Merged {
        items: in_order(merged, &patched, &live),
        places,
    })
}

pub(super) fn without_merge_key(field: &Field<'_>) -> ApiError {
    failure(format!(
        "cannot merge lists without merge key for {}",
        go_kind(field.schema)
    ))
}

/// The keys of the items; a list of primitives has no merge key.
pub(super) fn keys(items: &[Value], merge_key: &str) -> Result<Vec<Key>, ApiError> {
    items.iter().map(|item| Key::of(item, merge_key)).collect()
}

/// The items with their keys.
pub(super) fn keyed(items: Vec<Value>, merge_key: &str) -> Result<Vec<(Key, Value)>, ApiError> {
    items
        .into_iter()
        .map(|item| Ok((Key::of(&item, merge_key)?, item)))
        .collect()
}

/// What tells an item from the others.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Key(pub(super) Value);

impl Key {
    fn of_primitive(item: &Value) -> Self {
        Self(item.clone())
    }

    pub(super) fn of(item: &Value, merge_key: &str) -> Result<Self, ApiError> {
        if merge_key.is_empty() {
            Ok(Self::of_primitive(item))
        } else {
            Self::of_map(item, merge_key)
        }
    }

    fn of_map(item: &Value, merge_key: &str) -> Result<Self, ApiError> {
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
        go_text::plain_map(map)
    ))
}

pub(super) fn as_map(item: &Value) -> Result<&Map<String, Value>, ApiError> {
    item.as_object().ok_or_else(|| {
        failure(format!(
            "expected a map[string]interface {{}}, but received a {}",
            go_text::type_as_text(item)
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
            go_text::plain(&vec![left.to_vec(), right.to_vec()].into())
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

/// Carries out `$patch` among the items of `patch`; returns both lists without what it took away, and whether the
/// second replaces the first.
fn obey_directives(
    mut original: Vec<Value>,
    patch: Vec<Value>,
    merge_key: &str,
) -> Result<(Vec<Value>, Vec<Value>, bool), ApiError> {
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
    original.retain(|item| {
        let key = item.get(merge_key);
        key.is_none_or(|key| !deleted.contains(key))
    });
    Ok((original, rest, replace))
}
