//! `PartialObjectMetadata`: an object, or a list, of which only the metadata is told.

use serde_json::{Value, json};

use super::MetaVersion;

/// The `PartialObjectMetadata` of an object.
#[must_use]
pub(crate) fn partial_object(object: &Value, version: MetaVersion) -> Value {
    let mut partial = json!({"kind": "PartialObjectMetadata", "apiVersion": version.api_version()});
    partial["metadata"] = match &object["metadata"] {
        Value::Null => json!({}),
        metadata => metadata.clone(),
    };
    partial
}

/// The `PartialObjectMetadataList` of `objects`; `list_metadata` is the metadata of the list that it stands for.
///
/// A list of nothing has `items: null`, as on a cluster.
#[must_use]
pub(crate) fn partial_list<'a>(
    objects: impl IntoIterator<Item = &'a Value>,
    list_metadata: &Value,
    version: MetaVersion,
) -> Value {
    let items: Vec<Value> = objects
        .into_iter()
        .map(|object| partial_object(object, version))
        .collect();
    let mut list =
        json!({"kind": "PartialObjectMetadataList", "apiVersion": version.api_version()});
    list["metadata"] = list_metadata.clone();
    list["items"] = match items.as_slice() {
        [] => Value::Null,
        _ => items.into(),
    };
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thing() -> Value {
        json!({
            "apiVersion": "example.com/v1", "kind": "Thing",
            "metadata": {"name": "t", "namespace": "n", "labels": {"a": "b"}},
            "spec": {"size": 3},
        })
    }

    #[test]
    fn only_the_metadata_is_told() {
        let partial = partial_object(&thing(), MetaVersion::V1);
        assert_eq!(
            partial,
            json!({
                "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
                "metadata": {"name": "t", "namespace": "n", "labels": {"a": "b"}},
            })
        );
    }

    #[test]
    fn a_list_of_nothing_has_null_items() {
        let metadata = json!({"resourceVersion": "422"});
        assert_eq!(
            partial_list([], &metadata, MetaVersion::V1),
            json!({
                "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1",
                "metadata": {"resourceVersion": "422"}, "items": null,
            })
        );
        let list = partial_list([&thing()], &metadata, MetaVersion::V1);
        assert_eq!(list["items"][0], partial_object(&thing(), MetaVersion::V1));
    }
}
