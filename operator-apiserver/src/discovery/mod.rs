//! What the server tells about itself: its groups and resources, their schemas, its version, its health, its counts.
//!
//! Everything here is a function of the resources that there are; a [`Catalog`] holds them in the order in which
//! they are told.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

use crate::resource::Resource;

pub(crate) mod aggregated;
pub(crate) mod health;
pub(crate) mod legacy;
pub(crate) mod metrics;
pub(crate) mod openapi_v2;
pub(crate) mod openapi_v3;
pub(crate) mod root;
pub(crate) mod version;

mod fingerprint;
mod priority;

/// The resources of a server by group and version, in the order in which discovery tells them.
pub(crate) struct Catalog<'a> {
    groups: Vec<Group<'a>>,
}

/// A group with its versions, the preferred one first.
struct Group<'a> {
    name: &'a str,
    versions: Vec<GroupVersion<'a>>,
}

/// A version of a group, with its resources by name.
struct GroupVersion<'a> {
    version: &'a str,
    resources: Vec<&'a Resource>,
}

impl<'a> Catalog<'a> {
    /// Sorts `resources`: Kubernetes' own groups first, in its order, then all others by name.
    pub(crate) fn new(resources: impl IntoIterator<Item = &'a Resource>) -> Self {
        let mut by_group: BTreeMap<&str, BTreeMap<&str, Vec<&Resource>>> = BTreeMap::new();
        for resource in resources {
            let versions = by_group.entry(&resource.group).or_default();
            versions
                .entry(&resource.version)
                .or_default()
                .push(resource);
        }
        let mut groups: Vec<Group<'_>> = by_group
            .into_iter()
            .map(|(name, versions)| Group::new(name, versions))
            .collect();
        groups.sort_by_key(|group| priority::of_group(group.name));
        Self { groups }
    }

    fn group(&self, name: &str) -> Option<&Group<'a>> {
        self.groups.iter().find(|group| group.name == name)
    }

    /// Whether there is such a version of a group.
    pub(crate) fn serves(&self, group: &str, version: &str) -> bool {
        self.group_version(group, version).is_some()
    }

    fn group_version(&self, group: &str, version: &str) -> Option<&GroupVersion<'a>> {
        let group = self.group(group)?;
        group.versions.iter().find(|v| v.version == version)
    }

    /// All groups but the core group, which has paths of its own.
    fn named_groups(&self) -> impl Iterator<Item = &Group<'a>> {
        self.groups.iter().filter(|group| !group.name.is_empty())
    }
}

impl<'a> Group<'a> {
    fn new(name: &'a str, versions: BTreeMap<&'a str, Vec<&'a Resource>>) -> Self {
        let mut versions: Vec<GroupVersion<'a>> = versions
            .into_iter()
            .map(|(version, mut resources)| {
                resources.sort_by_key(|resource| &resource.plural);
                GroupVersion { version, resources }
            })
            .collect();
        versions.sort_by(|a, b| priority::compare_versions(a.version, b.version));
        Self { name, versions }
    }
}

/// The verbs of a resource in the order in which the server tells them: custom resources have one of their own.
fn verbs(resource: &Resource) -> Vec<&str> {
    const CUSTOM: [&str; 8] = [
        "delete",
        "deletecollection",
        "get",
        "list",
        "patch",
        "create",
        "update",
        "watch",
    ];
    let mut verbs: Vec<&str> = resource.verbs.iter().map(String::as_str).collect();
    if resource.custom {
        verbs.sort_by_key(|verb| CUSTOM.iter().position(|v| v == verb));
    } else {
        verbs.sort_unstable();
    }
    verbs
}

/// A reply of that type and status; the headers are the server's own, so they are valid.
fn reply(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-cache, private"),
    );
    response
}

/// Plain text that no browser may take for something else.
fn text_reply(status: StatusCode, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = reply(status, "text/plain; charset=utf-8", body);
    response.headers_mut().insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}

#[cfg(test)]
pub(crate) mod tests;
