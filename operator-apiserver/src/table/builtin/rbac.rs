//! The cells of the bindings of `rbac.authorization.k8s.io`.

use serde_json::Value;

use super::{created, items, name, text};

pub(super) fn cells(kind: &str, object: &Value, now: i64) -> Option<Vec<Value>> {
    if !matches!(kind, "RoleBinding" | "ClusterRoleBinding") {
        return None;
    }
    let role = &object["roleRef"];
    let subjects = |kind: &str| -> Value {
        let subjects = items(&object["subjects"]).iter();
        let names: Vec<String> = subjects
            .filter(|subject| subject["kind"] == kind)
            .map(|subject| match kind {
                "ServiceAccount" => {
                    format!("{}/{}", text(&subject["namespace"]), text(&subject["name"]))
                }
                _ => text(&subject["name"]).to_owned(),
            })
            .collect();
        names.join(", ").into()
    };
    Some(vec![
        name(object),
        format!("{}/{}", text(&role["kind"]), text(&role["name"])).into(),
        created(object, now),
        subjects("User"),
        subjects("Group"),
        subjects("ServiceAccount"),
    ])
}
