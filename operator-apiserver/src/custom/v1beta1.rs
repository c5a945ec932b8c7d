//! CRDs of `apiextensions.k8s.io/v1beta1`, for a server that is told to serve it: they are stored as v1.

use serde_json::{Map, Value, json};

use super::{
    internal_form,
    spec::{Parts, Spec, Version, list},
};
use crate::field_error::{FieldError, FieldErrorKind};

/// The API version.
pub(crate) const API_VERSION: &str = "apiextensions.k8s.io/v1beta1";

/// What a client is told that uses it.
pub(crate) const DEPRECATION: &str = "apiextensions.k8s.io/v1beta1 CustomResourceDefinition is deprecated in v1.16+, unavailable \
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
pub(crate) fn to_v1(mut definition: Value) -> Result<Value, Vec<FieldError>> {
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
pub(crate) fn from_v1(mut definition: Value) -> Value {
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
    if let Some(Value::Object(conversion)) = spec.get_mut("conversion")
        && let Some(Value::Object(webhook)) = conversion.remove("webhook")
    {
        conversion.extend(
            webhook
                .into_iter()
                .map(|(name, value)| match name.as_str() {
                    "clientConfig" => ("webhookClientConfig".to_owned(), value),
                    _ => (name, value),
                }),
        );
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
    errors.extend(check_identical(versions));
    if versions
        .first()
        .is_some_and(|first| !version.is_empty() && first["name"] != version)
    {
        let detail = "must match the first version in spec.versions";
        errors.push(FieldError::invalid("spec.version", version, detail));
    }
    errors
}

/// What all versions say alike has to stand above them.
fn check_identical(versions: &[Value]) -> Vec<FieldError> {
    let versions: Vec<Version<'_>> = versions.iter().map(Version::of).collect();
    let Some(first) = versions.first().map(|v| v.parts) else {
        return Vec::new();
    };
    let all = |is_so: fn(&Parts<'_>, &Parts<'_>) -> bool| {
        versions.iter().all(|v| is_so(&v.parts, &first))
    };
    let schema = all(|a, b| a.schema.is_some() && a.schema == b.schema);
    let subresources = all(|a, b| a.subresources.is_some() && a.subresources == b.subresources);
    let columns = all(|a, b| !a.columns.is_empty() && a.columns == b.columns);
    let mut errors = Vec::new();
    for (identical, what, above) in [
        (schema, "schemas", "validation"),
        (subresources, "subresources", "subresources"),
        (
            columns,
            "additionalPrinterColumns",
            "additionalPrinterColumns",
        ),
    ] {
        if identical {
            let shown = internal_form::versions(&Value::Array(Vec::new()), &versions);
            let detail = format!(
                "{shown}: per-version {what} may not all be set to identical values (top-level {above} should be used \
                 instead)"
            );
            errors.push(FieldError::plain(
                FieldErrorKind::Invalid,
                "spec.versions",
                detail,
            ));
        }
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
        let Some(column) = column.as_object_mut() else {
            continue;
        };
        // The other version's name is an unknown field in this one.
        column.remove(to);
        if let Some(path) = column.remove(from) {
            column.insert(to.to_owned(), path);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn beta(spec: &Value) -> Value {
        json!({"apiVersion": API_VERSION, "kind": "CustomResourceDefinition", "metadata": {"name": "foos.example.com"},
            "spec": spec})
    }

    fn v1(spec: &Value) -> Value {
        let mut definition = beta(spec);
        definition["apiVersion"] = "apiextensions.k8s.io/v1".into();
        definition
    }

    fn texts(spec: &Value) -> Vec<String> {
        let errors = to_v1(beta(spec)).expect_err("it has no form in v1");
        errors.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_single_version_keeps_unknown_fields() {
        let given = json!({"group": "example.com", "version": "v1", "names": {"plural": "foos", "kind": "Foo"}});
        let stored = v1(&json!({
            "group": "example.com", "names": {"plural": "foos", "kind": "Foo"}, "scope": "Namespaced",
            "versions": [{"name": "v1", "served": true, "storage": true}], "preserveUnknownFields": true,
        }));
        assert_eq!(to_v1(beta(&given)), Ok(stored.clone()));
        let mut shown = beta(&stored["spec"]);
        shown["spec"]["version"] = "v1".into();
        assert_eq!(from_v1(stored), shown);
    }

    #[test]
    fn what_stands_above_the_versions_goes_into_them_and_back() {
        let above = json!({
            "scope": "Cluster", "version": "v1", "preserveUnknownFields": false,
            "validation": {"openAPIV3Schema": {"type": "object"}}, "subresources": {"status": {}},
            "additionalPrinterColumns": [{"name": "A", "type": "string", "JSONPath": ".spec.a"}],
            "versions": [{"name": "v1", "served": true, "storage": true}],
        });
        let stored = v1(&json!({
            "scope": "Cluster",
            "versions": [{
                "name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object"}},
                "subresources": {"status": {}},
                "additionalPrinterColumns": [{"name": "A", "type": "string", "jsonPath": ".spec.a"}],
            }],
        }));
        assert_eq!(to_v1(beta(&above)), Ok(stored.clone()));
        assert_eq!(from_v1(stored), beta(&above));
    }

    #[test]
    fn versions_keep_what_they_have_for_themselves() {
        let given = json!({
            "scope": "Namespaced", "version": "v1", "preserveUnknownFields": true,
            "versions": [
                {"name": "v1", "additionalPrinterColumns": [{"name": "A", "JSONPath": ".a"}]}, {"name": "v2"},
            ],
        });
        let stored = to_v1(beta(&given)).expect("it has a form in v1");
        let columns = &stored["spec"]["versions"][0]["additionalPrinterColumns"];
        assert_eq!(*columns, json!([{"name": "A", "jsonPath": ".a"}]));
        assert_eq!(from_v1(stored), beta(&given));
    }

    #[test]
    fn a_webhook_stands_beside_the_strategy() {
        let given = json!({"preserveUnknownFields": false,
            "conversion": {"strategy": "Webhook", "webhookClientConfig": {"url": "https://x"}}});
        let stored = to_v1(beta(&given)).expect("it has a form in v1");
        let conversion = json!({"strategy": "Webhook",
            "webhook": {"clientConfig": {"url": "https://x"}, "conversionReviewVersions": ["v1beta1"]}});
        assert_eq!(stored["spec"]["conversion"], conversion);
        assert_eq!(
            from_v1(stored)["spec"]["conversion"],
            json!({"strategy": "Webhook", "webhookClientConfig": {"url": "https://x"},
                "conversionReviewVersions": ["v1beta1"]})
        );
    }

    #[test]
    fn a_thing_may_be_said_once() {
        let column = |path: &str| json!([{"name": "A", "JSONPath": path}]);
        assert_eq!(
            texts(&json!({
                "validation": {}, "subresources": {}, "additionalPrinterColumns": column(".a"),
                "versions": [{"name": "v1", "schema": {}, "subresources": {}, "additionalPrinterColumns": column(".b")},
                    {"name": "v2"}],
            })),
            [
                "spec.validation: Forbidden: top-level and per-version schemas are mutually exclusive",
                "spec.subresources: Forbidden: top-level and per-version subresources are mutually exclusive",
                "spec.additionalPrinterColumns: Forbidden: top-level and per-version additionalPrinterColumns are \
                 mutually exclusive",
            ]
        );
        assert_eq!(
            texts(&json!({"version": "v2", "versions": [{"name": "v1"}]})),
            ["spec.version: Invalid value: \"v2\": must match the first version in spec.versions"]
        );
        let identical = texts(
            &json!({"versions": [{"name": "v1", "subresources": {}}, {"name": "v2", "subresources": {}}]}),
        );
        assert_eq!(identical.len(), 1);
        assert!(identical[0].ends_with(
            "]: per-version subresources may not all be set to identical values (top-level subresources should be used \
             instead)"
        ));
    }
}
