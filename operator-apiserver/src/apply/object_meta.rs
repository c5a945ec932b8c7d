//! The schema of `ObjectMeta`, which every whole object has, whatever its kind.

use std::sync::LazyLock;

use serde_json::Value;

use crate::schema::{AdditionalProperties, ListType, Schema, SchemaNode, ValueType};

/// A text.
pub(super) static STRING: LazyLock<Schema> = LazyLock::new(|| of_type(ValueType::String));

/// `ObjectMeta`, `managedFields` aside: those are never looked at as fields.
pub(super) static OBJECT_META: LazyLock<Schema> = LazyLock::new(|| {
    object([
        ("annotations", texts_by_name()),
        ("creationTimestamp", time()),
        ("deletionGracePeriodSeconds", of_type(ValueType::Integer)),
        ("deletionTimestamp", time()),
        ("finalizers", finalizers()),
        ("generateName", of_type(ValueType::String)),
        ("generation", of_type(ValueType::Integer)),
        ("labels", texts_by_name()),
        ("name", of_type(ValueType::String)),
        ("namespace", of_type(ValueType::String)),
        ("ownerReferences", owner_references()),
        ("resourceVersion", of_type(ValueType::String)),
        ("selfLink", of_type(ValueType::String)),
        ("uid", of_type(ValueType::String)),
    ])
});

fn of_type(value_type: ValueType) -> Schema {
    Schema {
        value_type: Some(value_type),
        ..Schema::default()
    }
}

fn object<const N: usize>(properties: [(&str, Schema); N]) -> Schema {
    let properties = properties.map(|(name, schema)| (name.to_owned(), schema.into()));
    Schema {
        properties: properties.into(),
        ..of_type(ValueType::Object)
    }
}

fn texts_by_name() -> Schema {
    let text = SchemaNode::from(of_type(ValueType::String));
    Schema {
        additional_properties: Some(AdditionalProperties::Schema(text)),
        ..of_type(ValueType::Object)
    }
}

fn time() -> Schema {
    Schema {
        format: Some("date-time".to_owned()),
        ..of_type(ValueType::String)
    }
}

fn finalizers() -> Schema {
    Schema {
        items: Some(of_type(ValueType::String).into()),
        list_type: Some(ListType::Set),
        ..of_type(ValueType::Array)
    }
}

fn owner_references() -> Schema {
    let required = || Schema {
        default: Some(Value::from("")),
        ..of_type(ValueType::String)
    };
    let reference = Schema {
        atomic_map: true,
        ..object([
            ("apiVersion", required()),
            ("blockOwnerDeletion", of_type(ValueType::Boolean)),
            ("controller", of_type(ValueType::Boolean)),
            ("kind", required()),
            ("name", required()),
            ("uid", required()),
        ])
    };
    Schema {
        items: Some(reference.into()),
        list_type: Some(ListType::Map),
        list_map_keys: vec!["uid".to_owned()],
        ..of_type(ValueType::Array)
    }
}
