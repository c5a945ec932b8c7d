//! The names under which one operator signs what it writes: derived once, from its own and its parent's group.

use crate::K8sType;

/// The operator's marks on the objects that it writes.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    /// The field manager of every write, and the value of the tracking label: the operator's name.
    pub(crate) manager: String,
    /// The label by which children are watched.
    pub(crate) tracking_label: String,
    /// The annotation that holds the digest of what was last applied.
    pub(crate) applied_annotation: String,
    /// The annotation that holds which keys a replace set.
    pub(crate) keys_annotation: String,
    /// The finalizer on parents, where there is a `finalize`.
    pub(crate) finalizer: String,
}

impl Identity {
    pub(crate) fn of(name: &str, parent: &K8sType) -> Self {
        Self::new(prefix(parent.group()), name)
    }

    pub(crate) fn new(prefix: &str, name: &str) -> Self {
        Self {
            manager: name.into(),
            tracking_label: format!("{prefix}/tracked-by"),
            applied_annotation: format!("{prefix}/applied"),
            keys_annotation: format!("{prefix}/applied-keys"),
            finalizer: format!("{prefix}/{name}"),
        }
    }

    /// The label selector of the children's watches.
    pub(crate) fn selector(&self) -> String {
        format!("{}={}", self.tracking_label, self.manager)
    }

    /// Whether a label or annotation is the engine's own.
    pub(crate) fn owns_key(&self, key: &str) -> bool {
        key == self.tracking_label || key == self.applied_annotation || key == self.keys_annotation
    }
}

/// The parent's group is the domain that its author owns. Kubernetes' own domains are not ours to sign with.
fn prefix(group: &str) -> &str {
    if is_kubernetes(group) {
        "operator-core"
    } else {
        group
    }
}

/// Whether a group is one of Kubernetes itself.
pub(crate) fn is_kubernetes(group: &str) -> bool {
    let reserved = ["k8s.io", "kubernetes.io"]
        .iter()
        .any(|domain| group == *domain || group.ends_with(&format!(".{domain}")));
    reserved || !group.contains('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_stand_in_the_domain_of_the_parents_group() {
        let identity = Identity::of(
            "echo",
            &K8sType {
                api_version: "example.com/v1",
                kind: "A",
                plural_kind: "as",
            },
        );
        assert_eq!(identity.tracking_label, "example.com/tracked-by");
        assert_eq!(identity.finalizer, "example.com/echo");
    }

    #[test]
    fn a_domain_of_kubernetes_is_not_signed_with() {
        for group in ["", "apps", "k8s.io", "networking.k8s.io"] {
            assert_eq!(prefix(group), "operator-core", "{group}");
        }
    }
}
