//! The roles and bindings that a fresh cluster has, as far as they matter without nodes.

use serde_json::Value;

use super::rbac::aggregated_rules;
use crate::object;

/// `cluster-admin`, `admin`, `edit`, `view`, what everyone may see, and who is bound to it: as they are created,
/// without uid and time. The rules that `admin`, `edit` and `view` gather from others are filled in.
///
/// # Panics
/// Never: the data is a part of the program, and a test reads it.
#[must_use]
pub(crate) fn default_roles() -> Vec<Value> {
    let mut objects: Vec<Value> = serde_json::from_str(include_str!("default_roles.json"))
        .expect("the data that was compiled in is JSON");
    // `admin` gathers `edit`, which gathers `view`: the longest chain has three links.
    for _ in 0..3 {
        let before = objects.clone();
        let roles: Vec<&Value> = before
            .iter()
            .filter(|object| object["kind"] == "ClusterRole")
            .collect();
        for object in &mut objects {
            if let Some(rules) = aggregated_rules(object, &roles) {
                object["rules"] = rules;
            }
        }
    }
    objects.sort_by(|a, b| object::name(a).cmp(object::name(b)));
    objects
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Attributes, User, rbac::tests::view_of};

    #[test]
    fn everyone_may_discover_and_ask_what_they_may() {
        let view = view_of(&default_roles());
        let (x, anonymous) = (User::new("x", &[]), User::anonymous());
        let path = |user, path| view.authorize(&Attributes::path(user, "get", path)).allowed;
        assert!(path(&x, "/apis/apps/v1"));
        assert!(path(&anonymous, "/version"));
        assert!(!path(&anonymous, "/api"));
        assert!(!path(&x, "/metrics"));
        let review = Attributes::resource(
            &x,
            "create",
            "authorization.k8s.io",
            "selfsubjectaccessreviews",
        );
        assert!(view.authorize(&review).allowed);
        assert_eq!(
            view.authorize(&Attributes::path(&x, "get", "/version"))
                .reason(),
            "RBAC: allowed by ClusterRoleBinding \"system:discovery\" of ClusterRole \"system:discovery\" to Group \
             \"system:authenticated\""
        );
    }

    #[test]
    fn admin_gathers_edit_and_edit_gathers_view() {
        let roles = default_roles();
        let rules = |name: &str| {
            let mut found = roles
                .iter()
                .filter(|r| r["kind"] == "ClusterRole" && object::name(r) == name);
            found
                .next()
                .and_then(|role| role["rules"].as_array())
                .map_or(0, Vec::len)
        };
        assert!(rules("view") > 0);
        assert!(rules("edit") > rules("view"));
        assert!(rules("admin") > rules("edit"));
    }
}
