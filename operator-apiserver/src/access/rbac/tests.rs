//! The decisions and reasons here were seen on a real 1.37.

use serde_json::json;

use super::*;

/// The view of these objects.
pub(in crate::access) fn view_of(objects: &[Value]) -> RbacView {
    let mut view = RbacView::default();
    for object in objects {
        view.set(object);
    }
    view
}

fn view() -> RbacView {
    view_of(&[
        json!({"kind": "Role", "metadata": {"name": "r1", "namespace": "ns"}, "rules": [
            {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods", "pods/log"], "resourceNames": []},
            {"verbs": ["*"], "apiGroups": ["apps"], "resources": ["*/scale"]},
            {"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": ["b"]},
        ]}),
        json!({
            "kind": "RoleBinding", "metadata": {"name": "b1", "namespace": "ns"},
            "roleRef": {"kind": "Role", "name": "r1"},
            "subjects": [
                {"kind": "User", "name": "esc"}, {"kind": "ServiceAccount", "name": "sa2"},
                {"kind": "ServiceAccount", "name": "sa3", "namespace": "other"}, {"kind": "Group", "name": "g"},
            ],
        }),
        json!({"kind": "ClusterRole", "metadata": {"name": "c1"}, "rules": [
            {"verbs": ["get"], "nonResourceURLs": ["/a/*", "/b"]},
            {"verbs": ["list"], "apiGroups": ["*"], "resources": ["*"]},
        ]}),
        json!({
            "kind": "ClusterRoleBinding", "metadata": {"name": "cb"}, "roleRef": {"kind": "ClusterRole", "name": "c1"},
            "subjects": [{"kind": "User", "name": "cluster"}, {"kind": "ServiceAccount", "name": "nowhere"}],
        }),
        json!({
            "kind": "RoleBinding", "metadata": {"name": "b2", "namespace": "ns"},
            "roleRef": {"kind": "ClusterRole", "name": "c1"}, "subjects": [{"kind": "User", "name": "local"}],
        }),
    ])
}

/// `user may verb group/resource/subresource in namespace` by name.
fn may(user: &str, verb: &str, what: [&str; 3], namespace: &str, name: &str) -> bool {
    let [group, resource, subresource] = what;
    let user = User::new(user, &[]);
    let attributes = Attributes {
        subresource,
        namespace,
        name,
        ..Attributes::resource(&user, verb, group, resource)
    };
    view().authorize(&attributes).allowed
}

#[test]
fn a_role_allows_what_its_rules_name_in_its_namespace() {
    assert!(may("esc", "get", ["", "pods", ""], "ns", ""));
    assert!(may("esc", "get", ["", "pods", "log"], "ns", ""));
    assert!(!may("esc", "get", ["", "pods", "status"], "ns", ""));
    assert!(!may("esc", "delete", ["", "pods", ""], "ns", ""));
    assert!(!may("esc", "get", ["apps", "pods", ""], "ns", ""));
    assert!(!may("esc", "get", ["", "pods", ""], "default", ""));
    assert!(!may("esc", "get", ["", "pods", ""], "", ""));
    assert!(!may("esc", "*", ["", "pods", ""], "ns", ""));
    assert!(!may("stranger", "get", ["", "pods", ""], "ns", ""));
}

#[test]
fn a_subresource_of_all_resources_can_be_allowed() {
    assert!(may(
        "esc",
        "patch",
        ["apps", "deployments", "scale"],
        "ns",
        ""
    ));
    assert!(!may("esc", "patch", ["apps", "deployments", ""], "ns", ""));
}

#[test]
fn resource_names_need_a_name() {
    assert!(may("esc", "get", ["", "secrets", ""], "ns", "b"));
    assert!(!may("esc", "get", ["", "secrets", ""], "ns", "c"));
    assert!(!may("esc", "get", ["", "secrets", ""], "ns", ""));
}

#[test]
fn a_service_account_is_one_of_a_namespace() {
    assert!(may(
        "system:serviceaccount:ns:sa2",
        "get",
        ["", "pods", ""],
        "ns",
        ""
    ));
    assert!(may(
        "system:serviceaccount:other:sa3",
        "get",
        ["", "pods", ""],
        "ns",
        ""
    ));
    assert!(!may(
        "system:serviceaccount:ns:sa3",
        "get",
        ["", "pods", ""],
        "ns",
        ""
    ));
    assert!(!may(
        "system:serviceaccount::nowhere",
        "list",
        ["", "pods", ""],
        "",
        ""
    ));
}

#[test]
fn a_cluster_role_counts_where_it_is_bound() {
    assert!(may("cluster", "list", ["any", "things", "x"], "", ""));
    assert!(may("cluster", "list", ["", "pods", ""], "default", ""));
    assert!(may("local", "list", ["", "pods", ""], "ns", ""));
    assert!(!may("local", "list", ["", "pods", ""], "", ""));
    let path = |user: &str, path: &str| {
        let user = User::new(user, &[]);
        view()
            .authorize(&Attributes::path(&user, "get", path))
            .allowed
    };
    assert!(path("cluster", "/a/b/c"));
    assert!(path("cluster", "/b"));
    assert!(!path("cluster", "/a"));
    assert!(!path("cluster", "/b/c"));
    assert!(!path("local", "/b"));
}

#[test]
fn a_decision_tells_what_allows() {
    let reason = |user: &User| {
        let view = view();
        let attributes = Attributes {
            namespace: "ns",
            ..Attributes::resource(user, "list", "", "pods")
        };
        view.authorize(&attributes).reason()
    };
    let of = |subject: &str| {
        format!("RBAC: allowed by RoleBinding \"b1/ns\" of Role \"r1\" to {subject}")
    };
    assert_eq!(reason(&User::new("esc", &[])), of("User \"esc\""));
    assert_eq!(reason(&User::new("x", &["g"])), of("Group \"g\""));
    assert_eq!(
        reason(&User::new("system:serviceaccount:ns:sa2", &[])),
        of("ServiceAccount \"sa2/ns\"")
    );
    assert_eq!(reason(&User::admin()), "");
    assert_eq!(reason(&User::new("stranger", &[])), "");
}

#[test]
fn the_view_follows_changes() {
    let mut view = view();
    let user = User::new("esc", &[]);
    let attributes = Attributes {
        namespace: "ns",
        ..Attributes::resource(&user, "list", "", "pods")
    };
    assert!(view.authorize(&attributes).allowed);
    view.remove("Role", "ns", "r1");
    assert_eq!(
        view.authorize(&attributes).reason(),
        "rbac: RBAC: role.rbac.authorization.k8s.io \"r1\" not found"
    );
    let rules = json!([{"verbs": ["list"], "apiGroups": [""], "resources": ["pods"]}]);
    view.set(
        &json!({"kind": "Role", "metadata": {"name": "r1", "namespace": "ns"}, "rules": rules}),
    );
    assert!(view.authorize(&attributes).allowed);
    view.remove("RoleBinding", "ns", "b1");
    assert!(!view.authorize(&attributes).allowed);
}

#[test]
fn a_role_gathers_the_rules_of_those_it_selects() {
    let rule = |verb: &str| json!({"verbs": [verb], "apiGroups": [""], "resources": ["pods"]});
    let all = [
        json!({"metadata": {"name": "a", "labels": {"to": "x"}}, "rules": [rule("get"), rule("list")]}),
        json!({"metadata": {"name": "b", "labels": {"to": "x", "no": ""}}, "rules": [rule("watch")]}),
        json!({"metadata": {"name": "c", "labels": {"to": "y"}}, "rules": [rule("list"), rule("delete")]}),
        json!({"metadata": {"name": "all", "labels": {"to": "x"}}, "rules": [rule("patch")]}),
    ];
    let role = json!({"metadata": {"name": "all"}, "aggregationRule": {"clusterRoleSelectors": [
        {"matchLabels": {"to": "x"}, "matchExpressions": [{"key": "no", "operator": "DoesNotExist"}]},
        {"matchExpressions": [{"key": "to", "operator": "In", "values": ["y"]}]},
    ]}});
    let all: Vec<&Value> = all.iter().collect();
    assert_eq!(
        aggregated_rules(&role, &all),
        Some(json!([rule("get"), rule("list"), rule("delete")]))
    );
    assert_eq!(aggregated_rules(all[0], &all), None);
}
