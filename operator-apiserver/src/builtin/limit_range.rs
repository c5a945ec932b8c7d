//! Limit ranges: what a namespace's containers, pods and claims may ask for, and what they get if they don't ask.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    check::{Names, all_invalid, forbidden, required},
    fields::{ensure_object, entries, has, is_empty, items_mut, list, text},
    format::label_key,
    path::Path,
    resource_name::{Use, may_overcommit, resource_name},
    rules::{Errors, Rules},
    workload::SPEC,
};
use crate::{field_error::FieldError, go_text::plain, quantity::Quantity};

pub(super) const RULES: Rules = Rules {
    default,
    validate,
    ..Rules::PLAIN
};

/// The types of what is limited.
const TYPES: &[&str] = &["Pod", "Container", "PersistentVolumeClaim"];

fn default(object: &mut Value) {
    let containers = items_mut(ensure_object(object, "spec"), "limits")
        .filter(|item| text(item, "type") == "Container");
    for item in containers {
        for (field, source) in [
            ("default", "max"),
            ("defaultRequest", "default"),
            ("defaultRequest", "min"),
        ] {
            let found: Vec<_> = entries(item, source)
                .map(|(name, amount)| (name.clone(), amount.clone()))
                .collect();
            for (name, amount) in found {
                let defaults = ensure_object(item, field);
                if !has(defaults, &name) {
                    defaults[name] = amount;
                }
            }
        }
    }
}

fn validate(object: &Value, errors: &mut Errors) {
    let parent = SPEC.field("limits");
    let mut types = Names::default();
    for (index, item) in list(&object["spec"], "limits").iter().enumerate() {
        let path = parent.index(index);
        limit_type(text(item, "type"), path.field("type"), errors);
        types.add(text(item, "type"), path.field("type"), errors);
        names(item, &path, errors);
        let fields = [
            "max",
            "min",
            "default",
            "defaultRequest",
            "maxLimitRequestRatio",
        ];
        let amounts = fields
            .into_iter()
            .flat_map(|field| entries(item, field))
            .map(|(name, _)| name.as_str());
        for name in amounts.collect::<BTreeSet<_>>() {
            order(item, name, &path, errors);
            ratio(item, name, &path, errors);
            overcommitment(item, name, &path, errors);
        }
    }
}

fn limit_type(name: &str, path: Path<'_>, errors: &mut Errors) {
    let wrong = label_key(name);
    if wrong.is_empty() && !name.contains('/') && !TYPES.contains(&name) {
        let detail = "must be a standard limit type or fully qualified";
        errors.push(FieldError::invalid(path, name, detail));
    }
    all_invalid(wrong, &name.into(), path, errors);
}

/// What may be limited, and where.
fn names(item: &Value, path: &Path<'_>, errors: &mut Errors) {
    let kind = text(item, "type");
    let of = match kind {
        "Pod" | "Container" => Use::Containers,
        _ => Use::Any,
    };
    let check = |field: &str, errors: &mut Errors| {
        let parent = path.field(field);
        for (name, _) in entries(item, field) {
            resource_name(name, of, parent.key(name), errors);
        }
    };
    check("max", errors);
    check("min", errors);
    if kind == "Pod" {
        for field in ["default", "defaultRequest"] {
            if !is_empty(item.get(field)) {
                let detail = "may not be specified when `type` is 'Pod'";
                forbidden(path.field(field), detail, errors);
            }
        }
    } else {
        check("default", errors);
        check("defaultRequest", errors);
    }
    let storage = ["min", "max"]
        .iter()
        .any(|field| has(&item[*field], "storage"));
    if kind == "PersistentVolumeClaim" && !storage {
        let detail =
            "either minimum or maximum storage value is required, but neither was provided";
        required(path.field("limits"), detail, errors);
    }
    check("maxLimitRequestRatio", errors);
}

/// Pairs of which the first may not be above the second, as they are called; which of them is to blame, and which is
/// shown.
const ORDER: &[([&str; 2], [&str; 2], &str, &str)] = &[
    (["min", "max"], ["min value", "max value"], "min", "min"),
    (
        ["min", "defaultRequest"],
        ["min value", "default request value"],
        "defaultRequest",
        "defaultRequest",
    ),
    (
        ["defaultRequest", "max"],
        ["default request value", "max value"],
        "defaultRequest",
        "defaultRequest",
    ),
    (
        ["defaultRequest", "default"],
        ["default request value", "default limit value"],
        "defaultRequest",
        "defaultRequest",
    ),
    (
        ["min", "default"],
        ["min value", "default value"],
        "default",
        "min",
    ),
    (
        ["default", "max"],
        ["default value", "max value"],
        "default",
        "max",
    ),
];

fn order(item: &Value, name: &str, path: &Path<'_>, errors: &mut Errors) {
    for ([less, more], [less_name, more_name], blamed, value) in ORDER {
        let (low, high) = (&item[*less][name], &item[*more][name]);
        let above = Quantity::of(low)
            .zip(Quantity::of(high))
            .is_some_and(|(low, high)| low > high);
        if above {
            let detail = format!(
                "{less_name} {} is greater than {more_name} {}",
                plain(low),
                plain(high)
            );
            let parent = path.field(blamed);
            let value = item[*value][name].clone();
            errors.push(FieldError::invalid(parent.key(name), value, detail));
        }
    }
}

fn ratio(item: &Value, name: &str, path: &Path<'_>, errors: &mut Errors) {
    let value = &item["maxLimitRequestRatio"][name];
    let Some(ratio) = Quantity::of(value) else {
        return;
    };
    let parent = path.field("maxLimitRequestRatio");
    let path = parent.key(name);
    if ratio < Quantity::from(1) {
        let detail = format!("ratio {} is less than 1", plain(value));
        errors.push(FieldError::invalid(path, value.clone(), detail));
    }
    let bounds = Quantity::of(&item["max"][name]).zip(Quantity::of(&item["min"][name]));
    if let Some((most, least)) = bounds {
        let possible = most.approximate() / least.approximate();
        if ratio.approximate() > possible {
            let detail = format!(
                "ratio {} is greater than max/min = {possible:.6}",
                plain(value)
            );
            errors.push(FieldError::invalid(path, value.clone(), detail));
        }
    }
}

/// What can't be overcommitted is limited to what is requested.
fn overcommitment(item: &Value, name: &str, path: &Path<'_>, errors: &mut Errors) {
    let (limit, request) = (&item["default"][name], &item["defaultRequest"][name]);
    let differ = Quantity::of(limit)
        .zip(Quantity::of(request))
        .is_some_and(|(limit, request)| limit != request);
    if differ && !may_overcommit(name) {
        let detail = format!(
            "default value {} must equal to defaultRequest value {} in {name}",
            plain(limit),
            plain(request)
        );
        let parent = path.field("defaultRequest");
        errors.push(FieldError::invalid(
            parent.key(name),
            request.clone(),
            detail,
        ));
    }
}
