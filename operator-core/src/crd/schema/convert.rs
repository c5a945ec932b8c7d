//! One schema of a JSON Schema document to one node of a structural schema, references inlined.

use serde_json::{Map, Value, json};

use super::{
    super::Problem,
    combine, junction,
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

    pub(super) fn below(&self, suffix: &str) -> Self {
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
        if let Err(message) = combine::both(node, other) {
            self.problem(place, message);
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
