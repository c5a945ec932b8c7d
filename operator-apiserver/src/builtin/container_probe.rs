//! What is wrong with the probes and hooks of a container.

use serde_json::Value;

use super::{
    check::{forbidden, not_negative, one_of, port, port_number, required},
    fields::{list, number, text},
    path::Path,
    rules::Errors,
};
use crate::field_error::FieldError;

/// Checks the hooks and probes of a container.
pub(super) fn validate(container: &Value, path: &Path<'_>, errors: &mut Errors) {
    for kind in ["postStart", "preStop"] {
        let handler_value = &container["lifecycle"][kind];
        if handler_value.is_object() {
            let path = path.field("lifecycle");
            handler(
                handler_value,
                &path.field(kind),
                &["exec", "httpGet", "tcpSocket", "sleep"],
                errors,
            );
        }
    }
    for kind in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let value = &container[kind];
        if value.is_object() {
            probe(kind, value, &path.field(kind), errors);
        }
    }
}

fn probe(kind: &str, value: &Value, path: &Path<'_>, errors: &mut Errors) {
    handler(
        value,
        path,
        &["exec", "httpGet", "tcpSocket", "grpc"],
        errors,
    );
    let numbers = [
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
    ];
    not_negative(value, path, &numbers, errors);
    if let Some(seconds) = number(value, "terminationGracePeriodSeconds") {
        if kind == "readinessProbe" {
            let detail = "must not be set for readinessProbes";
            errors.push(FieldError::invalid(
                path.field("terminationGracePeriodSeconds"),
                seconds,
                detail,
            ));
        } else if seconds <= 0 {
            let detail = "must be greater than 0";
            errors.push(FieldError::invalid(
                path.field("terminationGracePeriodSeconds"),
                seconds,
                detail,
            ));
        }
    }
    let threshold = number(value, "successThreshold").unwrap_or_default();
    if kind != "readinessProbe" && threshold != 1 {
        errors.push(FieldError::invalid(
            path.field("successThreshold"),
            threshold,
            "must be 1",
        ));
    }
}

fn handler(value: &Value, path: &Path<'_>, kinds: &[&str], errors: &mut Errors) {
    let mut given = kinds.iter().filter(|kind| value[**kind].is_object());
    let Some(first) = given.next() else {
        required(*path, "must specify a handler type", errors);
        return;
    };
    let (action, action_path) = (&value[*first], path.field(first));
    match *first {
        "exec" if list(action, "command").is_empty() => {
            required(action_path.field("command"), "", errors);
        }
        "httpGet" => {
            if text(action, "path").is_empty() {
                required(action_path.field("path"), "", errors);
            }
            port(&action["port"], action_path.field("port"), errors);
            one_of(action, &action_path, "scheme", &["HTTP", "HTTPS"], errors);
        }
        "tcpSocket" => port(&action["port"], action_path.field("port"), errors),
        "grpc" => port_number(
            number(action, "port").unwrap_or_default(),
            action_path.field("port"),
            errors,
        ),
        _ => {}
    }
    for more in given {
        forbidden(
            path.field(more),
            "may not specify more than 1 handler type",
            errors,
        );
    }
}
