//! What a user of the cluster may do in a [`Scene`]: all that an operator of baskets needs, but with apples only so much.

use k8s_openapi::api::rbac::v1::{Role, RoleBinding};
use kube::api::{Api, Patch, PatchParams};
use serde_json::json;

use crate::{patience::Miss, scene::Scene};

/// What an operator may have to do with a kind.
pub const EVERYTHING: &[&str] = &[
    "get", "list", "watch", "create", "update", "patch", "delete",
];

impl Scene {
    /// Gives a user the role that [`allow_with_apples`](Self::allow_with_apples) writes.
    ///
    /// # Panics
    /// If the server refuses it.
    pub async fn bind(&self, user: &str) {
        let binding = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": "operator"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "operator"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}],
        });
        let bindings: Api<RoleBinding> = self.api();
        let parameters = PatchParams::apply("operator-tests");
        bindings
            .patch("operator", &parameters, &Patch::Apply(binding))
            .await
            .expect("the binding");
    }

    /// Changes what the user may do with apples, and waits until the server goes by it.
    ///
    /// # Panics
    /// If the server refuses it, or never goes by it.
    pub async fn allow_with_apples(&self, user: &str, verbs: &[&str]) {
        let role = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "Role",
            "metadata": {"name": "operator"},
            "rules": [
                {"apiGroups": [""], "resources": ["configmaps"], "verbs": EVERYTHING},
                {"apiGroups": ["e2e.example.com"], "resources": ["baskets", "baskets/status"], "verbs": EVERYTHING},
                {"apiGroups": ["e2e.example.com"], "resources": ["apples"], "verbs": verbs},
            ],
        });
        let roles: Api<Role> = self.api();
        let parameters = PatchParams::apply("operator-tests").force();
        roles
            .patch("operator", &parameters, &Patch::Apply(role))
            .await
            .expect("the role");
        for verb in EVERYTHING {
            let review = json!({
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SubjectAccessReview",
                "spec": {"user": user, "resourceAttributes": {
                    "namespace": self.namespace, "verb": verb, "group": "e2e.example.com", "resource": "apples",
                }},
            });
            let expected = verbs.contains(verb);
            let reviewed = async || {
                let path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
                let body = review.to_string().into_bytes();
                let request = http::Request::post(path)
                    .header("content-type", "application/json")
                    .body(body)?;
                let answer: serde_json::Value = self.client.request(request).await?;
                if answer["status"]["allowed"] == expected {
                    Ok(())
                } else {
                    Miss::because(&answer["status"])
                }
            };
            let what = format!("{verb} of apples to be allowed: {expected}");
            self.eventually(&what, reviewed).await;
        }
    }
}
