//! What becomes of each keyword of JSON Schema in a structural schema.

use serde_json::{Map, Value, json};

use super::{
    combine,
    convert::{Converter, Node, Place},
    pattern, scalar,
};

/// What is done with a keyword.
pub(super) enum Keyword {
    /// It means the same in a CRD.
    Kept,
    /// It means something that a CRD says differently.
    Converted,
    /// It combines schemas.
    Junction,
    /// It tells a reader something, or is implied by pruning; a server refuses or ignores it.
    Dropped,
    /// Leaving it out would change what is valid.
    Unknown,
}

pub(super) fn classify(key: &str) -> Keyword {
    match key {
        "description" | "externalDocs" | "format" | "maxItems" | "maxLength" | "maxProperties"
        | "maximum" | "minItems" | "minLength" | "minProperties" | "minimum" | "multipleOf"
        | "nullable" | "title" => Keyword::Kept,
        "additionalProperties"
        | "const"
        | "default"
        | "enum"
        | "exclusiveMaximum"
        | "exclusiveMinimum"
        | "items"
        | "not"
        | "pattern"
        | "patternProperties"
        | "prefixItems"
        | "properties"
        | "required"
        | "type"
        | "uniqueItems" => Keyword::Converted,
        "$ref" | "allOf" | "anyOf" | "oneOf" => Keyword::Junction,
        "$comment"
        | "$defs"
        | "$id"
        | "$schema"
        | "contentEncoding"
        | "contentMediaType"
        | "definitions"
        | "deprecated"
        | "example"
        | "examples"
        | "propertyNames"
        | "readOnly"
        | "unevaluatedProperties"
        | "writeOnly" => Keyword::Dropped,
        _ if key.starts_with("x-kubernetes-") => Keyword::Kept,
        _ => Keyword::Unknown,
    }
}

/// The keywords that are said differently in a CRD.
impl Converter<'_> {
    pub(super) fn keyword(&mut self, node: &mut Node, key: &str, value: &Value, place: &Place<'_>) {
        match key {
            "type" => self.set_type(node, value, place),
            "const" => drop(node.insert("enum".to_owned(), json!([value]))),
            "enum" => drop(node.insert("enum".to_owned(), value.clone())),
            "default" if !value.is_null() => drop(node.insert("default".to_owned(), value.clone())),
            "pattern" => {
                if let Some(message) = value.as_str().and_then(pattern::refused) {
                    self.problem(place, message);
                }
                node.insert(key.to_owned(), value.clone());
            }
            "properties" => {
                let properties = value
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(name, schema)| {
                        let node = self.node(schema, &place.property(name));
                        (name.clone(), Value::Object(node))
                    });
                let properties: Map<_, _> = properties.collect();
                node.insert(key.to_owned(), Value::Object(properties));
            }
            "required" => {
                // The order of declaration is of no meaning here, and sorted lists make small diffs.
                let mut names: Vec<_> = value
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .collect();
                names.sort_unstable();
                names.dedup();
                if !names.is_empty() {
                    node.insert(key.to_owned(), json!(names));
                }
            }
            "items" => {
                let items = self.node(value, &place.items());
                node.insert(key.to_owned(), Value::Object(items));
            }
            "prefixItems" => self.tuple(node, value, place),
            "patternProperties" => {
                // Maps with keys that aren't strings in Rust: keys are strings in JSON, of whatever pattern.
                let patterns: Vec<_> = value.as_object().into_iter().flatten().collect();
                match patterns.as_slice() {
                    [(_, schema)] => self.map_values(node, schema, place),
                    _ => self.problem(
                        place,
                        "the values of a map have one type: write a map or a struct",
                    ),
                }
            }
            "additionalProperties" if value.is_object() => self.map_values(node, value, place),
            "exclusiveMinimum" => scalar::exclusive(node, "minimum", key, value),
            "exclusiveMaximum" => scalar::exclusive(node, "maximum", key, value),
            "uniqueItems" if value == true => {
                drop(node.insert("x-kubernetes-list-type".to_owned(), json!("set")));
            }
            "not" => {
                let said = self.part(value, place);
                if said.contains_key("properties") || said.contains_key("items") {
                    self.problem(
                        place,
                        "`not` can speak of the value alone: move it to the field that it is about",
                    );
                }
                let said = combine::constraint(&said, &Node::new());
                node.insert(key.to_owned(), Value::Object(said));
            }
            _ => {}
        }
    }

    fn set_type(&mut self, node: &mut Node, value: &Value, place: &Place<'_>) {
        let types: Vec<&str> = match value {
            Value::String(one) => vec![one],
            Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
            _ => vec![],
        };
        let mut real: Vec<&str> = types.iter().copied().filter(|it| *it != "null").collect();
        real.sort_unstable();
        if real.len() < types.len() {
            node.insert("nullable".to_owned(), json!(true));
        }
        match real.as_slice() {
            [one] => drop(node.insert("type".to_owned(), json!(one))),
            ["integer", "string"] => drop(node.insert("x-kubernetes-int-or-string".to_owned(), json!(true))),
            [] => self.problem(
                place,
                "a unit has no value but null, which a server drops: remove it, or write a struct `{}`",
            ),
            // Where a type reads more than it writes, what it writes is its type.
            several if place.written_type().is_some_and(|it| several.contains(&it)) => {
                node.insert("type".to_owned(), json!(place.written_type()));
            }
            several => self.problem(
                place,
                format!(
                    "it is any of {}, and a field of a CRD has one type: write a struct or an enum for it",
                    several.join(", ")
                ),
            ),
        }
    }

    fn map_values(&mut self, node: &mut Node, schema: &Value, place: &Place<'_>) {
        let values = self.node(schema, &place.values());
        node.insert("additionalProperties".to_owned(), Value::Object(values));
    }

    fn tuple(&mut self, node: &mut Node, value: &Value, place: &Place<'_>) {
        let items = value.as_array().map_or(&[][..], Vec::as_slice);
        let nodes: Vec<Node> = items
            .iter()
            .map(|item| self.node(item, &place.items()))
            .collect();
        match nodes.split_first() {
            Some((first, rest)) if rest.iter().all(|other| other == first) => {
                node.insert("items".to_owned(), Value::Object(first.clone()));
            }
            _ => self.problem(
                place,
                "the items of a tuple differ in type, and a list of a CRD has one: write a struct",
            ),
        }
    }
}
