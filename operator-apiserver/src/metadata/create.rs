//! What the server makes of an object's metadata before it is created.

use serde_json::Value;

use crate::{error::ApiError, object};

/// The letters and digits of generated names: no vowels, so that no words come out, and nothing that is easily
/// taken for something else.
pub(crate) const SUFFIX_ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
/// How many of them a generated name ends with.
pub(crate) const SUFFIX_LENGTH: usize = 5;
/// How much of `generateName` a generated name begins with.
pub(crate) const MAX_GENERATED_BASE: usize = 63 - SUFFIX_LENGTH;

/// The name that comes of `generateName` and a suffix of [`SUFFIX_LENGTH`] from [`SUFFIX_ALPHABET`].
#[must_use]
pub(crate) fn generated_name(generate_name: &str, suffix: &str) -> String {
    let mut end = generate_name.len().min(MAX_GENERATED_BASE);
    while !generate_name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{suffix}", &generate_name[..end])
}

/// Puts the namespace of the request into the object; `namespace` is empty for cluster-scoped kinds, whose
/// objects lose theirs.
///
/// # Errors
/// A 400 where the object has another one.
pub(crate) fn check_namespace(object: &mut Value, namespace: &str) -> Result<(), ApiError> {
    let own = object::namespace(object);
    if own == namespace {
        return Ok(());
    }
    if !own.is_empty() && !namespace.is_empty() {
        return Err(ApiError::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    let metadata = object::metadata_mut(object);
    if namespace.is_empty() {
        metadata.remove("namespace");
    } else {
        metadata.insert("namespace".to_owned(), namespace.into());
    }
    Ok(())
}

/// Sets what a new object gets from the server: its namespace, uid and time of creation, and a name if it has
/// none but a `generateName`. Takes away what only the server may set.
///
/// `now` is the time as it is written (`2026-01-02T03:04:05Z`), `suffix` the end of a generated name.
///
/// # Errors
/// A 400 where the object has another namespace than the request.
pub(crate) fn prepare_for_create(
    object: &mut Value,
    namespace: &str,
    uid: &str,
    now: &str,
    suffix: &str,
) -> Result<(), ApiError> {
    check_namespace(object, namespace)?;
    let metadata = object::metadata_mut(object);
    for field in [
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "selfLink",
    ] {
        metadata.remove(field);
    }
    metadata.insert("uid".to_owned(), uid.into());
    metadata.insert("creationTimestamp".to_owned(), now.into());
    let text = |field: &str| {
        metadata
            .get(field)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let generate_name = text("generateName");
    if text("name").is_empty() && !generate_name.is_empty() {
        let name = generated_name(generate_name, suffix);
        metadata.insert("name".to_owned(), name.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn created(metadata: &Value) -> Value {
        let mut object = json!({"metadata": metadata});
        prepare_for_create(&mut object, "ns", "u-1", "2026-01-02T03:04:05Z", "xvxbs")
            .expect("it can be created");
        object["metadata"].take()
    }

    #[test]
    fn what_only_the_server_may_set_is_set_by_the_server() {
        let metadata = json!({
            "name": "a", "uid": "x", "selfLink": "/x", "generation": 5,
            "creationTimestamp": "2020-01-01T00:00:00Z",
            "deletionTimestamp": "2020-01-01T00:00:00Z", "deletionGracePeriodSeconds": 4,
        });
        assert_eq!(
            created(&metadata),
            json!({
                "name": "a", "namespace": "ns", "uid": "u-1", "generation": 5,
                "creationTimestamp": "2026-01-02T03:04:05Z",
            })
        );
    }

    #[test]
    fn a_name_is_generated_from_at_most_58_characters() {
        assert_eq!(created(&json!({"generateName": "a-"}))["name"], "a-xvxbs");
        let name = created(&json!({"generateName": "a".repeat(70)}))["name"].take();
        assert_eq!(name, format!("{}xvxbs", "a".repeat(58)));
        let named = created(&json!({"generateName": "a-", "name": "b"}));
        assert_eq!(named["name"], "b");
        assert_eq!(named["generateName"], "a-");
        assert_eq!(
            generated_name(&"é".repeat(30), "x"),
            format!("{}x", "é".repeat(29))
        );
    }

    #[test]
    fn another_namespace_than_the_requests_is_refused() {
        let mut object = json!({"metadata": {"namespace": "other"}});
        let error = check_namespace(&mut object, "ns").unwrap_err();
        assert_eq!(error.code, 400);
        assert_eq!(
            error.message,
            "the namespace of the provided object does not match the namespace sent on the request"
        );
    }

    #[test]
    fn a_cluster_scoped_object_has_no_namespace() {
        let mut object = json!({"metadata": {"name": "a", "namespace": "foo"}});
        assert!(check_namespace(&mut object, "").is_ok());
        assert_eq!(object, json!({"metadata": {"name": "a"}}));
    }
}
