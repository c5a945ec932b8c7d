//! The outcomes here were seen on a real 1.37.

use serde_json::json;

use super::*;
use crate::access::rbac::tests::view_of;

fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in list {
        headers.append(*name, value.parse().expect("a value for a header"));
    }
    headers
}

fn rules(rules: &serde_json::Value) -> Authorizer {
    Authorizer::Rbac(view_of(&[
        json!({"kind": "ClusterRole", "metadata": {"name": "r"}, "rules": rules}),
        json!({
            "kind": "ClusterRoleBinding", "metadata": {"name": "b"},
            "roleRef": {"kind": "ClusterRole", "name": "r"}, "subjects": [{"kind": "User", "name": "me"}],
        }),
    ]))
}

fn act(
    list: &[(&'static str, &str)],
    me: &User,
    authorizer: &Authorizer,
) -> Result<Option<User>, String> {
    let request = Attributes::resource(me, "create", GROUP, "selfsubjectreviews");
    impersonate(&headers(list), &request, authorizer).map_err(|error| error.message)
}

#[test]
fn a_master_acts_as_anybody() {
    let me = User::admin();
    let act = |list: &[(&'static str, &str)]| {
        let user = act(list, &me, &rules(&json!([]))).expect("it is allowed");
        user.map(|user| user.to_value())
    };
    assert_eq!(act(&[]), None);
    assert_eq!(
        act(&[("impersonate-user", "x")]),
        Some(json!({"username": "x", "groups": ["system:authenticated"]}))
    );
    assert_eq!(
        act(&[
            ("impersonate-user", "x"),
            ("impersonate-group", "g"),
            ("impersonate-uid", "u"),
            ("impersonate-extra-foo", "bar"),
            ("impersonate-extra-a%2fb", "c"),
        ]),
        Some(json!({
            "username": "x", "uid": "u", "groups": ["g", "system:authenticated"],
            "extra": {"foo": ["bar"], "a/b": ["c"]},
        }))
    );
    assert_eq!(
        act(&[("impersonate-user", "system:serviceaccount:ns:n")]),
        Some(json!({
            "username": "system:serviceaccount:ns:n",
            "groups": ["system:serviceaccounts", "system:serviceaccounts:ns", "system:authenticated"],
        }))
    );
    assert_eq!(
        act(&[("impersonate-user", "system:anonymous")]),
        Some(json!({"username": "system:anonymous", "groups": ["system:unauthenticated"]}))
    );
    assert_eq!(
        act(&[
            ("impersonate-user", "x"),
            ("impersonate-group", "system:unauthenticated")
        ]),
        Some(json!({"username": "x", "groups": ["system:unauthenticated"]}))
    );
    let master = act(&[
        ("impersonate-user", "x"),
        ("impersonate-group", "system:masters"),
    ]);
    assert_eq!(
        master,
        Some(json!({"username": "x", "groups": ["system:masters", "system:authenticated"]}))
    );
}

#[test]
fn without_a_user_there_is_nobody_to_act_as() {
    let me = User::admin();
    let message =
        |list: &[(&'static str, &str)]| act(list, &me, &Authorizer::AllowAll).unwrap_err();
    assert_eq!(
        message(&[("impersonate-group", "g")]),
        "requested &user.DefaultInfo{Name:\"\", UID:\"\", Groups:[]string{\"g\"}, Extra:map[string][]string(nil)} without \
         impersonating a user name"
    );
    assert_eq!(
        message(&[("impersonate-extra-foo", "g")]),
        "requested &user.DefaultInfo{Name:\"\", UID:\"\", Groups:[]string(nil), \
         Extra:map[string][]string{\"foo\":[]string{\"g\"}}} without impersonating a user name"
    );
}

#[test]
fn who_has_no_right_hears_of_the_narrow_one() {
    let me = User::new("me", &[]);
    let message =
        |user: &str| act(&[("impersonate-user", user)], &me, &rules(&json!([]))).unwrap_err();
    assert_eq!(
        message("x"),
        r#"selfsubjectreviews.authentication.k8s.io is forbidden: User "me" cannot impersonate-on:user-info:create resource "selfsubjectreviews" in API group "authentication.k8s.io" at the cluster scope"#
    );
    assert_eq!(
        message("system:serviceaccount:ns:n"),
        r#"selfsubjectreviews.authentication.k8s.io is forbidden: User "me" cannot impersonate-on:serviceaccount:create resource "selfsubjectreviews" in API group "authentication.k8s.io" at the cluster scope"#
    );
}

#[test]
fn the_broad_right_names_users_groups_uids_and_extras() {
    let me = User::new("me", &[]);
    let authorizer = rules(&json!([
        {"verbs": ["impersonate"], "apiGroups": [""], "resources": ["users"], "resourceNames": ["x"]},
        {"verbs": ["impersonate"], "apiGroups": [""], "resources": ["groups"], "resourceNames": ["g"]},
        {"verbs": ["impersonate"], "apiGroups": [GROUP], "resources": ["userextras/foo"]},
    ]));
    let user = ("impersonate-user", "x");
    assert!(act(&[user], &me, &authorizer).is_ok());
    assert!(act(&[user, ("impersonate-group", "g")], &me, &authorizer).is_ok());
    assert!(act(&[user, ("impersonate-extra-foo", "u")], &me, &authorizer).is_ok());
    assert!(act(&[user, ("impersonate-group", "h")], &me, &authorizer).is_err());
    assert!(act(&[user, ("impersonate-uid", "u")], &me, &authorizer).is_err());
    assert!(act(&[user, ("impersonate-extra-bar", "u")], &me, &authorizer).is_err());
    assert!(act(&[("impersonate-user", "y")], &me, &authorizer).is_err());
}

#[test]
fn the_narrow_right_holds_for_some_verbs_and_never_for_masters() {
    let me = User::new("me", &[]);
    let authorizer = rules(&json!([
        {"verbs": ["impersonate-on:user-info:create"], "apiGroups": ["*"], "resources": ["*"]},
        {"verbs": ["impersonate:user-info"], "apiGroups": [GROUP], "resources": ["users", "groups"]},
    ]));
    let user = ("impersonate-user", "x");
    assert!(act(&[user, ("impersonate-group", "g")], &me, &authorizer).is_ok());
    assert_eq!(
        act(&[user, ("impersonate-group", "system:masters")], &me, &authorizer),
        Err(r#"groups.authentication.k8s.io "system:masters" is forbidden: User "me" cannot impersonate:user-info resource "groups" in API group "authentication.k8s.io" at the cluster scope: impersonating the system:masters group is not allowed"#.to_owned())
    );
    let request = Attributes::resource(&me, "get", "", "pods");
    assert!(impersonate(&headers(&[user]), &request, &authorizer).is_err());
}
