//! The tables of built-in kinds: the columns that a cluster shows, and how their cells are made.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;
use serde_json::{Value, json};

use super::age;
use crate::{object, strategy::Column};

mod apps;
mod autoscaling;
mod batch;
mod cluster;
mod core;
mod event;
mod network;
mod pod;
mod rbac;
mod selector;
mod storage;

/// The columns of the kinds, recorded from a control plane by `record_columns.py`.
static COLUMNS: LazyLock<Columns> = LazyLock::new(|| {
    serde_json::from_str(include_str!("columns.json"))
        .expect("the recorded columns are well-formed")
});

#[derive(Deserialize)]
struct Columns {
    texts: Vec<String>,
    kinds: BTreeMap<String, Vec<Recorded>>,
}

/// Name, type, format, which of the texts, and priority.
#[derive(Deserialize)]
struct Recorded(String, String, String, usize, i32);

/// The columns of a built-in kind; those of kinds without a table of their own are `Name` and `Created At`.
#[must_use]
pub(crate) fn builtin_columns(group: &str, kind: &str) -> Vec<Column> {
    let key = match group {
        "" => kind.to_owned(),
        group => format!("{group}/{kind}"),
    };
    let Columns { texts, kinds } = &*COLUMNS;
    // A LimitRange has the columns of kinds that have none.
    let columns = kinds.get(&key).unwrap_or_else(|| &kinds["LimitRange"]);
    columns
        .iter()
        .map(
            |Recorded(name, value_type, format, text, priority)| Column {
                name: name.clone(),
                value_type: value_type.clone(),
                format: format.clone(),
                description: texts[*text].clone(),
                priority: *priority,
            },
        )
        .collect()
}

/// The cells of an object of a built-in kind, one for each of its [`builtin_columns`]; `now` is in seconds since
/// 1970, for ages.
#[must_use]
pub(crate) fn builtin_cells(group: &str, kind: &str, object: &Value, now: i64) -> Vec<Value> {
    let cells = match group {
        "" => core_cells(kind, object, now),
        "apps" => apps::cells(kind, object, now),
        "autoscaling" => autoscaling::cells(kind, object, now),
        "batch" => batch::cells(kind, object, now),
        "discovery.k8s.io" | "networking.k8s.io" => network::cells(kind, object, now),
        "events.k8s.io" => (kind == "Event").then(|| event::cells(object, now)),
        "rbac.authorization.k8s.io" => rbac::cells(kind, object, now),
        "storage.k8s.io" => storage::cells(kind, object, now),
        _ => cluster::cells(group, kind, object, now),
    };
    cells.unwrap_or_else(|| {
        let created = &object["metadata"]["creationTimestamp"];
        vec![name(object), text(created).into()]
    })
}

fn core_cells(kind: &str, object: &Value, now: i64) -> Option<Vec<Value>> {
    match kind {
        "Pod" => Some(pod::cells(object, now)),
        "Event" => Some(event::cells(object, now)),
        "Service" | "Endpoints" => network::cells(kind, object, now),
        "PersistentVolume" | "PersistentVolumeClaim" => storage::cells(kind, object, now),
        _ => core::cells(kind, object, now),
    }
}

/// What a row says of an object besides its cells: that a Pod has come to its end.
pub(super) fn row_conditions(object: &Value) -> Option<Value> {
    if object["kind"] != "Pod" || object["apiVersion"] != "v1" {
        return None;
    }
    let message = match text(&object["status"]["phase"]) {
        "Succeeded" => "The pod has completed successfully.",
        "Failed" => "The pod failed.",
        _ => return None,
    };
    Some(json!([{
        "type": "Completed", "status": "True", "reason": object["status"]["phase"], "message": message,
    }]))
}

pub(super) use storage::default_class as default_storage_class;

fn name(object: &Value) -> Value {
    object::name(object).into()
}

fn created(object: &Value, now: i64) -> Value {
    age::age(&object["metadata"]["creationTimestamp"], now).into()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A text, or `instead` where there is none.
fn text_or<'a>(value: &'a Value, instead: &'a str) -> &'a str {
    match text(value) {
        "" => instead,
        text => text,
    }
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_default()
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn size(value: &Value) -> usize {
    match value {
        Value::Array(list) => list.len(),
        Value::Object(map) => map.len(),
        _ => 0,
    }
}

/// A text or number as it stands there: quantities and ports are both.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        value => value.to_string(),
    }
}

/// The condition of that type.
fn condition<'a>(object: &'a Value, condition_type: &str) -> Option<&'a Value> {
    let conditions = items(&object["status"]["conditions"]);
    conditions.iter().find(|c| c["type"] == condition_type)
}

fn joined<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    texts.into_iter().collect::<Vec<_>>().join(",")
}

/// The first `shown` of them, and how many more there are.
fn some_of(texts: &[String], shown: usize, separator: &str) -> String {
    if texts.len() <= shown {
        return texts.join(separator);
    }
    let more = texts.len() - shown;
    format!("{} + {more} more...", texts[..shown].join(separator))
}

/// The names and the images of the containers of a pod template's `spec`.
fn containers(pod_spec: &Value) -> (Value, Value) {
    let containers = items(&pod_spec["containers"]);
    let all = |field: &str| joined(containers.iter().map(|c| text(&c[field]))).into();
    (all("name"), all("image"))
}

#[cfg(test)]
mod tests;
