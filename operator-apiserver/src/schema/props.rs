//! [`Props`]: a `JSONSchemaProps` as it is written, read key by key.

use serde_json::{Map, Value};

use super::Schema;

/// A schema as a CRD writes it; what is of another type or empty reads as absent, as Go decodes it.
#[derive(Clone, Copy)]
pub(super) struct Props<'a>(&'a Map<String, Value>);

/// What `additionalProperties` may be.
pub(super) enum Additional<'a> {
    Allowed(bool),
    Schema(Props<'a>),
}

impl<'a> Props<'a> {
    pub(super) fn of(value: &'a Value) -> Option<Self> {
        value.as_object().map(Self)
    }

    pub(super) fn get(self, key: &str) -> Option<&'a Value> {
        self.0.get(key).filter(|value| !value.is_null())
    }

    pub(super) fn text(self, key: &str) -> Option<&'a str> {
        self.get(key)?.as_str().filter(|text| !text.is_empty())
    }

    pub(super) fn value_type(self) -> &'a str {
        self.text("type").unwrap_or_default()
    }

    pub(super) fn flag(self, key: &str) -> bool {
        self.get(key).and_then(Value::as_bool).unwrap_or_default()
    }

    pub(super) fn texts(self, key: &str) -> Vec<&'a str> {
        let list = self.get(key).and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    pub(super) fn schema(self, key: &str) -> Option<Props<'a>> {
        self.get(key).and_then(Self::of)
    }

    pub(super) fn schemas(self, key: &str) -> impl Iterator<Item = Props<'a>> {
        let list = self.get(key).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Self::of)
    }

    pub(super) fn properties(self) -> impl Iterator<Item = (&'a str, Props<'a>)> {
        let properties = self.get("properties").and_then(Value::as_object);
        let schema =
            |(name, schema): (&'a String, &'a Value)| Some((name.as_str(), Self::of(schema)?));
        properties.into_iter().flatten().filter_map(schema)
    }

    pub(super) fn property(self, name: &str) -> Option<Props<'a>> {
        self.get("properties")?.get(name).and_then(Self::of)
    }

    pub(super) fn additional(self) -> Option<Additional<'a>> {
        match self.get("additionalProperties")? {
            Value::Bool(allowed) => Some(Additional::Allowed(*allowed)),
            Value::Object(schema) => Some(Additional::Schema(Self(schema))),
            _ => None,
        }
    }

    /// The schema of `additionalProperties`.
    pub(super) fn additional_schema(self) -> Option<Props<'a>> {
        match self.additional()? {
            Additional::Schema(schema) => Some(schema),
            Additional::Allowed(_) => None,
        }
    }

    /// The schema that it makes.
    pub(super) fn load(self) -> Schema {
        Schema::read(self.0, &|_| None)
    }

    /// The keys that say something.
    pub(super) fn keys(self) -> impl Iterator<Item = &'a str> {
        let says = |(_, value): &(&String, &Value)| match value {
            Value::Null => false,
            Value::Bool(value) => *value,
            Value::String(text) => !text.is_empty(),
            Value::Array(items) => !items.is_empty(),
            Value::Object(fields) => !fields.is_empty(),
            Value::Number(_) => true,
        };
        self.0.iter().filter(says).map(|(key, _)| key.as_str())
    }
}
