//! The annotation of client-side apply, for `kubectl` that applies on the server now: it is kept up to date, and what
//! it says was applied is no conflict.

use serde_json::{Map, Value};

use super::{
    Writer,
    compare::Comparison,
    conflict::Conflicts,
    shape::Type,
    typed::{Duplicates, field_set, validate},
};
use crate::{go_text, object::metadata_mut, schema::Schema};

const ANNOTATION: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The size that all annotations of an object may have.
const MAX_ANNOTATIONS: usize = 256 * 1024;

/// Whether this is the manager for which the annotation counts.
pub(super) fn is_kubectl(writer: &Writer<'_>) -> bool {
    writer.manager == "kubectl"
}

/// The conflicts that remain: those about fields that client-side apply did not set, or that have changed since.
pub(super) fn conflicts_left<'a>(
    conflicts: Conflicts<'a>,
    schema: &Schema,
    live: &Value,
    writer: &Writer<'_>,
) -> Option<Conflicts<'a>> {
    let last = live["metadata"]["annotations"][ANNOTATION].as_str();
    let last = last.and_then(|text| serde_json::from_str::<Value>(text).ok());
    let Some(last) = last.filter(|last| last["apiVersion"] == writer.api_version) else {
        return Some(conflicts);
    };
    let of = Type::object(schema);
    let valid = |object| validate(of, object, Duplicates::Refused).is_ok();
    if !valid(&last) || !valid(live) {
        return Some(conflicts);
    }
    let changed = Comparison::of(of, &last, live);
    let set = field_set(of, &last);
    let set = set.difference(&changed.modified).difference(&changed.added);
    conflicts.except(&set.difference(&changed.removed))
}

/// Writes the annotation anew, if there is one.
pub(super) fn keep(merged: &mut Value, config: &Value) {
    let there = merged["metadata"]["annotations"][ANNOTATION].as_str();
    if there.is_none_or(str::is_empty) {
        return;
    }
    let text = text_of(config);
    let metadata = metadata_mut(merged);
    if let Some(Value::Object(annotations)) = metadata.get_mut("annotations") {
        annotations.remove(ANNOTATION);
        if size(annotations) + ANNOTATION.len() + text.len() <= MAX_ANNOTATIONS {
            annotations.insert(ANNOTATION.to_owned(), text.into());
        }
    }
}

/// The configuration as the server writes it, without the annotation itself.
fn text_of(config: &Value) -> String {
    let mut config = config.clone();
    let annotations = config["metadata"].get_mut("annotations");
    if let Some(Value::Object(annotations)) = annotations {
        annotations.remove(ANNOTATION);
    }
    let mut text = go_text::json(&config);
    text.push('\n');
    text
}

fn size(annotations: &Map<String, Value>) -> usize {
    let annotations = annotations.iter();
    annotations
        .map(|(name, value)| name.len() + value.as_str().map_or(0, str::len))
        .sum()
}
