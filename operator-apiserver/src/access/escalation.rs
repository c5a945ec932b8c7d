//! Nobody grants by a role or a binding what they may not do themselves, unless they may `escalate` or `bind`.

use serde_json::Value;

use super::{
    attributes::{Attributes, Authorizer},
    rbac::{MissingRole, RbacView},
    rule::{Rule, not_covered, quoted},
    user::User,
};
use crate::{error::ApiError, object};

const GROUP: &str = "rbac.authorization.k8s.io";

/// Checks a Role or `ClusterRole` that is to be stored; `old` is what is stored so far.
///
/// # Errors
/// A 403 that lists what the user would grant without having it.
pub(crate) fn check_role(
    authorizer: &Authorizer,
    user: &User,
    role: &Value,
    old: Option<&Value>,
) -> Result<(), ApiError> {
    let Some(view) = restricted(authorizer, user) else {
        return Ok(());
    };
    let unchanged = |field: &str| {
        let is_empty =
            |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        old.is_some_and(|old| {
            role[field] == old[field] || is_empty(&role[field]) && is_empty(&old[field])
        })
    };
    if unchanged("rules") && unchanged("aggregationRule") {
        return Ok(());
    }
    let resource = if role["kind"] == "Role" {
        "roles"
    } else {
        "clusterroles"
    };
    let (namespace, name) = (object::namespace(role), object::name(role));
    let escalate = Attributes {
        namespace,
        name,
        ..Attributes::resource(user, "escalate", GROUP, resource)
    };
    if view.authorize(&escalate).allowed {
        return Ok(());
    }
    if !role["aggregationRule"].is_null() && !holds_everything(view, user) {
        let why = "must have cluster-admin privileges to use the aggregationRule";
        return Err(ApiError::forbidden(GROUP, resource, name, why));
    }
    confirm(view, user, namespace, &Rule::parse_all(role))
        .map_err(|why| ApiError::forbidden(GROUP, resource, name, &why))
}

/// Checks a `RoleBinding` or `ClusterRoleBinding` that is to be stored; `old` is what is stored so far.
///
/// # Errors
/// A 403 that lists what the user would grant without having it, and a 404 where the role doesn't exist: only
/// who may `bind` it or do everything can bind it in advance.
pub(crate) fn check_binding(
    authorizer: &Authorizer,
    user: &User,
    binding: &Value,
    old: Option<&Value>,
) -> Result<(), ApiError> {
    let Some(view) = restricted(authorizer, user) else {
        return Ok(());
    };
    let unchanged = |field: &str| old.is_some_and(|old| binding[field] == old[field]);
    if unchanged("roleRef") && unchanged("subjects") {
        return Ok(());
    }
    let resource = if binding["kind"] == "RoleBinding" {
        "rolebindings"
    } else {
        "clusterrolebindings"
    };
    let namespace = object::namespace(binding);
    let kind = binding["roleRef"]["kind"].as_str().unwrap_or_default();
    let role = binding["roleRef"]["name"].as_str().unwrap_or_default();
    let roles = if kind == "Role" {
        "roles"
    } else {
        "clusterroles"
    };
    let bind = Attributes {
        namespace,
        name: role,
        ..Attributes::resource(user, "bind", GROUP, roles)
    };
    if view.authorize(&bind).allowed {
        return Ok(());
    }
    let rules = view
        .role(kind, namespace, role)
        .ok_or_else(|| ApiError::not_found(GROUP, resource, role))?;
    confirm(view, user, namespace, rules)
        .map_err(|why| ApiError::forbidden(GROUP, resource, object::name(binding), &why))
}

/// The rules to check by; `None` for who may do everything.
fn restricted<'a>(authorizer: &'a Authorizer, user: &User) -> Option<&'a RbacView> {
    match authorizer {
        Authorizer::Rbac(view) if !user.is_master() => Some(view),
        _ => None,
    }
}

fn holds_everything(view: &RbacView, user: &User) -> bool {
    let all = || vec!["*".to_owned()];
    let everything = Rule {
        verbs: all(),
        api_groups: all(),
        resources: all(),
        non_resource_urls: all(),
        ..Rule::default()
    };
    confirm(view, user, "", &[everything]).is_ok()
}

fn confirm(view: &RbacView, user: &User, namespace: &str, rules: &[Rule]) -> Result<(), String> {
    let (held, missing_roles) = view.rules_for(user, namespace);
    let Some(missing) = not_covered(&held, rules) else {
        return Err("the rules grant more single permissions than can be checked".to_owned());
    };
    if missing.is_empty() {
        return Ok(());
    }
    let mut why = format!(
        "user {:?} (groups={}) is attempting to grant RBAC permissions not currently held:\n{}",
        user.name,
        quoted(&user.groups),
        missing.join("\n")
    );
    if !missing_roles.is_empty() {
        let texts: Vec<String> = missing_roles.iter().map(MissingRole::to_string).collect();
        why.push_str("; resolution errors: [");
        why.push_str(&texts.join(", "));
        why.push(']');
    }
    Err(why)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::access::rbac::tests::view_of;

    /// A user who may read pods and create roles in `ns`.
    fn authorizer() -> Authorizer {
        Authorizer::Rbac(view_of(&[
            json!({"kind": "Role", "metadata": {"name": "r1", "namespace": "ns"}, "rules": [
                {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods", "pods/log"]},
                {"verbs": ["create", "update"], "apiGroups": [GROUP], "resources": ["roles", "rolebindings"]},
            ]}),
            json!({
                "kind": "RoleBinding", "metadata": {"name": "b1", "namespace": "ns"},
                "roleRef": {"kind": "Role", "name": "r1"}, "subjects": [{"kind": "User", "name": "esc"}],
            }),
            json!({"kind": "ClusterRole", "metadata": {"name": "c1"}, "rules": [
                {"verbs": ["get"], "nonResourceURLs": ["/a/*"]},
            ]}),
            json!({
                "kind": "ClusterRoleBinding", "metadata": {"name": "b2"},
                "roleRef": {"kind": "ClusterRole", "name": "c1"}, "subjects": [{"kind": "User", "name": "esc"}],
            }),
        ]))
    }

    fn role(rules: &Value) -> Value {
        json!({"kind": "Role", "metadata": {"name": "e", "namespace": "ns"}, "rules": rules})
    }

    fn refusal(role: &Value) -> String {
        let user = User::new("esc", &[]);
        check_role(&authorizer(), &user, role, None)
            .unwrap_err()
            .message
    }

    #[test]
    fn what_one_has_one_may_grant() {
        let user = User::new("esc", &[]);
        let less = role(
            &json!([{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["x"]}]),
        );
        assert_eq!(check_role(&authorizer(), &user, &less, None), Ok(()));
        let more = role(&json!([{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]));
        assert_eq!(
            check_role(&authorizer(), &User::admin(), &more, None),
            Ok(())
        );
        assert_eq!(
            check_role(&authorizer(), &user, &more, Some(&more)),
            Ok(()),
            "who changes no rules grants nothing"
        );
    }

    #[test]
    fn what_one_does_not_have_is_listed() {
        assert_eq!(
            refusal(&role(&json!([
                {"verbs": ["get", "delete"], "apiGroups": ["", "apps"], "resources": ["pods", "deployments"], "resourceNames": ["x"]},
                {"verbs": ["create"], "apiGroups": ["z"], "resources": ["zs"]},
            ]))),
            r#"roles.rbac.authorization.k8s.io "e" is forbidden: user "esc" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:
{APIGroups:[""], Resources:["deployments"], ResourceNames:["x"], Verbs:["get" "delete"]}
{APIGroups:[""], Resources:["pods"], ResourceNames:["x"], Verbs:["delete"]}
{APIGroups:["apps"], Resources:["deployments"], ResourceNames:["x"], Verbs:["get" "delete"]}
{APIGroups:["apps"], Resources:["pods"], ResourceNames:["x"], Verbs:["get" "delete"]}
{APIGroups:["z"], Resources:["zs"], Verbs:["create"]}"#
        );
        let cluster_role = json!({"kind": "ClusterRole", "metadata": {"name": "c2"}, "rules": [
            {"verbs": ["get", "post"], "nonResourceURLs": ["/a/b", "/b"]},
            {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods"]},
        ]});
        assert_eq!(
            refusal(&cluster_role),
            r#"clusterroles.rbac.authorization.k8s.io "c2" is forbidden: user "esc" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:
{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}
{NonResourceURLs:["/a/b"], Verbs:["post"]}
{NonResourceURLs:["/b"], Verbs:["get"]}
{NonResourceURLs:["/b"], Verbs:["post"]}"#
        );
    }

    #[test]
    fn only_who_may_do_everything_may_aggregate() {
        let role = json!({"kind": "ClusterRole", "metadata": {"name": "c3"}, "aggregationRule": {"clusterRoleSelectors": []}});
        assert_eq!(
            refusal(&role),
            r#"clusterroles.rbac.authorization.k8s.io "c3" is forbidden: must have cluster-admin privileges to use the aggregationRule"#
        );
    }

    #[test]
    fn a_binding_grants_what_its_role_does() {
        let user = User::new("esc", &[]);
        let bind = |kind: &str, role: &str| {
            let binding = json!({
                "kind": "RoleBinding", "metadata": {"name": "e", "namespace": "ns"},
                "roleRef": {"kind": kind, "name": role}, "subjects": [{"kind": "User", "name": "q"}],
            });
            check_binding(&authorizer(), &user, &binding, None)
        };
        assert_eq!(bind("Role", "r1"), Ok(()));
        let error = bind("Role", "nope").unwrap_err();
        assert_eq!(error.code, 404);
        assert_eq!(
            error.message,
            r#"rolebindings.rbac.authorization.k8s.io "nope" not found"#
        );
    }

    #[test]
    fn a_role_that_multiplies_beyond_measure_is_refused_at_once() {
        let many: Vec<String> = (0..5_000).map(|i| i.to_string()).collect();
        let rules = json!([{"verbs": many, "apiGroups": many, "resources": many}]);
        assert!(refusal(&role(&rules)).ends_with("more single permissions than can be checked"));
    }
}
