//! `/openapi/v3`: an index, and for each version of a group a document of its schemas and paths, which is what
//! `kubectl` asks before it validates, explains, applies and compares.
//!
//! What a kind looks like is told here only: [`/openapi/v2`](super::openapi_v2) has no schemas.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Map, Value, json};

use self::schema::{Components, OBJECT_META};
use super::{
    Catalog, GroupVersion, fingerprint::Fingerprint, reply, text_reply, version::major_minor,
};
use crate::{resource::Resource, schema::Schema};

mod paths;
mod schema;
mod texts;

/// What a request for a document brings besides its path.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DocumentQuery<'a> {
    /// The parameter `hash`, which the index gave out.
    pub(crate) hash: Option<&'a str>,
    /// The header `Accept`.
    pub(crate) accept: Option<&'a str>,
    /// The header `If-None-Match`.
    pub(crate) if_none_match: Option<&'a str>,
}

/// `/openapi/v3`: where the documents are. A document's URL changes with its content, so that clients may keep it.
#[must_use]
pub(crate) fn index(catalog: &Catalog<'_>) -> Value {
    let mut paths = Map::new();
    for (path, version) in documents(catalog) {
        let hash = hash(version);
        let url = format!("/openapi/v3/{path}?hash={hash}");
        paths.insert(path, json!({"serverRelativeURL": url}));
    }
    json!({"paths": paths})
}

/// The reply to `/openapi/v3`, which has the type that a cluster gives it, whatever was asked for.
#[must_use]
pub(crate) fn serve_index(catalog: &Catalog<'_>) -> Response<Bytes> {
    let mut response = text_reply(StatusCode::OK, index(catalog).to_string());
    response
        .headers_mut()
        .remove(header::X_CONTENT_TYPE_OPTIONS);
    response
}

/// The reply to `/openapi/v3/PATH`, where `path` is `api/v1` or `apis/GROUP/VERSION`: the document, 301 to where it
/// is by now, 304 if it is known, 404, or 406 if it is not wanted in JSON.
#[must_use]
pub(crate) fn serve_document(
    catalog: &Catalog<'_>,
    path: &str,
    query: DocumentQuery<'_>,
) -> Response<Bytes> {
    let Some((_, version)) = documents(catalog).find(|(document, _)| document == path) else {
        return bare(StatusCode::NOT_FOUND);
    };
    if !accepts_json(query.accept) {
        let mut response = bare(StatusCode::NOT_ACCEPTABLE);
        vary(&mut response);
        return response;
    }
    let hash = hash(version);
    let etag = format!("\"{hash}\"");
    let mut response = match query.hash {
        Some(asked) if !asked.is_empty() && asked != hash => {
            let mut response = reply(
                StatusCode::MOVED_PERMANENTLY,
                "application/json",
                Bytes::new(),
            );
            let location = format!("/openapi/v3/{path}?hash={hash}");
            insert(&mut response, header::LOCATION, &location);
            response
        }
        _ if query.if_none_match == Some(&etag) => bare(StatusCode::NOT_MODIFIED),
        _ => {
            let document = document(catalog, version).to_string();
            reply(StatusCode::OK, "application/json", document)
        }
    };
    if query.hash == Some(&hash) {
        insert(&mut response, header::CACHE_CONTROL, "public, immutable");
    }
    insert(&mut response, header::ETAG, &etag);
    vary(&mut response);
    response
}

/// The versions with the paths of their documents.
fn documents<'c, 'a>(
    catalog: &'c Catalog<'a>,
) -> impl Iterator<Item = (String, &'c GroupVersion<'a>)> {
    catalog.groups.iter().flat_map(|group| {
        group.versions.iter().map(|version| {
            let path = match group.name {
                "" => format!("api/{}", version.version),
                name => format!("apis/{name}/{}", version.version),
            };
            (path, version)
        })
    })
}

fn document(catalog: &Catalog<'_>, version: &GroupVersion<'_>) -> Value {
    let resources = &version.resources;
    let mut components = Components::new(object_meta(catalog));
    let mut paths = Map::new();
    for resource in resources {
        let prefix = match resource.group.as_str() {
            "" => format!("/api/{}", resource.version),
            group => format!("/apis/{group}/{}", resource.version),
        };
        let kinds = Kinds::of(resource);
        kinds.write(&mut components, resource, catalog);
        paths::write(&mut paths, &prefix, resource, &kinds);
    }
    let info = if resources.iter().any(|resource| resource.custom) {
        json!({"title": "Kubernetes CRD Swagger", "version": "v0.1.0"})
    } else {
        let (major, minor) = major_minor();
        json!({"title": "Kubernetes", "version": format!("{major}.{minor}")})
    };
    json!({
        "openapi": "3.0.0", "info": info, "paths": paths,
        "components": {"schemas": components.into_value()},
    })
}

/// The definition of objects' metadata, from whichever kind has it.
fn object_meta<'a>(catalog: &Catalog<'a>) -> Option<&'a Schema> {
    let versions = catalog.groups.iter().flat_map(|group| &group.versions);
    versions
        .flat_map(|version| &version.resources)
        .find_map(|resource| {
            let metadata = resource.strategy.schema().properties.get("metadata")?;
            let metadata: &Schema = metadata;
            (metadata.definition.as_deref() == Some(OBJECT_META)).then_some(metadata)
        })
}

/// What a document is made of, in short. The schemas of built-in kinds come with the crate, so they change with its
/// version only.
fn hash(version: &GroupVersion<'_>) -> String {
    let mut hash = Fingerprint::new();
    hash.add(env!("CARGO_PKG_VERSION").as_bytes());
    for resource in &version.resources {
        for text in [&resource.kind, &resource.list_kind, &resource.plural] {
            hash.add(text.as_bytes());
        }
        hash.add(resource.verbs.join(",").as_bytes());
        hash.add(&[resource.namespaced.into()]);
        for sub in &resource.subresources {
            hash.add(format!("{} {:?} {:?}", sub.name, sub.kind, sub.verbs).as_bytes());
        }
        if resource.custom {
            let schema = Components::new(None).written_out(resource.strategy.schema());
            hash.add(schema.to_string().as_bytes());
        }
    }
    hash.text()
}

/// The components of a resource, by name.
struct Kinds {
    object: String,
    list: String,
}

impl Kinds {
    const DELETE_OPTIONS: &'static str = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions";
    const LIST_META: &'static str = "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta";
    const PATCH: &'static str = "io.k8s.apimachinery.pkg.apis.meta.v1.Patch";
    const STATUS: &'static str = "io.k8s.apimachinery.pkg.apis.meta.v1.Status";

    fn of(resource: &Resource) -> Self {
        let Resource {
            group,
            version,
            kind,
            list_kind,
            ..
        } = resource;
        let defined = resource.strategy.schema().definition.as_deref();
        let named = defined.and_then(|name| Some((name, name.rsplit_once('.')?.0)));
        if let Some((name, package)) = named {
            return Self {
                object: name.to_owned(),
                list: format!("{package}.{list_kind}"),
            };
        }
        let package = group.rsplit('.').collect::<Vec<_>>().join(".");
        Self {
            object: format!("{package}.{version}.{kind}"),
            list: format!("{package}.{version}.{list_kind}"),
        }
    }

    /// The name of a kind that stands in a subresource's requests: these are Kubernetes' own, and named for their
    /// package, such as `io.k8s.api.autoscaling.v1.Scale`.
    fn name(group: &str, version: &str, kind: &str) -> String {
        let package = match group.split('.').next().unwrap_or_default() {
            "" => "core",
            package => package,
        };
        format!("io.k8s.api.{package}.{version}.{kind}")
    }

    /// Adds the components that the paths of `resource` refer to.
    fn write(&self, components: &mut Components<'_>, resource: &Resource, catalog: &Catalog<'_>) {
        components.add(&self.object, |components| object(components, resource));
        components.add(&self.list, |components| {
            components.add(Self::LIST_META, |_| texts::list_meta());
            list(resource, &self.object)
        });
        for sub in &resource.subresources {
            let (group, version, kind) = &sub.kind;
            if (group, version, kind) == (&resource.group, &resource.version, &resource.kind) {
                continue;
            }
            let name = Self::name(group, version, kind);
            components.add(&name, |components| {
                subresource(components, catalog, (group, version, kind))
            });
        }
        components.add(Self::DELETE_OPTIONS, |_| texts::delete_options());
        components.add(Self::PATCH, |_| texts::patch());
        components.add(Self::STATUS, |_| texts::status());
    }
}

/// The component of a resource's objects.
fn object(components: &mut Components<'_>, resource: &Resource) -> Value {
    let mut value = components.written_out(resource.strategy.schema());
    if resource.custom {
        // What a CRD says of these three is not what counts.
        value["properties"]["apiVersion"] =
            json!({"description": texts::API_VERSION, "type": "string"});
        value["properties"]["kind"] = json!({"description": texts::KIND, "type": "string"});
        value["properties"]["metadata"] =
            json!({"description": texts::METADATA, "allOf": [components.object_meta()]});
    }
    value["x-kubernetes-group-version-kind"] =
        json!([gvk(&resource.group, &resource.version, &resource.kind)]);
    value
}

fn list(resource: &Resource, object: &str) -> Value {
    let Resource {
        kind,
        list_kind,
        plural,
        ..
    } = resource;
    json!({
        "description": format!("{list_kind} is a list of {kind}"),
        "type": "object", "required": ["items"],
        "properties": {
            "apiVersion": {"description": texts::API_VERSION, "type": "string"},
            "items": {
                "description": format!(
                    "List of {plural}. More info: \
                     https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md"
                ),
                "type": "array", "items": Components::reference(object),
            },
            "kind": {"description": texts::KIND, "type": "string"},
            "metadata": {
                "description": texts::LIST_METADATA,
                "allOf": [Components::reference(Kinds::LIST_META)],
            },
        },
        "x-kubernetes-group-version-kind": [gvk(&resource.group, &resource.version, list_kind)],
    })
}

/// The component of what stands in a subresource's requests: known where a resource is of that kind, and otherwise
/// no more than an object of that kind.
fn subresource(
    components: &mut Components<'_>,
    catalog: &Catalog<'_>,
    (group, version, kind): (&str, &str, &str),
) -> Value {
    let resources = catalog
        .group_version(group, version)
        .map(|version| &version.resources);
    let resource = resources
        .into_iter()
        .flatten()
        .find(|resource| resource.kind == kind);
    if let Some(resource) = resource {
        return object(components, resource);
    }
    json!({
        "type": "object",
        "properties": {
            "apiVersion": {"description": texts::API_VERSION, "type": "string"},
            "kind": {"description": texts::KIND, "type": "string"},
            "metadata": {"description": texts::METADATA, "allOf": [components.object_meta()]},
        },
        "x-kubernetes-preserve-unknown-fields": true,
        "x-kubernetes-group-version-kind": [gvk(group, version, kind)],
    })
}

fn gvk(group: &str, version: &str, kind: &str) -> Value {
    json!({"group": group, "version": version, "kind": kind})
}

/// Whether a header has JSON among what it names; no header accepts all.
fn accepts_json(accept: Option<&str>) -> bool {
    let accept = accept.unwrap_or_default();
    accept.is_empty()
        || accept.split(',').any(|clause| {
            let media_type = clause.split(';').next().unwrap_or_default().trim();
            matches!(media_type, "*/*" | "application/*" | "application/json")
        })
}

fn bare(status: StatusCode) -> Response<Bytes> {
    let mut response = reply(status, "application/json", Bytes::new());
    response.headers_mut().remove(header::CONTENT_TYPE);
    response
}

fn vary(response: &mut Response<Bytes>) {
    insert(response, header::VARY, "Accept");
}

/// Sets a header, unless its value can't be one: a group's name in a path can.
fn insert(response: &mut Response<Bytes>, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

#[cfg(test)]
mod tests;
