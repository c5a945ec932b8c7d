//! One schema of a JSON Schema document to one node of a structural schema, references inlined.

use serde_json::{Map, Value, json};

use super::{
    super::Problem,
    junction,
    keywords::{self, Keyword},
    scalar,
};

/// A node of a structural schema.
pub(super) type Node = Map<String, Value>;

/// Where in the resource a schema stands, and whose it is: what a problem is reported with.
#[derive(Clone)]
pub(super) struct Place {
    type_name: String,
    field: String,
}

impl Place {
    pub(super) fn new(type_name: &str, field: &str) -> Self {
        Self {
            type_name: type_name.to_owned(),
            field: field.to_owned(),
        }
    }

    fn below(&self, suffix: &str) -> Self {
        Self::new(&self.type_name, &format!("{}{suffix}", self.field))
    }

    fn of_type(&self, type_name: &str) -> Self {
        Self::new(type_name, &self.field)
    }
}

/// Walks a document; collects every problem instead of stopping at the first.
pub(super) struct Converter<'a> {
    definitions: &'a Map<String, Value>,
    /// The references being inlined: meeting one of them again is recursion.
    open: Vec<String>,
    pub(super) problems: Vec<Problem>,
}

impl<'a> Converter<'a> {
    pub(super) fn new(definitions: &'a Map<String, Value>) -> Self {
        Self {
            definitions,
            open: Vec::new(),
            problems: Vec::new(),
        }
    }

    pub(super) fn problem(&mut self, place: &Place, message: impl Into<String>) {
        self.problems.push(Problem {
            type_name: place.type_name.clone(),
            field: place.field.clone(),
            message: message.into(),
        });
    }

    /// A whole node: it has a type, or says why it has none.
    pub(super) fn node(&mut self, schema: &Value, place: &Place) -> Node {
        let known = self.problems.len();
        let mut node = self.part(schema, place);
        scalar::finish(&mut node);
        scalar::let_null_pass(&mut node);
        let free = [
            "x-kubernetes-int-or-string",
            "x-kubernetes-preserve-unknown-fields",
        ];
        let typed = node.contains_key("type")
            || free
                .iter()
                .any(|key| node.get(*key) == Some(&Value::Bool(true)));
        // What is wrong below explains a missing type better than this does.
        if !typed && self.problems.len() == known {
            self.problem(
                place,
                "the schema doesn't say its type: say it with `#[schemars(schema_with = \"…\")]`",
            );
        }
        node
    }

    /// What a schema says, which may be only part of a node: the rest stands beside it.
    pub(super) fn part(&mut self, schema: &Value, place: &Place) -> Node {
        match schema {
            Value::Bool(true) => anything(),
            Value::Object(object) if object.is_empty() => anything(),
            Value::Object(object) => self.object(object, place),
            _ => {
                self.problem(
                    place,
                    "no value fits it: remove the field, or `#[serde(skip)]` it",
                );
                Node::new()
            }
        }
    }

    fn object(&mut self, object: &Map<String, Value>, place: &Place) -> Node {
        let mut node = Node::new();
        for (key, value) in object {
            match keywords::classify(key) {
                Keyword::Kept => drop(node.insert(key.clone(), value.clone())),
                Keyword::Dropped | Keyword::Junction => {}
                Keyword::Converted => self.keyword(&mut node, key, value, place),
                Keyword::Unknown => self.problem(
                    place,
                    format!(
                        "`{key}` has no counterpart in a CRD: remove it from the field's schema"
                    ),
                ),
            }
        }
        free_form(&mut node, object);
        if let Some(reference) = object.get("$ref").and_then(Value::as_str) {
            let target = self.reference(reference, place);
            self.also(&mut node, target, place);
        }
        for key in ["allOf", "oneOf", "anyOf"] {
            if let Some(branches) = object.get(key).and_then(Value::as_array) {
                let said = junction::convert(self, key, branches, place);
                self.also(&mut node, said, place);
            }
        }
        node
    }

    fn also(&mut self, node: &mut Node, other: Node, place: &Place) {
        if let Err(message) = junction::both(node, other) {
            self.problem(place, message);
        }
    }

    fn keyword(&mut self, node: &mut Node, key: &str, value: &Value, place: &Place) {
        match key {
            "type" => self.set_type(node, value, place),
            "const" => drop(node.insert("enum".to_owned(), json!([value]))),
            "enum" => drop(node.insert("enum".to_owned(), value.clone())),
            "default" if !value.is_null() => drop(node.insert("default".to_owned(), value.clone())),
            "properties" => {
                let properties = value
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(name, schema)| {
                        let at = place.below(&format!(".{name}"));
                        (name.clone(), Value::Object(self.node(schema, &at)))
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
                let items = self.node(value, &place.below("[]"));
                node.insert(key.to_owned(), Value::Object(items));
            }
            "prefixItems" => self.tuple(node, value, place),
            "patternProperties" => {
                // Maps with keys that aren't strings in Rust: keys are strings in JSON, of whatever pattern.
                if let Some(schema) = value
                    .as_object()
                    .and_then(|patterns| patterns.values().next())
                {
                    self.map_values(node, schema, place);
                }
            }
            "additionalProperties" if value.is_object() => self.map_values(node, value, place),
            "exclusiveMinimum" => scalar::exclusive(node, "minimum", key, value),
            "exclusiveMaximum" => scalar::exclusive(node, "maximum", key, value),
            "uniqueItems" if value == true => {
                drop(node.insert("x-kubernetes-list-type".to_owned(), json!("set")))
            }
            "not" => {
                let said = self.part(value, place);
                node.insert(
                    key.to_owned(),
                    Value::Object(junction::constraint(&said, &Node::new())),
                );
            }
            _ => {}
        }
    }

    fn set_type(&mut self, node: &mut Node, value: &Value, place: &Place) {
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
            several => self.problem(
                place,
                format!(
                    "it is any of {}, and a field of a CRD has one type: write a struct or an enum for it",
                    several.join(", ")
                ),
            ),
        }
    }

    fn map_values(&mut self, node: &mut Node, schema: &Value, place: &Place) {
        let values = self.node(schema, &place.below("{}"));
        node.insert("additionalProperties".to_owned(), Value::Object(values));
    }

    fn tuple(&mut self, node: &mut Node, value: &Value, place: &Place) {
        let items = value.as_array().map_or(&[][..], Vec::as_slice);
        let nodes: Vec<Node> = items
            .iter()
            .map(|item| self.node(item, &place.below("[]")))
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

    fn reference(&mut self, reference: &str, place: &Place) -> Node {
        let name = reference.rsplit('/').next().unwrap_or(reference);
        // A pointer escapes the `/` and `~` of a name.
        let name = name.replace("~1", "/").replace("~0", "~");
        if reference == "#" || self.open.contains(&name) {
            let name = if reference == "#" {
                &place.type_name
            } else {
                &name
            };
            self.problem(
                place,
                format!(
                    "`{name}` contains itself, and a CRD can't say that: \
                     make the inner one a `serde_json::Value`, or refer to another object by name"
                ),
            );
            return Node::new();
        }
        let Some(target) = self.definitions.get(&name) else {
            self.problem(
                place,
                format!("the schema refers to `{reference}`, which it doesn't define"),
            );
            return Node::new();
        };
        self.open.push(name.clone());
        let node = self.part(target, &place.of_type(&name));
        self.open.pop();
        node
    }
}

/// Any JSON, kept as it is.
pub(super) fn anything() -> Node {
    Node::from_iter([(
        "x-kubernetes-preserve-unknown-fields".to_owned(),
        json!(true),
    )])
}

/// An object that takes other properties than those it names.
fn free_form(node: &mut Node, object: &Map<String, Value>) {
    let open = ["additionalProperties", "unevaluatedProperties"]
        .iter()
        .any(|key| object.get(*key) == Some(&Value::Bool(true)));
    // Beside properties a CRD takes no schema for the others; keeping them is what the struct means.
    let mixed = node.contains_key("properties") && node.remove("additionalProperties").is_some();
    if open || mixed {
        node.extend(anything());
    }
}
