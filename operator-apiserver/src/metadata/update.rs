//! What the server makes of an object's metadata before it replaces the old one.

use serde_json::{Map, Value};

use crate::object;

/// Keeps of `old` what an update can't change.
///
/// The uid is kept if the new object has none, the time of creation and the beginning of a deletion always, the
/// grace period if the new object has none. The generation starts as the old one: whether it counts up is the
/// kind's business. An absent field and an empty one are the same.
pub(crate) fn prepare_for_update(new: &mut Value, old: &Value) {
    let old = &old["metadata"];
    let metadata = object::metadata_mut(new);
    for field in ["generation", "creationTimestamp", "deletionTimestamp"] {
        // An object is never found to have no time of creation, nor to lose the mark of its deletion.
        if field == "generation" || is_set(&old[field]) {
            keep(metadata, old, field);
        }
    }
    metadata.remove("selfLink");
    for field in ["uid", "deletionGracePeriodSeconds"] {
        if !metadata.get(field).is_some_and(is_set) {
            keep(metadata, old, field);
        }
    }
}

/// Takes away what is only the server's to set, as before a creation by PUT or by apply.
pub(crate) fn wipe_system_fields(object: &mut Value) {
    let metadata = object::metadata_mut(object);
    for field in [
        "creationTimestamp",
        "uid",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "selfLink",
    ] {
        metadata.remove(field);
    }
}

fn keep(metadata: &mut Map<String, Value>, old: &Value, field: &str) {
    if is_set(&old[field]) {
        metadata.insert(field.to_owned(), old[field].clone());
    } else {
        metadata.remove(field);
    }
}

fn is_set(value: &Value) -> bool {
    !value.is_null() && value.as_str() != Some("")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn updated(new: &Value, old: &Value) -> Value {
        let mut new = json!({"metadata": new});
        prepare_for_update(&mut new, &json!({"metadata": old}));
        new["metadata"].take()
    }

    #[test]
    fn what_an_update_can_not_change_is_kept() {
        let old = json!({"uid": "u", "creationTimestamp": "t", "generation": 3});
        assert_eq!(updated(&json!({}), &old), old);
        let new =
            json!({"uid": "v", "creationTimestamp": "x", "generation": 9, "labels": {"a": "b"}});
        assert_eq!(
            updated(&new, &old),
            json!({"uid": "v", "creationTimestamp": "t", "generation": 3, "labels": {"a": "b"}})
        );
    }

    #[test]
    fn a_deletion_that_has_begun_stays() {
        let old = json!({"uid": "u", "deletionTimestamp": "t", "deletionGracePeriodSeconds": 0});
        assert_eq!(updated(&json!({"deletionTimestamp": "x"}), &old), old);
        let longer = updated(&json!({"deletionGracePeriodSeconds": 9}), &old);
        assert_eq!(
            longer["deletionGracePeriodSeconds"], 9,
            "that it may not is for the validation to say"
        );
    }

    #[test]
    fn a_deletion_does_not_begin_with_an_update() {
        let new = updated(
            &json!({"deletionTimestamp": "x", "generation": 7}),
            &json!({"uid": "u"}),
        );
        assert_eq!(new, json!({"uid": "u", "deletionTimestamp": "x"}));
    }
}
