//! What changed about an object and who did it, from two states of it: pure functions, for who is told.

use serde_json::Value;

use super::told::FieldChange;
use crate::engine::digest;

/// How many changed fields are worth saying.
const FIELDS: usize = 8;
/// The metadata that changes with everything, or that says nothing by itself.
const NOISE: &[&str] = &[
    "managedFields",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "uid",
    "deletionGracePeriodSeconds",
];

/// An entry of `managedFields`, as far as it tells one write from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Writer {
    manager: String,
    operation: String,
    subresource: String,
    time: String,
    fields: u64,
}

impl Writer {
    fn is_same_entry(&self, other: &Self) -> bool {
        (&self.manager, &self.operation, &self.subresource)
            == (&other.manager, &other.operation, &other.subresource)
    }
}

/// Who has written to an object.
pub(super) fn writers(object: &Value) -> Vec<Writer> {
    let entries = object["metadata"]["managedFields"].as_array();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    entries
        .into_iter()
        .flatten()
        .map(|entry| Writer {
            manager: text(&entry["manager"]),
            operation: text(&entry["operation"]),
            subresource: text(&entry["subresource"]),
            time: text(&entry["time"]),
            fields: digest::short(&entry["fieldsV1"]),
        })
        .collect()
}

/// Which managers made the later entries of the earlier ones.
///
/// Those with a new time did. Where no time is new (the server counts in seconds), those whose fields changed; else
/// the one that wrote last, if it is one. Nobody is named where that can't be told. What `own` wrote is known by other
/// means: of two that may have written last it is the one that did not.
pub(super) fn authors(before: &[Writer], after: &[Writer], own: &str) -> Vec<String> {
    let earlier = |entry: &Writer| before.iter().find(|one| one.is_same_entry(entry));
    let named = |test: &dyn Fn(&Writer) -> bool| {
        let mut names: Vec<String> = Vec::new();
        for entry in after.iter().filter(|entry| test(entry)) {
            if !names.contains(&entry.manager) {
                names.push(entry.manager.clone());
            }
        }
        names
    };
    let in_time = named(&|entry| earlier(entry).is_none_or(|one| one.time != entry.time));
    if !in_time.is_empty() {
        return in_time;
    }
    let in_fields = named(&|entry| earlier(entry).is_some_and(|one| one.fields != entry.fields));
    if !in_fields.is_empty() {
        return in_fields;
    }
    let last = after.iter().map(|entry| &entry.time).max();
    let mut last = named(&|entry| Some(&entry.time) == last);
    if last.len() > 1 {
        last.retain(|name| name != own);
    }
    if last.len() == 1 { last } else { Vec::new() }
}

/// The fields that differ. `is_own` says which labels and annotations are the engine's own; `is_secret` hides values.
pub(super) fn fields(
    before: &Value,
    after: &Value,
    is_own: impl Fn(&str) -> bool,
    is_secret: bool,
) -> Vec<FieldChange> {
    let (mut before, mut after) = (before.clone(), after.clone());
    for object in [&mut before, &mut after] {
        let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else {
            continue;
        };
        metadata.retain(|name, _| !NOISE.contains(&name.as_str()));
        for map in ["labels", "annotations"] {
            if let Some(keys) = metadata.get_mut(map).and_then(Value::as_object_mut) {
                keys.retain(|key, _| !is_own(key));
            }
        }
    }
    let mut changes = Vec::new();
    walk(&before, &after, "", &mut changes);
    if is_secret {
        for change in &mut changes {
            change.values = None;
        }
    }
    changes
}

fn walk(before: &Value, after: &Value, path: &str, changes: &mut Vec<FieldChange>) {
    if before == after || changes.len() == FIELDS {
        return;
    }
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            let gone = old.keys().filter(|name| !new.contains_key(*name));
            for name in new.keys().chain(gone) {
                let path = joined(path, name);
                walk(
                    &before[name.as_str()],
                    &after[name.as_str()],
                    &path,
                    changes,
                );
            }
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (i, (old, new)) in old.iter().zip(new).enumerate() {
                walk(old, new, &format!("{path}[{i}]"), changes);
            }
        }
        // A whole map that comes or goes is said by its fields.
        (Value::Object(_), Value::Null) => walk(
            before,
            &Value::Object(serde_json::Map::new()),
            path,
            changes,
        ),
        (Value::Null, Value::Object(new)) if !new.is_empty() => {
            walk(&Value::Object(serde_json::Map::new()), after, path, changes);
        }
        _ => changes.push(FieldChange {
            path: path.to_owned(),
            values: Some((before.clone(), after.clone())),
        }),
    }
}

/// A key that is no name of a field is quoted, as `metadata.labels["example.com/in-use"]`.
fn joined(path: &str, name: &str) -> String {
    let is_plain = !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    match (path.is_empty(), is_plain) {
        (true, true) => name.to_owned(),
        (false, true) => format!("{path}.{name}"),
        (_, false) => format!("{path}[{name:?}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn written(entries: &[(&str, &str, &str)]) -> Vec<Writer> {
        let entries: Vec<Value> = entries
            .iter()
            .map(|(manager, time, field)| {
                json!({"manager": manager, "operation": "Update", "time": time, "fieldsV1": {*field: {}}})
            })
            .collect();
        writers(&json!({"metadata": {"managedFields": entries}}))
    }

    #[test]
    fn whoever_has_a_newer_time_wrote() {
        let before = written(&[("op", "10:00:00", "f:a")]);
        // Its field was taken from `op`, whose entry changes without its time.
        let after = written(&[("op", "10:00:00", "f:b"), ("kubectl", "10:00:07", "f:a")]);
        assert_eq!(authors(&before, &after, ""), ["kubectl"]);
        assert_eq!(authors(&[], &after, ""), ["op", "kubectl"]);
    }

    #[test]
    fn within_a_second_the_fields_tell_and_where_they_do_not_the_last_one_is_named_if_it_is_one() {
        let before = written(&[("op", "10:00:00", "f:a"), ("kubectl", "10:00:07", "f:b")]);
        let more = written(&[("op", "10:00:00", "f:a"), ("kubectl", "10:00:07", "f:c")]);
        assert_eq!(authors(&before, &more, ""), ["kubectl"]);
        assert_eq!(authors(&before, &before, ""), ["kubectl"]);
        let both = written(&[("op", "10:00:00", "f:a"), ("kubectl", "10:00:00", "f:b")]);
        assert!(authors(&both, &both, "").is_empty());
        assert_eq!(authors(&both, &both, "op"), ["kubectl"]);
    }

    fn changed(before: &Value, after: &Value) -> Vec<String> {
        let changes = fields(before, after, |key| key == "own", false);
        let text = |change: FieldChange| {
            let (before, after) = change.values.unwrap();
            format!("{}: {before} → {after}", change.path)
        };
        changes.into_iter().map(text).collect()
    }

    #[test]
    fn fields_are_named_by_their_path_and_noise_is_not() {
        let before = json!({"metadata": {"resourceVersion": "1", "labels": {"own": "1", "a/b": "x"}},
            "spec": {"ports": [{"port": 80}], "list": [1]}, "status": {"address": "a"}});
        let after = json!({"metadata": {"resourceVersion": "2", "labels": {"own": "2"}},
            "spec": {"ports": [{"port": 81}], "list": [1, 2]}});
        assert_eq!(
            changed(&before, &after),
            [
                r#"metadata.labels["a/b"]: "x" → null"#,
                "spec.list: [1] → [1,2]",
                "spec.ports[0].port: 80 → 81",
                r#"status.address: "a" → null"#,
            ]
        );
    }

    #[test]
    fn the_values_of_a_secret_are_nobodys_business() {
        let secret = |value: &str| json!({"data": {"password": value}});
        let changes = fields(&secret("a"), &secret("b"), |_| false, true);
        assert_eq!(
            (changes[0].path.as_str(), &changes[0].values),
            ("data.password", &None)
        );
    }
}
