//! [`NEVER_OWNED`]: the fields that are in nobody's set, as they say what the object is and not what it should be.

use std::sync::LazyLock;

use super::set::Set;

/// `apiVersion`, `kind` and what the server keeps in the metadata.
pub(super) static NEVER_OWNED: LazyLock<Set<'static>> = LazyLock::new(|| {
    Set::of_fields(&[
        &["apiVersion"],
        &["kind"],
        &["metadata"],
        &["metadata", "clusterName"],
        &["metadata", "creationTimestamp"],
        &["metadata", "generation"],
        &["metadata", "managedFields"],
        &["metadata", "name"],
        &["metadata", "namespace"],
        &["metadata", "resourceVersion"],
        &["metadata", "selfLink"],
        &["metadata", "uid"],
    ])
});
