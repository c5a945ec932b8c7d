//! The defaults of a pod's spec, in pods and in the templates of workloads alike.

use serde_json::{Value, json};

use super::fields::{
    ensure_object, items_mut, keep, list, object_mut, set, set_default, set_default_number, text,
};

/// Fills in what every pod spec has.
pub(super) fn default(spec: &mut Value) {
    set_default(spec, "dnsPolicy", "ClusterFirst");
    set_default(spec, "restartPolicy", "Always");
    ensure_object(spec, "securityContext");
    set_default(spec, "terminationGracePeriodSeconds", 30);
    set_default(spec, "schedulerName", "default-scheduler");
    // Two names for one field; the older one gives way.
    if text(spec, "serviceAccountName").is_empty() {
        let account = text(spec, "serviceAccount").to_owned();
        set_if_any(spec, "serviceAccountName", account);
    }
    let account = text(spec, "serviceAccountName").to_owned();
    set_if_any(spec, "serviceAccount", account);
    for kind in ["initContainers", "containers", "ephemeralContainers"] {
        items_mut(spec, kind).for_each(container);
    }
    items_mut(spec, "volumes").for_each(volume);
}

fn set_if_any(value: &mut Value, field: &str, text: String) {
    if !text.is_empty() {
        set(value, field, text);
    }
}

/// What only pods themselves have: templates stay as they were written, so that they do not change when the
/// server does.
pub(super) fn default_pod(spec: &mut Value) {
    for kind in ["initContainers", "containers"] {
        for container in items_mut(spec, kind) {
            requests_from_limits(container);
        }
    }
    requests_from_limits(spec);
    set_default(spec, "enableServiceLinks", true);
    if spec["hostNetwork"] == json!(true) {
        for kind in ["initContainers", "containers"] {
            for container in items_mut(spec, kind) {
                for port in items_mut(container, "ports") {
                    let number = port["containerPort"].as_i64().unwrap_or_default();
                    set_default_number(port, "hostPort", number);
                }
            }
        }
    }
}

/// What is limited is requested, unless something else is: of a container, or of a whole pod.
fn requests_from_limits(owner: &mut Value) {
    let Some(resources) = object_mut(owner, "resources") else {
        return;
    };
    if let Some(limits) = resources["limits"].as_object().cloned() {
        fill_requests(resources, limits);
    }
}

fn fill_requests(resources: &mut Value, limits: serde_json::Map<String, Value>) {
    if limits.is_empty() {
        return;
    }
    let requests = ensure_object(resources, "requests");
    for (name, limit) in limits {
        if requests.get(&name).is_none() {
            set(requests, &name, limit);
        }
    }
}

fn container(container: &mut Value) {
    let policy = pull_policy(text(container, "image"));
    set_default(container, "imagePullPolicy", policy);
    set_default(container, "terminationMessagePath", "/dev/termination-log");
    set_default(container, "terminationMessagePolicy", "File");
    for env in items_mut(container, "env") {
        if let Some(source) = object_mut(env, "valueFrom") {
            downward(source);
        }
    }
    for kind in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = object_mut(container, kind) {
            set_default_number(probe, "timeoutSeconds", 1);
            set_default_number(probe, "periodSeconds", 10);
            set_default_number(probe, "successThreshold", 1);
            set_default_number(probe, "failureThreshold", 3);
            http_get(probe);
        }
    }
    if let Some(lifecycle) = object_mut(container, "lifecycle") {
        for kind in ["postStart", "preStop"] {
            if let Some(handler) = object_mut(lifecycle, kind) {
                http_get(handler);
            }
        }
    }
}

fn http_get(handler: &mut Value) {
    if let Some(get) = object_mut(handler, "httpGet") {
        set_default(get, "path", "/");
        set_default(get, "scheme", "HTTP");
    }
}

/// References to fields of the pod itself.
fn downward(source: &mut Value) {
    if let Some(reference) = object_mut(source, "fieldRef") {
        set_default(reference, "apiVersion", "v1");
    }
    if let Some(reference) = object_mut(source, "resourceFieldRef") {
        set_default(reference, "divisor", "0");
    }
}

/// `Always` for the tag `latest`, given or implied; a digest or a name that can't be read implies none.
fn pull_policy(image: &str) -> &'static str {
    let (name, digest) = image.split_once('@').unwrap_or((image, ""));
    let (name, tag) = match name.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ if digest.is_empty() => (name, "latest"),
        _ => (name, ""),
    };
    if tag == "latest" && is_image_name(name) {
        "Always"
    } else {
        "IfNotPresent"
    }
}

/// Whether a name is one that images can have: lower case, after an optional host.
fn is_image_name(name: &str) -> bool {
    let path = match name.split_once('/') {
        Some((host, path))
            if host.contains(['.', ':']) || host == "localhost" || host != host.to_lowercase() =>
        {
            path
        }
        _ => name,
    };
    path.split('/').all(|part| {
        let bytes = part.as_bytes();
        let plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        bytes.first().is_some_and(plain)
            && bytes.last().is_some_and(plain)
            && bytes
                .iter()
                .all(|byte| plain(byte) || b"._-".contains(byte))
    })
}

fn volume(volume: &mut Value) {
    let sources = volume.as_object().map_or(0, |map| {
        map.values().filter(|value| value.is_object()).count()
    });
    if sources == 0 {
        set(volume, "emptyDir", json!({}));
    }
    for kind in ["configMap", "downwardAPI", "projected", "secret"] {
        if let Some(source) = object_mut(volume, kind) {
            set_default(source, "defaultMode", 0o644);
        }
    }
    if let Some(source) = object_mut(volume, "downwardAPI") {
        items_mut(source, "items").for_each(downward);
    }
    if let Some(source) = object_mut(volume, "projected") {
        items_mut(source, "sources").for_each(projection);
    }
    if let Some(source) = object_mut(volume, "hostPath") {
        set_default(source, "type", "");
    }
    if let Some(source) = object_mut(volume, "image") {
        let policy = pull_policy(text(source, "reference"));
        set_default(source, "pullPolicy", policy);
    }
    if let Some(template) =
        object_mut(volume, "ephemeral").and_then(|source| object_mut(source, "volumeClaimTemplate"))
    {
        set_default(ensure_object(template, "spec"), "volumeMode", "Filesystem");
    }
}

fn projection(source: &mut Value) {
    if let Some(token) = object_mut(source, "serviceAccountToken") {
        set_default(token, "expirationSeconds", 3600);
    }
    if let Some(downward_api) = object_mut(source, "downwardAPI") {
        items_mut(downward_api, "items").for_each(downward);
    }
}

/// The spec of a template, with its defaults; `owner` holds the field `template`.
pub(super) fn default_template(owner: &mut Value) {
    let template = ensure_object(owner, "template");
    default(ensure_object(template, "spec"));
}

/// Keeps the image of every container, by its place.
pub(super) fn keep_images(spec: &mut Value, other: &Value) {
    for kind in ["initContainers", "containers"] {
        for (container, was) in items_mut(spec, kind).zip(list(other, kind)) {
            keep(container, was, "image");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_latest_image_is_always_pulled() {
        for (image, policy) in [
            ("i", "Always"),
            ("i:latest", "Always"),
            ("i:1", "IfNotPresent"),
            ("i@sha256:0", "IfNotPresent"),
            ("i:latest@sha256:0", "Always"),
            ("r.example.com:5000/i", "Always"),
            ("r.example.com:5000/i:2", "IfNotPresent"),
            ("library/i", "Always"),
            ("A", "IfNotPresent"),
            ("", "IfNotPresent"),
        ] {
            assert_eq!(pull_policy(image), policy, "{image}");
        }
    }
}
