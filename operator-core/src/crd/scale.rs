//! The scale subresource: what `kubectl scale` and autoscalers read and write.

use serde_json::Value;

use super::{
    Problem,
    declaration::WrittenScale,
    declared::{ScaleRole, apply::Placed, found},
    written::{self, Target},
};

/// The scale subresource.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scale {
    /// Where the number of copies that are wanted is.
    pub replicas: String,
    /// Where the number that there is, is.
    pub status: String,
    /// Where the label selector of the pods is, as text; autoscalers need it.
    pub selector: Option<String>,
}

const ROLES: [ScaleRole; 3] = [ScaleRole::Replicas, ScaleRole::Status, ScaleRole::Selector];

/// The subresource from the roles of fields and from what is written on the struct; none if neither is there.
pub(super) fn resolve(
    placed: &[Placed],
    written: &WrittenScale,
    schema: &Value,
    problem: &mut dyn FnMut(Problem),
) -> Option<Scale> {
    let mut complete = true;
    let mut paths = ROLES.map(|role| {
        let fields = placed.iter().filter(|it| it.placement.scale == Some(role));
        let mut found: Vec<(String, Result<(), String>)> = fields
            .map(|field| (field.path(), fits(role, &field.path(), &field.node)))
            .collect();
        if let Some(path) = written.path(role) {
            let outcome = written::follow(schema, path).and_then(|target| match target {
                Target::Node(node) => fits(role, path, node),
                Target::Open => Ok(()),
            });
            found.push((path.to_owned(), outcome));
        }
        if let [(first, _), (second, _), ..] = found.as_slice() {
            let message = format!(
                "`{first}` and `{second}` are both `scale = \"{}\"`: remove one",
                name(role)
            );
            problem(Problem::at(second, message));
        }
        found
            .into_iter()
            .next()
            .and_then(|(path, outcome)| match outcome {
                Ok(()) => Some(path),
                Err(message) => {
                    problem(Problem::at(&path, message));
                    complete = false;
                    None
                }
            })
    });
    let [replicas, status, selector] = [paths[0].take(), paths[1].take(), paths[2].take()];
    match (replicas, status, selector) {
        (Some(replicas), Some(status), selector) => Some(Scale {
            replicas,
            status,
            selector,
        }),
        (None, None, None) => None,
        (replicas, status, _) => {
            for (path, role) in [
                (&replicas, ScaleRole::Replicas),
                (&status, ScaleRole::Status),
            ] {
                if path.is_none() && complete {
                    let message = format!(
                        "the scale subresource needs it too: write `scale = \"{}\"` on a field",
                        name(role)
                    );
                    problem(Problem::at(&format!(".{}", half(role)), message));
                }
            }
            None
        }
    }
}

fn name(role: ScaleRole) -> &'static str {
    match role {
        ScaleRole::Replicas => "replicas",
        ScaleRole::Status => "status",
        ScaleRole::Selector => "selector",
    }
}

fn half(role: ScaleRole) -> &'static str {
    match role {
        ScaleRole::Replicas => "spec",
        ScaleRole::Status | ScaleRole::Selector => "status",
    }
}

fn fits(role: ScaleRole, path: &str, node: &Value) -> Result<(), String> {
    let half = half(role);
    // A server takes a selector of either half.
    let is_in = |half: &str| path.starts_with(&format!(".{half}."));
    let elsewhere = role == ScaleRole::Selector && is_in("spec");
    if !(is_in(half) || elsewhere) {
        return Err(format!(
            "`scale = \"{}\"` has to be in the {half}: move it there",
            name(role)
        ));
    }
    if path.contains('[') {
        return Err("a path of the scale subresource has no brackets: rename the field".to_owned());
    }
    let (wanted, words) = match role {
        ScaleRole::Selector => ("string", "text"),
        _ => ("integer", "an integer"),
    };
    if node["type"] == wanted {
        Ok(())
    } else {
        let found = found(node);
        Err(format!(
            "`scale = \"{}\"` is {words}, and this is {found}",
            name(role)
        ))
    }
}
