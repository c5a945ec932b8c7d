//! [`Path`]: what a path names, by the API server's rules for its paths.

use percent_encoding::percent_decode_str;

/// What a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Path {
    /// Objects, or one object.
    Resource(ResourcePath),
    /// Everything else: discovery, `OpenAPI`, health …
    Other(String),
}

/// Objects of a kind, one of them, or a subresource of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ResourcePath {
    /// The API group, empty for the core group.
    pub(crate) group: String,
    /// The version.
    pub(crate) version: String,
    /// The namespace, `None` for cluster-scoped objects and for those of all namespaces.
    pub(crate) namespace: Option<String>,
    /// The plural.
    pub(crate) resource: String,
    /// The object's name.
    pub(crate) name: Option<String>,
    /// `status`, `scale` …
    pub(crate) subresource: String,
    /// Whether it begins with `watch/`, the old form of `?watch=true`.
    pub(crate) watch: bool,
}

impl Path {
    /// Reads the path of a URL, still percent-encoded.
    #[must_use]
    pub(crate) fn parse(path: &str) -> Self {
        Self::parse_resource(path).map_or_else(|| Self::Other(path.to_owned()), Self::Resource)
    }

    fn parse_resource(path: &str) -> Option<ResourcePath> {
        let mut parts = path.strip_prefix('/')?.split('/');
        let group = match parts.next()? {
            "api" => String::new(),
            "apis" => decode(parts.next()?)?,
            _ => return None,
        };
        let version = decode(parts.next()?)?;
        let mut parts: Vec<String> = parts.map(decode).collect::<Option<_>>()?;
        if parts.last().is_some_and(String::is_empty) {
            parts.pop();
        }
        let watch = parts.first().is_some_and(|part| part == "watch");
        if watch {
            parts.remove(0);
        }
        let mut namespace = None;
        // `namespaces/NAME` is an object, and so are its subresources; anything else after it lives in it.
        if parts.len() > 2 && parts[0] == "namespaces" && !is_of_namespaces(&parts[2]) {
            namespace = Some(parts.remove(1));
            parts.remove(0);
        }
        let mut parts = parts.into_iter();
        let resource = parts.next().filter(|part| !part.is_empty())?;
        let name = parts.next();
        let rest: Vec<String> = parts.collect();
        Some(ResourcePath {
            group,
            version,
            namespace,
            resource,
            name,
            subresource: rest.join("/"),
            watch,
        })
    }
}

fn is_of_namespaces(part: &str) -> bool {
    matches!(part, "status" | "finalize")
}

fn decode(part: &str) -> Option<String> {
    let text = percent_decode_str(part).decode_utf8().ok()?;
    Some(text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(path: &str) -> ResourcePath {
        match Path::parse(path) {
            Path::Resource(resource) => resource,
            Path::Other(path) => panic!("{path} names no resource"),
        }
    }

    #[test]
    fn a_namespace_is_an_object_and_where_others_live() {
        let itself = resource("/api/v1/namespaces/a");
        assert_eq!(
            (itself.resource.as_str(), itself.name.as_deref()),
            ("namespaces", Some("a"))
        );
        assert_eq!(itself.namespace, None);
        let finalize = resource("/api/v1/namespaces/a/finalize");
        assert_eq!(
            (finalize.resource.as_str(), finalize.subresource.as_str()),
            ("namespaces", "finalize")
        );
        let pods = resource("/api/v1/namespaces/a/pods");
        assert_eq!(
            (pods.namespace.as_deref(), pods.resource.as_str(), pods.name),
            (Some("a"), "pods", None)
        );
    }

    #[test]
    fn a_subresource_follows_the_name() {
        let scale = resource("/apis/apps/v1/namespaces/a/deployments/b/scale");
        assert_eq!(scale.group, "apps");
        assert_eq!(scale.name.as_deref(), Some("b"));
        assert_eq!(scale.subresource, "scale");
    }

    #[test]
    fn names_are_percent_decoded() {
        let role = resource("/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode");
        assert_eq!(role.name.as_deref(), Some("system:node"));
    }

    #[test]
    fn discovery_names_no_resource() {
        for path in [
            "/",
            "/api",
            "/api/v1",
            "/apis",
            "/apis/apps",
            "/apis/apps/v1",
            "/readyz",
            "/openapi/v3",
        ] {
            assert_eq!(Path::parse(path), Path::Other(path.to_owned()));
        }
    }
}
