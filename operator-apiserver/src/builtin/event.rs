//! Events: one kind under two names. They are checked as the older one, and stricter where the newer one is used.

use serde_json::Value;

use super::{
    check::{form, required},
    fields::{has, is_empty, number, remove, same, set, text},
    format::{IMMUTABLE, label_key},
    path::Path,
    rules::{Errors, Rules},
};
use crate::{field_error::FieldError, metadata::names::path_segment, object};

pub(super) const CORE_RULES: Rules = Rules {
    validate: |object, errors| common(object, "reportingComponent", errors),
    convert: Some(to_core),
    name: path_segment,
    create_on_update: true,
    field_labels: &[
        "involvedObject.apiVersion",
        "involvedObject.fieldPath",
        "involvedObject.kind",
        "involvedObject.name",
        "involvedObject.namespace",
        "involvedObject.resourceVersion",
        "involvedObject.uid",
        "reason",
        "reportingComponent",
        "source",
        "type",
    ],
    field,
    ..Rules::PLAIN
};

pub(super) const RULES: Rules = Rules {
    validate_new: |object, errors| validate(&core(object), errors),
    validate_change,
    convert: Some(from_core),
    name: path_segment,
    create_on_update: true,
    field_labels: &[
        "reason",
        "regarding.apiVersion",
        "regarding.fieldPath",
        "regarding.kind",
        "regarding.name",
        "regarding.namespace",
        "regarding.resourceVersion",
        "regarding.uid",
        "reportingController",
        "type",
    ],
    field,
    ..Rules::PLAIN
};

/// The fields of `v1` and what they are called in `events.k8s.io/v1`.
const NAMES: &[(&str, &str)] = &[
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
    ("reportingComponent", "reportingController"),
];
/// What `v1` writes where nothing is set.
const CORE_EMPTY: &[&str] = &["reportingComponent", "reportingInstance"];

/// Turns an event of `events.k8s.io/v1` into one of `v1`, as which both are stored.
pub(super) fn to_core(event: &mut Value) {
    rename(event, NAMES.iter().map(|(core, new)| (*new, *core)));
    set(event, "apiVersion", "v1");
    for field in CORE_EMPTY {
        if event.get(field).is_none() {
            set(event, field, "");
        }
    }
}

/// Turns an event of `v1` into one of `events.k8s.io/v1`.
pub(super) fn from_core(event: &mut Value) {
    for field in CORE_EMPTY {
        if text(event, field).is_empty() {
            remove(event, field);
        }
    }
    rename(event, NAMES.iter().copied());
    set(event, "apiVersion", "events.k8s.io/v1");
}

fn rename<'a>(event: &mut Value, names: impl Iterator<Item = (&'a str, &'a str)>) {
    for (from, to) in names {
        if let Some(value) = remove(event, from) {
            set(event, to, value);
        }
    }
}

fn core(event: &Value) -> Value {
    let mut event = event.clone();
    to_core(&mut event);
    event
}

fn field(object: &Value, label: &str) -> String {
    let label = label.replace("regarding.", "involvedObject.");
    let older = core_name(&label);
    let value = match label.strip_prefix("involvedObject.") {
        Some(part) => {
            let involved = if has(object, "regarding") {
                &object["regarding"]
            } else {
                &object["involvedObject"]
            };
            text(involved, part)
        }
        None if label == "source" => match text(&object["source"], "component") {
            "" => text(object, "reportingComponent"),
            component => component,
        },
        None if has(object, &label) => text(object, &label),
        None => text(object, older),
    };
    value.to_owned()
}

fn core_name(label: &str) -> &str {
    NAMES
        .iter()
        .find(|(_, new)| *new == label)
        .map_or(label, |(core, _)| core)
}

/// What is wrong with an event under either name, looked at as one of `v1`.
fn common(event: &Value, reporter: &str, errors: &mut Errors) {
    let involved = text(&event["involvedObject"], "namespace");
    let namespace = object::namespace(event);
    let fits = if involved.is_empty() {
        ["", "default"].contains(&namespace)
    } else {
        involved == namespace
    };
    if !fits {
        errors.push(FieldError::invalid(
            "involvedObject.namespace",
            involved,
            "does not match event.namespace",
        ));
    }
    if !has(event, "eventTime") {
        return;
    }
    if text(event, "reportingComponent").is_empty() {
        required(Path::Root(reporter), "", errors);
    }
    form(
        &event["reportingComponent"],
        Path::Root(reporter),
        label_key,
        errors,
    );
    for field in ["reportingInstance", "action", "reason"] {
        let value = text(event, field);
        if value.is_empty() {
            required(Path::Root(field), "", errors);
        }
        if value.len() > 128 {
            errors.push(FieldError::invalid(
                field,
                "",
                "can have at most 128 characters",
            ));
        }
    }
    if text(event, "message").len() > 1024 {
        errors.push(FieldError::invalid(
            "message",
            "",
            "can have at most 1024 characters",
        ));
    }
}

fn validate(event: &Value, errors: &mut Errors) {
    common(event, "reportingController", errors);
    if !has(event, "eventTime") {
        required(Path::Root("eventTime"), "", errors);
    }
    let kind = text(event, "type");
    if !["Normal", "Warning"].contains(&kind) {
        errors.push(FieldError::invalid(
            "type",
            "",
            format!("has invalid value: {kind}"),
        ));
    }
    for field in ["firstTimestamp", "lastTimestamp", "count", "source"] {
        if !is_empty(event.get(field)) && event[field] != 0 {
            errors.push(FieldError::invalid(field, "", "needs to be unset"));
        }
    }
    series(event, errors);
}

fn series(event: &Value, errors: &mut Errors) {
    let series = &event["series"];
    if !series.is_object() {
        return;
    }
    if number(series, "count").unwrap_or_default() < 2 {
        errors.push(FieldError::invalid(
            "series.count",
            "",
            "should be at least 2",
        ));
    }
    if !has(series, "lastObservedTime") {
        required(Path::Root("series.lastObservedTime"), "", errors);
    }
}

/// What is settled once an event is there; a series may go on.
const SETTLED: &[&str] = &[
    "involvedObject",
    "reason",
    "message",
    "source",
    "firstTimestamp",
    "lastTimestamp",
    "count",
    "reportingComponent",
    "reportingInstance",
    "type",
    "eventTime",
    "action",
    "related",
];

fn validate_change(new: &Value, old: &Value, errors: &mut Errors) {
    let (new, old) = (core(new), core(old));
    for field in SETTLED {
        if !same(&new, &old, field) {
            let path = if *field == "reportingComponent" {
                "reportingController"
            } else {
                field
            };
            errors.push(FieldError::invalid(path, new[*field].clone(), IMMUTABLE));
        }
    }
    if !same(&new, &old, "series") {
        series(&new, errors);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_is_the_same_under_both_names() {
        let new = json!({
            "apiVersion": "events.k8s.io/v1", "kind": "Event", "note": "n", "reportingController": "c",
            "reportingInstance": "i", "regarding": {"name": "p"}, "deprecatedCount": 3, "reason": "R",
        });
        let mut event = new.clone();
        to_core(&mut event);
        assert_eq!(
            event,
            json!({
                "apiVersion": "v1", "kind": "Event", "message": "n", "reportingComponent": "c",
                "reportingInstance": "i", "involvedObject": {"name": "p"}, "count": 3, "reason": "R",
            })
        );
        from_core(&mut event);
        assert_eq!(event, new);
    }

    #[test]
    fn fields_are_found_under_both_names() {
        let core =
            json!({"involvedObject": {"name": "p"}, "reason": "R", "source": {"component": "c"}});
        assert_eq!(field(&core, "involvedObject.name"), "p");
        assert_eq!(field(&core, "regarding.name"), "p");
        assert_eq!(field(&core, "source"), "c");
        let new = json!({"regarding": {"name": "p"}, "reportingController": "c"});
        assert_eq!(field(&new, "regarding.name"), "p");
        assert_eq!(field(&new, "reportingController"), "c");
    }
}
