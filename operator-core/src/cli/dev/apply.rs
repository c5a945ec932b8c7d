//! Applying samples: server-side, strictly, by a field manager of their own, into namespaces that are made if absent.

use std::time::Duration;

use kube::{
    Client,
    api::{Patch, PatchParams, ValidationDirective},
    core::{ApiResource, GroupVersionKind, Request as Url},
    discovery::{self, Scope},
};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::samples::Sample;
use crate::{
    runtime::api::{self, Failure},
    segment::segment,
};

/// How long a kind that was just defined may take until it is served.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(100);

/// What was applied, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Applied {
    /// As `EchoServer default/hello`.
    pub(super) object: String,
    pub(super) created: bool,
}

/// Applies samples one after the other, and tells of each object that there is now. It ends at the first error.
pub(super) async fn apply(
    client: &Client,
    manager: &str,
    samples: &[Sample],
    mut tell: impl FnMut(Applied),
) -> Result<(), String> {
    for sample in samples {
        let (kind, namespaced) = discover(client, sample).await?;
        let namespace = match (namespaced, sample.namespace()) {
            (true, namespace) => Some(namespace.unwrap_or("default")),
            (false, None) => None,
            (false, Some(_)) => {
                return Err(sample.wrong(&format!(
                    "`metadata.namespace`: a {} is in no namespace; leave it out",
                    sample.kind()
                )));
            }
        };
        if let Some(namespace) = namespace
            && make_namespace(client, manager, namespace)
                .await
                .map_err(|failure| {
                    sample.wrong(&format!(
                        "its namespace {namespace} can't be made: {failure}"
                    ))
                })?
        {
            tell(Applied {
                object: format!("Namespace {namespace}"),
                created: true,
            });
        }
        let url = api::collection(&kind.api_version, &kind.plural, namespace);
        let code = send(client, &url, manager, sample.name(), &sample.object)
            .await
            .map_err(|failure| sample.wrong(&refused(&failure)))?;
        let place = namespace.map_or_else(String::new, |namespace| format!("{namespace}/"));
        tell(Applied {
            object: format!("{} {place}{}", sample.kind(), sample.name()),
            created: code == 201,
        });
    }
    Ok(())
}

fn refused(failure: &Failure) -> String {
    match failure {
        Failure::Refused(refused) if refused.code == 409 => {
            format!(
                "the server refused it: {failure}; take the field out of the sample, or let its owner go"
            )
        }
        Failure::Refused(_) => {
            format!("the server refused it: {failure}; correct it there and start again")
        }
        Failure::NoAnswer(_) => failure.to_string(),
    }
}

/// Finds a kind, waiting a moment for one that was just defined; and whether it is namespaced.
async fn discover(client: &Client, sample: &Sample) -> Result<(ApiResource, bool), String> {
    let (group, version) = sample
        .api_version()
        .rsplit_once('/')
        .unwrap_or(("", sample.api_version()));
    let kind = GroupVersionKind::gvk(group, version, sample.kind());
    let start = Instant::now();
    loop {
        match discovery::pinned_kind(client, &kind).await {
            Ok((kind, capabilities)) => return Ok((kind, capabilities.scope == Scope::Namespaced)),
            Err(kube::Error::Api(_) | kube::Error::Discovery(_)) if start.elapsed() < PATIENCE => {
                tokio::time::sleep(PAUSE).await;
            }
            Err(kube::Error::Api(status)) if status.code != 404 => {
                return Err(sample.wrong(&format!(
                    "the server does not say what kinds it has: {} {}",
                    status.code, status.message
                )));
            }
            Err(kube::Error::Api(_) | kube::Error::Discovery(_)) => {
                return Err(sample.wrong(&format!(
                    "the server has no `kind` {} in `apiVersion` {}: correct them, or apply the CRD in a document before",
                    sample.kind(),
                    sample.api_version()
                )));
            }
            Err(error) => return Err(sample.wrong(&api::told(&error))),
        }
    }
}

/// Makes a namespace if there is none; whether it did.
async fn make_namespace(client: &Client, manager: &str, name: &str) -> Result<bool, Failure> {
    let namespaces = api::collection("v1", "namespaces", None);
    let get = namespaces.get(&segment(name), &kube::api::GetParams::default());
    match api::exchange(client, api::built(get)?).await {
        Ok(_) => Ok(false),
        Err(failure) if failure.code() == Some(404) => {
            let object =
                json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
            send(client, &namespaces, manager, name, &object)
                .await
                .map(|_| true)
        }
        Err(failure) => Err(failure),
    }
}

/// Applies an object; returns the status code.
async fn send(
    client: &Client,
    url: &Url,
    manager: &str,
    name: &str,
    object: &Value,
) -> Result<u16, Failure> {
    let params = PatchParams {
        field_manager: Some(manager.to_owned()),
        // A misspelt field is an error, not a field less.
        field_validation: Some(ValidationDirective::Strict),
        ..PatchParams::default()
    };
    let request = url.patch(&segment(name), &params, &Patch::Apply(object));
    let (code, _) = api::exchange(client, api::built(request)?).await?;
    Ok(code)
}
