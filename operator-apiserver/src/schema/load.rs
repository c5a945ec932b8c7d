//! Reading a [`Schema`] from a CRD's `openAPIV3Schema` or from an `OpenAPI` definition.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    AdditionalProperties, Limits, ListType, Pattern, Rule, Schema, SchemaNode, ValueType,
    format::Format, prune::prune,
};

/// Looks up a definition by its name.
type Resolve<'a> = &'a dyn Fn(&str) -> Option<SchemaNode>;

impl Schema {
    /// Reads a `JSONSchemaProps` (or an `OpenAPI` v3 schema); a `$ref` is looked up with `resolve` by the last part of
    /// its path. What it does not know is ignored: [`super::check_structural`] has refused it before.
    ///
    /// A `$ref` that stands in `allOf`, as `OpenAPI` v3 writes it, is the schema itself with what stands beside it laid
    /// over it; only a definition that changes in this way is looked at here and now.
    pub(crate) fn load(schema: &Value, resolve: &dyn Fn(&str) -> Option<SchemaNode>) -> Self {
        match schema.as_object() {
            Some(props) => Self::read(props, resolve),
            None => Self::default(),
        }
    }

    /// [`Schema::load`], of what is an object.
    pub(super) fn read(props: &Map<String, Value>, resolve: Resolve<'_>) -> Self {
        let mut loaded = match reference(props) {
            Some(name) => resolve(name)
                .map(|node| Self::clone(&node))
                .unwrap_or_default(),
            None => Self::default(),
        };
        loaded.read_shape(props, resolve);
        loaded.read_extensions(props);
        if reference(props).is_none() {
            loaded.limits = limits(props);
            loaded.all_of = nodes(props, "allOf", resolve);
            loaded.any_of = nodes(props, "anyOf", resolve);
            loaded.one_of = nodes(props, "oneOf", resolve);
            loaded.not = props.get("not").map(|not| node(not, resolve));
            loaded.recognise_int_or_string();
        }
        loaded.limits.format = Format::checked(&loaded);
        if let Some(mut default) = loaded.default.take() {
            // The server fills in what is left of a default once unknown fields are gone.
            let is_resource = loaded.embedded_resource;
            prune(&mut default, &loaded, is_resource);
            loaded.default = Some(default);
        }
        loaded
    }

    fn read_shape(&mut self, props: &Map<String, Value>, resolve: Resolve<'_>) {
        if let Some(description) = text(props, "description") {
            self.description = Some(description.into());
        }
        if let Some(name) = text(props, "type") {
            self.value_type = value_type(name);
        }
        if let Some(format) = text(props, "format") {
            self.format = Some(format.to_owned());
        }
        self.nullable |= flag(props, "nullable");
        if let Some(default) = props.get("default").filter(|default| !default.is_null()) {
            self.default = Some(default.clone());
        }
        if let Some(properties) = props.get("properties").and_then(Value::as_object) {
            let read = |(name, schema): (&String, &Value)| (name.clone(), node(schema, resolve));
            self.properties = properties.iter().map(read).collect::<BTreeMap<_, _>>();
        }
        match props.get("additionalProperties") {
            Some(Value::Bool(allowed)) => {
                self.additional_properties = Some(AdditionalProperties::Allowed(*allowed));
            }
            Some(schema @ Value::Object(_)) => {
                let schema = AdditionalProperties::Schema(node(schema, resolve));
                self.additional_properties = Some(schema);
            }
            _ => {}
        }
        if let Some(items) = props.get("items").filter(|items| items.is_object()) {
            self.items = Some(node(items, resolve));
        }
        if let Some(required) = texts(props, "required") {
            self.required = required;
        }
        if let Some(values) = props.get("enum").and_then(Value::as_array) {
            self.enumeration.clone_from(values);
        }
    }

    fn read_extensions(&mut self, props: &Map<String, Value>) {
        self.int_or_string |= flag(props, "x-kubernetes-int-or-string");
        self.preserve_unknown_fields |= flag(props, "x-kubernetes-preserve-unknown-fields");
        self.embedded_resource |= flag(props, "x-kubernetes-embedded-resource");
        match text(props, "x-kubernetes-list-type") {
            Some("atomic") => self.list_type = Some(ListType::Atomic),
            Some("set") => self.list_type = Some(ListType::Set),
            Some("map") => self.list_type = Some(ListType::Map),
            _ => {}
        }
        if let Some(keys) = texts(props, "x-kubernetes-list-map-keys") {
            self.list_map_keys = keys;
        }
        self.atomic_map |= text(props, "x-kubernetes-map-type") == Some("atomic");
        if let Some(strategy) = text(props, "x-kubernetes-patch-strategy") {
            self.patch_strategy = strategy.split(',').map(str::to_owned).collect();
        }
        if let Some(key) = text(props, "x-kubernetes-patch-merge-key") {
            self.patch_merge_key = Some(key.to_owned());
        }
        if let Some(rules) = props
            .get("x-kubernetes-validations")
            .and_then(Value::as_array)
        {
            self.rules = rules.iter().map(rule).collect();
        }
    }

    /// The built-in kinds' own way to say int-or-string.
    fn recognise_int_or_string(&mut self) {
        if self.format.as_deref() == Some("int-or-string") {
            self.int_or_string = true;
            self.value_type = None;
            self.one_of.clear();
        }
        if self.int_or_string {
            self.value_type = None;
        }
    }
}

/// A schema within a schema: a definition as it is where nothing changes it, otherwise one of its own.
fn node(schema: &Value, resolve: Resolve<'_>) -> SchemaNode {
    if let Some(props) = schema.as_object()
        && let Some(name) = reference(props)
        && !props.keys().any(|key| changes(key))
        && let Some(node) = resolve(name)
    {
        return node;
    }
    Schema::load(schema, resolve).into()
}

/// Whether a sibling of a reference changes what it refers to.
fn changes(key: &str) -> bool {
    !matches!(
        key,
        "$ref" | "allOf" | "description" | "title" | "example" | "externalDocs"
    )
}

/// The name of the definition that a schema refers to, directly or through `allOf`.
fn reference(props: &Map<String, Value>) -> Option<&str> {
    let path = match (props.get("$ref"), props.get("allOf")) {
        (Some(Value::String(path)), _) => path,
        (None, Some(Value::Array(all))) => match all.as_slice() {
            [one] => one.get("$ref")?.as_str()?,
            _ => return None,
        },
        _ => return None,
    };
    path.rsplit('/').next()
}

fn nodes(props: &Map<String, Value>, key: &str, resolve: Resolve<'_>) -> Vec<SchemaNode> {
    let schemas = props.get(key).and_then(Value::as_array);
    schemas
        .into_iter()
        .flatten()
        .map(|schema| node(schema, resolve))
        .collect()
}

fn limits(props: &Map<String, Value>) -> Limits {
    let number = |key: &str| props.get(key).and_then(Value::as_f64);
    let count = |key: &str| props.get(key).and_then(Value::as_u64);
    Limits {
        minimum: number("minimum"),
        exclusive_minimum: flag(props, "exclusiveMinimum"),
        maximum: number("maximum"),
        exclusive_maximum: flag(props, "exclusiveMaximum"),
        multiple_of: number("multipleOf"),
        min_length: count("minLength"),
        max_length: count("maxLength"),
        pattern: text(props, "pattern")
            .filter(|p| !p.is_empty())
            .map(Pattern::new),
        min_items: count("minItems"),
        max_items: count("maxItems"),
        unique_items: flag(props, "uniqueItems"),
        min_properties: count("minProperties"),
        max_properties: count("maxProperties"),
        format: None,
    }
}

fn rule(rule: &Value) -> Rule {
    let field = |key: &str| {
        rule[key]
            .as_str()
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    Rule {
        expression: field("rule").unwrap_or_default(),
        message: field("message"),
        message_expression: field("messageExpression"),
        reason: field("reason"),
        field_path: field("fieldPath"),
        optional_old_self: rule["optionalOldSelf"].as_bool().unwrap_or_default(),
    }
}

fn value_type(name: &str) -> Option<ValueType> {
    Some(match name {
        "object" => ValueType::Object,
        "array" => ValueType::Array,
        "string" => ValueType::String,
        "integer" => ValueType::Integer,
        "number" => ValueType::Number,
        "boolean" => ValueType::Boolean,
        _ => return None,
    })
}

fn text<'a>(props: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    props.get(key)?.as_str()
}

fn texts(props: &Map<String, Value>, key: &str) -> Option<Vec<String>> {
    let list = props.get(key)?.as_array()?;
    Some(
        list.iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
    )
}

fn flag(props: &Map<String, Value>, key: &str) -> bool {
    props.get(key).and_then(Value::as_bool).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use serde_json::json;

    use super::*;

    fn none(_: &str) -> Option<SchemaNode> {
        None
    }

    #[test]
    fn every_keyword_and_extension_is_read() {
        let schema = Schema::load(
            &json!({
                "type": "array", "description": "d", "nullable": true, "minItems": 1, "maxItems": 2,
                "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["a"],
                "x-kubernetes-patch-strategy": "merge,retainKeys", "x-kubernetes-patch-merge-key": "a",
                "items": {"type": "object", "required": ["a"], "x-kubernetes-map-type": "atomic",
                    "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true,
                    "properties": {"a": {"type": "string", "format": "date", "enum": ["x"], "pattern": "^x$"}},
                    "x-kubernetes-validations": [{"rule": "r", "message": "m", "messageExpression": "e",
                        "reason": "FieldValueInvalid", "fieldPath": ".a", "optionalOldSelf": true}]},
            }),
            &none,
        );
        assert_eq!(schema.value_type, Some(ValueType::Array));
        assert_eq!(
            (schema.limits.min_items, schema.limits.max_items),
            (Some(1), Some(2))
        );
        assert_eq!(schema.list_type, Some(ListType::Map));
        assert_eq!(schema.list_map_keys, ["a"]);
        assert_eq!(schema.patch_strategy, ["merge", "retainKeys"]);
        assert_eq!(schema.patch_merge_key.as_deref(), Some("a"));
        let items = schema.items.unwrap();
        assert!(items.atomic_map && items.embedded_resource && items.preserve_unknown_fields);
        let expected = Rule {
            expression: "r".to_owned(),
            message: Some("m".to_owned()),
            message_expression: Some("e".to_owned()),
            reason: Some("FieldValueInvalid".to_owned()),
            field_path: Some(".a".to_owned()),
            optional_old_self: true,
        };
        assert_eq!(items.rules, [expected]);
        let a = &items.properties["a"];
        assert_eq!(a.limits.pattern.as_ref().map(Pattern::source), Some("^x$"));
        assert_eq!(a.enumeration, [json!("x")]);
    }

    #[test]
    fn a_reference_is_shared_unless_something_beside_it_changes_it() {
        let read: Box<dyn FnOnce() -> Schema + Send> = Box::new(|| Schema {
            definition: Some("x.Y".into()),
            value_type: Some(ValueType::Object),
            ..Schema::default()
        });
        let definition: &'static _ = Box::leak(Box::new(LazyLock::new(read)));
        let resolve = |name: &str| (name == "x.Y").then_some(SchemaNode::Definition(definition));
        let all_of = json!([{"$ref": "#/components/schemas/x.Y"}]);
        let schema = Schema::load(
            &json!({"properties": {
                "shared": {"description": "d", "allOf": all_of},
                "direct": {"$ref": "#/components/schemas/x.Y"},
                "laid-over": {"default": {}, "allOf": all_of, "x-kubernetes-patch-strategy": "retainKeys"},
            }}),
            &resolve,
        );
        assert!(matches!(
            schema.properties["shared"],
            SchemaNode::Definition(_)
        ));
        assert!(matches!(
            schema.properties["direct"],
            SchemaNode::Definition(_)
        ));
        let laid_over = &schema.properties["laid-over"];
        assert!(matches!(laid_over, SchemaNode::Inline(_)));
        assert_eq!(laid_over.definition.as_deref(), Some("x.Y"));
        assert_eq!(laid_over.default, Some(json!({})));
        assert_eq!(laid_over.patch_strategy, ["retainKeys"]);
    }

    #[test]
    fn a_default_is_pruned_when_it_is_read() {
        let schema = json!({"type": "object", "properties": {"a": {"type": "string"}}, "default": {"a": "x", "b": 1}});
        assert_eq!(
            Schema::load(&schema, &none).default,
            Some(json!({"a": "x"}))
        );
    }
}
