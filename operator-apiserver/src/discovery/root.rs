//! `/`: the paths that there are; and what is told of a path that isn't there.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::{Catalog, health::Check, text_reply};

/// The paths of the server, sorted.
#[must_use]
pub(crate) fn paths(catalog: &Catalog<'_>, checks: &[Check]) -> Value {
    let mut paths: Vec<String> = ["/api", "/apis", "/apis/", "/metrics", "/version"]
        .into_iter()
        .chain(["/openapi/v2", "/openapi/v3", "/openapi/v3/"])
        .map(str::to_owned)
        .collect();
    for group in &catalog.groups {
        let path = match group.name {
            "" => "/api".to_owned(),
            name => format!("/apis/{name}"),
        };
        for version in &group.versions {
            paths.push(format!("{path}/{}", version.version));
        }
        if !group.name.is_empty() {
            paths.push(path);
        }
    }
    for endpoint in ["/healthz", "/livez", "/readyz"] {
        paths.push(endpoint.to_owned());
        paths.extend(checks.iter().map(|c| format!("{endpoint}/{}", c.name)));
    }
    paths.sort();
    json!({"paths": paths})
}

/// The answer to a path outside of the API: text, not a `Status`.
#[must_use]
pub(crate) fn not_found() -> Response<Bytes> {
    text_reply(StatusCode::NOT_FOUND, "404 page not found\n")
}
