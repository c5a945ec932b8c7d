//! The form of a CRD in `apiextensions.k8s.io/v1beta1`; its fields come out in the order written here.
//!
//! With one version, schema, columns and subresources stand at the top of `spec` there: per version they are
//! taken only where the versions differ. Unknown fields are kept unless that is turned off. Servers take no
//! defaults in this version, so they are left out: serde fills them in when an object is read.

use serde::Serialize;
use serde_json::Value;

use super::{
    Crd, Scope,
    v1::{Metadata, Names, Schema, Subresources},
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Manifest<'a> {
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata,
    spec: Spec<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Spec<'a> {
    group: &'a str,
    names: Names<'a>,
    scope: Scope,
    version: &'a str,
    versions: [Version<'a>; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    additional_printer_columns: Vec<Column<'a>>,
    preserve_unknown_fields: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    subresources: Option<Subresources>,
    validation: Schema<'a>,
}

#[derive(Serialize)]
struct Version<'a> {
    name: &'a str,
    served: bool,
    storage: bool,
}

#[derive(Serialize)]
struct Column<'a> {
    name: &'a str,
    r#type: &'a str,
    #[serde(rename = "JSONPath")]
    json_path: &'a str,
}

impl<'a> Manifest<'a> {
    /// The manifest with a schema that was made by [`schema`].
    pub(super) fn of(crd: &'a Crd, schema: &'a Value) -> Self {
        let columns = crd.columns.iter().map(|column| Column {
            name: &column.name,
            r#type: column.kind,
            json_path: &column.json_path,
        });
        Self {
            api_version: "apiextensions.k8s.io/v1beta1",
            kind: "CustomResourceDefinition",
            metadata: Metadata { name: crd.name() },
            spec: Spec {
                group: crd.group(),
                names: Names::of(crd),
                scope: crd.scope,
                version: crd.version(),
                versions: [Version {
                    name: crd.version(),
                    served: true,
                    storage: true,
                }],
                additional_printer_columns: columns.collect(),
                preserve_unknown_fields: false,
                subresources: Subresources::of(crd),
                validation: Schema::of(schema),
            },
        }
    }
}

/// The schema without defaults.
pub(super) fn schema(crd: &Crd) -> Value {
    let mut schema = crd.schema.clone();
    remove_defaults(&mut schema);
    schema
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
