//! [`JsonPath`]: the dialect of `JSONPath` that printer columns and `kubectl` use.
//!
//! It is not RFC 9535: paths begin with a dot, `\.` escapes a dot in a name, `['a.b']` means `.a.b`, an index past the end
//! is an error, and `..` visits objects, lists and texts.

use std::{borrow::Cow, fmt};

use serde_json::Value;

mod compare;
mod evaluate;
mod parse;

/// A parsed path, or a template of texts and paths in braces.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct JsonPath {
    /// What stands one after the other; each has its own results.
    parts: Vec<Vec<Node>>,
}

/// Why a path can't be parsed, or not be followed through a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JsonPathError(String);

/// One step of a path.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    /// A literal, whatever the input.
    Literal(Value),
    /// The field of that name.
    Field(String),
    /// `*` after a dot.
    Wildcard,
    /// `..`
    Recursive,
    /// `[start:end:step]`, of which `[index]` is a case.
    Slice(Slice),
    /// `[a,b]`
    Union(Vec<Vec<Node>>),
    /// `[?(left operator right)]`
    Filter(Box<Filter>),
}

/// The bounds of a slice; `None` is open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Slice {
    start: Option<i64>,
    end: Option<i64>,
    /// Whether the end was not written: `[2]` ends before 3, and `[-1]` at the end.
    is_index: bool,
    step: Option<i64>,
}

/// Which items of a list stay; without an operator those that have something at `left`.
#[derive(Clone, Debug, PartialEq)]
struct Filter {
    left: Vec<Node>,
    comparison: Option<(String, Vec<Node>)>,
}

impl JsonPath {
    /// Parses a path without braces, such as `.status.conditions[?(@.type=="Ready")].status`.
    ///
    /// # Errors
    /// Where it follows no grammar, and for `range` and `end`, which only templates for people need.
    pub(crate) fn parse(path: &str) -> Result<Self, JsonPathError> {
        parse::template(&format!("{{{path}}}"))
    }

    /// All that the path leads to, nothing where fields are missing.
    ///
    /// # Errors
    /// If it indexes or filters something that is no list, an index is out of bounds, or values can't be compared.
    pub(crate) fn find<'a>(
        &'a self,
        value: &'a Value,
    ) -> Result<Vec<Cow<'a, Value>>, JsonPathError> {
        let first = self.parts.first().map_or(&[] as &[Node], Vec::as_slice);
        evaluate::walk(first, value)
    }
}

impl fmt::Display for JsonPathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for JsonPathError {}

fn error<T>(message: impl Into<String>) -> Result<T, JsonPathError> {
    Err(JsonPathError(message.into()))
}

#[cfg(test)]
mod tests;
