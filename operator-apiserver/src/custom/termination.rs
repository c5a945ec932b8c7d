//! The end of a CRD: its objects are deleted first, and nothing new is created meanwhile.
//!
//! A deletion [`mark`]s it; a controller then [`begin`]s, deletes all objects, and [`finish`]es once none is left.

use serde_json::{Value, json};

use super::condition::{self, Condition, find, is_true, says};
use crate::{error::ApiError, object};

/// The finalizer that keeps a CRD until its objects are gone.
pub(crate) const CLEANUP_FINALIZER: &str = "customresourcecleanup.apiextensions.k8s.io";

const TERMINATING: &str = "Terminating";

/// What the first deletion does to a CRD, whatever finalizers it has: it is marked, and stays for the cleanup. Its
/// generation stays as it is. A later deletion changes nothing.
pub(crate) fn mark(definition: &mut Value, now: &str) {
    if object::is_terminating(definition) {
        return;
    }
    let metadata = object::metadata_mut(definition);
    metadata.insert("deletionTimestamp".to_owned(), now.into());
    let finalizers = metadata.entry("finalizers").or_insert_with(|| json!([]));
    match finalizers {
        Value::Array(list) if !list.iter().any(|f| f == CLEANUP_FINALIZER) => {
            list.push(CLEANUP_FINALIZER.into());
        }
        Value::Array(_) => {}
        other => *other = json!([CLEANUP_FINALIZER]),
    }
    let message =
        "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon";
    let condition = (TERMINATING, "True", "InstanceDeletionPending", message);
    condition::set(definition, condition, now);
}

/// Whether the CRD waits for its objects to be deleted.
#[must_use]
pub(crate) fn is_due(definition: &Value) -> bool {
    object::is_terminating(definition)
        && object::finalizers(definition).any(|f| f == CLEANUP_FINALIZER)
}

/// Tells that the deletion of the objects is under way; `None` if it isn't due, or was told before.
#[must_use]
pub(crate) fn begin(definition: &Value, now: &str) -> Option<Value> {
    let message = "CustomResource deletion is in progress";
    told(
        definition,
        (TERMINATING, "True", "InstanceDeletionInProgress", message),
        now,
    )
}

/// Tells why the objects can't be deleted; `None` if it isn't due, or was told before.
#[must_use]
pub(crate) fn fail(definition: &Value, why: &str, now: &str) -> Option<Value> {
    let message = format!("could not list instances: {why}");
    told(
        definition,
        (TERMINATING, "True", "InstanceDeletionFailed", &message),
        now,
    )
}

fn told(definition: &Value, condition: Condition<'_>, now: &str) -> Option<Value> {
    if !is_due(definition) || says(find(definition, TERMINATING), condition) {
        return None;
    }
    let mut new = definition.clone();
    condition::set(&mut new, condition, now);
    Some(new)
}

/// Takes the finalizer off once no objects remain; one that was never established has none. `None` if it isn't due, or
/// objects remain. Without any other finalizer, storing what is returned ends the CRD.
#[must_use]
pub(crate) fn finish(definition: &Value, remaining: usize, now: &str) -> Option<Value> {
    if !is_due(definition) {
        return None;
    }
    let condition: Condition<'_> = if !is_true(definition, "Established") {
        (
            TERMINATING,
            "False",
            "NeverEstablished",
            "resource was never established",
        )
    } else if remaining == 0 {
        (
            TERMINATING,
            "False",
            "InstanceDeletionCompleted",
            "removed all instances",
        )
    } else {
        return None;
    };
    let mut new = definition.clone();
    condition::set(&mut new, condition, now);
    let metadata = object::metadata_mut(&mut new);
    if let Some(Value::Array(finalizers)) = metadata.get_mut("finalizers") {
        finalizers.retain(|f| f != CLEANUP_FINALIZER);
        if finalizers.is_empty() {
            metadata.remove("finalizers");
        }
    }
    Some(new)
}

/// Whether objects of the CRD's kind can't be created any more.
#[must_use]
pub(crate) fn refuses_creation(definition: &Value) -> bool {
    object::is_terminating(definition) || is_true(definition, TERMINATING)
}

/// The answer to a creation while [`refuses_creation`].
#[must_use]
pub(crate) fn creation_refused(group: &str, plural: &str, name: &str) -> ApiError {
    let why = "create not allowed while custom resource definition is terminating";
    ApiError::forbidden(group, plural, name, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn established() -> Value {
        json!({
            "metadata": {"name": "foos.example.com", "generation": 1},
            "status": {"conditions": [{"type": "Established", "status": "True"}]},
        })
    }

    fn told(crd: &Value) -> (&str, &str) {
        let condition = find(crd, TERMINATING).expect("it is told");
        let text = |field: &str| condition[field].as_str().unwrap_or_default();
        (text("status"), text("reason"))
    }

    #[test]
    fn a_definition_goes_after_its_last_object() {
        let mut crd = established();
        assert!(!refuses_creation(&crd));
        mark(&mut crd, "t1");
        assert_eq!(
            crd["metadata"],
            json!({"name": "foos.example.com", "generation": 1, "deletionTimestamp": "t1",
                "finalizers": [CLEANUP_FINALIZER]})
        );
        assert_eq!(told(&crd), ("True", "InstanceDeletionPending"));
        assert!(refuses_creation(&crd));

        let before = crd.clone();
        mark(&mut crd, "t2");
        assert_eq!(crd, before);

        let crd = begin(&crd, "t2").expect("it is due");
        assert_eq!(told(&crd), ("True", "InstanceDeletionInProgress"));
        assert_eq!(begin(&crd, "t3"), None);
        assert_eq!(finish(&crd, 1, "t3"), None);

        let crd = finish(&crd, 0, "t3").expect("nothing remains");
        assert_eq!(told(&crd), ("False", "InstanceDeletionCompleted"));
        assert_eq!(crd["metadata"].get("finalizers"), None);
        assert_eq!(finish(&crd, 0, "t4"), None);
    }

    #[test]
    fn a_definition_that_was_never_established_has_no_objects() {
        let mut crd = json!({"metadata": {"finalizers": ["a/b"]}, "status": {}});
        mark(&mut crd, "t1");
        let crd = finish(&crd, 5, "t2").expect("it has none");
        assert_eq!(told(&crd), ("False", "NeverEstablished"));
        assert_eq!(crd["metadata"]["finalizers"], json!(["a/b"]));
    }

    #[test]
    fn a_creation_meanwhile_is_forbidden() {
        assert_eq!(
            creation_refused("example.com", "foos", "b").message,
            r#"foos.example.com "b" is forbidden: create not allowed while custom resource definition is terminating"#
        );
    }
}
