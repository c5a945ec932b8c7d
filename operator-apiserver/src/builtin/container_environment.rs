//! What is wrong with the environment of a container.

use serde_json::Value;

use super::{
    check::{form, required},
    fields::{list, text},
    format::{config_map_key, env_name},
    path::Path,
    rules::Errors,
};
use crate::{field_error::FieldError, metadata::names::dns_1123_subdomain};

const SOURCES: [&str; 5] = [
    "fieldRef",
    "resourceFieldRef",
    "configMapKeyRef",
    "secretKeyRef",
    "fileKeyRef",
];
/// The fields of a pod that an environment variable may show.
const FIELDS: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

/// Checks the fields `env` and `envFrom` of a container.
pub(super) fn validate(container: &Value, path: &Path<'_>, errors: &mut Errors) {
    let parent = path.field("env");
    for (index, item) in list(container, "env").iter().enumerate() {
        let path = parent.index(index);
        if text(item, "name").is_empty() {
            required(path.field("name"), "", errors);
        } else {
            form(&item["name"], path.field("name"), env_name, errors);
        }
        if item["valueFrom"].is_object() {
            value_from(item, &path.field("valueFrom"), errors);
        }
    }
    let parent = path.field("envFrom");
    for (index, item) in list(container, "envFrom").iter().enumerate() {
        let path = parent.index(index);
        if !text(item, "prefix").is_empty() {
            form(&item["prefix"], path.field("prefix"), env_name, errors);
        }
        whole_source(item, &path, parent, errors);
    }
}

fn whole_source(item: &Value, path: &Path<'_>, parent: Path<'_>, errors: &mut Errors) {
    let mut sources = 0;
    for kind in ["configMapRef", "secretRef"] {
        if item[kind].is_object() {
            sources += 1;
            let path = path.field(kind);
            if text(&item[kind], "name").is_empty() {
                required(path.field("name"), "", errors);
            } else {
                form(
                    &item[kind]["name"],
                    path.field("name"),
                    dns_1123_subdomain,
                    errors,
                );
            }
        }
    }
    // The server leaves the index out of these.
    match sources {
        0 => errors.push(FieldError::invalid(
            parent,
            "",
            "must specify one of: `configMapRef` or `secretRef`",
        )),
        1 => {}
        _ => errors.push(FieldError::invalid(
            parent,
            "",
            "may not have more than one field specified at a time",
        )),
    }
}

fn value_from(item: &Value, path: &Path<'_>, errors: &mut Errors) {
    let source = &item["valueFrom"];
    let given: Vec<&str> = SOURCES
        .into_iter()
        .filter(|kind| source[*kind].is_object())
        .collect();
    for kind in &given {
        match *kind {
            "fieldRef" => field_ref(&source["fieldRef"], &path.field("fieldRef"), errors),
            "configMapKeyRef" | "secretKeyRef" => {
                key_ref(&source[*kind], &path.field(kind), errors);
            }
            "resourceFieldRef" if text(&source["resourceFieldRef"], "resource").is_empty() => {
                let path = path.field("resourceFieldRef");
                required(path.field("resource"), "", errors);
            }
            _ => {}
        }
    }
    let detail = if given.is_empty() {
        "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
    } else if !text(item, "value").is_empty() {
        "may not be specified when `value` is not empty"
    } else if given.len() > 1 {
        "may not have more than one field specified at a time"
    } else {
        return;
    };
    errors.push(FieldError::invalid(*path, "", detail));
}

fn key_ref(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    form(
        &source["name"],
        path.field("name"),
        dns_1123_subdomain,
        errors,
    );
    if text(source, "key").is_empty() {
        required(path.field("key"), "", errors);
    } else {
        form(&source["key"], path.field("key"), config_map_key, errors);
    }
}

fn field_ref(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    let field = text(source, "fieldPath");
    let keyed = ["metadata.labels['", "metadata.annotations['"]
        .iter()
        .any(|start| field.starts_with(start));
    if field.is_empty() {
        required(path.field("fieldPath"), "", errors);
    } else if !(FIELDS.contains(&field) || keyed && field.ends_with("']")) {
        let detail = format!("error converting fieldPath: field label not supported: {field}");
        errors.push(FieldError::invalid(path.field("fieldPath"), field, detail));
    }
}
