//! The fields that clients can select objects by.

use serde_json::Value;

use super::{
    Problem,
    declared::{apply::Placed, found},
    written::{self, Target},
};

/// How many a server takes.
pub(crate) const MOST: usize = 8;

/// The paths of the selectable fields: those of fields in their order, then those written on the struct.
pub(super) fn resolve(
    placed: &[Placed],
    written: &[&str],
    schema: &Value,
    problem: &mut dyn FnMut(Problem),
) -> Vec<String> {
    let mut paths: Vec<String> = Vec::new();
    let mut add = |path: String, problem: &mut dyn FnMut(Problem)| {
        if paths.contains(&path) {
            problem(Problem::at(
                &path,
                format!("`{path}` is selectable twice: remove one"),
            ));
        } else {
            paths.push(path);
        }
    };
    for field in placed.iter().filter(|it| it.placement.selectable) {
        let named = if field.path().contains('[') {
            Err(
                "the path of a selectable field has no brackets: rename it, or remove `selectable`"
                    .to_owned(),
            )
        } else {
            Ok(())
        };
        match named.and_then(|()| leaf(&field.node)) {
            Ok(()) => add(field.path(), problem),
            Err(message) => problem(field.problem(message)),
        }
    }
    for path in written {
        let target = written::follow(schema, path).and_then(|target| match target {
            Target::Node(node) => leaf(node),
            Target::Open => Err(
                "the schema doesn't say what it is: only plain fields can be selected by"
                    .to_owned(),
            ),
        });
        match target {
            Ok(()) => add((*path).to_owned(), problem),
            Err(message) => problem(Problem::at(path, message)),
        }
    }
    if let Some(beyond) = paths.get(MOST) {
        let message = format!(
            "it is one of {} selectable fields, and a server takes {MOST}: remove some",
            paths.len()
        );
        problem(Problem::at(beyond, message));
    }
    paths
}

fn leaf(node: &Value) -> Result<(), String> {
    if let Some("string" | "integer" | "boolean") = node["type"].as_str() {
        return Ok(());
    }
    let found = found(node);
    Err(format!(
        "objects are selected by strings, integers and booleans, and this is {found}: remove `selectable`"
    ))
}
