//! Aggregated discovery: all groups, versions and resources in one document, which clients keep by its `ETag`.

use serde_json::{Value, json};

use super::{Catalog, Group, GroupVersion, fingerprint::Fingerprint, legacy::subresources, verbs};
use crate::resource::{Resource, Subresource};

/// What stands behind `application/json` or `application/yaml` in the reply's content type.
pub(crate) const MEDIA_TYPE_PARAMETERS: &str =
    ";g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// The headers of the reply besides content type and `ETag`, also with 304.
pub(crate) const HEADERS: [(&str, &str); 2] = [("cache-control", "public"), ("vary", "Accept")];

/// Which of the two documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Root {
    /// `/api`: the core group.
    Api,
    /// `/apis`: all others.
    Apis,
}

/// The `APIGroupDiscoveryList`.
#[must_use]
pub(crate) fn group_discovery_list(catalog: &Catalog<'_>, root: Root) -> Value {
    let items: Vec<Value> = match root {
        Root::Api => catalog.group("").into_iter().map(group_value).collect(),
        Root::Apis => catalog.named_groups().map(group_value).collect(),
    };
    json!({
        "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {}, "items": items,
    })
}

/// The `ETag` of a document, with its quotes. A request whose `If-None-Match` is exactly that, and no list or
/// weak form of it, is answered with 304 and no body.
#[must_use]
pub(crate) fn etag(document: &Value) -> String {
    let mut fingerprint = Fingerprint::new();
    fingerprint.add(document.to_string().as_bytes());
    format!("\"{}\"", fingerprint.text())
}

fn group_value(group: &Group<'_>) -> Value {
    let metadata = match group.name {
        "" => json!({}),
        name => json!({"name": name}),
    };
    let versions: Vec<Value> = group.versions.iter().map(version_value).collect();
    json!({"metadata": metadata, "versions": versions})
}

fn version_value(version: &GroupVersion<'_>) -> Value {
    let resources: Vec<Value> = version
        .resources
        .iter()
        .map(|r| resource_value(r))
        .collect();
    json!({"version": version.version, "freshness": "Current", "resources": resources})
}

fn resource_value(resource: &Resource) -> Value {
    let own = (&resource.group, &resource.version, &resource.kind);
    let mut value = json!({
        "resource": resource.plural, "responseKind": response_kind(resource, own),
        "scope": if resource.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": resource.singular, "verbs": verbs(resource),
    });
    if !resource.short_names.is_empty() {
        value["shortNames"] = resource.short_names.clone().into();
    }
    if !resource.categories.is_empty() {
        value["categories"] = resource.categories.clone().into();
    }
    let subs = subresources(resource);
    if !subs.is_empty() {
        value["subresources"] = subs
            .into_iter()
            .map(|sub| subresource_value(resource, sub))
            .collect();
    }
    value
}

fn subresource_value(resource: &Resource, sub: &Subresource) -> Value {
    let (group, version, kind) = &sub.kind;
    json!({
        "subresource": sub.name, "responseKind": response_kind(resource, (group, version, kind)),
        "verbs": sub.verbs,
    })
}

/// A built-in kind of the resource's own group and version is told without them.
fn response_kind(
    resource: &Resource,
    (group, version, kind): (&String, &String, &String),
) -> Value {
    if !resource.custom && (group, version) == (&resource.group, &resource.version) {
        json!({"group": "", "version": "", "kind": kind})
    } else {
        json!({"group": group, "version": version, "kind": kind})
    }
}
