//! [`Definition`]: how the definitions of custom resources themselves are treated.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    api_approval,
    condition::is_true,
    printer_columns::{column, created_column, name_column},
    schema_warnings,
    spec::list,
    spec_rules::{self, Context},
};
use crate::{
    builtin,
    error::ApiError,
    field_error::FieldError,
    object,
    resource::{Resource, Subresource},
    schema::{Schema, SchemaNode, decode_typed},
    strategy::{Column, Convert, Strategy},
};

const GROUP: &str = "apiextensions.k8s.io";
pub(super) const API_VERSION: &str = "apiextensions.k8s.io/v1";
pub(super) const KIND: &str = "CustomResourceDefinition";

/// How CRDs are treated; their content is always that of `apiextensions.k8s.io/v1`.
pub(crate) struct Definition {
    schema: SchemaNode,
    v1beta1: bool,
}

impl Definition {
    /// For CRDs written in v1; `schema` is that of the whole object.
    #[must_use]
    pub(crate) fn new(schema: SchemaNode) -> Self {
        let v1beta1 = false;
        Self { schema, v1beta1 }
    }

    /// For CRDs that were written in v1beta1 and [converted](super::v1beta1::to_v1): they may keep unknown fields and
    /// have no schema. `schema` is that of v1.
    #[must_use]
    pub(crate) fn from_v1beta1(schema: SchemaNode) -> Self {
        let v1beta1 = true;
        Self { schema, v1beta1 }
    }

    /// The schema of CRDs in v1.
    #[must_use]
    pub(crate) fn schema_of_all() -> SchemaNode {
        let name =
            "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition";
        // It is part of this crate's data.
        builtin::definition(name).unwrap_or_else(|| Schema::default().into())
    }

    /// The kind of CRDs in v1; `schema` is that of the whole object.
    #[must_use]
    pub(crate) fn resource(schema: SchemaNode) -> Resource {
        let text = str::to_owned;
        let (group, version, kind) = (text(GROUP), text("v1"), text(KIND));
        Resource {
            subresources: vec![Subresource {
                name: text("status"),
                kind: (group.clone(), version.clone(), kind.clone()),
                verbs: ["get", "patch", "update"].map(text).to_vec(),
                scale: None,
            }],
            group,
            version,
            kind,
            list_kind: text("CustomResourceDefinitionList"),
            plural: text("customresourcedefinitions"),
            singular: text("customresourcedefinition"),
            short_names: ["crd", "crds"].map(text).to_vec(),
            categories: vec![text("api-extensions")],
            namespaced: false,
            verbs: [
                "create",
                "delete",
                "deletecollection",
                "get",
                "list",
                "patch",
                "update",
                "watch",
            ]
            .map(text)
            .to_vec(),
            strategy: Arc::new(Self::new(schema)),
            custom: false,
            deprecation: None,
        }
    }

    fn check(&self, new: &Value, old: Option<&Value>) -> Vec<FieldError> {
        let v1beta1 = self.v1beta1;
        let context = Context { old, v1beta1 };
        let mut errors = spec_rules::check_spec(new, context);
        errors.extend(check_status(new));
        errors.extend(spec_rules::check_stored_versions(new));
        errors.extend(api_approval::check(new, old));
        errors.extend(spec_rules::check_preserve_unknown_fields(new, context));
        errors
    }
}

impl Strategy for Definition {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn decode(&self, object: &mut Value) -> Result<Vec<String>, ApiError> {
        decode_typed(object, &self.schema)
    }

    fn converter(&self, from: &Resource) -> Option<Convert> {
        // What has no form in v1 was refused when it was decoded.
        let convert: Convert =
            |object| *object = super::v1beta1::to_v1(object.take()).unwrap_or_default();
        (from.version != "v1").then_some(convert)
    }

    fn default(&self, object: &mut Value) {
        let spec = &mut object["spec"];
        if !spec.is_object() {
            *spec = json!({});
        }
        default_names(&mut spec["names"]);
        let conversion = &mut spec["conversion"];
        if conversion.is_null() {
            *conversion = json!({"strategy": "None"});
        }
        let service = &mut conversion["webhook"];
        if service.is_null() {
            conversion.as_object_mut().map(|c| c.remove("webhook"));
        } else if service["clientConfig"]["service"].is_object() {
            let port = &mut service["clientConfig"]["service"]["port"];
            if port.is_null() {
                *port = 443.into();
            }
        }
        for version in spec["versions"].as_array_mut().into_iter().flatten() {
            for flag in ["served", "storage"] {
                if version.is_object() && version[flag].is_null() {
                    version[flag] = false.into();
                }
            }
        }
        default_status(object);
    }

    fn prepare_for_create(&self, object: &mut Value) {
        object["status"] = Value::Null;
        default_status(object);
        object::metadata_mut(object).insert("generation".to_owned(), 1.into());
    }

    fn prepare_for_update(&self, new: &mut Value, old: &Value) {
        new["status"] = old["status"].clone();
        default_status(new);
        if let Some(version) = storage_version(new) {
            let stored = new["status"]["storedVersions"].as_array_mut();
            if let Some(list) = stored.filter(|list| !list.iter().any(|v| *v == version)) {
                list.push(version.into());
            }
        }
        let changed = i64::from(new["spec"] != old["spec"]);
        let generation = object::generation(old) + changed;
        object::metadata_mut(new).insert("generation".to_owned(), generation.into());
    }

    fn prepare_for_status_update(&self, new: &mut Value, old: &Value) {
        // Metadata goes through: that is how a controller takes its finalizer off.
        new["spec"] = old["spec"].clone();
    }

    fn validate(&self, object: &Value) -> Vec<FieldError> {
        let mut errors = spec_rules::check_name(object);
        errors.extend(self.check(object, None));
        errors
    }

    fn validate_update(&self, new: &Value, old: &Value) -> Vec<FieldError> {
        self.check(new, Some(old))
    }

    fn validate_status_update(&self, new: &Value, _old: &Value) -> Vec<FieldError> {
        check_status(new)
    }

    fn warnings(&self, new: &Value, old: Option<&Value>) -> Vec<String> {
        schema_warnings::warnings(new, old)
    }

    fn validate_name(&self, name: &str) -> Vec<String> {
        crate::metadata::names::dns_1123_subdomain(name)
    }

    fn allows_unconditional_update(&self) -> bool {
        false
    }

    fn reset_fields(&self, subresource: &str) -> &[&[&str]] {
        match subresource {
            "" => &[&["status"]],
            "status" => &[&["spec"]],
            _ => &[],
        }
    }

    fn columns(&self) -> Vec<Column> {
        let mut columns = vec![
            name_column(),
            column("Scope", "string", "", "Cluster/Namespaced"),
            column("Versions", "string", "", "Served versions"),
            created_column("Created At"),
            column("Group", "string", "", "API group"),
            column("Kind", "string", "", "CustomResource kind"),
            column("ShortNames", "string", "", "Short names"),
            column("Established", "boolean", "", "Established status"),
        ];
        for wide in &mut columns[4..] {
            wide.priority = 1;
        }
        columns
    }

    fn cells(&self, object: &Value, _now: i64) -> Vec<Value> {
        let spec = &object["spec"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let served = list(&spec["versions"])
            .iter()
            .filter(|v| v["served"] == true);
        let mut versions: Vec<String> = served
            .map(|version| {
                let mark = if version["storage"] == true {
                    "(storage)"
                } else {
                    ""
                };
                text(&version["name"]) + mark
            })
            .collect();
        versions.sort();
        let short_names: Vec<String> = list(&spec["names"]["shortNames"])
            .iter()
            .map(text)
            .collect();
        vec![
            object::name(object).into(),
            text(&spec["scope"]).into(),
            versions.join(",").into(),
            object::text(object, "creationTimestamp").into(),
            text(&spec["group"]).into(),
            text(&spec["names"]["kind"]).into(),
            short_names.join(",").into(),
            is_true(object, "Established").into(),
        ]
    }
}

fn check_status(definition: &Value) -> Vec<FieldError> {
    spec_rules::check_names(
        &definition["status"]["acceptedNames"],
        "status.acceptedNames",
    )
}

fn default_names(names: &mut Value) {
    if !names.is_object() {
        *names = json!({});
    }
    let kind = names["kind"].as_str().unwrap_or_default().to_owned();
    if names["singular"].as_str().unwrap_or_default().is_empty() && !kind.is_empty() {
        names["singular"] = kind.to_lowercase().into();
    }
    if names["listKind"].as_str().unwrap_or_default().is_empty() && !kind.is_empty() {
        names["listKind"] = format!("{kind}List").into();
    }
    for field in ["plural", "kind", "singular", "listKind"] {
        let required = field == "plural" || field == "kind";
        if names[field].is_null() {
            if required {
                names[field] = "".into();
            } else {
                names.as_object_mut().map(|n| n.remove(field));
            }
        }
    }
}

/// A status is always complete; what is not known yet is null or empty.
fn default_status(object: &mut Value) {
    let storage = storage_version(object);
    let status = &mut object["status"];
    if !status.is_object() {
        *status = json!({});
    }
    let _ = &mut status["conditions"];
    let names = &mut status["acceptedNames"];
    if !names.is_object() {
        *names = json!({});
    }
    for field in ["plural", "kind"] {
        let name = &mut names[field];
        if name.is_null() {
            *name = "".into();
        }
    }
    let stored = &mut status["storedVersions"];
    if stored.as_array().is_none_or(Vec::is_empty) {
        *stored = storage.map_or(Value::Null, |version| json!([version]));
    }
}

/// The version that new objects are stored in.
fn storage_version(definition: &Value) -> Option<String> {
    let versions = list(&definition["spec"]["versions"]);
    let storage = versions.iter().find(|v| v["storage"] == true)?;
    Some(storage["name"].as_str()?.to_owned())
}

#[cfg(test)]
mod tests;
