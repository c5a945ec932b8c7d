//! Following a path through a value.

use std::borrow::Cow;

use serde_json::Value;

use super::{Filter, JsonPathError, Node, Slice, compare::compare, error};

/// So that a few `..` in a row don't visit a deep value for ever.
const MAX_RESULTS: usize = 100_000;

type Found<'a> = Vec<Cow<'a, Value>>;

/// What the steps lead to, one after the other.
pub(super) fn walk<'a>(nodes: &'a [Node], value: &'a Value) -> Result<Found<'a>, JsonPathError> {
    walk_all(nodes, vec![Cow::Borrowed(value)])
}

fn walk_all<'a>(nodes: &'a [Node], mut found: Found<'a>) -> Result<Found<'a>, JsonPathError> {
    for node in nodes {
        found = step(node, found)?;
        if found.len() > MAX_RESULTS {
            return error("too many results");
        }
    }
    Ok(found)
}

fn step<'a>(node: &'a Node, input: Found<'a>) -> Result<Found<'a>, JsonPathError> {
    let mut output = Vec::new();
    match node {
        Node::Literal(text @ Value::String(_)) => output.push(Cow::Borrowed(text)),
        Node::Literal(literal) => output.extend(input.iter().map(|_| Cow::Borrowed(literal))),
        Node::Field(name) => {
            for value in input {
                output.extend(field(&value, name));
            }
        }
        Node::Wildcard => {
            for value in input {
                output.extend(children(&value));
            }
        }
        Node::Recursive => {
            for value in input {
                descend(value, &mut output)?;
            }
        }
        Node::Slice(slice) => {
            for value in input {
                if value.is_null() {
                    continue;
                }
                let Cow::Borrowed(Value::Array(list)) = value else {
                    return error("not an array or slice");
                };
                if !cut(list, slice, &mut output)? {
                    break;
                }
            }
        }
        Node::Union(paths) => {
            for path in paths {
                output.extend(walk_all(path, input.clone())?);
            }
        }
        Node::Filter(filter) => {
            for value in input {
                let Cow::Borrowed(Value::Array(list)) = value else {
                    return error("not an array or slice and cannot be filtered");
                };
                keep(list, filter, &mut output)?;
            }
        }
    }
    Ok(output)
}

/// Literals never have fields: what isn't borrowed is a byte of a text.
fn field<'a>(value: &Cow<'a, Value>, name: &str) -> Option<Cow<'a, Value>> {
    match value {
        Cow::Borrowed(value) => value.as_object()?.get(name).map(Cow::Borrowed),
        Cow::Owned(_) => None,
    }
}

/// The values of an object by name, the items of a list, the bytes of a text.
fn children<'a>(value: &Cow<'a, Value>) -> Found<'a> {
    match value {
        Cow::Borrowed(Value::Object(map)) => map.values().map(Cow::Borrowed).collect(),
        Cow::Borrowed(Value::Array(list)) => list.iter().map(Cow::Borrowed).collect(),
        Cow::Borrowed(Value::String(text)) => {
            text.bytes().map(|byte| Cow::Owned(byte.into())).collect()
        }
        _ => Vec::new(),
    }
}

/// The value and all below it that have something below themselves.
fn descend<'a>(value: Cow<'a, Value>, output: &mut Found<'a>) -> Result<(), JsonPathError> {
    if output.len() > MAX_RESULTS {
        return error("too many results");
    }
    let below = match &value {
        Cow::Borrowed(Value::String(text)) if !text.is_empty() => Vec::new(),
        other => {
            let below = children(other);
            if below.is_empty() {
                return Ok(());
            }
            below
        }
    };
    output.push(value);
    for child in below {
        descend(child, output)?;
    }
    Ok(())
}

/// Adds what a slice cuts out; false if it is an empty one, which ends the search in all others as well.
fn cut<'a>(
    list: &'a [Value],
    slice: &Slice,
    output: &mut Found<'a>,
) -> Result<bool, JsonPathError> {
    let length = i64::try_from(list.len()).unwrap_or(i64::MAX);
    let from_end = |bound: i64| if bound < 0 { bound + length } else { bound };
    let start = from_end(slice.start.unwrap_or(0));
    let end = match slice.end {
        None => length,
        Some(0) if slice.is_index => length,
        Some(end) => from_end(end),
    };
    if start == end {
        return Ok(false);
    }
    if start < 0 || start >= length || end < 0 || end > length || start > end {
        return error(format!(
            "array index out of bounds: [{start}:{end}], length {length}"
        ));
    }
    let step = slice.step.unwrap_or(1);
    let (Ok(start), Ok(end), Ok(step @ 1..)) = (
        usize::try_from(start),
        usize::try_from(end),
        usize::try_from(step),
    ) else {
        return error("step must be > 0");
    };
    output.extend(list[start..end].iter().step_by(step).map(Cow::Borrowed));
    Ok(true)
}

fn keep<'a>(
    list: &'a [Value],
    filter: &'a Filter,
    output: &mut Found<'a>,
) -> Result<(), JsonPathError> {
    for item in list {
        let left = walk(&filter.left, item);
        let passes = match &filter.comparison {
            // An index out of bounds counts as something there.
            None => left.map_or(true, |found| !found.is_empty()),
            Some((operator, right)) => {
                let (left, right) = (one(left?)?, one(walk(right, item)?)?);
                match (left, right) {
                    (Some(left), Some(right)) => compare(operator, &left, &right)?,
                    _ => false,
                }
            }
        };
        if passes {
            output.push(Cow::Borrowed(item));
        }
    }
    Ok(())
}

fn one(mut found: Found<'_>) -> Result<Option<Cow<'_, Value>>, JsonPathError> {
    if found.len() > 1 {
        return error("can only compare one element at a time");
    }
    Ok(found.pop())
}
