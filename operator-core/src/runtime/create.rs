//! Creating a child so that nothing but its creation can come of it: in one request, or in steps where the
//! server does not take that one.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{
    api::{self, Endpoint, Failure},
    execute::update_only,
};
use crate::{engine::desired::DesiredChild, object::ObjectKey};

/// Creates a child as if by an apply; `manager` owns its fields.
///
/// A forced apply of version 1 is answered with 201 if the name is free and with 409 if it is not. Kubernetes
/// 1.20 refuses that for a Service; see [`in_steps`].
pub(crate) async fn create(
    endpoint: &Endpoint,
    key: &ObjectKey,
    child: &DesiredChild,
    manager: &str,
) -> Result<Bytes, Failure> {
    let only_if_free = child.with(&[("resourceVersion", "1")]);
    match endpoint.apply(key, only_if_free, false).await {
        Err(failure) if is_version_refused(&failure) => {
            in_steps(endpoint, key, child, manager).await
        }
        answer => answer,
    }
}

/// The server looked for no object of that name before it refused: whether the name is free is not known.
fn is_version_refused(failure: &Failure) -> bool {
    let text = "resourceVersion should not be set on objects to be created";
    matches!(failure, Failure::Refused(refused) if refused.code == 500 && refused.message.contains(text))
}

/// Posts the child, which only creates; applies it to the very object that came of it; and takes the fields
/// back from the entry that the post made, or one that is dropped later would be held by that for ever.
///
/// An operator that ends between two of these leaves a child that is right, but for that entry.
async fn in_steps(
    endpoint: &Endpoint,
    key: &ObjectKey,
    child: &DesiredChild,
    manager: &str,
) -> Result<Bytes, Failure> {
    let posted: Value = api::read(&endpoint.post(key, child.json.to_string(), false).await?)?;
    let uid = posted["metadata"]["uid"].as_str().unwrap_or_default();
    let applied = endpoint.apply(key, update_only(child, uid), false).await?;
    let applied: Value = api::read(&applied)?;
    endpoint
        .merge(key, None, &disowned(&applied, manager))
        .await
}

/// The patch that takes from an object the entries that `manager`'s own writes other than applies made.
fn disowned(object: &Value, manager: &str) -> Value {
    let metadata = &object["metadata"];
    let mut entries = metadata["managedFields"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    entries.retain(|entry| entry["manager"] != manager || entry["operation"] != "Update");
    json!({"metadata": {
        "uid": metadata["uid"],
        "resourceVersion": metadata["resourceVersion"],
        "managedFields": entries,
    }})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_of_the_post_goes_and_all_others_stay() {
        let object = json!({"metadata": {"uid": "u", "resourceVersion": "2", "managedFields": [
            {"manager": "op", "operation": "Apply"},
            {"manager": "op", "operation": "Update"},
            {"manager": "other", "operation": "Update"},
        ]}});
        let patch = disowned(&object, "op");
        assert_eq!(patch["metadata"]["resourceVersion"], "2");
        assert_eq!(
            patch["metadata"]["managedFields"],
            json!([{"manager": "op", "operation": "Apply"}, {"manager": "other", "operation": "Update"}])
        );
    }
}
