use super::*;
use crate::builtin::resources;

/// What a cluster showed: objects, their cells, and the time when it did.
#[derive(Deserialize)]
struct Shown {
    now: i64,
    cells: Vec<Value>,
    object: Value,
    conditions: Option<Value>,
}

fn shown() -> Vec<Shown> {
    serde_json::from_str(include_str!("golden.json")).unwrap()
}

fn group_and_kind(object: &Value) -> (&str, &str) {
    let api_version = text(&object["apiVersion"]);
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    (group, text(&object["kind"]))
}

#[test]
fn every_cell_is_as_a_cluster_showed_it() {
    let all = shown();
    let classes: Vec<Value> = all
        .iter()
        .map(|shown| shown.object.clone())
        .filter(|object| object["kind"] == "StorageClass")
        .collect();
    for shown in all {
        let (group, kind) = group_and_kind(&shown.object);
        let served = resources().iter().find(|resource| {
            resource.kind == kind && shown.object["apiVersion"] == resource.api_version()
        });
        let mut cells = match served {
            Some(resource) => resource.strategy.cells(&shown.object, shown.now),
            None => builtin_cells(group, kind, &shown.object, shown.now),
        };
        let default = default_storage_class(&classes);
        if default.is_some_and(|index| classes[index] == shown.object) {
            cells[0] = format!("{} (default)", object::name(&shown.object)).into();
        }
        assert_eq!(cells, shown.cells, "{kind} {}", object::name(&shown.object));
        assert_eq!(row_conditions(&shown.object), shown.conditions);
    }
}

#[test]
fn there_is_a_cell_for_every_column_even_of_an_empty_object() {
    for key in COLUMNS.kinds.keys() {
        let (group, kind) = key.split_once('/').unwrap_or(("", key));
        for object in [json!({}), json!({"spec": 5, "status": [], "metadata": "x"})] {
            let cells = builtin_cells(group, kind, &object, 0);
            assert_eq!(cells.len(), builtin_columns(group, kind).len(), "{key}");
        }
    }
}

#[test]
fn a_kind_without_a_table_has_its_name_and_its_creation() {
    let columns = builtin_columns("resource.k8s.io", "DeviceClass");
    let names: Vec<&str> = columns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["Name", "Created At"]);
    assert_eq!(columns[1].value_type, "date");
    let object = json!({"metadata": {"name": "a", "creationTimestamp": "2026-01-01T00:00:00Z"}});
    assert_eq!(
        builtin_cells("resource.k8s.io", "DeviceClass", &object, 0),
        ["a", "2026-01-01T00:00:00Z"]
    );
}

#[test]
fn columns_carry_their_priority_and_description() {
    let columns = builtin_columns("apps", "Deployment");
    let ready = &columns[1];
    assert_eq!((ready.name.as_str(), ready.priority), ("Ready", 0));
    assert_eq!(ready.description, "Number of the pod with ready state");
    assert_eq!(
        (columns[0].format.as_str(), columns[7].priority),
        ("name", 1)
    );
}

#[test]
fn of_several_default_classes_the_newest_counts_and_then_the_first_by_name() {
    let class = |name: &str, created: &str| {
        json!({
            "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
            "metadata": {
                "name": name, "creationTimestamp": created,
                "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
            },
        })
    };
    let (old, new) = ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z");
    let classes = [class("a", old), class("c", new), class("b", new)];
    assert_eq!(default_storage_class(&classes), Some(2));
    assert_eq!(
        default_storage_class(&[json!({"kind": "StorageClass"})]),
        None
    );
}

#[test]
fn a_selector_names_its_requirements_in_the_order_of_their_keys() {
    let selector = json!({
        "matchLabels": {"b": "1"},
        "matchExpressions": [
            {"key": "c", "operator": "NotIn", "values": ["y", "x"]},
            {"key": "a", "operator": "DoesNotExist"},
        ],
    });
    assert_eq!(selector::label_selector(&selector), "!a,b=1,c notin (x,y)");
    assert_eq!(selector::label_selector(&json!(null)), "<none>");
    let unknown = json!({"matchExpressions": [{"key": "c", "operator": "Gt"}]});
    assert_eq!(selector::label_selector(&unknown), "<error>");
}

#[test]
fn a_revision_names_what_controls_it() {
    let revision = json!({
        "metadata": {"name": "r", "ownerReferences": [
            {"apiVersion": "v1", "kind": "Pod", "name": "p"},
            {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "web", "controller": true},
        ]},
        "revision": 3,
    });
    assert_eq!(
        builtin_cells("apps", "ControllerRevision", &revision, 0)[1],
        "statefulset.apps/web"
    );
}
