//! Discovery path by path: `/api`, `/apis`, `/apis/GROUP` and the resources of each group's versions.

use serde_json::{Value, json};

use super::{Catalog, Group, priority, verbs};
use crate::resource::{Resource, Subresource};

/// `/api`: the versions of the core group. `server_address` is where the server is reached, as `host:port`.
#[must_use]
pub(crate) fn api_versions(catalog: &Catalog<'_>, server_address: &str) -> Value {
    let core = catalog.group("");
    let versions: Vec<&str> = core
        .into_iter()
        .flat_map(|group| &group.versions)
        .map(|version| version.version)
        .collect();
    json!({
        "kind": "APIVersions", "versions": versions,
        "serverAddressByClientCIDRs": [
            {"clientCIDR": "0.0.0.0/0", "serverAddress": server_address},
        ],
    })
}

/// `/apis`: all groups but the core group.
#[must_use]
pub(crate) fn api_group_list(catalog: &Catalog<'_>) -> Value {
    let mut groups: Vec<&Group<'_>> = catalog.named_groups().collect();
    // Groups that are not Kubernetes' own stand in the order of their first version's full name.
    groups.sort_by_cached_key(|group| (priority::of_group(group.name), first_name(group)));
    let groups: Vec<Value> = groups.into_iter().map(group_value).collect();
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

/// `/apis/GROUP`; `None` if there is no such group.
#[must_use]
pub(crate) fn api_group(catalog: &Catalog<'_>, group: &str) -> Option<Value> {
    let mut value = group_value(catalog.group(group).filter(|_| !group.is_empty())?);
    value["kind"] = "APIGroup".into();
    value["apiVersion"] = "v1".into();
    Some(value)
}

/// `/api/VERSION` (with an empty group) and `/apis/GROUP/VERSION`; `None` if there is no such version.
#[must_use]
pub(crate) fn api_resource_list(
    catalog: &Catalog<'_>,
    group: &str,
    version: &str,
) -> Option<Value> {
    let resources = &catalog.group_version(group, version)?.resources;
    let mut list = json!({
        "kind": "APIResourceList", "groupVersion": group_version(group, version),
        "resources": resources.iter().flat_map(|r| resource_values(r)).collect::<Vec<_>>(),
    });
    // The core group's is older than `apiVersion`.
    if !group.is_empty() {
        list["apiVersion"] = "v1".into();
    }
    Some(list)
}

fn group_version(group: &str, version: &str) -> String {
    match group {
        "" => version.to_owned(),
        group => format!("{group}/{version}"),
    }
}

fn first_name(group: &Group<'_>) -> Option<String> {
    let names = group.versions.iter();
    names
        .map(|version| format!("{}.{}", version.version, group.name))
        .min()
}

fn group_value(group: &Group<'_>) -> Value {
    let versions: Vec<Value> = group
        .versions
        .iter()
        .map(|version| {
            json!({
                "groupVersion": group_version(group.name, version.version),
                "version": version.version,
            })
        })
        .collect();
    json!({"name": group.name, "preferredVersion": versions[0], "versions": versions})
}

/// The resource and its subresources, each as a resource.
fn resource_values(resource: &Resource) -> Vec<Value> {
    let mut value = json!({
        "name": resource.plural, "singularName": resource.singular,
        "namespaced": resource.namespaced, "kind": resource.kind, "verbs": verbs(resource),
    });
    if !resource.short_names.is_empty() {
        value["shortNames"] = resource.short_names.clone().into();
    }
    if !resource.categories.is_empty() {
        value["categories"] = resource.categories.clone().into();
    }
    let mut values = vec![value];
    values.extend(
        subresources(resource)
            .into_iter()
            .map(|sub| subresource_value(resource, sub)),
    );
    values
}

fn subresource_value(resource: &Resource, sub: &Subresource) -> Value {
    let (group, version, kind) = &sub.kind;
    let mut value = json!({
        "name": format!("{}/{}", resource.plural, sub.name), "singularName": "",
        "namespaced": resource.namespaced, "kind": kind, "verbs": sub.verbs,
    });
    if (group, version) != (&resource.group, &resource.version) {
        if !group.is_empty() {
            value["group"] = group.as_str().into();
        }
        value["version"] = version.as_str().into();
    }
    value
}

/// The subresources in the order in which they are told: by name, but a custom resource's `status` first.
pub(super) fn subresources(resource: &Resource) -> Vec<&Subresource> {
    let mut all: Vec<&Subresource> = resource.subresources.iter().collect();
    all.sort_by_key(|sub| (resource.custom && sub.name != "status", sub.name.as_str()));
    all
}
