//! Defaults: a server fills in only a value that it would take itself, and refuses the CRD otherwise.

use serde_json::Value;

use super::{
    super::fits::{field, fits, is_true},
    convert::{Node, PRESERVE},
};

/// Leaves out a default that an old server can't read, and says what is wrong with one that no server takes.
///
/// Patterns and formats are left to the server.
pub(super) fn settle(node: &mut Node) -> Result<(), String> {
    let Some(default) = node.get("default") else {
        return Ok(());
    };
    // Kubernetes 1.20 reads an empty string as null here and refuses it. Serde fills it in anyway.
    if has_empty_string(default, node) {
        node.remove("default");
        return Ok(());
    }
    fits(default, node).map_err(|wrong| {
        format!(
            "its default is refused by a server, since it {wrong}: write one that fits with \
             `#[serde(default = \"…\")]`"
        )
    })
}

fn has_empty_string(value: &Value, node: &Node) -> bool {
    let empty = Node::new();
    match value {
        Value::String(text) => {
            text.is_empty() && !is_true(node, "nullable") && !is_true(node, PRESERVE)
        }
        Value::Array(items) => {
            let schema = node.get("items").and_then(Value::as_object);
            items
                .iter()
                .any(|item| has_empty_string(item, schema.unwrap_or(&empty)))
        }
        Value::Object(fields) => fields.iter().any(|(name, value)| {
            let schema = field(node, name);
            has_empty_string(value, schema.unwrap_or(&empty))
        }),
        _ => false,
    }
}
