//! The form of a CRD in `apiextensions.k8s.io/v1beta1`; its fields come out in the order written here.
//!
//! With one version, schema, columns and subresources stand at the top of `spec` there: per version they are
//! taken only where the versions differ. Unknown fields are kept unless that is turned off. Servers take no
//! defaults in this version, so they are left out: serde fills them in when an object is read.

use serde::Serialize;
use serde_json::Value;

use super::{
    Crd, CrdError, Problem, Scope,
    declared::is_required,
    kubernetes,
    v1::{ColumnWords, Metadata, Names, Schema, Subresources, VersionName},
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Manifest<'a> {
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata<'a>,
    spec: Spec<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Spec<'a> {
    group: &'a str,
    names: Names<'a>,
    scope: Scope,
    version: &'a str,
    versions: [VersionName<'a>; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    additional_printer_columns: Vec<Column<'a>>,
    preserve_unknown_fields: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    subresources: Option<Subresources<'a>>,
    validation: Schema<'a>,
}

#[derive(Serialize)]
struct Column<'a> {
    #[serde(flatten)]
    column: ColumnWords<'a>,
    #[serde(rename = "JSONPath")]
    json_path: &'a str,
}

impl<'a> Manifest<'a> {
    /// The manifest with a schema that was made by [`schema`].
    pub(super) fn of(crd: &'a Crd, schema: &'a Value) -> Self {
        let columns = crd.columns.iter().map(|column| Column {
            column: ColumnWords::of(column),
            json_path: &column.json_path,
        });
        Self {
            api_version: "apiextensions.k8s.io/v1beta1",
            kind: "CustomResourceDefinition",
            metadata: Metadata::of(crd),
            spec: Spec {
                group: crd.group(),
                names: Names::of(crd),
                scope: crd.scope,
                version: crd.version(),
                versions: [VersionName::of(crd)],
                additional_printer_columns: columns.collect(),
                preserve_unknown_fields: false,
                subresources: Subresources::of(crd),
                validation: Schema::of(schema),
            },
        }
    }
}

/// The schema without defaults.
pub(super) fn schema(crd: &Crd) -> Result<Value, CrdError> {
    let problems = unsayable(crd);
    if !problems.is_empty() {
        return Err(CrdError {
            crd: crd.name(),
            problems,
        });
    }
    let mut schema = crd.schema.clone();
    remove_defaults(&mut schema);
    Ok(schema)
}

/// What the clusters that serve this version would drop in silence.
pub(super) fn unsayable(crd: &Crd) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut problem =
        |field: &str, message: String| problems.push(Problem::of(crd, field, message));
    if !crd.other_versions.is_empty() {
        problem(
            "",
            "only one version can be said in `v1beta1` here: write `v1`".to_owned(),
        );
    }
    let mut said = |field: &str, what: &str| {
        let until = kubernetes::V1BETA1_UNTIL;
        let message = format!(
            "the servers that `v1beta1` is for, up to 1.{until}, drop {what} in silence: remove it, or use `v1` only"
        );
        problem(field, message);
    };
    kubernetes::rules(&crd.schema, "", &mut |field, _| said(field, "rules"));
    for path in &crd.selectable {
        said(path, "selectable fields");
    }
    required_defaults(&crd.schema, "", &mut |field| {
        problem(
            field,
            "there are no defaults in `v1beta1`, and this field is required: add `#[serde(default)]`, or use `v1` only"
                .to_owned(),
        );
    });
    problems
}

/// The fields that only a server's default makes up for; serde does for others.
fn required_defaults(node: &Value, field: &str, each: &mut dyn FnMut(&str)) {
    for (key, suffix) in [("items", "[]"), ("additionalProperties", "{}")] {
        if let Some(below) = node.get(key) {
            required_defaults(below, &format!("{field}{suffix}"), each);
        }
    }
    for (name, below) in node["properties"].as_object().into_iter().flatten() {
        let at = format!("{field}.{name}");
        if is_required(node, name) && below.get("default").is_some() {
            each(&at);
        }
        required_defaults(below, &at, each);
    }
}

/// A junction can't hold a default, so only the three ways down to another node matter.
fn remove_defaults(node: &mut Value) {
    let Some(node) = node.as_object_mut() else {
        return;
    };
    node.remove("default");
    for key in ["items", "additionalProperties"] {
        if let Some(below) = node.get_mut(key) {
            remove_defaults(below);
        }
    }
    let properties = node.get_mut("properties").and_then(Value::as_object_mut);
    for property in properties.into_iter().flat_map(|it| it.values_mut()) {
        remove_defaults(property);
    }
}
