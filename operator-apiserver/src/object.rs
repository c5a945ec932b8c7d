//! Looking into an object's metadata without a type: what is absent or of another type reads as empty.

use std::sync::LazyLock;

use bytes::Bytes;
use memchr::memmem::Finder;
use serde_json::{Map, Value};

/// A field of the metadata, as text.
#[must_use]
pub(crate) fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object["metadata"][field].as_str().unwrap_or_default()
}

/// `metadata.name`.
#[must_use]
pub(crate) fn name(object: &Value) -> &str {
    text(object, "name")
}

/// `metadata.namespace`, empty for cluster-scoped objects.
#[must_use]
pub(crate) fn namespace(object: &Value) -> &str {
    text(object, "namespace")
}

/// `metadata.uid`.
#[must_use]
pub(crate) fn uid(object: &Value) -> &str {
    text(object, "uid")
}

/// `metadata.resourceVersion`, as it is written.
#[must_use]
pub(crate) fn resource_version(object: &Value) -> &str {
    text(object, "resourceVersion")
}

/// `metadata.generation`, 0 where there is none.
#[must_use]
pub(crate) fn generation(object: &Value) -> i64 {
    object["metadata"]["generation"]
        .as_i64()
        .unwrap_or_default()
}

/// Whether a deletion has begun.
#[must_use]
pub(crate) fn is_terminating(object: &Value) -> bool {
    !text(object, "deletionTimestamp").is_empty()
}

/// Whether a deletion may have begun, by a look at an object's JSON: `false` is certain, and spares the parsing.
#[must_use]
pub(crate) fn may_be_terminating(bytes: &[u8]) -> bool {
    static MARK: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("\"deletionTimestamp\""));
    MARK.find(bytes).is_some()
}

/// `metadata.finalizers`.
pub(crate) fn finalizers(object: &Value) -> impl Iterator<Item = &str> {
    let list = object["metadata"]["finalizers"].as_array();
    list.into_iter().flatten().filter_map(Value::as_str)
}

/// `metadata`, made where it is absent or no object.
///
/// # Panics
/// If `object` is no JSON object: what a request brings was checked before.
pub(crate) fn metadata_mut(object: &mut Value) -> &mut Map<String, Value> {
    let metadata = &mut object["metadata"];
    if !metadata.is_object() {
        *metadata = Value::Object(Map::new());
    }
    metadata.as_object_mut().expect("it was just made one")
}

/// Sets one text of the metadata.
///
/// # Panics
/// As [`metadata_mut`].
pub(crate) fn set_text(object: &mut Value, field: &str, value: &str) {
    metadata_mut(object).insert(field.to_owned(), Value::from(value));
}

/// Writes an object with its kind and apiVersion first, so that both can be found, and left out, without parsing:
/// `{"kind":"Foo","apiVersion":"example.com/v1",…}`.
#[must_use]
pub(crate) fn encode(object: &Value, kind: &str, api_version: &str) -> Bytes {
    let mut text = type_prefix(kind, api_version).into_bytes();
    if let Some(fields) = object.as_object() {
        for (name, value) in fields {
            if name == "kind" || name == "apiVersion" {
                continue;
            }
            text.push(b',');
            write_json(&mut text, name);
            text.push(b':');
            write_json(&mut text, value);
        }
    }
    text.push(b'}');
    // A Vec grows by doubling: at rest, half of the memory would be air.
    Bytes::from(text.into_boxed_slice())
}

/// How the objects of a kind begin that [`encode`] wrote.
#[must_use]
pub(crate) fn type_prefix(kind: &str, api_version: &str) -> String {
    format!(
        "{{\"kind\":{},\"apiVersion\":{}",
        Value::from(kind),
        Value::from(api_version)
    )
}

/// An object that [`encode`] wrote, without the prefix: `,"metadata":…}`. `None` if it begins otherwise.
#[must_use]
pub(crate) fn without_prefix<'a>(bytes: &'a [u8], prefix: &str) -> Option<&'a [u8]> {
    bytes.strip_prefix(prefix.as_bytes())
}

fn write_json<T: serde::Serialize + ?Sized>(text: &mut Vec<u8>, value: &T) {
    // A Vec takes everything, and JSON's own values have no keys but texts.
    let _ = serde_json::to_writer(text, value);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_begins_with_its_type() {
        let object =
            json!({"apiVersion": "v1", "data": {"a": "b"}, "kind": "ConfigMap", "metadata": {}});
        let bytes = encode(&object, "ConfigMap", "v1");
        assert_eq!(
            bytes,
            r#"{"kind":"ConfigMap","apiVersion":"v1","data":{"a":"b"},"metadata":{}}"#
        );
        let rest = without_prefix(&bytes, &type_prefix("ConfigMap", "v1")).unwrap();
        assert_eq!(rest, br#","data":{"a":"b"},"metadata":{}}"#);
        assert_eq!(
            encode(&json!({}), "A", "b"),
            r#"{"kind":"A","apiVersion":"b"}"#
        );
    }
}
