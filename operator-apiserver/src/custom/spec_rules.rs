//! What is wrong with a CRD, in the server's words and order.

use std::collections::HashSet;

use serde_json::Value;

use super::{
    condition::is_true,
    conversion, dns, internal_form,
    spec::{Spec, Version, has_schema, has_status},
    structural_schema,
    version_rules::{check_deprecation, check_parts, check_schema},
};
use crate::{
    field_error::{FieldError, FieldErrorKind},
    object,
};

/// What a CRD is held to: `old` is what it was before, `v1beta1` whether it was written in that version, which
/// tolerates CRDs without a schema that keep unknown fields.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) old: Option<&'a Value>,
    pub(super) v1beta1: bool,
}

/// What is wrong with the name of a new CRD.
pub(super) fn check_name(definition: &Value) -> Vec<FieldError> {
    let text = |value: &'_ Value| value.as_str().unwrap_or_default().to_owned();
    let spec = &definition["spec"];
    let needed = format!(
        "{}.{}",
        text(&spec["names"]["plural"]),
        text(&spec["group"])
    );
    let mut errors = Vec::new();
    for field in ["generateName", "name"] {
        let name = object::text(definition, field);
        if !name.is_empty() && name != needed {
            let detail = r#"must be spec.names.plural+"."+spec.group"#;
            errors.push(FieldError::invalid(
                format!("metadata.{field}"),
                name,
                detail,
            ));
        }
    }
    errors
}

/// What is wrong with `spec`.
pub(super) fn check_spec(definition: &Value, context: Context<'_>) -> Vec<FieldError> {
    let spec = Spec::of(&definition["spec"]);
    let mut errors = Vec::new();
    errors.extend(check_group(&spec));
    errors.extend(check_scope(&spec.value["scope"]));
    errors.extend(check_schemas_present(&spec, context));
    errors.extend(check_defaults_possible(&spec));
    errors.extend(check_versions(&spec, context));
    errors.extend(check_names_present(&spec.value["names"]));
    errors.extend(check_names(&spec.value["names"], "spec.names"));
    let any_status = spec
        .versions
        .iter()
        .any(|v| has_status(v.parts.subresources))
        || has_status(spec.shared.subresources);
    let schema_path = "spec.validation";
    errors.extend(check_schema(
        &spec,
        spec.shared.schema,
        schema_path,
        any_status,
        context,
    ));
    errors.extend(check_parts(&spec.shared, "spec", context.old, ""));
    if context.v1beta1
        && spec.preserves_unknown_fields()
        && spec.value["conversion"]["strategy"] == "Webhook"
    {
        let detail = "must be None if spec.preserveUnknownFields is true";
        errors.push(FieldError::invalid(
            "spec.conversion.strategy",
            "Webhook",
            detail,
        ));
    }
    errors.extend(conversion::check(&spec.value["conversion"]));
    if let Some(old) = context.old {
        errors.extend(check_immutable(spec.value, old));
    }
    errors
}

/// What is wrong with `status.storedVersions`: versions that objects may be stored at have to remain.
pub(super) fn check_stored_versions(definition: &Value) -> Vec<FieldError> {
    let path = "status.storedVersions";
    let stored = &definition["status"]["storedVersions"];
    let list: Vec<&str> = stored
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if list.is_empty() {
        let detail = "must have at least one stored version";
        return vec![FieldError::invalid(path, stored.clone(), detail)];
    }
    let spec = Spec::of(&definition["spec"]);
    let mut errors = Vec::new();
    let mut missing = list.clone();
    for version in &spec.versions {
        // A second version of that name finds nothing any more, as on a real server.
        if version.is_storage() && !missing.contains(&version.name()) {
            let detail = format!("must have the storage version {}", version.name());
            errors.push(FieldError::invalid(path, stored.clone(), detail));
        }
        missing.retain(|v| *v != version.name());
    }
    for (index, version) in list.iter().enumerate() {
        if missing.contains(version) {
            let detail = format!(
                "missing from spec.versions; {version} was previously a storage version, and must remain in \
                 spec.versions until a storage migration ensures no data remains persisted in {version} and removes \
                 {version} from status.storedVersions"
            );
            errors.push(FieldError::invalid(
                format!("{path}[{index}]"),
                *version,
                detail,
            ));
        }
    }
    errors
}

/// What is wrong with names, of the spec or accepted ones.
pub(super) fn check_names(names: &Value, path: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let text = |field: &str| names[field].as_str().unwrap_or_default();
    let mut check = |name: &str, field: String, error: Option<String>| {
        errors.extend(error.map(|e| FieldError::invalid(format!("{path}.{field}"), name, e)));
    };
    for field in ["plural", "singular"] {
        let name = text(field);
        if !name.is_empty() {
            check(name, field.to_owned(), dns::label_error(name));
        }
    }
    for field in ["kind", "listKind"] {
        let name = text(field);
        if !name.is_empty() {
            let mixed = |e| format!("may have mixed case, but should otherwise match: {e}");
            let error = dns::label_error(&name.to_lowercase()).map(mixed);
            check(name, field.to_owned(), error);
        }
    }
    for field in ["shortNames", "categories"] {
        let list = names[field].as_array().into_iter().flatten();
        for (index, name) in list.filter_map(Value::as_str).enumerate() {
            check(name, format!("{field}[{index}]"), dns::label_error(name));
        }
        let (kind, list_kind) = (text("kind"), text("listKind"));
        if field == "shortNames" && !kind.is_empty() && kind == list_kind {
            let error = "kind and listKind may not be the same".to_owned();
            check(list_kind, "listKind".to_owned(), Some(error));
        }
    }
    errors
}

/// Whether unknown fields may be kept: only where they were.
pub(super) fn check_preserve_unknown_fields(
    definition: &Value,
    context: Context<'_>,
) -> Option<FieldError> {
    let preserves = |definition: &Value| definition["spec"]["preserveUnknownFields"] == true;
    if context.v1beta1 || context.old.is_some_and(preserves) || !preserves(definition) {
        return None;
    }
    let detail = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead";
    Some(FieldError::invalid(
        "spec.preserveUnknownFields",
        true,
        detail,
    ))
}

fn check_group(spec: &Spec<'_>) -> Option<FieldError> {
    let (path, group) = (
        "spec.group",
        spec.value["group"].as_str().unwrap_or_default(),
    );
    if group.is_empty() {
        return Some(FieldError::required(path, ""));
    }
    let errors = crate::metadata::names::dns_1123_subdomain(group);
    if !errors.is_empty() {
        return Some(FieldError::invalid(path, group, errors.join(",")));
    }
    let detail = "should be a domain with at least one dot";
    (!group.contains('.')).then(|| FieldError::invalid(path, group, detail))
}

fn check_scope(scope: &Value) -> Option<FieldError> {
    let path = "spec.scope";
    match scope.as_str().unwrap_or_default() {
        "" => Some(FieldError::required(path, "")),
        "Cluster" | "Namespaced" => None,
        other => Some(FieldError::of(
            FieldErrorKind::NotSupported,
            path,
            other,
            r#"supported values: "Cluster", "Namespaced""#,
        )),
    }
}

fn check_schemas_present(spec: &Spec<'_>, context: Context<'_>) -> Vec<FieldError> {
    let all_needed = match context.old {
        None => !context.v1beta1,
        Some(old) => Spec::of(&old["spec"]).has_all_schemas(),
    };
    if has_schema(&spec.shared) || (!all_needed && spec.preserves_unknown_fields()) {
        return Vec::new();
    }
    let missing = |(_, version): &(usize, &Version<'_>)| {
        !has_schema(&version.parts) && (all_needed || version.is_served())
    };
    let detail = if all_needed {
        ""
    } else {
        "because otherwise all fields are pruned"
    };
    let error = |(index, _)| {
        FieldError::required(
            format!("spec.versions[{index}].schema.openAPIV3Schema"),
            detail,
        )
    };
    spec.versions
        .iter()
        .enumerate()
        .filter(missing)
        .map(error)
        .collect()
}

fn check_defaults_possible(spec: &Spec<'_>) -> Option<FieldError> {
    let has_default = |schema: &Value| !schema["default"].is_null();
    let impossible = spec.preserves_unknown_fields()
        && spec
            .schemas()
            .any(|s| structural_schema::any(s, &has_default));
    let detail = "must be false in order to use defaults in the schema";
    impossible.then(|| FieldError::invalid("spec.preserveUnknownFields", true, detail))
}

fn check_versions(spec: &Spec<'_>, context: Context<'_>) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (index, version) in spec.versions.iter().enumerate() {
        let (name, path) = (version.name(), format!("spec.versions[{index}]"));
        if let Some(error) = dns::label_error(name) {
            errors.push(FieldError::invalid(format!("{path}.name"), name, error));
        }
        errors.extend(check_deprecation(version.value, &path));
        let status = has_status(spec.subresources_of(version));
        let schema_path = format!("{path}.schema");
        errors.extend(check_schema(
            spec,
            version.parts.schema,
            &schema_path,
            status,
            context,
        ));
        errors.extend(check_parts(&version.parts, &path, context.old, name));
    }
    let names: HashSet<&str> = spec.versions.iter().map(Version::name).collect();
    let unique = names.len() == spec.versions.len();
    let storage = spec.versions.iter().filter(|v| v.is_storage()).count();
    for (is_fine, detail) in [
        (unique, "must contain unique version names"),
        (
            storage == 1,
            "must have exactly one version marked as storage version",
        ),
    ] {
        if !is_fine {
            // The value has its fields in the server's order, which a JSON value would lose.
            let shown = internal_form::versions(&spec.value["versions"], &spec.versions);
            let detail = format!("{shown}: {detail}");
            errors.push(FieldError::plain(
                FieldErrorKind::Invalid,
                "spec.versions",
                detail,
            ));
        }
    }
    if let Some(first) = spec.versions.first().map(Version::name)
        && let Some(error) = dns::label_error(first).filter(|_| !first.is_empty())
    {
        errors.push(FieldError::invalid("spec.version", first, error));
    }
    errors
}

fn check_names_present(names: &Value) -> impl Iterator<Item = FieldError> {
    let fields = ["plural", "singular", "kind", "listKind"];
    fields
        .into_iter()
        .filter(|field| names[field].as_str().unwrap_or_default().is_empty())
        .map(|field| FieldError::required(format!("spec.names.{field}"), ""))
}

fn check_immutable(spec: &Value, old: &Value) -> Vec<FieldError> {
    let established = is_true(old, "Established");
    let old = &old["spec"];
    let mut errors = Vec::new();
    for (path, new, old, is_fixed) in [
        ("spec.scope", &spec["scope"], &old["scope"], established),
        (
            "spec.names.kind",
            &spec["names"]["kind"],
            &old["names"]["kind"],
            established,
        ),
        ("spec.group", &spec["group"], &old["group"], true),
        (
            "spec.names.plural",
            &spec["names"]["plural"],
            &old["names"]["plural"],
            true,
        ),
    ] {
        if is_fixed && new != old {
            errors.push(FieldError::invalid(path, new.clone(), "field is immutable"));
        }
    }
    errors
}
