use super::*;
use crate::{field_error::FieldError, schema::Schema};

/// A kind with a column of its own, and nothing else to it.
pub(crate) struct Things(pub(crate) Schema);

impl Strategy for Things {
    fn schema(&self) -> &Schema {
        &self.0
    }
    fn decode(&self, _: &mut Value) -> Result<Vec<String>, ApiError> {
        Ok(Vec::new())
    }
    fn default(&self, _: &mut Value) {}
    fn prepare_for_create(&self, _: &mut Value) {}
    fn prepare_for_update(&self, _: &mut Value, _: &Value) {}
    fn prepare_for_status_update(&self, _: &mut Value, _: &Value) {}
    fn validate(&self, _: &Value) -> Vec<FieldError> {
        Vec::new()
    }
    fn validate_update(&self, _: &Value, _: &Value) -> Vec<FieldError> {
        Vec::new()
    }
    fn validate_status_update(&self, _: &Value, _: &Value) -> Vec<FieldError> {
        Vec::new()
    }
    fn validate_name(&self, _: &str) -> Vec<String> {
        Vec::new()
    }
    fn allows_unconditional_update(&self) -> bool {
        false
    }
    fn reset_fields(&self, _: &str) -> &[&[&str]] {
        &[]
    }
    fn columns(&self) -> Vec<Column> {
        let column = |name: &str, value_type: &str, format: &str| Column {
            name: name.to_owned(),
            value_type: value_type.to_owned(),
            format: format.to_owned(),
            description: format!("What {name} is."),
            priority: 0,
        };
        vec![
            column("Name", "string", "name"),
            column("Size", "integer", ""),
        ]
    }
    fn cells(&self, object: &Value, _: i64) -> Vec<Value> {
        vec![object::name(object).into(), object["spec"]["size"].clone()]
    }
}

fn things() -> Things {
    Things(Schema::default())
}

fn thing() -> Value {
    json!({
        "apiVersion": "example.com/v1", "kind": "Thing",
        "metadata": {"name": "t1", "resourceVersion": "422"}, "spec": {"size": 3},
    })
}

const OPTIONS: TableOptions = TableOptions {
    version: MetaVersion::V1,
    include: Include::Metadata,
    headers: true,
    now: 0,
};

#[test]
fn the_table_of_an_object_has_its_resource_version_and_one_row() {
    assert_eq!(
        object_table(&things(), &thing(), OPTIONS),
        json!({
            "kind": "Table", "apiVersion": "meta.k8s.io/v1",
            "metadata": {"resourceVersion": "422"},
            "columnDefinitions": [
                {"name": "Name", "type": "string", "format": "name", "description": "What Name is.", "priority": 0},
                {"name": "Size", "type": "integer", "format": "", "description": "What Size is.", "priority": 0},
            ],
            "rows": [{
                "cells": ["t1", 3],
                "object": {
                    "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
                    "metadata": {"name": "t1", "resourceVersion": "422"},
                },
            }],
        })
    );
}

#[test]
fn the_table_of_a_list_has_the_metadata_of_the_list() {
    let metadata = json!({"resourceVersion": "492", "continue": "c", "remainingItemCount": 9});
    let table = list_table(&things(), &[thing(), thing()], &metadata, OPTIONS);
    assert_eq!(table["metadata"], metadata);
    assert_eq!(table["rows"].as_array().unwrap().len(), 2);
    let nothing = list_table(&things(), &[], &metadata, OPTIONS);
    assert_eq!(nothing["rows"], json!([]));
}

#[test]
fn later_events_of_a_watch_describe_no_columns() {
    let options = TableOptions {
        headers: false,
        ..OPTIONS
    };
    let table = object_table(&things(), &thing(), options);
    assert_eq!(table["columnDefinitions"], Value::Null);
}

#[test]
fn a_row_tells_as_much_of_its_object_as_was_asked_for() {
    let told = |include| {
        let options = TableOptions {
            version: MetaVersion::V1beta1,
            include,
            ..OPTIONS
        };
        object_table(&things(), &thing(), options)["rows"][0]["object"].clone()
    };
    assert_eq!(told(Include::None), Value::Null);
    assert_eq!(told(Include::Object), thing());
    let partial = told(Include::Metadata);
    assert_eq!(partial["apiVersion"], "meta.k8s.io/v1beta1");
    assert_eq!(partial["metadata"], thing()["metadata"]);
}

#[test]
fn the_bookmark_that_ends_the_initial_events_keeps_its_metadata() {
    let bookmark = json!({"metadata": {
        "resourceVersion": "489", "annotations": {"k8s.io/initial-events-end": "true"},
    }});
    let options = TableOptions {
        include: Include::None,
        ..OPTIONS
    };
    let table = object_table(&things(), &bookmark, options);
    assert_eq!(
        table["rows"][0],
        json!({
            "cells": ["", null],
            "object": {
                "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
                "metadata": bookmark["metadata"],
            },
        })
    );
}

#[test]
fn include_object_has_three_values() {
    assert_eq!(Include::parse(None).unwrap(), Include::Metadata);
    assert_eq!(Include::parse(Some("")).unwrap(), Include::Metadata);
    assert_eq!(Include::parse(Some("None")).unwrap(), Include::None);
    assert_eq!(Include::parse(Some("Object")).unwrap(), Include::Object);
    let error = Include::parse(Some("Foo")).unwrap_err();
    assert_eq!(error.code, 400);
    assert_eq!(
        error.message,
        "Unable to convert to Table as requested: includeObject: Invalid value: \"Foo\": must be 'Metadata', \
         'Object', 'None', or empty"
    );
}

#[test]
fn a_pod_at_its_end_says_so_on_its_row() {
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "status": {"phase": "Failed"}});
    let table = object_table(&things(), &pod, OPTIONS);
    assert_eq!(
        table["rows"][0]["conditions"],
        json!([{
            "type": "Completed", "status": "True", "reason": "Failed", "message": "The pod failed.",
        }])
    );
}
