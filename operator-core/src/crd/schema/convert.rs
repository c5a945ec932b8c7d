//! One schema of a JSON Schema document to one node of a structural schema, references inlined.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    super::Problem,
    combine, default, junction,
    keywords::{self, Keyword},
    known, scalar,
};

/// A node of a structural schema.
pub(super) type Node = Map<String, Value>;

/// Where in the resource a schema stands, and whose it is: what a problem is reported with.
#[derive(Clone)]
pub(super) struct Place<'a> {
    type_name: String,
    field: String,
    /// What serde writes there, where that is known.
    written: Option<&'a Node>,
}

impl<'a> Place<'a> {
    pub(super) fn new(type_name: &str, field: &str) -> Self {
        Self {
            type_name: type_name.to_owned(),
            field: field.to_owned(),
            written: None,
        }
    }

    /// The same place, where serde writes what `written` says.
    pub(super) fn where_written(self, written: &'a Node) -> Self {
        Self {
            written: Some(written),
            ..self
        }
    }

    pub(super) fn property(&self, name: &str) -> Self {
        let written = self.written.and_then(|it| it.get("properties")?.get(name));
        self.below(&format!(".{name}"), written)
    }

    pub(super) fn items(&self) -> Self {
        self.below("[]", self.written.and_then(|it| it.get("items")))
    }

    pub(super) fn values(&self) -> Self {
        let written = self.written.and_then(|it| it.get("additionalProperties"));
        self.below("{}", written)
    }

    /// The type that serde writes there.
    pub(super) fn written_type(&self) -> Option<&'a str> {
        self.written?.get("type")?.as_str()
    }

    fn below(&self, suffix: &str, written: Option<&'a Value>) -> Self {
        Self {
            type_name: self.type_name.clone(),
            field: format!("{}{suffix}", self.field),
            written: written.and_then(Value::as_object),
        }
    }

    fn of_type(&self, type_name: &str) -> Self {
        Self {
            type_name: type_name.to_owned(),
            ..self.clone()
        }
    }
}

/// Walks a document; collects every problem instead of stopping at the first.
pub(super) struct Converter<'a> {
    document: &'a Value,
    definitions: &'a Map<String, Value>,
    /// The references being inlined: meeting one of them again is recursion.
    open: Vec<String>,
    /// How many of the schemas being converted keep unknown fields: below one, recursion is left open.
    keeping: usize,
    /// The types that were met, by the field where they stand; the outermost first.
    pub(super) types: BTreeMap<String, Vec<String>>,
    pub(super) problems: Vec<Problem>,
}

impl<'a> Converter<'a> {
    pub(super) fn new(document: &'a Value, definitions: &'a Map<String, Value>) -> Self {
        Self {
            document,
            definitions,
            open: Vec::new(),
            keeping: 0,
            types: BTreeMap::new(),
            problems: Vec::new(),
        }
    }

    pub(super) fn problem(&mut self, place: &Place<'_>, message: impl Into<String>) {
        self.problems.push(Problem {
            type_name: place.type_name.clone(),
            field: place.field.clone(),
            message: message.into(),
        });
    }

    /// A whole node: it has a type, or says why it has none.
    pub(super) fn node(&mut self, schema: &Value, place: &Place<'_>) -> Node {
        let known = self.problems.len();
        let mut node = self.part(schema, place);
        scalar::finish(&mut node);
        scalar::let_null_pass(&mut node);
        // What is wrong below explains what is wrong here better than this does.
        if self.problems.len() == known {
            let message = incomplete(&node).or_else(|| default::settle(&mut node).err());
            if let Some(message) = message {
                self.problem(place, message);
            }
        }
        node
    }

    /// What a schema says, which may be only part of a node: the rest stands beside it.
    pub(super) fn part(&mut self, schema: &Value, place: &Place<'_>) -> Node {
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

    fn object(&mut self, object: &Map<String, Value>, place: &Place<'_>) -> Node {
        let keeps = object.get(PRESERVE) == Some(&Value::Bool(true));
        self.keeping += usize::from(keeps);
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
        self.keeping -= usize::from(keeps);
        node
    }

    fn also(&mut self, node: &mut Node, other: Node, place: &Place<'_>) {
        if let Err(message) = combine::both(node, other) {
            self.problem(place, message);
        }
    }

    /// The definition that a reference names, and its name; the document itself has none.
    pub(super) fn target(&self, reference: &str) -> (String, Option<&'a Value>) {
        if reference == "#" {
            return (String::new(), Some(self.document));
        }
        let name = definition(reference);
        let target = self.definitions.get(&name);
        (name, target)
    }

    fn reference(&mut self, reference: &str, place: &Place<'_>) -> Node {
        let (name, target) = self.target(reference);
        let Some(target) = target else {
            self.problem(
                place,
                format!("the schema refers to `{reference}`, which it doesn't define"),
            );
            return Node::new();
        };
        if reference == "#" || self.open.contains(&name) {
            return self.recursion(&name, target, place);
        }
        self.types
            .entry(place.field.clone())
            .or_default()
            .push(name.clone());
        self.open.push(name.clone());
        let mut node = self.part(target, &place.of_type(&name));
        self.open.pop();
        known::refine(&name, &mut node);
        node
    }

    /// A type inside of itself: whatever it holds, where unknown fields are kept.
    fn recursion(&mut self, name: &str, target: &Value, place: &Place<'_>) -> Node {
        if self.keeping > 0 {
            let mut node = anything();
            if let Some(one @ Value::String(_)) = target.get("type") {
                node.remove("nullable");
                node.insert("type".to_owned(), one.clone());
            }
            return node;
        }
        let name = if name.is_empty() {
            &place.type_name
        } else {
            name
        };
        let message = format!(
            "`{name}` contains itself, and a CRD can't say that: make the inner one a \
             `serde_json::Value`, refer to another object by name, or leave it unchecked with \
             `#[schemars(extend(\"{PRESERVE}\" = true))]` on the field"
        );
        self.problem(place, message);
        Node::new()
    }
}

/// The name of the definition that a reference leads to.
pub(in crate::crd) fn definition(reference: &str) -> String {
    let name = reference.rsplit('/').next().unwrap_or(reference);
    // A pointer escapes the `/` and `~` of a name.
    name.replace("~1", "/").replace("~0", "~")
}

/// The keyword of a node that keeps fields which it doesn't name.
pub(super) const PRESERVE: &str = "x-kubernetes-preserve-unknown-fields";

/// Any JSON, kept as it is; null too, which is pruned elsewhere.
pub(super) fn anything() -> Node {
    Node::from_iter([
        (PRESERVE.to_owned(), json!(true)),
        ("nullable".to_owned(), json!(true)),
    ])
}

/// An object that takes other properties than those it names.
fn free_form(node: &mut Node, object: &Map<String, Value>) {
    let open = ["additionalProperties", "unevaluatedProperties"]
        .iter()
        .any(|key| object.get(*key) == Some(&Value::Bool(true)));
    // Beside properties a CRD takes no schema for the others; keeping them is what the struct means.
    let mixed = node.contains_key("properties") && node.remove("additionalProperties").is_some();
    if open || mixed {
        node.insert(PRESERVE.to_owned(), json!(true));
    }
}

/// What keeps a node from being a whole one.
fn incomplete(node: &Node) -> Option<String> {
    let free = ["x-kubernetes-int-or-string", PRESERVE];
    let typed = node.contains_key("type")
        || free
            .iter()
            .any(|key| node.get(*key) == Some(&Value::Bool(true)));
    if !typed {
        let message =
            "the schema doesn't say its type: say it with `#[schemars(schema_with = \"…\")]`";
        return Some(message.to_owned());
    }
    if node.get("type") == Some(&json!("array")) && !node.contains_key("items") {
        let message =
            "a list of a CRD says what its items are, and this one can't have any: remove it";
        return Some(message.to_owned());
    }
    scalar::nothing_fits(node)
}
