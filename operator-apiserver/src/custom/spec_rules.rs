//! What is wrong with a CRD, in the server's words and order.

use std::{collections::HashSet, sync::LazyLock};

use regex::Regex;
use serde_json::Value;

use super::{
    condition::is_true,
    conversion, dns, go_json, selectable_fields,
    spec::{Parts, Spec, Version, has_schema, has_status},
    subresources::{self, simple_path_error},
};
use crate::{
    cel::Rules,
    field_error::{FieldError, FieldErrorKind},
    object,
    schema::{Schema, check_structural},
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
    let errors = dns::subdomain_errors(group);
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
    let impossible =
        spec.preserves_unknown_fields() && spec.schemas().any(|s| any(s, &has_default));
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
            let shown = go_json::versions(&spec.value["versions"], &spec.versions);
            let detail = format!("{shown}: {detail}");
            errors.push(FieldError::plain(
                FieldErrorKind::Invalid,
                "spec.versions",
                detail,
            ));
        }
    }
    if let Some(first) = spec.versions.first().map(Version::name) {
        if let Some(error) = dns::label_error(first).filter(|_| !first.is_empty()) {
            errors.push(FieldError::invalid("spec.version", first, error));
        }
    }
    errors
}

fn check_deprecation(version: &Value, path: &str) -> Vec<FieldError> {
    static UNPRINTABLE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"[\p{C}\p{Z}--\x20]").ok());
    let Some(warning) = version["deprecationWarning"].as_str() else {
        return Vec::new();
    };
    let error =
        |detail: String| FieldError::invalid(format!("{path}.deprecationWarning"), warning, detail);
    if version["deprecated"] != true {
        return vec![error("can only be set for deprecated versions".to_owned())];
    }
    let mut errors = Vec::new();
    if warning.len() > 256 {
        errors.push(error("must be <= 256 characters long".to_owned()));
    }
    if warning.is_empty() {
        errors.push(error("must not be an empty string".to_owned()));
    }
    if let Some(found) = UNPRINTABLE.as_ref().and_then(|u| u.find(warning)) {
        errors.push(error(format!(
            "must only contain printable UTF-8 characters; non-printable character found at index {}",
            found.start()
        )));
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

fn check_schema(
    spec: &Spec<'_>,
    schema: Option<&Value>,
    path: &str,
    status: bool,
    context: Context<'_>,
) -> Vec<FieldError> {
    let Some(schema) = schema
        .map(|s| &s["openAPIV3Schema"])
        .filter(|s| !s.is_null())
    else {
        return Vec::new();
    };
    let path = format!("{path}.openAPIV3Schema");
    let mut errors = Vec::new();
    if status {
        errors.extend(check_root_with_status(schema, &path));
    }
    if schema["nullable"] == true {
        let detail = "nullable cannot be true at the root";
        let path = format!("{path}.nullable");
        errors.push(FieldError::plain(FieldErrorKind::Forbidden, path, detail));
    }
    if needs_structure(spec, context) {
        errors.extend(check_structural(schema, &path));
    }
    if errors.is_empty() {
        let schema = Schema::load(schema, &|_| None);
        errors.extend(Rules::compile(&schema, &path).err().into_iter().flatten());
    }
    errors
}

/// The schema of the status is cut out at the root, so nothing else there may say anything about it.
fn check_root_with_status(schema: &Value, path: &str) -> Option<FieldError> {
    #[rustfmt::skip]
    const ALLOWED: &[&str] = &[
        "Description", "Type", "Format", "Title", "Maximum", "ExclusiveMaximum", "Minimum", "ExclusiveMinimum",
        "MaxLength", "MinLength", "Pattern", "MaxItems", "MinItems", "UniqueItems", "MultipleOf", "Required", "Items",
        "Properties", "ExternalDocs", "Example", "XPreserveUnknownFields", "XValidations",
    ];
    let is_zero = |value: &Value| match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::String(text) => text.is_empty(),
        _ => false,
    };
    for (name, json) in go_json::schema_fields() {
        let value = &schema[json];
        if is_zero(value) {
            continue;
        }
        if name == "Type" && value != "object" {
            let detail = "only \"object\" is allowed as the type at the root of the schema if the status subresource is enabled";
            return Some(FieldError::invalid(
                format!("{path}.type"),
                value.clone(),
                detail,
            ));
        }
        if !ALLOWED.contains(&name) {
            let (shown, allowed) = (go_json::schema(schema), ALLOWED.join(" "));
            let detail = format!(
                "{shown}: only [{allowed}] fields are allowed at the root of the schema if the status subresource is \
                 enabled"
            );
            return Some(FieldError::plain(FieldErrorKind::Invalid, path, detail));
        }
    }
    None
}

/// Whether schemas have to be structural: they may only not be where unknown fields are kept and always were.
fn needs_structure(spec: &Spec<'_>, context: Context<'_>) -> bool {
    let extended = |schema: &Value| {
        let flag = |name: &str| schema[name] == true;
        let list = |name: &str| schema[name].as_array().is_some_and(|l| !l.is_empty());
        flag("x-kubernetes-embedded-resource")
            || flag("x-kubernetes-int-or-string")
            || !schema["x-kubernetes-preserve-unknown-fields"].is_null()
            || !schema["x-kubernetes-list-type"].is_null()
            || !schema["default"].is_null()
            || list("x-kubernetes-list-map-keys")
            || list("x-kubernetes-validations")
    };
    if !spec.preserves_unknown_fields() || spec.schemas().any(|s| any(s, &extended)) {
        return true;
    }
    match context.old {
        None => !context.v1beta1,
        Some(old) => {
            let mut schemas = Spec::of(&old["spec"])
                .schemas()
                .collect::<Vec<_>>()
                .into_iter();
            schemas.all(|schema| check_structural(schema, "").is_empty())
        }
    }
}

/// Whether a schema or one within it is like that.
fn any(schema: &Value, is_so: &impl Fn(&Value) -> bool) -> bool {
    let below = |key: &str| match &schema[key] {
        Value::Array(list) => list.iter().any(|s| any(s, is_so)),
        Value::Null | Value::Bool(_) => false,
        schema => any(schema, is_so),
    };
    let named = |key: &str| {
        let map = schema[key].as_object();
        map.into_iter()
            .flatten()
            .any(|(_, schema)| any(schema, is_so))
    };
    let single = [
        "items",
        "allOf",
        "anyOf",
        "oneOf",
        "not",
        "additionalProperties",
        "additionalItems",
    ];
    let maps = [
        "properties",
        "patternProperties",
        "definitions",
        "dependencies",
    ];
    is_so(schema) || single.into_iter().any(below) || maps.into_iter().any(named)
}

/// What is wrong with the parts of a version called `name`, or with those that all share (`""`).
fn check_parts(parts: &Parts<'_>, path: &str, old: Option<&Value>, name: &str) -> Vec<FieldError> {
    let mut errors = subresources::check(parts.subresources, &format!("{path}.subresources"));
    for (index, column) in parts.columns.iter().enumerate() {
        errors.extend(check_column(
            column,
            &format!("{path}.additionalPrinterColumns[{index}]"),
        ));
    }
    let fields = parts.selectable_fields;
    if fields.is_empty() {
        return errors;
    }
    let path = format!("{path}.selectableFields");
    match parts
        .schema
        .map(|s| &s["openAPIV3Schema"])
        .filter(|s| !s.is_null())
    {
        Some(schema) => {
            let schema = Schema::load(schema, &|_| None);
            let kept = fields_of(old, name) == fields;
            errors.extend(selectable_fields::check(fields, &schema, &path, kept));
        }
        None if name.is_empty() => {
            let detail = "may only be set when validations.schema is included";
            errors.push(FieldError::invalid(path, "", detail));
        }
        // Also where all versions have the same schema: it doesn't stand in this one then.
        None => {
            let detail = "may only be set when `version.schema.openAPIV3Schema` is not included";
            errors.push(FieldError::invalid(path, "", detail));
        }
    }
    errors
}

/// The selectable fields that a version, or all, had before.
fn fields_of<'a>(old: Option<&'a Value>, name: &str) -> &'a [Value] {
    let Some(old) = old.map(|old| Spec::of(&old["spec"])) else {
        return &[];
    };
    if name.is_empty() {
        return old.shared.selectable_fields;
    }
    let version = old.versions.iter().find(|v| v.name() == name);
    version.map_or(&[], |v| v.parts.selectable_fields)
}

fn check_column(column: &Value, path: &str) -> Vec<FieldError> {
    const TYPES: &[&str] = &["boolean", "date", "integer", "number", "string"];
    const FORMATS: &[&str] = &[
        "byte",
        "date",
        "date-time",
        "double",
        "float",
        "int32",
        "int64",
        "password",
    ];
    let text = |field: &str| column[field].as_str().unwrap_or_default();
    let mut errors = Vec::new();
    if text("name").is_empty() {
        errors.push(FieldError::required(format!("{path}.name"), ""));
    }
    let (kind, detail) = (text("type"), format!("must be one of {}", TYPES.join(",")));
    if kind.is_empty() {
        errors.push(FieldError::required(format!("{path}.type"), detail));
    } else if !TYPES.contains(&kind) {
        errors.push(FieldError::invalid(format!("{path}.type"), kind, detail));
    }
    let format = text("format");
    if !format.is_empty() && !FORMATS.contains(&format) {
        let detail = format!("must be one of {}", FORMATS.join(","));
        errors.push(FieldError::invalid(
            format!("{path}.format"),
            format,
            detail,
        ));
    }
    let path = format!("{path}.JSONPath");
    if text("jsonPath").is_empty() {
        errors.push(FieldError::required(path, ""));
    } else {
        errors.extend(simple_path_error(text("jsonPath"), &path));
    }
    errors
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
