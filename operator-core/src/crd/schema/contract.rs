//! What serde writes of a type against what it reads: a server takes only what is read.
//!
//! The two part where a field is skipped, renamed or left out in one direction only. A server drops a field that
//! isn't read, and refuses an object that lacks one which is required.

use serde_json::{Map, Value};

use super::{
    super::{Problem, error::is_within},
    Conversion,
    convert::{Node, PRESERVE},
};

/// The problems of a type that is written in another form than it is read.
pub(super) fn check(
    reading: &Conversion,
    written: &Node,
    type_name: &str,
    field: &str,
) -> Vec<Problem> {
    let mut check = Check {
        reading,
        type_name,
        problems: Vec::new(),
    };
    check.node(&reading.node, written, field);
    check.problems
}

struct Check<'a> {
    reading: &'a Conversion,
    type_name: &'a str,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn node(&mut self, read: &Node, written: &Node, field: &str) {
        if let (Some(read), Some(written)) = (text(read, "type"), text(written, "type"))
            && read != written
            && (read, written) != ("number", "integer")
        {
            let message = format!(
                "it is written as {written} and read as {read}: let both be the same, or say which with \
                 `#[schemars(with = \"…\")]`"
            );
            return self.problem(field, message);
        }
        self.values(read, written, field);
        self.properties(read, written, field);
        self.required(read, &names(written, "required"), field);
        for key in ["oneOf", "anyOf", "allOf"] {
            for (read, branch) in branches(read, key).zip(branches(written, key)) {
                let mut always = names(branch, "required");
                always.extend(names(written, "required"));
                self.required(read, &always, field);
            }
        }
        let below = [("items", "[]"), ("additionalProperties", "{}")];
        for (key, suffix) in below {
            if let (Some(Value::Object(read)), Some(Value::Object(written))) =
                (read.get(key), written.get(key))
            {
                self.node(read, written, &format!("{field}{suffix}"));
            }
        }
    }

    fn properties(&mut self, read: &Node, written: &Node, field: &str) {
        let open = read.contains_key(PRESERVE) || read.contains_key("additionalProperties");
        let known = object(read, "properties");
        for (name, written) in object(written, "properties").into_iter().flatten() {
            match (known.and_then(|it| it.get(name)), written) {
                (Some(Value::Object(read)), Value::Object(written)) => {
                    self.node(read, written, &format!("{field}.{name}"));
                }
                (None, _) if !open => {
                    let message = format!(
                        "`{name}` is written and not read under that name, so a server drops it: \
                         `#[serde(skip)]` it, or let serde read it"
                    );
                    self.problem(field, message);
                }
                _ => {}
            }
        }
    }

    fn required(&mut self, read: &Node, always: &[&str], field: &str) {
        for name in names(read, "required") {
            if !always.contains(&name) {
                let message = format!(
                    "`{name}` may be left out where it is written, and is required where it is read: \
                     add `#[serde(default)]`"
                );
                self.problem(field, message);
            }
        }
    }

    fn values(&mut self, read: &Node, written: &Node, field: &str) {
        let known = names(read, "enum");
        for value in names(written, "enum") {
            if !known.is_empty() && !known.contains(&value) {
                let message = format!(
                    "`{value}` is written and not read, so a server refuses it: let serde read it"
                );
                self.problem(field, message);
            }
        }
    }

    fn problem(&mut self, field: &str, message: String) {
        let types = &self.reading.types;
        // The type of the nearest field above whose type has a name.
        let nearest = types.iter().filter(|(above, _)| is_within(field, above));
        let type_name = nearest
            .max_by_key(|(above, _)| above.len())
            .and_then(|(_, names)| names.first())
            .map_or(self.type_name, String::as_str);
        self.problems.push(Problem {
            type_name: type_name.to_owned(),
            field: field.to_owned(),
            message,
        });
    }
}

fn text<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    node.get(key)?.as_str()
}

fn object<'a>(node: &'a Node, key: &str) -> Option<&'a Map<String, Value>> {
    node.get(key)?.as_object()
}

fn names<'a>(node: &'a Node, key: &str) -> Vec<&'a str> {
    let values = node.get(key).and_then(Value::as_array);
    values
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

fn branches<'a>(node: &'a Node, key: &str) -> impl Iterator<Item = &'a Node> {
    let branches = node.get(key).and_then(Value::as_array);
    branches.into_iter().flatten().filter_map(Value::as_object)
}
