//! Applies the declarations of types to their schema: a walk over both at once.
//!
//! What a field declares overrides what its type does. What can't be applied is a [`Problem`].

use serde_json::{Value, json};

use super::{
    Field, Kind, Marks, Placement, Rule, TypeDeclaration, find::Place, mark_schema, path,
    text::unheard_of,
};
use crate::crd::{Problem, error::is_within, schema::TOLD};

/// A field that wants to show elsewhere too, with its path and its schema.
#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) type_name: &'static str,
    pub(crate) names: Vec<String>,
    pub(crate) placement: Placement,
    pub(crate) node: Value,
}

/// Where in the resource the walk is.
#[derive(Clone)]
pub(crate) struct At {
    /// The type whose declaration it is.
    pub(crate) type_name: &'static str,
    /// The names on the way.
    names: Vec<String>,
    /// As problems say it, e.g. `spec.ports[]`.
    pub(crate) field: String,
    /// The first list or map on the way.
    through: Option<String>,
    /// Whether an old value can be told for each new one, so that `oldSelf` means something.
    pub(crate) correlated: bool,
}

impl At {
    /// The start, at the field of that name; at the top of the resource without one.
    pub(crate) fn start(name: Option<&str>) -> Self {
        Self {
            type_name: "",
            names: name.into_iter().map(str::to_owned).collect(),
            field: name.unwrap_or_default().to_owned(),
            through: None,
            correlated: true,
        }
    }

    fn name(&self, name: &str) -> Self {
        let mut at = self.clone();
        at.names.push(name.to_owned());
        at.field = if at.field.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", at.field)
        };
        at
    }

    fn inside(&self, suffix: &str, correlated: bool) -> Self {
        let mut at = self.clone();
        at.through.get_or_insert_with(|| self.field.clone());
        at.field.push_str(suffix);
        at.correlated = self.correlated && correlated;
        at
    }
}

/// The walk, and what it collects.
pub(crate) struct Walk<'a> {
    pub(crate) problems: &'a mut Vec<Problem>,
    pub(crate) placed: Vec<Placed>,
    /// The types that it came to, by the field.
    visited: Vec<(String, &'static str)>,
    /// The fields below which there is no schema any more.
    cut: Vec<String>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(problems: &'a mut Vec<Problem>) -> Self {
        Self {
            problems,
            placed: Vec::new(),
            visited: Vec::new(),
            cut: Vec::new(),
        }
    }

    /// What is declared in types that the walk didn't come to, though they stand in the schema.
    pub(crate) fn missed(&mut self, declared: &[(String, &'static str)]) {
        for (field, name) in declared {
            let at = At {
                type_name: name,
                ..At::start(Some(field.trim_start_matches('.')))
            };
            let was_visited = |it: &(String, &str)| (&it.0, &it.1) == (&at.field, name);
            let is_cut = self.cut.iter().any(|cut| is_within(&at.field, cut));
            if !is_cut && !self.visited.iter().any(was_visited) && !self.is_explained(&at) {
                self.problem(&at, unheard_of(name).as_str());
            }
        }
    }

    pub(crate) fn problem(&mut self, at: &At, message: impl Into<String>) {
        self.problems.push(Problem {
            type_name: at.type_name.to_owned(),
            field: at.field.clone(),
            message: message.into(),
        });
    }

    /// Adds rules to a node.
    pub(crate) fn rules(&mut self, node: &mut Value, rules: &[Rule], at: &At) {
        for rule in rules {
            mark_schema::push(self, node, rule, at);
        }
    }

    /// Applies what is known of a type to the node that is its schema.
    pub(crate) fn visit(&mut self, place: Place, node: &mut Value, at: &At) {
        match place.shape.kind {
            Kind::Optional | Kind::Same => self.visit(place.argument(0), node, at),
            Kind::Parameter(index) => self.visit(place.parameter(index), node, at),
            Kind::List | Kind::Set => {
                let by_key = node["x-kubernetes-list-type"] == "map";
                match node.get_mut("items") {
                    Some(items) => self.visit(place.argument(0), items, &at.inside("[]", by_key)),
                    None => self.unheard(place.argument(0), at),
                }
            }
            Kind::Map => match node.get_mut("additionalProperties") {
                Some(values) => self.visit(place.argument(1), values, &at.inside("{}", true)),
                None => self.unheard(place.argument(1), at),
            },
            Kind::Type(declaration) => self.declared(place, declaration, node, at),
            Kind::Unknown => self.unheard(place, at),
            Kind::Boolean | Kind::Integer | Kind::Number | Kind::String | Kind::IntOrString => {}
        }
    }

    /// What is said in a type that the walk can't get to.
    fn unheard(&mut self, place: Place, at: &At) {
        if let Some(declaration) = place.says()
            && !self.is_explained(at)
        {
            self.problem(at, unheard_of(declaration.name).as_str());
        }
    }

    /// Whether what is wrong around a place explains what is wrong there.
    fn is_explained(&self, at: &At) -> bool {
        let mut problems = self.problems.iter();
        problems.any(|it| is_within(&at.field, &it.field) || is_within(&it.field, &at.field))
    }

    fn declared(
        &mut self,
        place: Place,
        declaration: &'static TypeDeclaration,
        node: &mut Value,
        at: &At,
    ) {
        let at = &At {
            type_name: declaration.name,
            ..at.clone()
        };
        self.visited.push((at.field.clone(), declaration.name));
        if !self.open(node, &declaration.marks, at) {
            return;
        }
        for field in declaration.fields {
            let inner = place.field(field);
            match field.name {
                None => self.field(field, inner, node, at),
                Some(name) => {
                    let below = at.name(name);
                    match node
                        .pointer_mut("/properties")
                        .and_then(|it| it.get_mut(name))
                    {
                        Some(child) => {
                            self.field(field, inner, child, &below);
                            mark_schema::presence(self, node, name, field.marks, at);
                        }
                        None => self.absent(field, &below),
                    }
                }
            }
        }
        mark_schema::disown(node, declaration.flattened);
        mark_schema::apply(self, node, &declaration.marks, at);
    }

    fn field(&mut self, field: &Field, inner: Place, node: &mut Value, at: &At) {
        if !self.open(node, field.marks, at) {
            self.place(field, node, at);
            return;
        }
        // How a list is merged decides what holds inside of it.
        mark_schema::merging(node, field.marks);
        self.visit(inner, node, at);
        mark_schema::apply(self, node, field.marks, at);
        self.place(field, node, at);
    }

    /// What comes before everything below: whether there is a schema at all. False if there isn't.
    fn open(&mut self, node: &mut Value, marks: &Marks, at: &At) -> bool {
        let healed = marks.schemaless || marks.preserve_unknown_fields || marks.int_or_string;
        let broken = healed
            && self
                .problems
                .iter()
                .any(|it| is_within(&it.field, &at.field));
        if broken {
            self.problems.retain(|it| !is_within(&it.field, &at.field));
        }
        if marks.int_or_string || !(marks.schemaless || broken) {
            return true;
        }
        self.cut.push(at.field.clone());
        if let Some(node) = node.as_object_mut() {
            node.retain(|key, _| key == "nullable" || TOLD.contains(&key.as_str()));
        }
        node["x-kubernetes-preserve-unknown-fields"] = json!(true);
        mark_schema::apply(self, node, marks, at);
        false
    }

    fn place(&mut self, field: &Field, node: &Value, at: &At) {
        let Some(wish) = field.placement.wish() else {
            return;
        };
        if let Some(through) = &at.through {
            let message = format!(
                "`{through}` is a list or a map, and a path can't go through it: remove `#[k8s({wish})]`"
            );
            return self.problem(at, message);
        }
        self.placed.push(Placed {
            type_name: at.type_name,
            names: at.names.clone(),
            placement: *field.placement,
            node: node.clone(),
        });
    }

    /// A field that is declared and has no schema; what was wrong around it explains that better.
    fn absent(&mut self, field: &Field, at: &At) {
        if field.declares && !self.is_explained(at) {
            self.problem(
                at,
                "the type's schema has no such field: what `#[k8s]` says of it is lost",
            );
        }
    }
}

impl Placed {
    pub(crate) fn path(&self) -> String {
        path::written(&self.names)
    }

    pub(crate) fn problem(&self, message: impl Into<String>) -> Problem {
        Problem {
            type_name: self.type_name.to_owned(),
            field: self.names.join("."),
            message: message.into(),
        }
    }
}
