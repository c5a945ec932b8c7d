//! [`warnings`]: finalizers of custom resources may be called anything, but should be called after a domain.

use serde_json::Value;

use crate::object;

/// What is said about the finalizers that are new.
pub(super) fn warnings(new: &Value, old: Option<&Value>) -> Vec<String> {
    let had =
        |finalizer: &str| old.is_some_and(|old| object::finalizers(old).any(|f| f == finalizer));
    let mut added: Vec<&str> = object::finalizers(new).filter(|f| !had(f)).collect();
    added.sort_unstable();
    added.dedup();
    let mut warnings = Vec::new();
    for finalizer in added {
        let mut warn =
            |what: &str| warnings.push(format!("metadata.finalizers: {finalizer:?}: {what}"));
        if finalizer.contains('/')
            || ["orphan", "foregroundDeletion", "kubernetes"].contains(&finalizer)
        {
            continue;
        }
        if finalizer.contains('.') {
            warn(
                "prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other \
                 finalizer writers",
            );
        } else {
            warn(
                "prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers",
            );
        }
    }
    warnings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_new_finalizers_without_a_domain_are_warned_about() {
        let object = |finalizers: &[&str]| json!({"metadata": {"finalizers": finalizers}});
        let old = object(&["old"]);
        assert!(warnings(&object(&["old", "orphan", "example.com/done"]), Some(&old)).is_empty());
        assert_eq!(
            warnings(&object(&["old", "new", "a.b"]), Some(&old)),
            [
                "metadata.finalizers: \"a.b\": prefer a domain-qualified finalizer name including a path (/) to avoid \
                 accidental conflicts with other finalizer writers",
                "metadata.finalizers: \"new\": prefer a domain-qualified finalizer name to avoid accidental conflicts \
                 with other finalizer writers",
            ]
        );
    }
}
