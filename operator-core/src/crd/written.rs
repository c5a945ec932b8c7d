//! Paths that are written by hand, followed through the schema of the resource.

use serde_json::Value;

use super::declared::path::{Part, part};

/// What a path leads to.
pub(super) enum Target<'a> {
    /// The schema of the field.
    Node(&'a Value),
    /// What the schema leaves open, or a path that can't be followed.
    Open,
}

/// Follows a path from the top of the resource; says where it leads nowhere.
pub(super) fn follow<'a>(schema: &'a Value, path: &str) -> Result<Target<'a>, String> {
    let (mut node, mut rest) = (schema, path);
    let mut top = true;
    while let Some((part, tail)) = part(rest) {
        rest = tail;
        match part {
            Part::Name("apiVersion" | "kind" | "metadata") if top => return Ok(Target::Open),
            Part::Name(name) => {
                let below = node["properties"].get(name);
                node = match below.or(node.get("additionalProperties")) {
                    Some(below) => below,
                    None if node["x-kubernetes-preserve-unknown-fields"] == true => {
                        return Ok(Target::Open);
                    }
                    None => return Err(nowhere(node, name, path)),
                };
            }
            Part::Items if node.get("items").is_some() => node = &node["items"],
            _ => return Ok(Target::Open),
        }
        top = false;
    }
    Ok(Target::Node(node))
}

fn nowhere(node: &Value, name: &str, path: &str) -> String {
    let names = node["properties"].as_object().into_iter().flatten();
    let names: Vec<_> = names.map(|(name, _)| format!("`{name}`")).collect();
    if names.is_empty() {
        format!("`{path}` leads nowhere, as there is nothing below that has a `{name}`")
    } else {
        format!(
            "`{path}` leads nowhere: instead of `{name}` write one of {}",
            names.join(", ")
        )
    }
}
