//! Which group and which version comes first.

use std::cmp::{Ordering, Reverse};

/// Kubernetes' own groups in the order of their priority.
const GROUPS: [&str; 22] = [
    "",
    "apiregistration.k8s.io",
    "apps",
    "events.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "storage.k8s.io",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "scheduling.k8s.io",
    "coordination.k8s.io",
    "node.k8s.io",
    "discovery.k8s.io",
    "resource.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "storagemigration.k8s.io",
];

/// The rank of a group: those that are not Kubernetes' own share the last one.
pub(super) fn of_group(name: &str) -> usize {
    let position = GROUPS.iter().position(|group| *group == name);
    position.unwrap_or(GROUPS.len())
}

/// Compares versions so that the preferred one is less: `v2`, `v1`, `v2beta1`, `v1beta2`, `v3alpha1`, and last
/// whatever does not look like a version, by name.
pub(super) fn compare_versions(a: &str, b: &str) -> Ordering {
    match (rank(a), rank(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

/// How stable, which one, and which try at it.
fn rank(version: &str) -> Option<(u8, Reverse<u32>, Reverse<u32>)> {
    let rest = version.strip_prefix('v')?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (major, rest) = rest.split_at(digits);
    let (stability, minor) = match (rest, rest.strip_prefix("beta"), rest.strip_prefix("alpha")) {
        ("", ..) => (0, "0"),
        (_, Some(minor), _) => (1, minor),
        (_, _, Some(minor)) => (2, minor),
        _ => return None,
    };
    let number = |digits: &str| {
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse().ok().filter(|_| plain)
    };
    Some((stability, Reverse(number(major)?), Reverse(number(minor)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stable_versions_come_before_beta_and_alpha_and_newer_before_older() {
        let mut versions = [
            "foo1",
            "v1",
            "v2alpha1",
            "v1beta1",
            "v10",
            "v2",
            "v11beta2",
            "v11alpha2",
            "v1beta2",
            "v1beta+3",
            "v",
            "v1gamma1",
            "bar",
        ];
        versions.sort_by(|a, b| compare_versions(a, b));
        assert_eq!(
            versions,
            [
                "v10",
                "v2",
                "v1",
                "v11beta2",
                "v1beta2",
                "v1beta1",
                "v11alpha2",
                "v2alpha1",
                "bar",
                "foo1",
                "v",
                "v1beta+3",
                "v1gamma1",
            ]
        );
    }

    #[test]
    fn groups_of_others_come_after_kubernetes_own() {
        assert!(of_group("") < of_group("apps"));
        assert!(of_group("storagemigration.k8s.io") < of_group("example.com"));
        assert_eq!(of_group("a.example.com"), of_group("b.example.com"));
    }
}
