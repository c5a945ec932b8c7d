//! Objects as bytes: compact JSON, and the one field in it that changes without the rest.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

/// An object in bytes; `Null` for what is no JSON, which no stored object is.
#[must_use]
pub(crate) fn decode(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_default()
}

/// What selectors mostly ask an object in bytes for: of its metadata the name, the namespace and the labels.
///
/// All the rest is passed over, which takes a fraction of the time of [`decode`].
#[must_use]
pub(crate) fn decode_identity(bytes: &[u8]) -> Value {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Object {
        metadata: Metadata,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Metadata {
        name: Value,
        namespace: Value,
        labels: Value,
    }
    let Object { metadata } = serde_json::from_slice(bytes).unwrap_or_default();
    let Metadata {
        name,
        namespace,
        labels,
    } = metadata;
    json!({"metadata": {"name": name, "namespace": namespace, "labels": labels}})
}

/// The same object with another `metadata.resourceVersion`; one without that field stays as it is.
///
/// Everything else keeps its bytes: it is what watchers are told of an object that leaves.
#[must_use]
pub(crate) fn with_resource_version(object: &Bytes, revision: u64) -> Bytes {
    let Some((from, to)) = resource_version(object) else {
        return object.clone();
    };
    let number = revision.to_string();
    let mut bytes = Vec::with_capacity(object.len() - (to - from) + number.len() + 2);
    bytes.extend_from_slice(&object[..from]);
    bytes.push(b'"');
    bytes.extend_from_slice(number.as_bytes());
    bytes.push(b'"');
    bytes.extend_from_slice(&object[to..]);
    Bytes::from(bytes.into_boxed_slice())
}

/// Where the value of `metadata.resourceVersion` stands, quotes included.
fn resource_version(object: &[u8]) -> Option<(usize, usize)> {
    #[derive(Deserialize)]
    struct Object<'a> {
        #[serde(borrow)]
        metadata: Metadata<'a>,
    }
    #[derive(Deserialize)]
    struct Metadata<'a> {
        #[serde(borrow, rename = "resourceVersion")]
        resource_version: &'a RawValue,
    }
    let found: Object<'_> = serde_json::from_slice(object).ok()?;
    let value = found.metadata.resource_version.get();
    // It is borrowed from `object`: the distance of the two addresses is its place.
    let from = (value.as_ptr() as usize).checked_sub(object.as_ptr() as usize)?;
    let to = from + value.len();
    (to <= object.len()).then_some((from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(object: &Value) -> Bytes {
        Bytes::from(object.to_string())
    }

    #[test]
    fn only_the_resource_version_changes() {
        let object = json!({"a": [{"resourceVersion": "5"}], "metadata": {
            "annotations": {"resourceVersion": "5", "quote\"": "{\"metadata\":{}}"}, "name": "x",
            "resourceVersion": "5", "uid": "é"}, "z": {"metadata": {"resourceVersion": "5"}}});
        let mut wanted = object.clone();
        wanted["metadata"]["resourceVersion"] = "1234".into();
        let changed = with_resource_version(&encode(&object), 1234);
        assert_eq!(changed, encode(&wanted));
    }

    #[test]
    fn the_identity_is_what_is_there_of_it() {
        let object = json!({"metadata": {"labels": {"a": "b"}, "name": "x", "uid": "u"}, "spec": {"labels": 1}});
        let identity = json!({"metadata": {"labels": {"a": "b"}, "name": "x", "namespace": null}});
        assert_eq!(decode_identity(&encode(&object)), identity);
        let nobody = json!({"metadata": {"labels": null, "name": null, "namespace": null}});
        assert_eq!(decode_identity(b"{}"), nobody);
        assert_eq!(decode_identity(b"no JSON"), nobody);
    }

    #[test]
    fn an_object_without_one_stays_as_it_is() {
        for object in [
            json!({"metadata": {"name": "x"}}),
            json!({"kind": "x"}),
            json!(5),
        ] {
            let bytes = encode(&object);
            assert_eq!(with_resource_version(&bytes, 7), bytes);
        }
    }
}
