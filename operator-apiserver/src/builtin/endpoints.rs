//! Endpoints and endpoint slices: addresses that something can be reached at.

use serde_json::{Value, json};

use super::{
    check::{Names, form, not_supported, port_number, required},
    fields::{has, items_mut, list, number, same, set_default, text},
    format::IMMUTABLE,
    path::Path,
    rules::{Errors, Generation, Rules},
    service_validation::ordinary_ip,
};
use crate::{
    field_error::FieldError,
    metadata::names::{dns_1123_label, dns_1123_subdomain},
};

pub(super) const SLICE_RULES: Rules = Rules {
    default: |object| {
        for port in items_mut(object, "ports") {
            if port["name"].is_null() {
                set_default(port, "name", "");
            }
            set_default(port, "protocol", "TCP");
        }
    },
    validate: validate_slice,
    validate_change: |new, old, errors| {
        if !same(new, old, "addressType") {
            errors.push(FieldError::invalid("addressType", Value::Null, IMMUTABLE));
        }
    },
    generation: Generation::SpecAndLabels,
    ..Rules::PLAIN
};

const PROTOCOLS: &[&str] = &["SCTP", "TCP", "UDP"];

fn validate_slice(object: &Value, errors: &mut Errors) {
    let kind = text(object, "addressType");
    ports(object, &Path::Root("ports"), errors);
    let parent = Path::Root("endpoints");
    let endpoints = list(object, "endpoints");
    for (index, endpoint) in endpoints.iter().enumerate() {
        let path = parent.index(index);
        let addresses = path.field("addresses");
        for (index, address) in list(endpoint, "addresses").iter().enumerate() {
            if kind == "FQDN" {
                form(address, addresses.index(index), dns_1123_subdomain, errors);
            } else {
                ordinary_ip(address, addresses.index(index), errors);
            }
        }
        if has(endpoint, "hostname") {
            form(
                &endpoint["hostname"],
                path.field("hostname"),
                dns_1123_label,
                errors,
            );
        }
    }
    if kind.is_empty() {
        required(Path::Root("addressType"), "", errors);
    } else if !["FQDN", "IPv4", "IPv6"].contains(&kind) {
        not_supported(
            Path::Root("addressType"),
            kind,
            &["FQDN", "IPv4", "IPv6"],
            errors,
        );
    }
    for (index, endpoint) in endpoints.iter().enumerate() {
        if list(endpoint, "addresses").is_empty() {
            required(parent.index(index).field("addresses"), "", errors);
        }
    }
}

fn ports(object: &Value, parent: &Path<'_>, errors: &mut Errors) {
    let mut names = Names::default();
    for (index, item) in list(object, "ports").iter().enumerate() {
        let path = parent.index(index);
        let name = text(item, "name");
        if !name.is_empty() {
            form(&item["name"], path.field("name"), dns_1123_label, errors);
        }
        names.add(name, path.field("name"), errors);
        let protocol = text(item, "protocol");
        if !PROTOCOLS.contains(&protocol) {
            not_supported(path.field("protocol"), json!(protocol), PROTOCOLS, errors);
        }
    }
}

pub(super) const RULES: Rules = Rules {
    default: |object| {
        for subset in items_mut(object, "subsets") {
            for port in items_mut(subset, "ports") {
                set_default(port, "protocol", "TCP");
            }
        }
    },
    validate,
    create_on_update: true,
    ..Rules::PLAIN
};

fn validate(object: &Value, errors: &mut Errors) {
    let parent = Path::Root("subsets");
    for (index, subset) in list(object, "subsets").iter().enumerate() {
        let path = parent.index(index);
        let lists = ["addresses", "notReadyAddresses"];
        if lists.iter().all(|field| list(subset, field).is_empty()) {
            required(
                path,
                "must specify `addresses` or `notReadyAddresses`",
                errors,
            );
        }
        for field in lists {
            let path = path.field(field);
            for (index, address) in list(subset, field).iter().enumerate() {
                let path = path.index(index);
                let before = errors.len();
                ordinary_ip(&address["ip"], path.field("ip"), errors);
                if errors.len() > before && text(address, "ip").parse::<std::net::IpAddr>().is_err()
                {
                    // The server says it twice, the second time more briefly.
                    let value = text(address, "ip");
                    errors.push(FieldError::invalid(
                        path.field("ip"),
                        value,
                        "must be a valid IP address",
                    ));
                }
            }
        }
        subset_ports(subset, &path.field("ports"), errors);
    }
}

fn subset_ports(subset: &Value, path: &Path<'_>, errors: &mut Errors) {
    let ports = list(subset, "ports");
    for (index, item) in ports.iter().enumerate() {
        let path = path.index(index);
        if text(item, "name").is_empty() {
            if ports.len() > 1 {
                required(path.field("name"), "", errors);
            }
        } else {
            form(&item["name"], path.field("name"), dns_1123_label, errors);
        }
        port_number(
            number(item, "port").unwrap_or_default(),
            path.field("port"),
            errors,
        );
        let protocol = text(item, "protocol");
        if !PROTOCOLS.contains(&protocol) {
            not_supported(path.field("protocol"), protocol, PROTOCOLS, errors);
        }
    }
}
