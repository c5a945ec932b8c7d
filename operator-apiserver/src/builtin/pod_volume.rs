//! What is wrong with the volumes of a pod.

use serde_json::Value;

use super::{
    check::{Names, duplicate, forbidden, form, required},
    fields::{has, list, number, text},
    path::Path,
    rules::Errors,
};
use crate::{field_error::FieldError, metadata::names::dns_1123_label};

/// The sources in the order in which the server looks at them.
const SOURCES: &[&str] = &[
    "emptyDir",
    "hostPath",
    "gitRepo",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "secret",
    "nfs",
    "iscsi",
    "glusterfs",
    "flocker",
    "persistentVolumeClaim",
    "rbd",
    "cinder",
    "cephfs",
    "quobyte",
    "downwardAPI",
    "fc",
    "flexVolume",
    "configMap",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "storageos",
    "projected",
    "scaleIO",
    "csi",
    "ephemeral",
    "image",
];

/// Checks the volumes; what comes back are the names that containers may mount.
pub(super) fn validate<'a>(spec: &'a Value, path: &Path<'_>, errors: &mut Errors) -> Names<'a> {
    let parent = path.field("volumes");
    let mut names = Names::default();
    for (index, volume) in list(spec, "volumes").iter().enumerate() {
        let path = parent.index(index);
        source(volume, &path, errors);
        let name = text(volume, "name");
        if name.is_empty() {
            required(path.field("name"), "", errors);
            continue;
        }
        let before = errors.len();
        form(&volume["name"], path.field("name"), dns_1123_label, errors);
        if names.contains(name) {
            duplicate(path.field("name"), name, errors);
        } else if errors.len() == before {
            names.add(name, path, errors);
        }
    }
    names
}

fn source(volume: &Value, path: &Path<'_>, errors: &mut Errors) {
    let mut found = SOURCES.iter().filter(|source| volume[**source].is_object());
    let Some(first) = found.next() else {
        required(*path, "must specify a volume type", errors);
        return;
    };
    details(first, &volume[*first], &path.field(first), errors);
    for more in found {
        forbidden(
            path.field(more),
            "may not specify more than 1 volume type",
            errors,
        );
    }
}

fn details(kind: &str, source: &Value, path: &Path<'_>, errors: &mut Errors) {
    let mut need = |field: &str| {
        if text(source, field).is_empty() {
            required(path.field(field), "", errors);
        }
    };
    match kind {
        "secret" => need("secretName"),
        "configMap" => need("name"),
        "persistentVolumeClaim" => need("claimName"),
        "csi" => need("driver"),
        "nfs" => {
            need("server");
            need("path");
        }
        "hostPath" => {
            need("path");
            inside(text(source, "path"), path.field("path"), errors);
        }
        _ => {}
    }
    if ["secret", "configMap", "projected", "downwardAPI"].contains(&kind) {
        mode(source, path, "defaultMode", errors);
    }
    if ["secret", "configMap"].contains(&kind) {
        items(source, path, errors);
    }
    if kind == "projected" {
        let parent = path.field("sources");
        for (index, source) in list(source, "sources").iter().enumerate() {
            projection(source, &parent.index(index), errors);
        }
    }
}

fn projection(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    for kind in ["secret", "configMap"] {
        if source[kind].is_object() {
            let path = path.field(kind);
            if text(&source[kind], "name").is_empty() {
                required(path.field("name"), "", errors);
            }
            items(&source[kind], &path, errors);
        }
    }
    if source["serviceAccountToken"].is_object() {
        let path = path.field("serviceAccountToken");
        let token = &source["serviceAccountToken"];
        if number(token, "expirationSeconds").is_some_and(|seconds| seconds < 600) {
            let seconds = token["expirationSeconds"].clone();
            let detail = "may not specify a duration less than 10 minutes";
            errors.push(FieldError::invalid(
                path.field("expirationSeconds"),
                seconds,
                detail,
            ));
        }
        if text(token, "path").is_empty() {
            required(path.field("path"), "", errors);
        }
    }
}

fn items(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    let parent = path.field("items");
    for (index, item) in list(source, "items").iter().enumerate() {
        let path = parent.index(index);
        if text(item, "key").is_empty() {
            required(path.field("key"), "", errors);
        }
        if text(item, "path").is_empty() {
            required(path.field("path"), "", errors);
        }
        relative(text(item, "path"), path.field("path"), errors);
        mode(item, &path, "mode", errors);
    }
}

fn mode(source: &Value, path: &Path<'_>, field: &str, errors: &mut Errors) {
    if has(source, field) && !(0..=0o777).contains(&number(source, field).unwrap_or(-1)) {
        let detail = "must be a number between 0 and 0777 (octal), both inclusive";
        errors.push(FieldError::invalid(
            path.field(field),
            source[field].clone(),
            detail,
        ));
    }
}

/// A path that does not climb out.
pub(super) fn inside(value: &str, path: Path<'_>, errors: &mut Errors) {
    if value.split('/').any(|part| part == "..") {
        errors.push(FieldError::invalid(path, value, "must not contain '..'"));
    }
}

/// A path that stays below where it starts.
pub(super) fn relative(value: &str, path: Path<'_>, errors: &mut Errors) {
    if value.starts_with('/') {
        errors.push(FieldError::invalid(path, value, "must be a relative path"));
    }
    inside(value, path, errors);
}
