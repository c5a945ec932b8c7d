//! [`never_owned`]: the fields that are in nobody's set, as they say what the object is and not what it should be.

use super::set::Set;

/// `apiVersion`, `kind` and what the server keeps in the metadata.
pub(super) fn never_owned() -> Set<'static> {
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
}
