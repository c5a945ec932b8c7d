//! `oneOf`, `anyOf` and `allOf`: a structural schema says every field outside of them, and inside them only
//! which values are valid.
//!
//! So the branches of an enum become one node that has the fields of all of them (their *union*), and beside it a
//! junction of what is left of each: its *constraint*. Where fields of the same name disagree in type there
//! is no such node, and that is an error.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    combine::{TOLD, both, constraint, union},
    convert::{Converter, Node, Place, anything},
    scalar,
};

/// What a junction says, as a node to be combined with what stands beside it.
pub(super) fn convert(
    converter: &mut Converter<'_>,
    key: &str,
    branches: &[Value],
    place: &Place<'_>,
) -> Node {
    let is_null = |branch: &Value| branch["type"] == "null";
    let nullable = key != "allOf" && branches.iter().any(is_null);
    // What takes any value takes those of the other branches.
    if key != "allOf" && branches.contains(&json!(true)) {
        return anything();
    }
    let always = key != "allOf" && branches.contains(&json!({}));
    let mut parts = Vec::new();
    for branch in branches {
        if !is_null(branch) && branch.as_object().is_none_or(|it| !it.is_empty()) {
            let mut node = converter.part(branch, place);
            scalar::finish(&mut node);
            let closed = is_closed(converter, branch);
            parts.push(Branch { node, closed });
        }
    }
    let said = if key == "allOf" {
        all(parts)
    } else {
        any(key, parts, always)
    };
    let mut node = said.unwrap_or_else(|message| {
        converter.problem(place, message);
        Node::new()
    });
    if nullable {
        node.insert("nullable".to_owned(), json!(true));
    }
    node
}

/// One of the schemas that a junction combines.
struct Branch {
    node: Node,
    /// Whether it refuses fields that it doesn't name.
    closed: bool,
}

fn is_closed(converter: &Converter<'_>, branch: &Value) -> bool {
    let target = branch["$ref"]
        .as_str()
        .and_then(|it| converter.target(it).1);
    [Some(branch), target]
        .into_iter()
        .flatten()
        .any(|it| it["additionalProperties"] == false || it["unevaluatedProperties"] == false)
}

fn all(parts: Vec<Branch>) -> Result<Node, String> {
    let mut whole = Node::new();
    for part in parts {
        both(&mut whole, part.node)?;
    }
    Ok(whole)
}

fn any(key: &str, mut parts: Vec<Branch>, always: bool) -> Result<Node, String> {
    if parts.len() == 1 && !always {
        return Ok(parts.remove(0).node);
    }
    if is_int_or_string(&parts) {
        return int_or_string(key, parts);
    }
    let mut base = Node::new();
    for (index, part) in parts.iter().enumerate() {
        base = if index == 0 {
            part.node.clone()
        } else {
            union(base, &part.node)?
        };
    }
    // What one variant tells isn't what the enum does.
    base.retain(|key, _| !TOLD.contains(&key.as_str()));
    if always {
        // A branch that takes anything leaves nothing of the others but their fields.
        for key in ["required", "oneOf", "anyOf", "allOf", "not"] {
            base.remove(key);
        }
        return union(
            base,
            &Node::from_iter([("type".to_owned(), json!("object"))]),
        );
    }
    let exclusive = told_apart_by_name(&parts);
    let constraints: Vec<Node> = parts
        .iter()
        .map(|part| {
            let mut said = constraint(&part.node, &base);
            if part.closed && !exclusive {
                forbid(&mut said, &part.node, &base);
            }
            said
        })
        .collect();
    let only_enums = base.contains_key("enum")
        && constraints
            .iter()
            .all(|it| it.keys().all(|key| key == "enum"));
    // A branch that says nothing more takes whatever the fields take.
    let each_says_more = constraints.iter().all(|it| !it.is_empty());
    if each_says_more && !only_enums {
        base.insert(key.to_owned(), json!(constraints));
    }
    Ok(base)
}

/// Whether each branch has one field, which no other has: then the others' are refused already.
fn told_apart_by_name(parts: &[Branch]) -> bool {
    let names: BTreeSet<_> = parts
        .iter()
        .filter_map(|part| {
            let fields = part.node.get("properties")?.as_object()?;
            let name = fields.keys().next().filter(|_| fields.len() == 1)?;
            (part.node.get("required") == Some(&json!([name]))).then_some(name)
        })
        .collect();
    names.len() == parts.len()
}

/// A branch that takes no other fields refuses those of the other branches: the rest is pruned.
fn forbid(constraint: &mut Node, node: &Node, base: &Node) {
    let has = |name: &String| {
        node.get("properties")
            .is_some_and(|it| it.get(name).is_some())
    };
    let fields = base.get("properties").and_then(Value::as_object);
    let others = fields.into_iter().flatten().map(|(name, _)| name);
    let mut others: Vec<Value> = others
        .filter(|name| !has(name))
        .map(|name| json!({ "required": [name] }))
        .collect();
    let not = match others.len() {
        0 => return,
        1 => others.remove(0),
        _ => json!({ "anyOf": others }),
    };
    if constraint.contains_key("not") {
        let all = constraint.entry("allOf").or_insert_with(|| json!([]));
        all.as_array_mut()
            .into_iter()
            .for_each(|all| all.push(json!({ "not": not })));
    } else {
        constraint.insert("not".to_owned(), not);
    }
}

/// An integer or a string, the one pair of types that a CRD can say.
fn is_int_or_string(parts: &[Branch]) -> bool {
    let mut types: Vec<_> = parts.iter().map(|part| type_of(&part.node)).collect();
    types.sort_unstable();
    types.dedup();
    let fits = |it: &&str| ["both", "integer", "string"].contains(it);
    types.len() > 1 && types.iter().all(fits)
}

fn type_of(node: &Node) -> &str {
    if node.get("x-kubernetes-int-or-string") == Some(&json!(true)) {
        "both"
    } else {
        node.get("type").and_then(Value::as_str).unwrap_or("")
    }
}

/// Limits of integers mean nothing to strings, and the other way round, so both stand side by side.
fn int_or_string(key: &str, parts: Vec<Branch>) -> Result<Node, String> {
    let flag = Node::from_iter([("x-kubernetes-int-or-string".to_owned(), json!(true))]);
    if parts.iter().any(|part| type_of(&part.node) == "both") {
        return Ok(flag);
    }
    let (integers, strings): (Vec<_>, Vec<_>) = parts
        .into_iter()
        .partition(|part| type_of(&part.node) == "integer");
    let mut either = flag;
    for parts in [integers, strings] {
        let mut node = any(key, parts, false)?;
        scalar::let_other_types_pass(&mut node)?;
        both(&mut either, node)?;
    }
    either.retain(|key, _| !TOLD.contains(&key.as_str()));
    Ok(either)
}
