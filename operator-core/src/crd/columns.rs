//! The columns of `kubectl get`: a column's type is that of its field in the schema, so they can't disagree.

use serde_json::Value;

use super::{
    Problem,
    declaration::WrittenColumn,
    declared::{FieldColumn, apply::Placed},
    written::{self, Target},
};

/// A column of `kubectl get`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Column {
    /// The heading.
    pub name: String,
    /// `integer`, `number`, `string`, `boolean` or `date`.
    pub kind: &'static str,
    /// How the value is shown, e.g. `int32`.
    pub format: Option<&'static str>,
    /// What it is.
    pub description: Option<&'static str>,
    /// With 0, or without, it is always shown; with more only by `-o wide`.
    pub priority: Option<i32>,
    /// The JSON path of the value, e.g. `.spec.replicas`.
    pub json_path: String,
}

impl Column {
    fn new(column: &FieldColumn, kind: &'static str, json_path: String) -> Self {
        Self {
            name: column.name.to_owned(),
            kind: column.kind.unwrap_or(kind),
            format: column.format,
            description: column.description,
            priority: column.priority,
            json_path,
        }
    }
}

/// The columns of the fields in their order, those that are written on the struct, and the age.
///
/// A server shows the age by itself only where no column is declared, so one column would cost the other.
pub(super) fn resolve(
    placed: &[Placed],
    columns: &'static [WrittenColumn],
    schema: &Value,
    problem: &mut dyn FnMut(Problem),
) -> Vec<Column> {
    let mut resolved = Vec::new();
    for field in placed {
        let Some(column) = &field.placement.column else {
            continue;
        };
        match kind(&field.node) {
            Ok(kind) => resolved.push(Column::new(column, kind, field.path())),
            Err(message) => {
                problem(field.problem(format!("{message}: remove `#[k8s(column)]`")));
            }
        }
    }
    for WrittenColumn { path, column } in columns {
        let kind = written::follow(schema, path).and_then(|target| match (target, column.kind) {
            (_, Some(kind)) => Ok(kind),
            (Target::Node(node), None) => {
                kind(node).map_err(|message| format!("{message}: write `type = \"string\"`"))
            }
            (Target::Open, None) if *path == AGE => Ok("date"),
            (Target::Open, None) => {
                Err("nothing says its type: write `type = \"string\"`".to_owned())
            }
        });
        match kind {
            Ok(kind) => resolved.push(Column::new(column, kind, (*path).to_owned())),
            Err(message) => problem(Problem::at(
                path,
                format!("column `{}`: {message}", column.name),
            )),
        }
    }
    for (index, column) in resolved.iter().enumerate() {
        let twin = |earlier: &&Column| earlier.name.eq_ignore_ascii_case(&column.name);
        if let Some(earlier) = resolved[..index].iter().find(twin) {
            problem(Problem::at(
                &column.json_path,
                format!(
                    "two columns are called `{}`, the other one shows `{}`: write `column(name = \"…\")` for one",
                    column.name, earlier.json_path
                ),
            ));
        }
    }
    if !resolved.is_empty()
        && resolved
            .iter()
            .all(|it| it.name != "Age" && it.json_path != AGE)
    {
        resolved.push(Column {
            name: "Age".to_owned(),
            kind: "date",
            format: None,
            description: None,
            priority: None,
            json_path: AGE.to_owned(),
        });
    }
    resolved
}

const AGE: &str = ".metadata.creationTimestamp";

/// The type of a column that shows this.
fn kind(schema: &Value) -> Result<&'static str, String> {
    if schema["x-kubernetes-int-or-string"] == true {
        return Ok("string");
    }
    match schema["type"].as_str() {
        Some("string") if schema["format"] == "date-time" => Ok("date"),
        Some("string") => Ok("string"),
        Some("integer") => Ok("integer"),
        Some("number") => Ok("number"),
        Some("boolean") => Ok("boolean"),
        Some(other) => Err(format!("a column shows one value, and this is an {other}")),
        None => Err("a column shows one value, and this may be anything".to_owned()),
    }
}
