//! Ingresses and their classes: every path leads somewhere.

use serde_json::{Value, json};

use super::{
    check::{form, not_supported, optional_form, port_number, required},
    fields::{has, is_empty, list, number, object_mut, set_default, text},
    format::{port_name, wildcard_subdomain},
    path::Path,
    rules::{Errors, Generation, Rules},
    service_validation::balancer_addresses,
    workload::{SPEC, immutable},
};
use crate::{
    field_error::FieldError,
    metadata::names::{dns_1123_label, dns_1123_subdomain},
};

pub(super) const RULES: Rules = Rules {
    validate,
    validate_status: |new, _, errors| balancer_addresses(new, errors),
    generation: Generation::Spec,
    ..Rules::PLAIN
};

pub(super) const CLASS_RULES: Rules = Rules {
    default: |object| {
        if let Some(parameters) =
            object_mut(object, "spec").and_then(|spec| object_mut(spec, "parameters"))
        {
            set_default(parameters, "scope", "Cluster");
        }
    },
    validate: validate_class,
    validate_change: |new, old, errors| {
        immutable(&new["spec"], &old["spec"], &SPEC, "controller", errors);
    },
    generation: Generation::Spec,
    ..Rules::PLAIN
};

fn validate(object: &Value, errors: &mut Errors) {
    let spec = &object["spec"];
    if is_empty(spec.get("rules")) && !spec["defaultBackend"].is_object() {
        let detail = "either `defaultBackend` or `rules` must be specified";
        errors.push(FieldError::invalid(SPEC, Value::Null, detail));
    }
    if spec["defaultBackend"].is_object() {
        backend(
            &spec["defaultBackend"],
            &SPEC.field("defaultBackend"),
            errors,
        );
    }
    let parent = SPEC.field("rules");
    for (index, rule) in list(spec, "rules").iter().enumerate() {
        let path = parent.index(index);
        let host = text(rule, "host");
        if !host.is_empty() {
            if host.parse::<std::net::IpAddr>().is_ok() {
                let detail = "must be a DNS name, not an IP address";
                errors.push(FieldError::invalid(path.field("host"), host, detail));
            } else {
                form(&rule["host"], path.field("host"), host_form(host), errors);
            }
        }
        if rule["http"].is_object() {
            paths(&rule["http"], &path.field("http"), errors);
        }
    }
    tls(spec, errors);
    optional_form(spec, &SPEC, "ingressClassName", dns_1123_subdomain, errors);
}

fn host_form(host: &str) -> fn(&str) -> Vec<String> {
    if host.contains('*') {
        wildcard_subdomain
    } else {
        dns_1123_subdomain
    }
}

fn tls(spec: &Value, errors: &mut Errors) {
    let parent = SPEC.field("tls");
    for (index, item) in list(spec, "tls").iter().enumerate() {
        let path = parent.index(index);
        let hosts = path.field("hosts");
        for (index, host) in list(item, "hosts").iter().enumerate() {
            let check = host_form(host.as_str().unwrap_or_default());
            form(host, hosts.index(index), check, errors);
        }
        optional_form(item, &path, "secretName", dns_1123_subdomain, errors);
    }
}

fn paths(http: &Value, path: &Path<'_>, errors: &mut Errors) {
    let parent = path.field("paths");
    let paths = list(http, "paths");
    if paths.is_empty() {
        required(parent, "", errors);
    }
    for (index, item) in paths.iter().enumerate() {
        let path = parent.index(index);
        let value = text(item, "path");
        match text(item, "pathType") {
            "" => required(path.field("pathType"), "pathType must be specified", errors),
            "Exact" | "Prefix" => {
                if value.starts_with('/') {
                    clean(value, path.field("path"), errors);
                } else {
                    errors.push(FieldError::invalid(
                        path.field("path"),
                        value,
                        "must be an absolute path",
                    ));
                }
            }
            "ImplementationSpecific" => {
                if !value.is_empty() && !value.starts_with('/') {
                    errors.push(FieldError::invalid(
                        path.field("path"),
                        value,
                        "must be an absolute path",
                    ));
                }
            }
            other => {
                not_supported(
                    path.field("pathType"),
                    other,
                    &["Exact", "ImplementationSpecific", "Prefix"],
                    errors,
                );
            }
        }
        backend(&item["backend"], &path.field("backend"), errors);
    }
}

fn clean(value: &str, path: Path<'_>, errors: &mut Errors) {
    for sequence in ["//", "/./", "/../", "%2f", "%2F"] {
        if value.contains(sequence) {
            errors.push(FieldError::invalid(
                path,
                value,
                format!("must not contain '{sequence}'"),
            ));
        }
    }
    for suffix in ["/..", "/."] {
        if value.ends_with(suffix) {
            errors.push(FieldError::invalid(
                path,
                value,
                format!("cannot end with '{suffix}'"),
            ));
        }
    }
}

fn backend(backend: &Value, path: &Path<'_>, errors: &mut Errors) {
    match (
        backend["resource"].is_object(),
        backend["service"].is_object(),
    ) {
        (true, true) => {
            errors.push(FieldError::invalid(
                *path,
                "",
                "cannot set both resource and service backends",
            ));
        }
        (true, false) => {
            let path = path.field("resource");
            for field in ["kind", "name"] {
                if text(&backend["resource"], field).is_empty() {
                    required(path.field(field), "", errors);
                }
            }
        }
        (false, true) => service(&backend["service"], path, errors),
        (false, false) => {
            errors.push(FieldError::invalid(
                *path,
                "",
                "resource or service backend is required",
            ));
        }
    }
}

fn service(service: &Value, path: &Path<'_>, errors: &mut Errors) {
    let parent = path.field("service");
    if text(service, "name").is_empty() {
        required(parent.field("name"), "", errors);
    } else {
        form(
            &service["name"],
            parent.field("name"),
            dns_1123_label,
            errors,
        );
    }
    let port = parent.field("port");
    let (name, number) = (
        text(&service["port"], "name"),
        number(&service["port"], "number").unwrap_or_default(),
    );
    match (name.is_empty(), number == 0) {
        (true, true) => required(*path, "port name or number is required", errors),
        (false, false) => errors.push(FieldError::invalid(
            *path,
            "",
            "cannot set both port name & port number",
        )),
        (false, true) => form(&json!(name), port.field("name"), port_name, errors),
        (true, false) => port_number(number, port.field("number"), errors),
    }
}

fn validate_class(object: &Value, errors: &mut Errors) {
    let spec = &object["spec"];
    let controller = text(spec, "controller");
    let path = SPEC.field("controller");
    let (domain, rest) = controller.split_once('/').unwrap_or((controller, ""));
    if controller.is_empty() {
        required(path, "", errors);
    } else if rest.is_empty() || !dns_1123_subdomain(domain).is_empty() {
        let detail = "must be a domain-prefixed path (such as \"acme.io/foo\")";
        errors.push(FieldError::invalid(path, controller, detail));
    }
    if has(spec, "parameters") {
        let path = SPEC.field("parameters");
        for field in ["kind", "name"] {
            if text(&spec["parameters"], field).is_empty() {
                required(path.field(field), "", errors);
            }
        }
    }
}
