//! The order of merged lists, and `$setElementOrder`: the patch's order counts before the live object's.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{
    strategic::{DIRECTIVE, Field, SET_ORDER, discard_directives, failure, list_field},
    strategic_list::{
        Key, are_maps, as_map, keyed, keys, merge_keyed, merge_list, without_merge_key,
    },
};
use crate::{error::ApiError, go_text};

/// Sorts `items` by what the patch (`patched`) and the live object (`live`) say.
///
/// Items that the patch names come in its order, the others in theirs; the two are interleaved so that an
/// unnamed item stands before the next named one that it preceded in the live object.
pub(super) fn in_order(items: Vec<(Key, Value)>, patched: &[Key], live: &[Key]) -> Vec<Value> {
    let patched = places(patched);
    let live = places(live);
    let (mut named, mut others): (Vec<_>, Vec<_>) = items
        .into_iter()
        .partition(|(key, _)| patched.contains_key(key));
    named.sort_by_key(|(key, _)| patched.get(key).copied());
    others.sort_by_key(|(key, _)| live.get(key).copied().unwrap_or(usize::MAX));

    let mut sorted = Vec::with_capacity(named.len() + others.len());
    let mut named = named.into_iter().peekable();
    let mut others = others.into_iter().peekable();
    while let (Some((left, _)), Some((right, _))) = (others.peek(), named.peek()) {
        let first = match (live.get(left), live.get(right)) {
            (Some(left), Some(right)) if left < right => others.next(),
            _ => named.next(),
        };
        sorted.extend(first.map(|(_, item)| item));
    }
    sorted.extend(others.chain(named).map(|(_, item)| item));
    sorted
}

fn places(keys: &[Key]) -> HashMap<&Key, usize> {
    let mut places = HashMap::with_capacity(keys.len());
    for (place, key) in keys.iter().enumerate() {
        places.entry(key).or_insert(place);
    }
    places
}

/// Carries out every `$setElementOrder/x` of `patch`, and takes the lists that it concerns out of `patch`.
pub(super) fn merge_ordered_lists(
    original: &mut Map<String, Value>,
    patch: &mut Map<String, Value>,
    schema: &crate::schema::Schema,
) -> Result<(), ApiError> {
    let directives: Vec<String> = patch
        .keys()
        .filter(|key| key.starts_with(SET_ORDER))
        .cloned()
        .collect();
    for directive in directives {
        let Some(order) = patch.remove(&directive) else {
            continue;
        };
        let order = as_list(&order)?;
        let name = directive[SET_ORDER.len()..]
            .strip_prefix('/')
            .ok_or_else(|| ApiError::bad_request("invalid patch format of setElementOrder list"))?;
        let live = original.get(name).map(as_list).transpose()?;
        let changes = patch.get(name).map(as_list).transpose()?;
        let field = list_field(schema, name)?;
        check_order(changes.unwrap_or_default(), order, field.merge_key)?;
        if live.is_none() && changes.is_none() {
            continue;
        }
        let sorted = merge_ordered(live, changes, order, &field)?;
        patch.remove(name);
        original.insert(name.to_owned(), sorted.into());
    }
    Ok(())
}

fn merge_ordered(
    live: Option<&[Value]>,
    changes: Option<&[Value]>,
    order: &[Value],
    field: &Field<'_>,
) -> Result<Vec<Value>, ApiError> {
    let maps = are_maps(live.unwrap_or_default(), changes.unwrap_or_default())?;
    if maps && field.merge_key.is_empty() {
        return Err(without_merge_key(field));
    }
    if let Some(place) = order.iter().position(|item| maps && !item.is_object()) {
        return Err(failure(format!("value for key {place} is not a map")));
    }
    let mut places = None;
    let items = match (live, changes) {
        (Some(live), None) => live.to_vec(),
        (Some(live), Some(changes)) if field.strategy == "merge" && maps => {
            let merged = merge_keyed(live.to_vec(), changes.to_vec(), field)?;
            places = Some(merged.places);
            merged.items
        }
        (Some(live), Some(changes)) if field.strategy == "merge" => {
            merge_list(live.to_vec(), changes.to_vec(), field)?
        }
        (Some(_), Some(changes)) => changes.to_vec(),
        (None, changes) => {
            let mut items = changes.unwrap_or_default().to_vec();
            items.retain_mut(discard_directives);
            items
        }
    };
    let places = match places {
        Some(places) => places,
        None => keys(live.unwrap_or_default(), field.merge_key)?,
    };
    let items = keyed(items, field.merge_key)?;
    Ok(in_order(items, &keys(order, field.merge_key)?, &places))
}

fn as_list(value: &Value) -> Result<&[Value], ApiError> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| {
        failure(format!(
            "expected a []interface {{}}, but received a {}",
            go_text::type_as_text(value)
        ))
    })
}

/// The items of the patch have to be in `order`, in the same order. Deletions don't count; other directives are
/// passed over only as long as there is something left in `order`.
fn check_order(changes: &[Value], order: &[Value], merge_key: &str) -> Result<(), ApiError> {
    if changes.is_empty() || order.is_empty() {
        return Ok(());
    }
    let mut items = Vec::with_capacity(changes.len());
    for item in changes {
        if merge_key.is_empty() || as_map(item)?.get(DIRECTIVE) != Some(&"delete".into()) {
            items.push(item);
        }
    }
    let mut items = items.into_iter().peekable();
    let mut wanted = order.iter().peekable();
    while let (Some(item), Some(next)) = (items.peek(), wanted.peek()) {
        if item.get(DIRECTIVE).is_some() {
            items.next();
            continue;
        }
        let equal = Key::of(item, merge_key)? == Key::of(next, merge_key)?;
        if equal {
            items.next();
        }
        wanted.next();
    }
    if items.peek().is_none() {
        return Ok(());
    }
    Err(failure(format!(
        "The order in patch list:\n{}\n doesn't match {SET_ORDER} list:\n{}\n",
        go_text::plain(&changes.to_vec().into()),
        go_text::plain(&order.to_vec().into())
    )))
}
