//! The columns of `kubectl get`: a column's type is that of its field in the schema, so they can't disagree.

use serde_json::Value;

use super::{Problem, declaration::DeclaredColumn};

/// A column of `kubectl get`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Column {
    /// The heading.
    pub name: String,
    /// `integer`, `number`, `string`, `boolean` or `date`.
    pub kind: &'static str,
    /// The JSON path of the value, e.g. `.spec.replicas`.
    pub json_path: String,
}

/// Gives each declared column its type, and adds the age.
///
/// A server shows the age by itself only where no column is declared, so one column would cost the other.
pub(super) fn resolve(
    declared: &[DeclaredColumn],
    spec: &Value,
    type_name: &str,
    problems: &mut Vec<Problem>,
) -> Vec<Column> {
    let mut columns = Vec::new();
    for column in declared {
        match kind(&spec["properties"][column.field]) {
            Ok(kind) => columns.push(Column {
                name: column.name.to_owned(),
                kind,
                json_path: json_path(column.field),
            }),
            Err(message) => problems.push(Problem {
                type_name: type_name.to_owned(),
                field: format!("spec.{}", column.field),
                message,
            }),
        }
    }
    if !columns.is_empty() {
        columns.push(Column {
            name: "Age".to_owned(),
            kind: "date",
            json_path: ".metadata.creationTimestamp".to_owned(),
        });
    }
    columns
}

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
        Some(other) => Err(format!(
            "a column shows one value, and this is an {other}: remove `#[k8s(column)]`"
        )),
        None => Err(
            "the schema has no such field with a type: a column needs a field under the name that serde gives it"
                .to_owned(),
        ),
    }
}

fn json_path(field: &str) -> String {
    if field
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
    {
        format!(".spec.{field}")
    } else {
        format!(".spec['{}']", field.replace('\'', "\\'"))
    }
}
