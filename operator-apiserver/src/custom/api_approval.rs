//! Groups below `k8s.io` and `kubernetes.io` belong to the community: CRDs there carry the annotation
//! `api-approved.kubernetes.io`.

use serde_json::Value;

use super::condition::{self, Condition, find, says};
use crate::field_error::FieldError;

const ANNOTATION: &str = "api-approved.kubernetes.io";
const CONDITION: &str = "KubernetesAPIApprovalPolicyConformant";

/// What the annotation says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Approval {
    Missing,
    Invalid,
    Approved,
    Bypassed,
}

/// What is wrong with the annotation. An update that leaves it as good or bad as it was is never refused.
pub(super) fn check(new: &Value, old: Option<&Value>) -> Vec<FieldError> {
    if !is_protected(new) {
        return Vec::new();
    }
    let (approval, reason) = read(new);
    if old.is_some_and(|old| read(old).0 == approval) {
        return Vec::new();
    }
    let path = format!("metadata.annotations[{ANNOTATION}]");
    match approval {
        Approval::Missing => vec![FieldError::required(path, reason)],
        Approval::Invalid => vec![FieldError::invalid(path, annotation(new), reason)],
        Approval::Approved | Approval::Bypassed => Vec::new(),
    }
}

/// Writes the condition `KubernetesAPIApprovalPolicyConformant` of a CRD in a protected group; `None` if it is there
/// already, or the group isn't protected.
#[must_use]
pub(crate) fn conform(definition: &Value, now: &str) -> Option<Value> {
    if !is_protected(definition) {
        return None;
    }
    let (approval, message) = read(definition);
    let (status, reason) = match approval {
        Approval::Missing => ("False", "MissingAnnotation"),
        Approval::Invalid => ("False", "InvalidAnnotation"),
        Approval::Approved => ("True", "ApprovedAnnotation"),
        Approval::Bypassed => ("False", "UnapprovedAnnotation"),
    };
    let condition: Condition<'_> = (CONDITION, status, reason, &message);
    if says(find(definition, CONDITION), condition) {
        return None;
    }
    let mut new = definition.clone();
    condition::set(&mut new, condition, now);
    Some(new)
}

fn is_protected(definition: &Value) -> bool {
    let group = definition["spec"]["group"].as_str().unwrap_or_default();
    ["k8s.io", "kubernetes.io"].iter().any(|domain| {
        let before = group.strip_suffix(domain);
        before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}

fn annotation(definition: &Value) -> &str {
    let annotations = &definition["metadata"]["annotations"];
    annotations[ANNOTATION].as_str().unwrap_or_default()
}

fn read(definition: &Value) -> (Approval, String) {
    let text = annotation(definition);
    let policy = "see https://github.com/kubernetes/enhancements/pull/1111";
    let needed = format!("protected groups must have approval annotation {ANNOTATION:?}");
    if text.is_empty() {
        (Approval::Missing, format!("{needed}, {policy}"))
    } else if text.starts_with("unapproved") {
        (Approval::Bypassed, format!("not approved: {text:?}"))
    } else if is_url(text) {
        (Approval::Approved, format!("approved in {text}"))
    } else {
        let either = "with either a URL or a reason starting with \"unapproved\"";
        (Approval::Invalid, format!("{needed} {either}, {policy}"))
    }
}

/// Whether it has a scheme and a host.
fn is_url(text: &str) -> bool {
    let Ok(uri) = text.parse::<http::Uri>() else {
        return false;
    };
    uri.scheme().is_some() && uri.host().is_some_and(|host| !host.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn crd(group: &str, approval: Option<&str>) -> Value {
        let mut crd = json!({"metadata": {"annotations": {}}, "spec": {"group": group}});
        if let Some(text) = approval {
            crd["metadata"]["annotations"][ANNOTATION] = text.into();
        }
        crd
    }

    fn texts(errors: &[FieldError]) -> Vec<String> {
        errors.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn only_the_community_s_groups_need_an_approval() {
        assert!(check(&crd("example.com", None), None).is_empty());
        assert!(check(&crd("notk8s.io", None), None).is_empty());
        assert_eq!(
            texts(&check(&crd("x.k8s.io", None), None)),
            [
                "metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have \
                 approval annotation \"api-approved.kubernetes.io\", see \
                 https://github.com/kubernetes/enhancements/pull/1111"
            ]
        );
        assert_eq!(
            texts(&check(&crd("kubernetes.io", Some("x")), None)),
            [
                "metadata.annotations[api-approved.kubernetes.io]: Invalid value: \"x\": protected groups must have \
                 approval annotation \"api-approved.kubernetes.io\" with either a URL or a reason starting with \
                 \"unapproved\", see https://github.com/kubernetes/enhancements/pull/1111"
            ]
        );
        assert!(check(&crd("x.k8s.io", Some("unapproved, a test")), None).is_empty());
        assert!(
            check(
                &crd("x.k8s.io", Some("https://github.com/a/b/pull/1")),
                None
            )
            .is_empty()
        );
    }

    #[test]
    fn an_update_may_leave_it_as_it_is() {
        let (missing, invalid) = (crd("x.k8s.io", None), crd("x.k8s.io", Some("x")));
        assert!(check(&missing, Some(&missing)).is_empty());
        assert_eq!(check(&missing, Some(&invalid)).len(), 1);
    }

    #[test]
    fn a_condition_tells_what_the_annotation_says() {
        let told = conform(&crd("x.k8s.io", Some("unapproved")), "t").expect("it is new");
        assert_eq!(
            told["status"]["conditions"],
            json!([{"type": CONDITION, "status": "False", "lastTransitionTime": "t",
                "reason": "UnapprovedAnnotation", "message": "not approved: \"unapproved\""}])
        );
        assert_eq!(conform(&told, "t2"), None);
        assert_eq!(conform(&crd("example.com", None), "t"), None);
    }
}
