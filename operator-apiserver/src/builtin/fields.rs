//! Fields of values without a type: what is absent or of another type reads as empty, and is made only when it
//! is written.

use serde_json::{Map, Value};

/// A field as text.
pub(super) fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// A field as a list.
pub(super) fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value
        .get(field)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// A field as a whole number.
pub(super) fn number(value: &Value, field: &str) -> Option<i64> {
    value.get(field).and_then(Value::as_i64)
}

/// Whether a field is true.
pub(super) fn flag(value: &Value, field: &str) -> bool {
    value
        .get(field)
        .and_then(Value::as_bool)
        .unwrap_or_default()
}

/// The entries of a field that is a map.
pub(super) fn entries<'a>(
    value: &'a Value,
    field: &str,
) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let map = value.get(field).and_then(Value::as_object);
    map.into_iter().flatten()
}

/// Whether a field is there, null being as good as absent.
pub(super) fn has(value: &Value, field: &str) -> bool {
    value.get(field).is_some_and(|value| !value.is_null())
}

/// Whether a value says nothing: absent, null, or without entries.
pub(super) fn is_empty(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::Object(map)) => map.is_empty(),
        Some(Value::Array(list)) => list.is_empty(),
        Some(Value::String(text)) => text.is_empty(),
        Some(_) => false,
    }
}

/// Whether two fields say the same; an empty list is as good as none.
pub(super) fn same(new: &Value, old: &Value, field: &str) -> bool {
    let (new, old) = (new.get(field), old.get(field));
    new == old || is_empty(new) && is_empty(old)
}

/// A field to be changed, if it is an object.
pub(super) fn object_mut<'a>(value: &'a mut Value, field: &str) -> Option<&'a mut Value> {
    value.get_mut(field).filter(|value| value.is_object())
}

/// The items of a field to be changed, if it is a list.
pub(super) fn items_mut<'a>(
    value: &'a mut Value,
    field: &str,
) -> impl Iterator<Item = &'a mut Value> {
    let list = value.get_mut(field).and_then(Value::as_array_mut);
    list.into_iter().flatten()
}

/// A field that is an object, made one where it is anything else; a throw-away one if `value` is no object.
pub(super) fn ensure_object<'a>(value: &'a mut Value, field: &str) -> &'a mut Value {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    let child = &mut value[field];
    if !child.is_object() {
        *child = Value::Object(Map::new());
    }
    child
}

/// Writes a field that is absent, null or an empty text.
pub(super) fn set_default(value: &mut Value, field: &str, default: impl Into<Value>) {
    let unset = match value.get(field) {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(_) => false,
    };
    if unset && let Some(map) = value.as_object_mut() {
        map.insert(field.to_owned(), default.into());
    }
}

/// Writes a number that is absent or 0, for the fields where 0 is no value.
pub(super) fn set_default_number(value: &mut Value, field: &str, default: i64) {
    if number(value, field).unwrap_or_default() == 0
        && let Some(map) = value.as_object_mut()
    {
        map.insert(field.to_owned(), default.into());
    }
}

/// Writes a field, whatever it was.
pub(super) fn set(value: &mut Value, field: &str, new: impl Into<Value>) {
    if let Some(map) = value.as_object_mut() {
        map.insert(field.to_owned(), new.into());
    }
}

/// Takes a field away.
pub(super) fn remove(value: &mut Value, field: &str) -> Option<Value> {
    value.as_object_mut()?.remove(field)
}

/// Makes a field what it was: the value of `old`, or nothing.
pub(super) fn keep(new: &mut Value, old: &Value, field: &str) {
    if let Some(value) = old.get(field) {
        set(new, field, value.clone());
    } else {
        remove(new, field);
    }
}
