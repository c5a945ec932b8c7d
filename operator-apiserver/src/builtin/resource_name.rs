//! What resources are called that pods ask for and quotas count.

use super::{check::all_invalid, format::label_key, path::Path, rules::Errors};
use crate::{
    field_error::FieldError,
    quota::{OF_CONTAINERS, is_extended},
};

/// Where a resource is named.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// In what containers ask for.
    Containers,
    /// In a quota.
    Quotas,
    /// Anywhere.
    Any,
}

/// What quotas count besides, by the pods that have not ended.
const OF_PODS: &[&str] = &[
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
];
/// What is counted one by one.
const COUNTED: &[&str] = &[
    "pods",
    "services",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
];

/// Checks the name of a resource.
pub(super) fn resource_name(name: &str, of: Use, path: Path<'_>, errors: &mut Errors) {
    let plain = !name.contains('/');
    let wrong = label_key(name);
    let well_formed = wrong.is_empty();
    all_invalid(wrong, &name.into(), path, errors);
    let is_quota = is_of_quotas(name);
    let mut refuse = |detail: &str| errors.push(FieldError::invalid(path, name, detail));
    if plain && well_formed && !is_quota && name != "storage" {
        refuse("must be a standard resource type or fully qualified");
    }
    match of {
        Use::Containers if plain && !is_of_containers(name) => {
            refuse("must be a standard resource for containers");
        }
        Use::Quotas if plain && !is_quota => refuse("must be a standard resource for quota"),
        _ => {}
    }
}

fn is_of_containers(name: &str) -> bool {
    OF_CONTAINERS.contains(&name) || name.starts_with("hugepages-")
}

/// Whether a name without a domain is one that quotas know.
pub(super) fn is_of_quotas(name: &str) -> bool {
    is_of_containers(name)
        || OF_PODS.contains(&name)
        || COUNTED.contains(&name)
        || name == "requests.storage"
        || name.starts_with("requests.hugepages-")
}

/// Whether there are only whole ones of it.
pub(super) fn is_counted(name: &str) -> bool {
    COUNTED.contains(&name) || is_extended(name) && !name.starts_with("requests.")
}

/// Whether more may be limited than is requested.
pub(super) fn may_overcommit(name: &str) -> bool {
    OF_CONTAINERS.contains(&name) || !name.contains('/') && !name.starts_with("hugepages-")
}
