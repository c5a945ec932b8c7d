//! The form of a CRD in `apiextensions.k8s.io/v1`; its fields come out in the order written here.

use serde::Serialize;
use serde_json::Value;

use super::{Crd, Scope, schema::Sorted};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Manifest<'a> {
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata,
    spec: Spec<'a>,
}

#[derive(Serialize)]
pub(super) struct Metadata {
    pub(super) name: String,
}

#[derive(Serialize)]
struct Spec<'a> {
    group: &'a str,
    names: Names<'a>,
    scope: Scope,
    versions: [Version<'a>; 1],
}

// The fields are called as they are in a manifest.
#[allow(clippy::struct_field_names)]
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Names<'a> {
    kind: &'a str,
    list_kind: String,
    plural: &'a str,
    singular: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    short_names: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    categories: &'a [String],
}

impl<'a> Names<'a> {
    pub(super) fn of(crd: &'a Crd) -> Self {
        Self {
            kind: crd.kind(),
            list_kind: format!("{}List", crd.kind()),
            plural: crd.plural(),
            singular: &crd.singular,
            short_names: &crd.short_names,
            categories: &crd.categories,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Version<'a> {
    name: &'a str,
    served: bool,
    storage: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    additional_printer_columns: Vec<Column<'a>>,
    schema: Schema<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subresources: Option<Subresources>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Column<'a> {
    name: &'a str,
    r#type: &'a str,
    json_path: &'a str,
}

#[derive(Serialize)]
pub(super) struct Schema<'a> {
    #[serde(rename = "openAPIV3Schema")]
    schema: Sorted<'a>,
}

impl<'a> Schema<'a> {
    pub(super) fn of(schema: &'a Value) -> Self {
        Self {
            schema: Sorted(schema),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Subresources {
    status: Empty,
}

#[derive(Serialize)]
struct Empty {}

impl Subresources {
    pub(super) fn of(crd: &Crd) -> Option<Self> {
        crd.has_status.then_some(Self { status: Empty {} })
    }
}

impl<'a> Manifest<'a> {
    pub(super) fn of(crd: &'a Crd) -> Self {
        let columns = crd.columns.iter().map(|column| Column {
            name: &column.name,
            r#type: column.kind,
            json_path: &column.json_path,
        });
        Self {
            api_version: "apiextensions.k8s.io/v1",
            kind: "CustomResourceDefinition",
            metadata: Metadata { name: crd.name() },
            spec: Spec {
                group: crd.group(),
                names: Names::of(crd),
                scope: crd.scope,
                versions: [Version {
                    name: crd.version(),
                    served: true,
                    storage: true,
                    additional_printer_columns: columns.collect(),
                    schema: Schema::of(&crd.schema),
                    subresources: Subresources::of(crd),
                }],
            },
        }
    }
}
