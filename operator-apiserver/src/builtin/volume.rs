//! Persistent volumes and claims to them: what is bound stays as it is.

use serde_json::{Value, json};

use super::{
    check::{forbidden, not_supported, optional_form, optional_one_of, required, selector},
    fields::{ensure_object, has, is_empty, keep, list, same, set, set_default, text},
    limit_admission::permit_claim,
    path::Path,
    rules::{Deletion, Errors, Rules},
    workload::SPEC,
};
use crate::{field_error::FieldError, metadata::names::dns_1123_subdomain, quantity::Quantity};

pub(super) const CLAIM_RULES: Rules = Rules {
    default: default_claim,
    create: |object| set(object, "status", json!({"phase": "Pending"})),
    validate: |object, errors| validate_claim_spec(&object["spec"], &SPEC, errors),
    validate_change: validate_claim_change,
    permit: permit_claim,
    deletion: Deletion::Returned,
    ..Rules::PLAIN
};

pub(super) const RULES: Rules = Rules {
    default,
    create: |object| {
        let now = object["metadata"]["creationTimestamp"].clone();
        set(
            object,
            "status",
            json!({"phase": "Pending", "lastPhaseTransitionTime": now}),
        );
    },
    validate,
    validate_change,
    deletion: Deletion::Returned,
    ..Rules::PLAIN
};

const MODES: &[&str] = &[
    "ReadOnlyMany",
    "ReadWriteMany",
    "ReadWriteOnce",
    "ReadWriteOncePod",
];

/// The defaults of a claim, in the templates of stateful sets, too.
pub(super) fn default_claim(object: &mut Value) {
    set_default(ensure_object(object, "status"), "phase", "Pending");
    let spec = ensure_object(object, "spec");
    set_default(spec, "volumeMode", "Filesystem");
    // Two names for one source.
    if has(spec, "dataSource") && !has(spec, "dataSourceRef") {
        let source = spec["dataSource"].clone();
        set(spec, "dataSourceRef", source);
    } else if has(spec, "dataSourceRef")
        && !has(spec, "dataSource")
        && text(&spec["dataSourceRef"], "namespace").is_empty()
    {
        let source = spec["dataSourceRef"].clone();
        set(spec, "dataSource", source);
    }
}

/// Checks a claim, in the templates of stateful sets, too.
pub(super) fn validate_claim_spec(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    let modes = list(spec, "accessModes");
    if modes.is_empty() {
        required(
            path.field("accessModes"),
            "at least 1 access mode is required",
            errors,
        );
    }
    selector(&spec["selector"], path.field("selector"), errors);
    access_modes(spec, path, errors);
    let resources = path.field("resources");
    let storage = &spec["resources"]["requests"]["storage"];
    if storage.is_null() {
        required(resources.key("storage"), "", errors);
    } else if Quantity::of(storage).is_some_and(|amount| amount <= Quantity::ZERO) {
        errors.push(FieldError::invalid(
            resources.key("storage"),
            storage.clone(),
            "must be greater than zero",
        ));
    }
    optional_form(spec, path, "storageClassName", dns_1123_subdomain, errors);
    optional_one_of(spec, path, "volumeMode", &["Block", "Filesystem"], errors);
}

fn access_modes(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    let modes = list(spec, "accessModes");
    for mode in modes {
        if !MODES.contains(&mode.as_str().unwrap_or_default()) {
            not_supported(path.field("accessModes"), mode.clone(), MODES, errors);
        }
    }
    if modes.len() > 1 && modes.contains(&json!("ReadWriteOncePod")) {
        forbidden(
            path.field("accessModes"),
            "may not use ReadWriteOncePod with other access modes",
            errors,
        );
    }
}

fn validate_claim_change(new: &Value, old: &Value, errors: &mut Errors) {
    let mut spec = new["spec"].clone();
    let before = &old["spec"];
    let bound = text(&old["status"], "phase") == "Bound";
    // Its volume is found once, and so is the class that it was given.
    if text(before, "volumeName").is_empty() {
        keep(&mut spec, before, "volumeName");
    }
    if !has(before, "storageClassName") {
        keep(&mut spec, before, "storageClassName");
    }
    if bound {
        keep(
            ensure_object(&mut spec, "resources"),
            &before["resources"],
            "requests",
        );
        keep(&mut spec, before, "volumeAttributesClassName");
    }
    let fields = |value: &Value| {
        value
            .as_object()
            .map(|map| map.keys().cloned().collect::<Vec<_>>())
    };
    let mut names: Vec<String> = fields(&spec)
        .into_iter()
        .chain(fields(before))
        .flatten()
        .collect();
    names.retain(|name| !same(&spec, before, name));
    if !names.is_empty() {
        let detail = "spec is immutable after creation except resources.requests and volumeAttributesClassName for \
            bound claims";
        forbidden(SPEC, detail, errors);
    }
    let amount = |object: &Value| Quantity::of(&object["spec"]["resources"]["requests"]["storage"]);
    if bound && amount(new) < amount(old) {
        let path = Path::Root("spec.resources.requests.storage");
        forbidden(path, "field can not be less than status.capacity", errors);
    }
}

fn default(object: &mut Value) {
    set_default(ensure_object(object, "status"), "phase", "Pending");
    let spec = ensure_object(object, "spec");
    set_default(spec, "persistentVolumeReclaimPolicy", "Retain");
    set_default(spec, "volumeMode", "Filesystem");
    if spec["hostPath"].is_object() {
        set_default(ensure_object(spec, "hostPath"), "type", "");
    }
}

/// Where a volume may be.
const SOURCES: &[&str] = &[
    "hostPath",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "glusterfs",
    "flocker",
    "nfs",
    "rbd",
    "quobyte",
    "cephfs",
    "iscsi",
    "cinder",
    "fc",
    "flexVolume",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "scaleIO",
    "local",
    "storageos",
    "csi",
];

fn validate(object: &Value, errors: &mut Errors) {
    let spec = &object["spec"];
    if list(spec, "accessModes").is_empty() {
        required(SPEC.field("accessModes"), "", errors);
    }
    access_modes(spec, &SPEC, errors);
    let capacity = spec.get("capacity").cloned().unwrap_or_default();
    if is_empty(Some(&capacity)) {
        required(SPEC.field("capacity"), "", errors);
    }
    let only_storage = capacity
        .as_object()
        .is_some_and(|map| map.len() == 1 && map.contains_key("storage"));
    if !only_storage {
        not_supported(
            SPEC.field("capacity"),
            capacity.clone(),
            &["storage"],
            errors,
        );
    }
    if Quantity::of(&capacity["storage"]).is_some_and(|amount| amount <= Quantity::ZERO) {
        let path = SPEC.field("capacity");
        errors.push(FieldError::invalid(
            path.key("storage"),
            capacity["storage"].clone(),
            "must be greater than zero",
        ));
    }
    optional_one_of(
        spec,
        &SPEC,
        "persistentVolumeReclaimPolicy",
        &["Delete", "Recycle", "Retain"],
        errors,
    );
    let mut sources = SOURCES.iter().filter(|source| spec[**source].is_object());
    if sources.next().is_none() {
        required(SPEC, "must specify a volume type", errors);
    }
    for more in sources {
        forbidden(
            SPEC.field(more),
            "may not specify more than 1 volume type",
            errors,
        );
    }
    if spec["hostPath"].is_object() && text(&spec["hostPath"], "path").is_empty() {
        required(Path::Root("spec.hostPath.path"), "", errors);
    }
    optional_form(spec, &SPEC, "storageClassName", dns_1123_subdomain, errors);
    optional_one_of(spec, &SPEC, "volumeMode", &["Block", "Filesystem"], errors);
}

fn validate_change(new: &Value, old: &Value, errors: &mut Errors) {
    if SOURCES
        .iter()
        .any(|source| !same(&new["spec"], &old["spec"], source))
    {
        let detail = "spec.persistentvolumesource is immutable after creation";
        forbidden(SPEC.field("persistentvolumesource"), detail, errors);
    }
    if !same(&new["spec"], &old["spec"], "volumeMode") {
        let mode = new["spec"]["volumeMode"].clone();
        errors.push(FieldError::invalid(
            SPEC.field("volumeMode"),
            mode,
            super::format::IMMUTABLE,
        ));
    }
}
