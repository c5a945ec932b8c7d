//! CRDs of `apiextensions.k8s.io/v1beta1`, for a server that is told to serve it: they are stored as v1.

use serde_json::{Map, Value, json};

use super::spec::{Parts, Spec, list};
use crate::field_error::{FieldError, FieldErrorKind};

/// The API version.
pub const API_VERSION: &str = "apiextensions.k8s.io/v1beta1";

/// What a client is told that uses it.
pub const DEPRECATION: &str = "apiextensions.k8s.io/v1beta1 CustomResourceDefinition is deprecated in v1.16+, unavailable \
    in v1.22+; use apiextensions.k8s.io/v1 CustomResourceDefinition";

/// The fields of `spec` that versions have for themselves in v1: their names above, and in a version.
const SHARED: [(&str, &str); 4] = [
    ("validation", "schema"),
    ("subresources", "subresources"),
    ("additionalPrinterColumns", "additionalPrinterColumns"),
    ("selectableFields", "selectableFields"),
];

/// Turns a CRD in v1beta1 into the same in v1, with v1beta1's defaults: it is namespaced, keeps unknown fields, and
/// `spec.version` is its only version if it lists none.
///
/// # Errors
/// What is wrong where v1beta1 says something twice: such an object has no form in v1.
pub fn to_v1(mut definition: Value) -> Result<Value, Vec<FieldError>> {
    definition["apiVersion"] = "apiextensions.k8s.io/v1".into();
    let Some(spec) = definition["spec"].as_object_mut() else {
        return Ok(definition);
    };
    let version = spec.remove("version").unwrap_or_default();
    let version = version.as_str().unwrap_or_default();
    if list(spec.get("versions").unwrap_or(&Value::Null)).is_empty() && !version.is_empty() {
        let versions = json!([{"name": version, "served": true, "storage": true}]);
        spec.insert("versions".to_owned(), versions);
    }
    let errors = check(spec, version);
    if !errors.is_empty() {
        return Err(errors);
    }
    for (above, below) in SHARED {
        let Some(mut value) = spec.remove(above).filter(|value| !value.is_null()) else {
            rename_columns_of_versions(spec, above, false);
            continue;
        };
        if above == "additionalPrinterColumns" {
            rename_columns(&mut value, false);
        }
        for version in versions_mut(spec) {
            version.insert(below.to_owned(), value.clone());
        }
    }
    let scope = spec.entry("scope").or_insert_with(|| "Namespaced".into());
    if scope.as_str().is_none_or(str::is_empty) {
        *scope = "Namespaced".into();
    }
    let preserves = spec.entry("preserveUnknownFields").or_insert(Value::Null);
    if preserves.is_null() {
        *preserves = true.into();
    } else if *preserves == false {
        spec.remove("preserveUnknownFields");
    }
    if let Some(Value::Object(conversion)) = spec.get_mut("conversion") {
        conversion_to_v1(conversion);
    }
    Ok(definition)
}

/// Turns a CRD in v1 into the same in v1beta1: what all versions share stands above them.
#[must_use]
pub fn from_v1(mut definition: Value) -> Value {
    definition["apiVersion"] = API_VERSION.into();
    let above = above_versions(&definition["spec"]);
    let Some(spec) = definition["spec"].as_object_mut() else {
        return definition;
    };
    for (name, below) in SHARED {
        if let Some(value) = above.get(name) {
            for version in versions_mut(spec) {
                version.remove(below);
            }
            spec.insert(name.to_owned(), value.clone());
        }
    }
    rename_columns_of_versions(spec, "additionalPrinterColumns", true);
    if let Some(columns) = spec.get_mut("additionalPrinterColumns") {
        rename_columns(columns, true);
    }
    let first = versions_mut(spec)
        .next()
        .and_then(|v| v.get("name").cloned());
    if let Some(first) = first {
        spec.insert("version".to_owned(), first);
    }
    spec.entry("preserveUnknownFields").or_insert(false.into());
    if let Some(Value::Object(conversion)) = spec.get_mut("conversion") {
        if let Some(Value::Object(webhook)) = conversion.remove("webhook") {
            let renamed = webhook
                .into_iter()
                .map(|(name, value)| match name.as_str() {
                    "clientConfig" => ("webhookClientConfig".to_owned(), value),
                    _ => (name, value),
                });
            conversion.extend(renamed);
        }
    }
    definition
}

/// What stands above the versions in v1beta1.
fn above_versions(spec: &Value) -> Map<String, Value> {
    let Parts {
        schema,
        subresources,
        columns,
        selectable_fields,
    } = Spec::of(spec).shared;
    let mut above = Map::new();
    for (name, value) in [("validation", schema), ("subresources", subresources)] {
        if let Some(value) = value {
            above.insert(name.to_owned(), value.clone());
        }
    }
    for (name, list) in [
        ("additionalPrinterColumns", columns),
        ("selectableFields", selectable_fields),
    ] {
        if !list.is_empty() {
            above.insert(name.to_owned(), list.into());
        }
    }
    above
}

/// What v1beta1 may not say both above the versions and in them, nor twice.
fn check(spec: &Map<String, Value>, version: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let versions = list(spec.get("versions").unwrap_or(&Value::Null));
    let has = |value: &Value| match value {
        Value::Null => false,
        Value::Array(list) => !list.is_empty(),
        _ => true,
    };
    for (above, below, what) in [
        ("validation", "schema", "schemas"),
        ("subresources", "subresources", "subresources"),
        (
            "additionalPrinterColumns",
            "additionalPrinterColumns",
            "additionalPrinterColumns",
        ),
    ] {
        if spec.get(above).is_some_and(has) && versions.iter().any(|v| has(&v[below])) {
            let detail = format!("top-level and per-version {what} are mutually exclusive");
            let path = format!("spec.{above}");
            errors.push(FieldError::plain(FieldErrorKind::Forbidden, path, detail));
        }
    }
    if versions
        .first()
        .is_some_and(|first| !version.is_empty() && first["name"] != version)
    {
        let detail = "must match the first version in spec.versions";
        errors.push(FieldError::invalid("spec.version", version, detail));
    }
    errors
}

/// In v1beta1 the webhook's parts stand beside the strategy.
fn conversion_to_v1(conversion: &mut Map<String, Value>) {
    let config = conversion
        .remove("webhookClientConfig")
        .filter(|v| !v.is_null());
    let versions = conversion
        .remove("conversionReviewVersions")
        .filter(|v| !v.is_null());
    let is_webhook = conversion.get("strategy").is_some_and(|s| s == "Webhook");
    if config.is_none() && versions.is_none() && !is_webhook {
        return;
    }
    let mut webhook = Map::new();
    webhook.extend(config.map(|config| ("clientConfig".to_owned(), config)));
    let versions = versions.unwrap_or_else(|| {
        if is_webhook {
            json!(["v1beta1"])
        } else {
            json!([])
        }
    });
    webhook.insert("conversionReviewVersions".to_owned(), versions);
    conversion.insert("webhook".to_owned(), Value::Object(webhook));
}

fn rename_columns_of_versions(spec: &mut Map<String, Value>, above: &str, to_v1beta1: bool) {
    if above != "additionalPrinterColumns" {
        return;
    }
    for version in versions_mut(spec) {
        if let Some(columns) = version.get_mut("additionalPrinterColumns") {
            rename_columns(columns, to_v1beta1);
        }
    }
}

/// `JSONPath` is called `jsonPath` in v1.
fn rename_columns(columns: &mut Value, to_v1beta1: bool) {
    let (from, to) = if to_v1beta1 {
        ("jsonPath", "JSONPath")
    } else {
        ("JSONPath", "jsonPath")
    };
    for column in columns.as_array_mut().into_iter().flatten() {
        if let Some(path) = column.as_object_mut().and_then(|c| c.remove(from)) {
            column[to] = path;
        }
    }
}

fn versions_mut(spec: &mut Map<String, Value>) -> impl Iterator<Item = &mut Map<String, Value>> {
    let versions = spec.get_mut("versions").and_then(Value::as_array_mut);
    versions
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
}
