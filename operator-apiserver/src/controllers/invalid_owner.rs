//! The Event about an owner reference that can't be meant: to a namespaced object from outside of its namespace.

use serde_json::{Value, json};

use crate::{handlers::Api, kinds::Kind, object};

/// Who tells it.
const COMPONENT: &str = "garbage-collector-controller";

/// What a reference says.
pub(super) struct Reference<'a> {
    pub(super) api_version: &'a str,
    pub(super) kind: &'a str,
    pub(super) name: &'a str,
    pub(super) uid: &'a str,
}

/// Whether an object of this kind and uid lives in another namespace than `namespace`.
pub(super) fn lives_elsewhere(api: &Api, owner: &Kind, namespace: &str, uid: &str) -> bool {
    let Ok(objects) = api
        .store
        .list(owner.collection, "", "", crate::store::At::Latest)
    else {
        return false;
    };
    let mut elsewhere = objects.filter(|(key, _)| {
        key.split_once('/')
            .is_some_and(|(other, _)| other != namespace)
    });
    elsewhere.any(|(_, bytes)| {
        let object: Value = serde_json::from_slice(bytes).unwrap_or_default();
        object::uid(&object) == uid
    })
}

/// Writes the Event, in the namespace of the object that has the reference, or in `default`.
pub(super) fn tell(api: &mut Api, object: &Value, reference: &Reference<'_>, now: &str) {
    let Some(events) = api.kinds.get("", "v1", "events").cloned() else {
        return;
    };
    let namespace = object::namespace(object).to_owned();
    let Reference {
        api_version,
        kind,
        name,
        uid,
    } = reference;
    let mut involved = json!({
        "apiVersion": object["apiVersion"], "kind": object["kind"], "name": object::name(object),
        "uid": object::uid(object),
    });
    if !namespace.is_empty() {
        involved["namespace"] = namespace.as_str().into();
    }
    let place = if namespace.is_empty() {
        "default"
    } else {
        &namespace
    };
    let event_name = format!("{}.{}", object::name(object), api.entropy.suffix());
    let event = json!({
        "apiVersion": "v1", "kind": "Event",
        "metadata": {
            "name": event_name, "namespace": place, "uid": api.entropy.uid(), "creationTimestamp": now,
        },
        "involvedObject": involved,
        "reason": "OwnerRefInvalidNamespace",
        "message": format!(
            "ownerRef [{api_version}/{kind}, namespace: {namespace}, name: {name}, uid: {uid}] does not exist in \
             namespace {namespace:?}"
        ),
        "type": "Warning", "count": 1, "firstTimestamp": now, "lastTimestamp": now, "eventTime": null,
        "source": {"component": COMPONENT}, "reportingComponent": COMPONENT, "reportingInstance": "",
    });
    // An Event is small.
    let _ = api.commit(&events, place, &event_name, event, false);
}
