//! [`K8sType`], a type of the Kubernetes API as a constant: equal, ordered and usable in a `match`.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// A type of the Kubernetes API: what the URL and the body of a request for it say.
///
/// It is a plain value, so that a type can be a `const`, a `static` or a pattern. Whether the type is
/// namespaced is not part of it: that is the server's to say, and the engine asks it (discovery).
///
/// ```
/// use operator_core::K8sType;
///
/// pub static FOO: &K8sType = &K8sType {
///     api_version: "example.com/v1",
///     kind: "Foo",
///     plural_kind: "foos",
/// };
/// assert_eq!(FOO.group(), "example.com");
/// assert_eq!(FOO.to_string(), "Foo.example.com/v1");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct K8sType {
    /// `group/version`, or just the version for the core group, e.g. `apps/v1` or `v1`.
    pub api_version: &'static str,
    /// The kind in CamelCase, e.g. `Deployment`.
    pub kind: &'static str,
    /// The kind's name in URLs: plural and lower case, e.g. `deployments`.
    pub plural_kind: &'static str,
}

impl K8sType {
    /// The descriptor of a type of `k8s-openapi`, taken from the type's own constants.
    ///
    /// ```
    /// use operator_core::K8sType;
    /// use k8s_openapi::api::apps::v1::Deployment;
    ///
    /// const DEPLOYMENT: K8sType = K8sType::of::<Deployment>();
    /// assert_eq!(DEPLOYMENT.plural_kind, "deployments");
    /// ```
    #[must_use]
    pub const fn of<T: k8s_openapi::Resource>() -> Self {
        Self {
            api_version: T::API_VERSION,
            kind: T::KIND,
            plural_kind: T::URL_PATH_SEGMENT,
        }
    }

    /// The API group, empty for the core group.
    #[must_use]
    pub fn group(&self) -> &'static str {
        self.api_version
            .rsplit_once('/')
            .map_or("", |(group, _)| group)
    }

    /// The version without the group.
    #[must_use]
    pub fn version(&self) -> &'static str {
        self.api_version
            .rsplit_once('/')
            .map_or(self.api_version, |(_, version)| version)
    }
}

/// `Kind.group/version`, e.g. `Deployment.apps/v1`; `Pod.v1` in the core group.
impl std::fmt::Display for K8sType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.kind, self.api_version)
    }
}

/// The descriptor of any type that `kube` knows. Made once per type and kept for good, so that it can be
/// compared and copied like one that was written down.
pub(crate) fn of_resource<T: kube::Resource<DynamicType = ()>>() -> &'static K8sType {
    static KNOWN: Mutex<BTreeMap<(String, String), &'static K8sType>> = Mutex::new(BTreeMap::new());
    let (api_version, kind) = (T::api_version(&()).into_owned(), T::kind(&()).into_owned());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known
        .entry((api_version.clone(), kind.clone()))
        .or_insert_with(|| {
            Box::leak(Box::new(K8sType {
                api_version: api_version.leak(),
                kind: kind.leak(),
                plural_kind: T::plural(&()).into_owned().leak(),
            }))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::api::{apps::v1::Deployment, core::v1::Pod};

    #[test]
    fn a_type_is_described_the_same_from_either_trait() {
        assert_eq!(*of_resource::<Deployment>(), K8sType::of::<Deployment>());
        assert_eq!(*of_resource::<Pod>(), K8sType::of::<Pod>());
        assert!(std::ptr::eq(of_resource::<Pod>(), of_resource::<Pod>()));
    }

    #[test]
    fn the_core_group_has_no_name() {
        assert_eq!(
            (K8sType::of::<Pod>().group(), K8sType::of::<Pod>().version()),
            ("", "v1")
        );
        assert_eq!(K8sType::of::<Deployment>().group(), "apps");
    }
}
