//! The cells of kinds of groups that have only one or two with a table of their own.

use serde_json::Value;

use super::{age, created, items, joined, name, number, plain, size, text, text_or};

pub(super) fn cells(group: &str, kind: &str, object: &Value, now: i64) -> Option<Vec<Value>> {
    let age = created(object, now);
    let spec = &object["spec"];
    Some(match (group, kind) {
        (
            "admissionregistration.k8s.io",
            "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration",
        ) => vec![name(object), size(&object["webhooks"]).into(), age],
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition(object),
        ("certificates.k8s.io", "CertificateSigningRequest") => vec![
            name(object),
            age,
            text_or(&spec["signerName"], "<none>").into(),
            text(&spec["username"]).into(),
            match spec["expirationSeconds"].as_i64() {
                Some(seconds) => age::human_duration(seconds).into(),
                None => "<none>".into(),
            },
            certificate_status(object).into(),
        ],
        ("coordination.k8s.io", "Lease") => {
            vec![name(object), text(&spec["holderIdentity"]).into(), age]
        }
        ("node.k8s.io", "RuntimeClass") => {
            vec![name(object), text(&object["handler"]).into(), age]
        }
        ("policy", "PodDisruptionBudget") => {
            let bound = |field: &str| match &spec[field] {
                Value::Null => "N/A".to_owned(),
                bound => plain(bound),
            };
            vec![
                name(object),
                bound("minAvailable").into(),
                bound("maxUnavailable").into(),
                number(&object["status"]["disruptionsAllowed"]).into(),
                age,
            ]
        }
        ("scheduling.k8s.io", "PriorityClass") => vec![
            name(object),
            number(&object["value"]).into(),
            (object["globalDefault"] == true).into(),
            age,
            text(&object["preemptionPolicy"]).into(),
        ],
        _ => return None,
    })
}

fn definition(object: &Value) -> Vec<Value> {
    let spec = &object["spec"];
    let mut versions: Vec<String> = items(&spec["versions"])
        .iter()
        .filter(|version| version["served"] == true)
        .map(|version| {
            let stored = if version["storage"] == true {
                "(storage)"
            } else {
                ""
            };
            format!("{}{stored}", text(&version["name"]))
        })
        .collect();
    versions.sort();
    let established = items(&object["status"]["conditions"])
        .iter()
        .any(|c| c["type"] == "Established" && c["status"] == "True");
    vec![
        name(object),
        text(&spec["scope"]).into(),
        versions.join(",").into(),
        text(&object["metadata"]["creationTimestamp"]).into(),
        text(&spec["group"]).into(),
        text(&spec["names"]["kind"]).into(),
        joined(items(&spec["names"]["shortNames"]).iter().map(text)).into(),
        established.into(),
    ]
}

fn certificate_status(object: &Value) -> String {
    let status = &object["status"];
    let has = |kind: &str| {
        items(&status["conditions"])
            .iter()
            .any(|c| c["type"] == kind)
    };
    let mut shown = if has("Denied") {
        "Denied"
    } else if has("Approved") {
        "Approved"
    } else {
        "Pending"
    }
    .to_owned();
    if has("Failed") {
        shown.push_str(",Failed");
    }
    if !text(&status["certificate"]).is_empty() {
        shown.push_str(",Issued");
    }
    shown
}
