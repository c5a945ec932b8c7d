//! [`Components`]: schemas as `OpenAPI` 3.0 documents hold them, each definition once and then referred to.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::texts;
use crate::{
    builtin,
    schema::{AdditionalProperties, Limits, ListType, Rule, Schema, SchemaNode, ValueType},
};

pub(super) const OBJECT_META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/// The `components.schemas` of a document, as it grows.
pub(super) struct Components<'a> {
    schemas: BTreeMap<String, Value>,
    object_meta: Option<&'a Schema>,
}

impl<'a> Components<'a> {
    /// None yet; `object_meta` is the definition of the metadata of all kinds, if there is one at hand.
    pub(super) fn new(object_meta: Option<&'a Schema>) -> Self {
        Self {
            schemas: BTreeMap::new(),
            object_meta,
        }
    }

    pub(super) fn into_value(self) -> Value {
        self.schemas.into_iter().collect()
    }

    pub(super) fn reference(name: &str) -> Value {
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    /// Adds a component that `make` writes, unless it is there.
    pub(super) fn add(&mut self, name: &str, make: impl FnOnce(&mut Self) -> Value) {
        if self.schemas.contains_key(name) {
            return;
        }
        // Its name first: what it is made of may refer to it.
        self.schemas.insert(name.to_owned(), Value::Null);
        let schema = make(self);
        self.schemas.insert(name.to_owned(), schema);
    }

    /// A reference to the metadata of objects.
    pub(super) fn object_meta(&mut self) -> Value {
        let known = self.object_meta;
        self.add(OBJECT_META, |components| match known {
            Some(schema) => components.written_out(schema),
            None => texts::object_meta(),
        });
        Self::reference(OBJECT_META)
    }

    /// The schema as it stands within another: a reference where it has a name of its own.
    pub(super) fn embedded(&mut self, schema: &Schema) -> Value {
        let Some(name) = schema.definition.as_deref() else {
            return self.written_out(schema);
        };
        self.add(name, |components| {
            let mut value = components.written_out(schema);
            // What an absent field becomes is the field's affair, not the type's.
            remove(&mut value, "default");
            value
        });
        match &schema.default {
            None => Self::reference(name),
            Some(default) => json!({"default": default, "allOf": [Self::reference(name)]}),
        }
    }

    /// The schema with everything that it says.
    pub(super) fn written_out(&mut self, schema: &Schema) -> Value {
        if let Some(value) = schema
            .definition
            .as_deref()
            .and_then(|name| self.builtin(name))
        {
            return value;
        }
        let mut out = Map::new();
        let mut set = |key: &str, value: Value| {
            out.insert(key.to_owned(), value);
        };
        if let Some(description) = &schema.description {
            set("description", description.as_ref().into());
        }
        if let Some(value_type) = schema.value_type
            && !schema.int_or_string
        {
            set("type", type_name(value_type).into());
        }
        if let Some(format) = &schema.format {
            set("format", format.as_str().into());
        }
        if let Some(default) = &schema.default {
            set("default", default.clone());
        }
        if !schema.enumeration.is_empty() {
            set("enum", schema.enumeration.clone().into());
        }
        if !schema.required.is_empty() {
            set("required", schema.required.clone().into());
        }
        for (key, holds) in [
            ("nullable", schema.nullable),
            (
                "x-kubernetes-preserve-unknown-fields",
                schema.preserve_unknown_fields,
            ),
            ("x-kubernetes-embedded-resource", schema.embedded_resource),
        ] {
            if holds {
                set(key, true.into());
            }
        }
        write_limits(&mut out, &schema.limits);
        write_merging(&mut out, schema);
        self.write_children(&mut out, schema);
        if !schema.rules.is_empty() {
            let rules = schema.rules.iter().map(rule).collect();
            out.insert("x-kubernetes-validations".to_owned(), rules);
        }
        Value::Object(out)
    }

    /// A definition of the built-in kinds, which is kept as documents hold it, with its descriptions, which are not.
    fn builtin(&mut self, name: &str) -> Option<Value> {
        let mut value: Value = serde_json::from_str(builtin::definition_json(name)?).ok()?;
        let texts: Map<String, Value> = builtin::descriptions_json(name)
            .and_then(|texts| serde_json::from_str(texts).ok())
            .unwrap_or_default();
        for (field, text) in texts {
            match field.as_str() {
                "" => value["description"] = text,
                field => {
                    if let Some(property) = value["properties"].get_mut(field) {
                        property["description"] = text;
                    }
                }
            }
        }
        self.add_referred(&value);
        Some(value)
    }

    /// Adds every definition that `value` refers to.
    fn add_referred(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => {
                if let Some(name) = fields.get("$ref").and_then(Value::as_str) {
                    let name = name.rsplit('/').next().unwrap_or_default();
                    self.add(name, |components| {
                        components.builtin(name).unwrap_or_default()
                    });
                }
                fields.values().for_each(|value| self.add_referred(value));
            }
            Value::Array(items) => items.iter().for_each(|value| self.add_referred(value)),
            _ => {}
        }
    }

    fn write_children(&mut self, out: &mut Map<String, Value>, schema: &Schema) {
        let mut properties: Map<String, Value> = schema
            .properties
            .iter()
            .map(|(name, property)| (name.clone(), self.embedded(property)))
            .collect();
        if schema.embedded_resource {
            self.write_embedded_resource(out, &mut properties);
        }
        if !properties.is_empty() {
            out.insert("properties".to_owned(), properties.into());
        }
        match &schema.additional_properties {
            None => {}
            Some(AdditionalProperties::Allowed(allowed)) => {
                out.insert("additionalProperties".to_owned(), (*allowed).into());
            }
            Some(AdditionalProperties::Schema(values)) => {
                let values = self.embedded(values);
                out.insert("additionalProperties".to_owned(), values);
            }
        }
        for (key, node) in [("items", &schema.items), ("not", &schema.not)] {
            if let Some(node) = node {
                out.insert(key.to_owned(), self.embedded(node));
            }
        }
        for (key, nodes) in [
            ("allOf", &schema.all_of),
            ("anyOf", &schema.any_of),
            ("oneOf", &schema.one_of),
        ] {
            if !nodes.is_empty() {
                out.insert(key.to_owned(), self.all(nodes));
            }
        }
        if schema.int_or_string {
            write_int_or_string(out, schema.definition.is_some());
        }
    }

    fn all(&mut self, nodes: &[SchemaNode]) -> Value {
        nodes.iter().map(|node| self.embedded(node)).collect()
    }

    /// What every object has, where a field holds a whole one.
    fn write_embedded_resource(
        &mut self,
        out: &mut Map<String, Value>,
        properties: &mut Map<String, Value>,
    ) {
        for (name, description) in [
            ("apiVersion", texts::EMBEDDED_API_VERSION),
            ("kind", texts::EMBEDDED_KIND),
        ] {
            let property = json!({"description": description, "type": "string"});
            properties.insert(name.to_owned(), property);
        }
        let metadata = json!({"description": texts::METADATA, "allOf": [self.object_meta()]});
        properties.insert("metadata".to_owned(), metadata);
        let required = out.entry("required").or_insert_with(|| json!([]));
        if let Value::Array(required) = required {
            for name in ["kind", "apiVersion"] {
                if !required.iter().any(|r| r == name) {
                    required.push(name.into());
                }
            }
        }
    }
}

pub(super) fn remove(value: &mut Value, key: &str) {
    if let Value::Object(map) = value {
        map.remove(key);
    }
}

fn type_name(value_type: ValueType) -> &'static str {
    match value_type {
        ValueType::Object => "object",
        ValueType::Array => "array",
        ValueType::String => "string",
        ValueType::Integer => "integer",
        ValueType::Number => "number",
        ValueType::Boolean => "boolean",
    }
}

/// A built-in definition says it by its format, a custom resource's field by an extension.
fn write_int_or_string(out: &mut Map<String, Value>, defined: bool) {
    let either = json!([{"type": "integer"}, {"type": "string"}]);
    if defined {
        out.entry("oneOf").or_insert(either);
        out.insert("format".to_owned(), "int-or-string".into());
    } else {
        if !out.contains_key("allOf") {
            out.entry("anyOf").or_insert(either);
        }
        out.insert("x-kubernetes-int-or-string".to_owned(), true.into());
    }
}

fn write_limits(out: &mut Map<String, Value>, limits: &Limits) {
    for (key, limit) in [
        ("minimum", limits.minimum),
        ("maximum", limits.maximum),
        ("multipleOf", limits.multiple_of),
    ] {
        if let Some(limit) = limit {
            out.insert(key.to_owned(), number(limit));
        }
    }
    for (key, limit) in [
        ("minLength", limits.min_length),
        ("maxLength", limits.max_length),
        ("minItems", limits.min_items),
        ("maxItems", limits.max_items),
        ("minProperties", limits.min_properties),
        ("maxProperties", limits.max_properties),
    ] {
        if let Some(limit) = limit {
            out.insert(key.to_owned(), limit.into());
        }
    }
    for (key, holds) in [
        ("exclusiveMinimum", limits.exclusive_minimum),
        ("exclusiveMaximum", limits.exclusive_maximum),
        ("uniqueItems", limits.unique_items),
    ] {
        if holds {
            out.insert(key.to_owned(), true.into());
        }
    }
    if let Some(pattern) = &limits.pattern {
        out.insert("pattern".to_owned(), pattern.source().into());
    }
}

/// A whole number is written as one.
#[allow(
    clippy::cast_possible_truncation,
    clippy::float_cmp,
    reason = "the range is checked first, and a number that equals its truncation is a whole one"
)]
fn number(number: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.abs() <= EXACT && number.trunc() == number {
        (number as i64).into()
    } else {
        number.into()
    }
}

/// How lists and maps are merged.
fn write_merging(out: &mut Map<String, Value>, schema: &Schema) {
    let mut set = |key: &str, value: Value| {
        out.insert(key.to_owned(), value);
    };
    if let Some(list_type) = schema.list_type {
        let name = match list_type {
            ListType::Atomic => "atomic",
            ListType::Set => "set",
            ListType::Map => "map",
        };
        set("x-kubernetes-list-type", name.into());
    }
    if !schema.list_map_keys.is_empty() {
        set(
            "x-kubernetes-list-map-keys",
            schema.list_map_keys.clone().into(),
        );
    }
    if schema.atomic_map {
        set("x-kubernetes-map-type", "atomic".into());
    }
    if !schema.patch_strategy.is_empty() {
        set(
            "x-kubernetes-patch-strategy",
            schema.patch_strategy.join(",").into(),
        );
    }
    if let Some(key) = &schema.patch_merge_key {
        set("x-kubernetes-patch-merge-key", key.as_str().into());
    }
}

fn rule(rule: &Rule) -> Value {
    let mut value = json!({"rule": rule.expression});
    for (key, text) in [
        ("message", &rule.message),
        ("messageExpression", &rule.message_expression),
        ("reason", &rule.reason),
        ("fieldPath", &rule.field_path),
    ] {
        if let Some(text) = text {
            value[key] = text.as_str().into();
        }
    }
    if rule.optional_old_self {
        value["optionalOldSelf"] = true.into();
    }
    value
}
