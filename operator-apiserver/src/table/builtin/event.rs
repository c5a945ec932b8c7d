//! The cells of an Event, of either group: both are one kind under two names.

use serde_json::Value;

use super::{age, name, number, text, text_or};

pub(super) fn cells(event: &Value, now: i64) -> Vec<Value> {
    let old = |field: &str, deprecated: &str| -> Value {
        match &event[field] {
            Value::Null => event[deprecated].clone(),
            value => value.clone(),
        }
    };
    let first_seen = match age::seconds(&old("firstTimestamp", "deprecatedFirstTimestamp")) {
        Some(then) => age::human_duration(now.saturating_sub(then)),
        None => age::age(&event["eventTime"], now),
    };
    let series = &event["series"];
    let last_seen = if series.is_object() {
        age::age(&series["lastObservedTime"], now)
    } else {
        match age::seconds(&old("lastTimestamp", "deprecatedLastTimestamp")) {
            Some(then) => age::human_duration(now.saturating_sub(then)),
            None => first_seen.clone(),
        }
    };
    let count = if series.is_object() {
        number(&series["count"])
    } else {
        // An event that happened once has no count in the newer form.
        number(&old("count", "deprecatedCount")).max(1)
    };
    let about = old("involvedObject", "regarding");
    let message = old("message", "note");
    vec![
        last_seen.into(),
        text(&event["type"]).into(),
        text(&event["reason"]).into(),
        target(&about).into(),
        text(&about["fieldPath"]).into(),
        source(event, &old("source", "deprecatedSource")).into(),
        text(&message).trim().into(),
        first_seen.into(),
        count.into(),
        name(event),
    ]
}

fn target(about: &Value) -> String {
    let kind = text(&about["kind"]).to_lowercase();
    match text(&about["name"]) {
        "" => kind,
        name => format!("{kind}/{name}"),
    }
}

fn source(event: &Value, source: &Value) -> String {
    let component = ["reportingComponent", "reportingController"]
        .map(|field| text(&event[field]))
        .into_iter()
        .find(|text| !text.is_empty())
        .unwrap_or_default();
    let component = text_or(&source["component"], component);
    match text_or(&source["host"], text(&event["reportingInstance"])) {
        "" => component.to_owned(),
        instance => format!("{component}, {instance}"),
    }
}
