//! [`Decl`]: what the rules of a schema may see of its values, with the sizes that bound a rule's cost.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;

use super::{
    escape::escape,
    types::{Object, Type},
};
use crate::schema::{AdditionalProperties, Schema, SchemaNode, ValueType};

/// The largest request that the server accepts: what bounds a value that nothing else bounds.
const MAX_REQUEST: u64 = 3 * 1024 * 1024;

/// What rules may see of the values of a schema.
#[derive(Debug)]
pub(super) struct Decl {
    pub(super) kind: Kind,
    /// The longest text, list or map; 0 where a value has no length.
    pub(super) max_elements: u64,
    /// The shortest that it can be in JSON.
    min_size: u64,
}

/// The shapes of values.
#[derive(Debug)]
pub(super) enum Kind {
    Scalar(Type),
    List(Arc<Decl>),
    Map(Arc<Decl>),
    /// Its fields by their names in CEL.
    Object(BTreeMap<String, Arc<Decl>>),
}

impl Decl {
    fn scalar(ty: Type, min_size: u64, max_elements: u64) -> Self {
        let kind = Kind::Scalar(ty);
        Self {
            kind,
            max_elements,
            min_size,
        }
    }

    /// The key of a map, of which no length is known.
    pub(super) fn key() -> Self {
        Self::scalar(Type::String, 2, 0)
    }

    /// What rules see of `schema`; `None` if they can't see it at all. `root` is for custom resources and
    /// embedded ones, whose kind and name are seen whatever the schema says.
    pub(super) fn of(schema: &Schema, root: bool) -> Option<Self> {
        if schema.int_or_string {
            let max = schema
                .limits
                .max_length
                .map_or(MAX_REQUEST - 2, |m| m.saturating_mul(4));
            return Some(Self::scalar(Type::Dyn, 1, max));
        }
        match schema.value_type? {
            ValueType::Array => {
                let item = Self::of_node(schema.items.as_ref()?)?;
                let max = schema
                    .limits
                    .max_items
                    .unwrap_or((MAX_REQUEST - 2) / (item.min_size + 1));
                Some(Self {
                    kind: Kind::List(Arc::new(item)),
                    max_elements: max,
                    min_size: 2,
                })
            }
            ValueType::Object => match &schema.additional_properties {
                Some(AdditionalProperties::Schema(node)) => {
                    let value = Self::of_node(node)?;
                    let max = schema
                        .limits
                        .max_properties
                        .unwrap_or((MAX_REQUEST - 2) / (value.min_size + 6));
                    Some(Self {
                        kind: Kind::Map(Arc::new(value)),
                        max_elements: max,
                        min_size: 2,
                    })
                }
                _ => Some(Self::object(schema, root)),
            },
            ValueType::String => Some(Self::text(schema)),
            ValueType::Boolean => Some(Self::scalar(Type::Bool, 4, 0)),
            ValueType::Number => Some(Self::scalar(Type::Double, 1, 0)),
            ValueType::Integer => Some(Self::scalar(Type::Int, 1, 0)),
        }
    }

    fn of_node(node: &SchemaNode) -> Option<Self> {
        match node {
            SchemaNode::Inline(schema) => Self::of(schema, schema.embedded_resource),
            // Definitions are of built-in kinds, which have no rules, and may contain themselves.
            SchemaNode::Definition(_) => None,
        }
    }

    fn object(schema: &Schema, root: bool) -> Self {
        let mut fields = BTreeMap::new();
        let mut min_size = 2;
        for (name, node) in &schema.properties {
            let Some(field) = Self::of_node(node) else {
                continue;
            };
            if node.default.is_none() && schema.required.contains(name) {
                min_size += name.len() as u64 + field.min_size + 4;
            }
            if let Some(name) = escape(name) {
                fields.insert(name, Arc::new(field));
            }
        }
        if root {
            let text = || Arc::new(Self::scalar(Type::String, 2, MAX_REQUEST - 2));
            fields.insert("apiVersion".into(), text());
            fields.insert("kind".into(), text());
            let metadata = BTreeMap::from([
                ("name".to_owned(), text()),
                ("generateName".to_owned(), text()),
            ]);
            fields.insert(
                "metadata".into(),
                Arc::new(Self {
                    kind: Kind::Object(metadata),
                    max_elements: 0,
                    min_size: 2,
                }),
            );
        }
        Self {
            kind: Kind::Object(fields),
            max_elements: 0,
            min_size,
        }
    }

    fn text(schema: &Schema) -> Self {
        let longest = schema.limits.max_length;
        match schema.format.as_deref() {
            Some("byte") => Self::scalar(Type::Bytes, 2, longest.unwrap_or(MAX_REQUEST - 2)),
            Some("duration") => Self::scalar(Type::Duration, 4, 32),
            Some("date") => Self::scalar(Type::Timestamp, 12, 12),
            Some("date-time") => Self::scalar(Type::Timestamp, 21, 29),
            _ => {
                let words = schema
                    .enumeration
                    .iter()
                    .filter_map(Value::as_str)
                    .map(str::len)
                    .max();
                let max = match (longest, schema.enumeration.is_empty()) {
                    // A character may take four bytes.
                    (Some(max), _) => max.saturating_mul(4),
                    (None, false) => words.unwrap_or_default() as u64,
                    (None, true) => MAX_REQUEST - 2,
                };
                Self::scalar(Type::String, 2, max)
            }
        }
    }

    /// How often it can occur where nothing else bounds that.
    pub(super) fn max_cardinality(&self) -> u64 {
        MAX_REQUEST / (self.min_size + 1)
    }

    /// The type of its values; `place` names objects.
    pub(super) fn ty(self: &Arc<Self>, place: &str) -> Type {
        match &self.kind {
            Kind::Scalar(ty) => ty.clone(),
            Kind::List(item) => Type::list(item.ty(&format!("{place}.@idx"))),
            Kind::Map(value) => Type::map(Type::String, value.ty(&format!("{place}.@elem"))),
            Kind::Object(_) => Type::Object(Arc::new(Object {
                name: place.to_owned(),
                decl: self.clone(),
            })),
        }
    }

    /// A field of an object.
    pub(super) fn field(&self, name: &str) -> Option<&Arc<Self>> {
        match &self.kind {
            Kind::Object(fields) => fields.get(name),
            _ => None,
        }
    }

    /// What a list or a map contains.
    pub(super) fn element(&self) -> Option<&Arc<Self>> {
        match &self.kind {
            Kind::List(element) | Kind::Map(element) => Some(element),
            _ => None,
        }
    }
}
