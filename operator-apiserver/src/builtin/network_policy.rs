//! Network policies: what may come in or go out, said of either.

use serde_json::{Value, json};

use super::{
    check::{forbidden, form, not_supported, port, required, selector},
    fields::{ensure_object, has, is_empty, items_mut, list, number, set, set_default, text},
    format::cidr,
    path::Path,
    rules::{Errors, Generation, Rules},
    workload::SPEC,
};
use crate::field_error::FieldError;

pub(super) const RULES: Rules = Rules {
    default,
    validate,
    generation: Generation::Spec,
    ..Rules::PLAIN
};

fn default(object: &mut Value) {
    let spec = ensure_object(object, "spec");
    if is_empty(spec.get("policyTypes")) {
        let types = if is_empty(spec.get("egress")) {
            json!(["Ingress"])
        } else {
            json!(["Ingress", "Egress"])
        };
        set(spec, "policyTypes", types);
    }
    for kind in ["ingress", "egress"] {
        for rule in items_mut(spec, kind) {
            for port in items_mut(rule, "ports") {
                set_default(port, "protocol", "TCP");
            }
        }
    }
}

fn validate(object: &Value, errors: &mut Errors) {
    let spec = &object["spec"];
    selector(&spec["podSelector"], SPEC.field("podSelector"), errors);
    for (kind, peers) in [("ingress", "from"), ("egress", "to")] {
        let parent = SPEC.field(kind);
        for (index, rule) in list(spec, kind).iter().enumerate() {
            rule_of(rule, peers, &parent.index(index), errors);
        }
    }
    let types = list(spec, "policyTypes");
    let path = SPEC.field("policyTypes");
    if types.len() > 2 {
        errors.push(FieldError::invalid(
            path,
            Value::from(types),
            "may not specify more than two policyTypes",
        ));
        return;
    }
    for (index, kind) in types.iter().enumerate() {
        if !["Ingress", "Egress"].contains(&kind.as_str().unwrap_or_default()) {
            not_supported(
                path.index(index),
                kind.clone(),
                &["Ingress", "Egress"],
                errors,
            );
        }
    }
}

fn rule_of(rule: &Value, peers: &str, path: &Path<'_>, errors: &mut Errors) {
    let parent = path.field("ports");
    for (index, item) in list(rule, "ports").iter().enumerate() {
        let path = parent.index(index);
        if !["TCP", "UDP", "SCTP"].contains(&text(item, "protocol")) {
            not_supported(
                path.field("protocol"),
                text(item, "protocol"),
                &["TCP", "UDP", "SCTP"],
                errors,
            );
        }
        if has(item, "port") {
            port(&item["port"], path.field("port"), errors);
        }
        if let Some(end) = number(item, "endPort") {
            match number(item, "port") {
                Some(start) if end < start => {
                    errors.push(FieldError::invalid(
                        path.field("endPort"),
                        end,
                        "must be greater than or equal to `port`",
                    ));
                }
                Some(_) => {}
                None => {
                    let detail = "may not be specified when `port` is non-numeric";
                    errors.push(FieldError::invalid(path.field("endPort"), end, detail));
                }
            }
        }
    }
    let parent = path.field(peers);
    for (index, item) in list(rule, peers).iter().enumerate() {
        peer(item, &parent.index(index), errors);
    }
}

fn peer(peer: &Value, path: &Path<'_>, errors: &mut Errors) {
    let selectors = ["podSelector", "namespaceSelector"];
    for kind in selectors {
        selector(&peer[kind], path.field(kind), errors);
    }
    let selects = selectors.iter().any(|kind| peer[*kind].is_object());
    let block = &peer["ipBlock"];
    if block.is_object() {
        let block_path = path.field("ipBlock");
        if text(block, "cidr").is_empty() {
            required(block_path.field("cidr"), "", errors);
        } else {
            form(&block["cidr"], block_path.field("cidr"), cidr, errors);
        }
        let except = block_path.field("except");
        for (index, range) in list(block, "except").iter().enumerate() {
            form(range, except.index(index), cidr, errors);
        }
        if selects {
            forbidden(
                *path,
                "may not specify both ipBlock and another peer",
                errors,
            );
        }
    } else if !selects {
        required(*path, "must specify a peer", errors);
    }
}
