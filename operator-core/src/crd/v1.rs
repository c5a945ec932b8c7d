//! The form of a CRD in `apiextensions.k8s.io/v1`; its fields come out in the order written here.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::{Crd, Scope, schema::Sorted};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Manifest<'a> {
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata<'a>,
    spec: Spec<'a>,
}

#[derive(Serialize)]
pub(super) struct Metadata<'a> {
    name: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: &'a BTreeMap<String, String>,
}

impl<'a> Metadata<'a> {
    pub(super) fn of(crd: &'a Crd) -> Self {
        Self {
            name: crd.name(),
            labels: &crd.labels,
            annotations: &crd.annotations,
        }
    }
}

#[derive(Serialize)]
struct Spec<'a> {
    group: &'a str,
    names: Names<'a>,
    scope: Scope,
    versions: Vec<Version<'a>>,
}

// The fields are called as they are in a manifest.
#[allow(clippy::struct_field_names)]
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Names<'a> {
    kind: &'a str,
    list_kind: &'a str,
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
            list_kind: &crd.list_kind,
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
    #[serde(flatten)]
    named: VersionName<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    additional_printer_columns: Vec<Column<'a>>,
    schema: Schema<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    selectable_fields: Vec<SelectableField<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subresources: Option<Subresources<'a>>,
}

/// What both versions of the API say of a version in the same words.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct VersionName<'a> {
    name: &'a str,
    served: bool,
    storage: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    deprecated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    deprecation_warning: Option<&'a str>,
}

impl<'a> VersionName<'a> {
    pub(super) fn of(crd: &'a Crd) -> Self {
        Self {
            name: crd.version(),
            served: crd.served,
            storage: crd.storage,
            deprecated: crd.deprecated.is_some(),
            deprecation_warning: crd.deprecated.flatten(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SelectableField<'a> {
    json_path: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Column<'a> {
    #[serde(flatten)]
    column: ColumnWords<'a>,
    json_path: &'a str,
}

/// What both versions of the API say of a column in the same words.
#[derive(Serialize)]
pub(super) struct ColumnWords<'a> {
    name: &'a str,
    r#type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<i32>,
}

impl<'a> ColumnWords<'a> {
    pub(super) fn of(column: &'a super::Column) -> Self {
        Self {
            name: &column.name,
            r#type: column.kind,
            format: column.format,
            description: column.description,
            priority: column.priority,
        }
    }
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
pub(super) struct Subresources<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    scale: Option<Scale<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Empty>,
}

// The fields are called as they are in a manifest.
#[allow(clippy::struct_field_names)]
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Scale<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    label_selector_path: Option<&'a str>,
    spec_replicas_path: &'a str,
    status_replicas_path: &'a str,
}

#[derive(Serialize)]
struct Empty {}

impl<'a> Subresources<'a> {
    pub(super) fn of(crd: &'a Crd) -> Option<Self> {
        let scale = crd.scale.as_ref().map(|scale| Scale {
            label_selector_path: scale.selector.as_deref(),
            spec_replicas_path: &scale.replicas,
            status_replicas_path: &scale.status,
        });
        let status = crd.has_status.then_some(Empty {});
        (scale.is_some() || status.is_some()).then_some(Self { scale, status })
    }
}

impl<'a> Version<'a> {
    fn of(crd: &'a Crd) -> Self {
        let columns = crd.columns.iter().map(|column| Column {
            column: ColumnWords::of(column),
            json_path: &column.json_path,
        });
        let selectable = crd.selectable.iter();
        Self {
            named: VersionName::of(crd),
            additional_printer_columns: columns.collect(),
            schema: Schema::of(&crd.schema),
            selectable_fields: selectable
                .map(|json_path| SelectableField { json_path })
                .collect(),
            subresources: Subresources::of(crd),
        }
    }
}

impl<'a> Manifest<'a> {
    pub(super) fn of(crd: &'a Crd) -> Self {
        Self {
            api_version: "apiextensions.k8s.io/v1",
            kind: "CustomResourceDefinition",
            metadata: Metadata::of(crd),
            spec: Spec {
                group: crd.group(),
                names: Names::of(crd),
                scope: crd.scope,
                versions: crd.versions().map(Version::of).collect(),
            },
        }
    }
}
