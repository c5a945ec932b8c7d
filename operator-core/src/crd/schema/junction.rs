//! `oneOf`, `anyOf` and `allOf`: a structural schema says every field outside of them, and inside them only
//! which values are valid.
//!
//! So the branches of an enum become one node that has the fields of all of them (their *union*), and beside it a
//! junction of what is left of each: its *constraint*. Where fields of the same name disagree in type there
//! is no such node, and that is an error.

use serde_json::{Map, Value, json};

use super::{
    combine::{both, constraint, union},
    convert::{Converter, Node, Place},
    scalar,
};

/// What a junction says, as a node to be combined with what stands beside it.
pub(super) fn convert(
    converter: &mut Converter<'_>,
    key: &str,
    branches: &[Value],
    place: &Place,
) -> Node {
    let is_null = |branch: &Value| branch["type"] == "null";
    let nullable = key != "allOf" && branches.iter().any(is_null);
    let always = key != "allOf"
        && branches
            .iter()
            .any(|it| it.as_object().is_some_and(Map::is_empty));
    let mut nodes = Vec::new();
    for branch in branches {
        if !is_null(branch) && branch.as_object().is_none_or(|it| !it.is_empty()) {
            let mut node = converter.part(branch, place);
            scalar::finish(&mut node);
            nodes.push(node);
        }
    }
    let said = if key == "allOf" {
        all(nodes)
    } else {
        any(key, nodes, always)
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

fn all(nodes: Vec<Node>) -> Result<Node, String> {
    let mut whole = Node::new();
    for node in nodes {
        both(&mut whole, node)?;
    }
    Ok(whole)
}

fn any(key: &str, mut nodes: Vec<Node>, always: bool) -> Result<Node, String> {
    if nodes.len() == 1 && !always {
        return Ok(nodes.remove(0));
    }
    if let Some(either) = int_or_string(&nodes) {
        return Ok(either);
    }
    let mut base = Node::new();
    for (index, node) in nodes.iter().enumerate() {
        base = if index == 0 {
            node.clone()
        } else {
            union(base, node)?
        };
    }
    // The description of one variant isn't that of the enum.
    base.remove("description");
    if always {
        // A branch that takes anything leaves nothing of the others but their fields.
        for key in ["required", "oneOf", "anyOf", "allOf", "not"] {
            base.remove(key);
        }
        return Ok(base);
    }
    let constraints: Vec<Node> = nodes.iter().map(|node| constraint(node, &base)).collect();
    let enums_only = constraints
        .iter()
        .all(|it| it.keys().all(|key| key == "enum"));
    if !(enums_only && base.contains_key("enum")) && constraints.iter().any(|it| !it.is_empty()) {
        base.insert(key.to_owned(), json!(constraints));
    }
    Ok(base)
}

/// An integer or a string, the one pair of types that a CRD can say.
fn int_or_string(nodes: &[Node]) -> Option<Node> {
    let flag = "x-kubernetes-int-or-string";
    let mut types: Vec<&str> = nodes
        .iter()
        .map(|node| {
            let either = node.get(flag) == Some(&json!(true));
            if either {
                "both"
            } else {
                node.get("type").and_then(Value::as_str).unwrap_or("")
            }
        })
        .collect();
    types.sort_unstable();
    types.dedup();
    let fits = types.len() > 1
        && types
            .iter()
            .all(|it| ["both", "integer", "string"].contains(it));
    fits.then(|| Node::from_iter([(flag.to_owned(), json!(true))]))
}
