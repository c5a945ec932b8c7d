//! [`Old`]: what a value was before, found again where a schema tells how.

use std::collections::HashMap;

use serde_json::Value;

use super::{AdditionalProperties, ListType, Schema};

/// The old value that corresponds to one that is being validated, with the schema that tells how to find its parts.
#[derive(Clone, Copy)]
pub(super) struct Old<'a> {
    pub(super) value: &'a Value,
    pub(super) schema: &'a Schema,
}

impl<'a> Old<'a> {
    /// What a field was; `None` if it is new or nothing is known of it.
    pub(super) fn field(&self, name: &str) -> Option<Old<'a>> {
        let value = self.value.as_object()?.get(name)?;
        let schema = match (
            self.schema.properties.get(name),
            &self.schema.additional_properties,
        ) {
            (Some(property), _) => property,
            (None, Some(AdditionalProperties::Schema(schema))) => schema,
            _ => return None,
        };
        Some(Old { value, schema })
    }

    /// The old items, to be looked up by their keys for a list of `length` items; only lists of `ListType::Map`
    /// have any.
    pub(super) fn items(&self, length: usize) -> OldItems<'a> {
        let none = OldItems {
            schema: None,
            keys: &[],
            items: Lookup::Few(&[]),
        };
        let (Some(schema), Value::Array(items)) = (&self.schema.items, self.value) else {
            return none;
        };
        if self.schema.list_type != Some(ListType::Map) || self.schema.list_map_keys.is_empty() {
            return none;
        }
        let keys = self.schema.list_map_keys.as_slice();
        let items = if items.len().min(length) <= 8 {
            Lookup::Few(items)
        } else {
            let mut by_key = HashMap::with_capacity(items.len());
            for item in items {
                if let Some(key) = key_text(item, keys) {
                    by_key.entry(key).or_insert(item);
                }
            }
            Lookup::Many(by_key)
        };
        OldItems {
            schema: Some(schema),
            keys,
            items,
        }
    }

    /// Whether a value is what it was: items of a list of `ListType::Map` may have moved. An object with a field
    /// that nothing is known of counts as changed.
    pub(super) fn equals(&self, value: &Value) -> bool {
        match (value, self.value) {
            (Value::Object(new), Value::Object(old)) => {
                let same = |(name, value): (&String, &Value)| {
                    self.field(name).is_some_and(|old| old.equals(value))
                };
                new.len() == old.len() && new.iter().all(same)
            }
            (Value::Array(new), Value::Array(old)) => {
                if new.len() != old.len() {
                    return false;
                }
                if self.schema.list_type != Some(ListType::Map) {
                    return new == old;
                }
                let items = self.items(new.len());
                new.iter()
                    .all(|item| items.of(item).is_some_and(|old| old.equals(item)))
            }
            (new, old) => new == old,
        }
    }
}

/// The items of an old list.
pub(super) struct OldItems<'a> {
    schema: Option<&'a Schema>,
    keys: &'a [String],
    items: Lookup<'a>,
}

enum Lookup<'a> {
    Few(&'a [Value]),
    Many(HashMap<String, &'a Value>),
}

impl<'a> OldItems<'a> {
    /// What an item was.
    pub(super) fn of(&self, item: &Value) -> Option<Old<'a>> {
        let schema = self.schema?;
        let value = match &self.items {
            Lookup::Few(items) => {
                let is_keyed = self
                    .keys
                    .iter()
                    .all(|key| item.get(key).is_some_and(is_scalar));
                let same = |old: &&Value| self.keys.iter().all(|key| old.get(key) == item.get(key));
                is_keyed.then(|| items.iter().find(same)).flatten()?
            }
            Lookup::Many(by_key) => by_key.get(&key_text(item, self.keys)?)?,
        };
        Some(Old { value, schema })
    }
}

fn is_scalar(value: &Value) -> bool {
    matches!(value, Value::Bool(_) | Value::Number(_) | Value::String(_))
}

fn key_text(item: &Value, keys: &[String]) -> Option<String> {
    let mut text = String::new();
    for key in keys {
        let value = item.get(key).filter(|value| is_scalar(value))?;
        text.push_str(&value.to_string());
        text.push('\0');
    }
    Some(text)
}
