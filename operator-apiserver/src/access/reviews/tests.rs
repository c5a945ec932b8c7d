//! The answers here were seen on a real 1.37.

use super::*;
use crate::access::rbac::tests::view_of;

struct Nothing;

impl Others for Nothing {
    fn get(&self, _: &str, _: &str, _: &str, _: &str) -> Option<Value> {
        None
    }

    fn list(&self, _: &str, _: &str, _: &str) -> Vec<Value> {
        Vec::new()
    }
}

fn authorizer() -> Authorizer {
    let user = |name: &str| json!([{"kind": "User", "name": name}]);
    Authorizer::Rbac(view_of(&[
        json!({"kind": "ClusterRole", "metadata": {"name": "reader"}, "rules": [
            {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["x"]},
            {"verbs": ["get"], "nonResourceURLs": ["/version"]},
        ]}),
        json!({
            "kind": "ClusterRoleBinding", "metadata": {"name": "readers"},
            "roleRef": {"kind": "ClusterRole", "name": "reader"}, "subjects": user("x"),
        }),
        json!({
            "kind": "ClusterRoleBinding", "metadata": {"name": "gone"},
            "roleRef": {"kind": "ClusterRole", "name": "gone"}, "subjects": user("u"),
        }),
        json!({
            "kind": "RoleBinding", "metadata": {"name": "gone2", "namespace": "ns"},
            "roleRef": {"kind": "Role", "name": "gone2"}, "subjects": user("u"),
        }),
    ]))
}

fn pods() -> Value {
    json!({"namespace": "ns", "verb": "get", "resource": "pods"})
}

fn message<T: std::fmt::Debug>(result: Result<T, ApiError>) -> String {
    result.unwrap_err().message
}

#[test]
fn one_learns_what_one_may_do() {
    let review = json!({"spec": {"resourceAttributes": pods()}});
    let ask = |user: &User| {
        self_subject_access_review(&review, user, &authorizer())
            .map(|answer| answer["status"].clone())
    };
    assert_eq!(ask(&User::admin()), Ok(json!({"allowed": true})));
    assert_eq!(ask(&User::new("y", &[])), Ok(json!({"allowed": false})));
    let path = json!({"spec": {"nonResourceAttributes": {"path": "/version", "verb": "get"}}});
    assert_eq!(
        self_subject_access_review(&path, &User::new("x", &[]), &authorizer()),
        Ok(json!({
            "kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "metadata": {},
            "spec": {"nonResourceAttributes": {"path": "/version", "verb": "get"}},
            "status": {
                "allowed": true,
                "reason": "RBAC: allowed by ClusterRoleBinding \"readers\" of ClusterRole \"reader\" to User \"x\"",
            },
        }))
    );
}

#[test]
fn one_learns_what_others_may_do() {
    let ask = |spec: Value| {
        subject_access_review(&json!({"spec": spec}), &authorizer())
            .map(|answer| answer["status"].clone())
    };
    assert_eq!(
        ask(json!({"groups": ["system:masters"], "resourceAttributes": pods()})),
        Ok(json!({"allowed": true}))
    );
    assert_eq!(
        ask(json!({"user": "u", "resourceAttributes": pods()})),
        Ok(json!({
            "allowed": false,
            "reason": "rbac: RBAC: [clusterrole.rbac.authorization.k8s.io \"gone\" not found, \
                       role.rbac.authorization.k8s.io \"gone2\" not found]",
        }))
    );
}

#[test]
fn a_review_says_who_and_what() {
    let ask = |review: Value| message(subject_access_review(&review, &authorizer()));
    assert_eq!(
        ask(json!({"spec": {}})),
        ".authorization.k8s.io \"\" is invalid: [spec: Invalid value: null: exactly one of nonResourceAttributes or \
         resourceAttributes must be specified, spec.user: Invalid value: \"\": at least one of user or group must be specified]"
    );
    assert_eq!(
        ask(json!({"spec": {
            "user": "x", "resourceAttributes": pods(), "nonResourceAttributes": {"path": "/version", "verb": "get"},
        }})),
        ".authorization.k8s.io \"\" is invalid: spec: Invalid value: {\"Path\":\"/version\",\"Verb\":\"get\"}: exactly one of \
         nonResourceAttributes or resourceAttributes must be specified"
    );
    assert_eq!(
        ask(
            json!({"metadata": {"name": "n"}, "spec": {"user": "x", "resourceAttributes": pods()}})
        ),
        ".authorization.k8s.io \"\" is invalid: metadata: Invalid value: {\"name\":\"n\"}: must be empty"
    );
}

#[test]
fn a_local_review_stays_in_its_namespace() {
    let ask = |metadata: Value, spec: Value| {
        local_subject_access_review(
            &json!({"metadata": metadata, "spec": spec}),
            "ns",
            &authorizer(),
        )
    };
    let answer = ask(
        json!({}),
        json!({"user": "x", "resourceAttributes": pods()}),
    )
    .expect("an answer");
    assert_eq!(answer["metadata"], json!({"namespace": "ns"}));
    assert_eq!(answer["status"], json!({"allowed": false}));
    let elsewhere = json!({"user": "x", "resourceAttributes": {"namespace": "oth", "verb": "get", "resource": "pods"}});
    assert_eq!(
        message(ask(json!({}), elsewhere)),
        ".authorization.k8s.io \"\" is invalid: spec.resourceAttributes.namespace: Invalid value: \"oth\": must match \
         metadata.namespace"
    );
    let path = json!({"user": "x", "nonResourceAttributes": {"path": "/a", "verb": "get"}});
    assert_eq!(
        message(ask(json!({}), path)),
        ".authorization.k8s.io \"\" is invalid: spec.nonResourceAttributes: Invalid value: {\"Path\":\"/a\",\"Verb\":\"get\"}: \
         disallowed on this kind of request"
    );
    let error = ask(
        json!({"namespace": "oth"}),
        json!({"user": "x", "resourceAttributes": pods()}),
    )
    .unwrap_err();
    assert_eq!(error.code, 400);
}

#[test]
fn one_learns_all_rules_that_hold() {
    let ask = |user: &str| {
        let review = json!({"spec": {"namespace": "ns"}});
        self_subject_rules_review(&review, &User::new(user, &[]), &authorizer()).expect("an answer")
    };
    assert_eq!(
        ask("x"),
        json!({
            "kind": "SelfSubjectRulesReview", "apiVersion": "authorization.k8s.io/v1", "metadata": {}, "spec": {},
            "status": {
                "resourceRules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["x"]}],
                "nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": ["/version"]}],
                "incomplete": false,
            },
        })
    );
    assert_eq!(
        ask("u")["status"]["evaluationError"],
        "[clusterrole.rbac.authorization.k8s.io \"gone\" not found, role.rbac.authorization.k8s.io \"gone2\" not found]"
    );
    let nowhere = self_subject_rules_review(&json!({"spec": {}}), &User::admin(), &authorizer());
    assert_eq!(message(nowhere), "no namespace on request");
}

#[test]
fn a_token_is_told_whose_it_is() {
    let mut tokens = Tokens::default();
    tokens.add("admin-token", User::admin());
    let ask = |spec: Value| token_review(&json!({"spec": spec}), &tokens, 0, &Nothing);
    assert_eq!(
        ask(json!({"token": "admin-token", "audiences": [API_AUDIENCE, "q"]})),
        Ok(json!({
            "kind": "TokenReview", "apiVersion": "authentication.k8s.io/v1", "metadata": {},
            "spec": {"token": "admin-token", "audiences": [API_AUDIENCE, "q"]},
            "status": {
                "authenticated": true, "audiences": [API_AUDIENCE],
                "user": {"username": "admin", "groups": ["system:masters", "system:authenticated"]},
            },
        }))
    );
    let bad = ask(json!({"token": "bad"})).expect("an answer");
    assert_eq!(
        bad["status"],
        json!({"user": {}, "error": "invalid bearer token"})
    );
    assert_eq!(
        message(ask(json!({}))),
        "token is required for TokenReview in authentication"
    );
}

#[test]
fn one_learns_who_one_is() {
    assert_eq!(
        self_subject_review(&User::new("x", &["g"]), "t"),
        json!({
            "kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1", "metadata": {"creationTimestamp": "t"},
            "status": {"userInfo": {"username": "x", "groups": ["g", "system:authenticated"]}},
        })
    );
}
