//! What a cluster lacks where discovery does not find a kind: its group, its version, or the kind itself.

use http::Request;
use kube::Client;
use serde_json::Value;

use super::api::{self, Failure};
use crate::{K8sType, identity::is_kubernetes};

/// Says why `kind` was not found, and what to install. Asks for the group, in one request.
pub(super) async fn why(client: &Client, kind: &K8sType) -> String {
    let group = kind.group();
    if group.is_empty() {
        return in_core(kind);
    }
    match served(client, group).await {
        Ok(versions) => of_group(kind, &versions),
        Err(failure) => format!(
            "discovery: 404: the cluster does not have this kind ({failure}, when asked for the group {group})"
        ),
    }
}

/// The versions of a group that are served, as the server orders them.
async fn served(client: &Client, group: &str) -> Result<Vec<String>, Failure> {
    let request = Request::get(format!("/apis/{group}"))
        .body(Vec::new())
        .map_err(|error| Failure::NoAnswer(error.to_string()))?;
    let body = match api::send(client, request).await {
        Err(failure) if failure.code() == Some(404) => return Ok(Vec::new()),
        answer => answer?,
    };
    let found: Value = api::read(&body)?;
    let versions = found["versions"].as_array().into_iter().flatten();
    let names = versions.filter_map(|version| version["version"].as_str());
    Ok(names.map(str::to_owned).collect())
}

fn in_core(kind: &K8sType) -> String {
    let (api_version, kind) = (kind.api_version, kind.kind);
    format!(
        "discovery: 404: {api_version} has no kind {kind}: correct the descriptor's `api_version` or `kind`"
    )
}

fn of_group(kind: &K8sType, versions: &[String]) -> String {
    let (group, version) = (kind.group(), kind.version());
    let crd = format!("the CRD {}.{group}", kind.plural_kind);
    let built_in = is_kubernetes(group);
    let name = kind.kind;
    let (lacks, remedy) = if versions.is_empty() {
        let remedy = if built_in {
            "it takes a newer cluster, or one that has it enabled".into()
        } else {
            format!("install {crd}")
        };
        (format!("the group {group} is not served"), remedy)
    } else if versions.iter().any(|served| served == version) {
        let remedy = if built_in {
            format!("it takes a newer cluster, or another `kind` than {name}")
        } else {
            format!("install {crd}")
        };
        (format!("{group}/{version} has no kind {name}"), remedy)
    } else {
        let served = versions.join(", ");
        let remedy = if built_in {
            "declare one of these".into()
        } else {
            format!("install {crd} with {version}, or declare one of these")
        };
        (
            format!("the version {version} of {group} is not served, but {served}"),
            remedy,
        )
    };
    format!("discovery: 404: {lacks}: {remedy}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOO: &K8sType = &K8sType {
        api_version: "example.com/v2",
        kind: "Foo",
        plural_kind: "foos",
    };

    fn of(kind: &K8sType, versions: &[&str]) -> String {
        let versions: Vec<String> = versions.iter().map(ToString::to_string).collect();
        of_group(kind, &versions)
    }

    #[test]
    fn a_group_a_version_and_a_kind_are_missed_in_different_words() {
        assert_eq!(
            of(FOO, &[]),
            "discovery: 404: the group example.com is not served: install the CRD foos.example.com"
        );
        assert_eq!(
            of(FOO, &["v1", "v1beta1"]),
            "discovery: 404: the version v2 of example.com is not served, but v1, v1beta1: install the CRD foos.example.com with v2, or declare one of these"
        );
        assert_eq!(
            of(FOO, &["v2", "v1"]),
            "discovery: 404: example.com/v2 has no kind Foo: install the CRD foos.example.com"
        );
    }

    #[test]
    fn nobody_is_sent_for_a_crd_of_a_built_in_kind() {
        let budget = &K8sType {
            api_version: "policy/v1",
            kind: "PodDisruptionBudget",
            plural_kind: "poddisruptionbudgets",
        };
        for versions in [&[][..], &["v1"], &["v1beta1"]] {
            let text = of(budget, versions);
            assert!(!text.contains("CRD"), "{text}");
        }
        assert_eq!(
            of(budget, &["v1beta1"]),
            "discovery: 404: the version v1 of policy is not served, but v1beta1: declare one of these"
        );
        let pod = K8sType {
            api_version: "v1",
            kind: "Pot",
            plural_kind: "pots",
        };
        assert!(in_core(&pod).contains("v1 has no kind Pot"));
    }
}
