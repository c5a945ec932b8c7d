//! What is wrong with the containers of a pod.

use serde_json::{Value, json};

use super::{
    check::{Names, duplicate, forbidden, form, not_supported, one_of, port_number, required},
    container_environment, container_probe, container_resources,
    fields::{flag, has, list, number, text},
    format::port_name,
    path::Path,
    pod_volume::relative,
    rules::Errors,
};
use crate::{field_error::FieldError, metadata::names::dns_1123_label};

/// Checks all containers of a spec; they may mount `volumes`.
pub(super) fn validate(spec: &Value, path: &Path<'_>, volumes: &Names<'_>, errors: &mut Errors) {
    let containers = list(spec, "containers");
    let parent = path.field("containers");
    if containers.is_empty() {
        required(parent, "", errors);
    }
    let mut names = Names::default();
    let mut ports = Vec::new();
    for (index, container) in containers.iter().enumerate() {
        let path = parent.index(index);
        common(container, &path, volumes, errors);
        unique(container, &path, &mut names, errors);
        container_probe::validate(container, &path, errors);
    }
    host_ports(containers, &parent, &mut ports, errors);
    let parent = path.field("initContainers");
    for (index, container) in list(spec, "initContainers").iter().enumerate() {
        let path = parent.index(index);
        common(container, &path, volumes, errors);
        unique(container, &path, &mut names, errors);
        if text(container, "restartPolicy") == "Always" {
            container_probe::validate(container, &path, errors);
            continue;
        }
        for field in [
            "lifecycle",
            "livenessProbe",
            "readinessProbe",
            "startupProbe",
        ] {
            if has(container, field) {
                forbidden(
                    path.field(field),
                    "may not be set for init containers without restartPolicy=Always",
                    errors,
                );
            }
        }
    }
    if flag(spec, "hostNetwork") {
        same_host_ports(spec, path, errors);
    }
}

fn unique<'a>(container: &'a Value, path: &Path<'_>, names: &mut Names<'a>, errors: &mut Errors) {
    let name = text(container, "name");
    if !name.is_empty() {
        names.add(name, path.field("name"), errors);
    }
}

fn common(container: &Value, path: &Path<'_>, volumes: &Names<'_>, errors: &mut Errors) {
    if text(container, "name").is_empty() {
        required(path.field("name"), "", errors);
    } else {
        form(
            &container["name"],
            path.field("name"),
            dns_1123_label,
            errors,
        );
    }
    if text(container, "image").is_empty() {
        required(path.field("image"), "", errors);
    }
    let policy = text(container, "terminationMessagePolicy");
    if !["File", "FallbackToLogsOnError"].contains(&policy) {
        not_supported(
            path.field("terminationMessagePolicy"),
            policy,
            &["FallbackToLogsOnError", "File"],
            errors,
        );
    }
    ports(container, path, errors);
    container_environment::validate(container, path, errors);
    mounts(container, path, volumes, errors);
    one_of(
        container,
        path,
        "imagePullPolicy",
        &["Always", "IfNotPresent", "Never"],
        errors,
    );
    container_resources::validate(&container["resources"], &path.field("resources"), errors);
    security(
        &container["securityContext"],
        &path.field("securityContext"),
        errors,
    );
}

fn ports(container: &Value, path: &Path<'_>, errors: &mut Errors) {
    let parent = path.field("ports");
    let mut names = Names::default();
    for (index, item) in list(container, "ports").iter().enumerate() {
        let path = parent.index(index);
        let name = text(item, "name");
        if !name.is_empty() {
            let before = errors.len();
            form(&item["name"], path.field("name"), port_name, errors);
            if errors.len() == before {
                names.add(name, path.field("name"), errors);
            }
        }
        match number(item, "containerPort").unwrap_or_default() {
            0 => required(path.field("containerPort"), "", errors),
            port => port_number(port, path.field("containerPort"), errors),
        }
        if let Some(port) = number(item, "hostPort").filter(|port| *port != 0) {
            port_number(port, path.field("hostPort"), errors);
        }
        one_of(item, &path, "protocol", &["SCTP", "TCP", "UDP"], errors);
    }
}

/// No two containers may take the same port of the node.
fn host_ports(
    containers: &[Value],
    parent: &Path<'_>,
    seen: &mut Vec<String>,
    errors: &mut Errors,
) {
    for (index, container) in containers.iter().enumerate() {
        let path = parent.index(index);
        let ports = path.field("ports");
        for (index, item) in list(container, "ports").iter().enumerate() {
            let Some(port) = number(item, "hostPort").filter(|port| *port != 0) else {
                continue;
            };
            let key = format!("{}/{}/{port}", text(item, "protocol"), text(item, "hostIP"));
            if seen.contains(&key) {
                duplicate(ports.index(index).field("hostPort"), key, errors);
            } else {
                seen.push(key);
            }
        }
    }
}

fn same_host_ports(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    let parent = path.field("containers");
    for (index, container) in list(spec, "containers").iter().enumerate() {
        let path = parent.index(index);
        let ports = path.field("ports");
        for (index, item) in list(container, "ports").iter().enumerate() {
            let port = number(item, "hostPort").unwrap_or_default();
            if Some(port) != number(item, "containerPort") {
                let detail = "must match `containerPort` when `hostNetwork` is true";
                errors.push(FieldError::invalid(
                    ports.index(index).field("hostPort"),
                    port,
                    detail,
                ));
            }
        }
    }
}

fn mounts(container: &Value, path: &Path<'_>, volumes: &Names<'_>, errors: &mut Errors) {
    let parent = path.field("volumeMounts");
    let mut paths = std::collections::BTreeSet::new();
    for (index, mount) in list(container, "volumeMounts").iter().enumerate() {
        let path = parent.index(index);
        let name = text(mount, "name");
        if name.is_empty() {
            required(path.field("name"), "", errors);
        }
        if !volumes.contains(name) {
            errors.push(FieldError::of(
                crate::field_error::FieldErrorKind::NotFound,
                path.field("name"),
                name,
                "",
            ));
        }
        let mount_path = text(mount, "mountPath");
        if mount_path.is_empty() {
            required(path.field("mountPath"), "", errors);
        }
        if !paths.insert(mount_path) {
            errors.push(FieldError::invalid(
                path.field("mountPath"),
                mount_path,
                "must be unique",
            ));
        }
        // The server leaves the index out of these.
        for field in ["subPath", "subPathExpr"] {
            relative(text(mount, field), parent.field(field), errors);
        }
    }
}

fn security(context: &Value, path: &Path<'_>, errors: &mut Errors) {
    user_ids(context, path, &["runAsUser", "runAsGroup"], errors);
    if context["allowPrivilegeEscalation"] == json!(false) && flag(context, "privileged") {
        let detail = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
        errors.push(FieldError::invalid(*path, context.clone(), detail));
    }
}

/// Numbers of users and groups.
pub(super) fn user_ids(context: &Value, path: &Path<'_>, fields: &[&str], errors: &mut Errors) {
    for field in fields {
        if let Some(id) =
            number(context, field).filter(|id| !(0..=i64::from(i32::MAX)).contains(id))
        {
            errors.push(FieldError::invalid(
                path.field(field),
                id,
                "must be between 0 and 2147483647, inclusive",
            ));
        }
    }
}
