//! What is asked of a running container, or of what a Service leads to: nothing runs here, and that is what is said.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::Value;

use super::{Answer, Api};
use crate::{error::ApiError, request::ResourcePath};

impl Api {
    /// The answer to a request that a node would have to answer, if the path names such a one. A pod that nobody
    /// scheduled is answered for as on any cluster; of one that has a node it is said that there are none.
    ///
    /// # Errors
    /// What such requests end in, but for logs of what has not run.
    pub(crate) fn workload(
        &self,
        path: &ResourcePath,
        method: &str,
        container: Option<&str>,
    ) -> Option<Result<Answer, ApiError>> {
        let name = path.name.as_deref()?;
        if !path.group.is_empty() || path.version != "v1" {
            return None;
        }
        let (first, _) = path
            .subresource
            .split_once('/')
            .unwrap_or((&path.subresource, ""));
        let is_namespaced = path.namespace.is_some();
        let allowed = match (path.resource.as_str(), first, is_namespaced) {
            ("pods", "log", true) if path.subresource == first => method == "GET",
            ("pods", "exec" | "attach" | "portforward", true) if path.subresource == first => {
                matches!(method, "GET" | "POST")
            }
            ("pods" | "services", "proxy", true) | ("nodes", "proxy", false) => true,
            _ => return None,
        };
        if !allowed {
            return Some(Err(ApiError::method_not_allowed()));
        }
        let namespace = path.namespace.as_deref().unwrap_or_default();
        let found = self.stored_value(&path.resource, namespace, name);
        Some(match path.resource.as_str() {
            "services" => Err(self.no_endpoints(namespace, name)),
            kind => match found {
                None => Err(ApiError::not_found("", kind, name)),
                Some(pod) if kind == "pods" => of_pod(&pod, name, first, container),
                Some(_) => Err(nothing_runs(&format!("node {name}"))),
            },
        })
    }

    fn stored_value(&self, resource: &str, namespace: &str, name: &str) -> Option<Value> {
        let kind = self.kinds.get("", "v1", resource)?;
        let stored = self.store.get(kind.collection, namespace, name)?;
        serde_json::from_slice(&stored.bytes).ok()
    }

    fn no_endpoints(&self, namespace: &str, service: &str) -> ApiError {
        let (name, _) = service.split_once(':').unwrap_or((service, ""));
        let endpoints = self.stored_value("endpoints", namespace, name);
        let has_some = endpoints.is_some_and(|found| {
            let subsets = found["subsets"].as_array();
            subsets.is_some_and(|subsets| !subsets.is_empty())
        });
        if has_some {
            return nothing_runs(&format!("service {service}"));
        }
        let message = format!("no endpoints available for service {service:?}");
        ApiError::new(503, "ServiceUnavailable", message)
    }
}

fn of_pod(
    pod: &Value,
    name: &str,
    what: &str,
    container: Option<&str>,
) -> Result<Answer, ApiError> {
    let node = pod["spec"]["nodeName"].as_str().unwrap_or_default();
    if !node.is_empty() {
        return Err(nothing_runs(&format!("pod {name}")));
    }
    if matches!(what, "log" | "exec" | "attach") {
        check_container(pod, name, container.unwrap_or_default())?;
    }
    match what {
        "log" => {
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = StatusCode::NO_CONTENT;
            Ok(Answer::Raw(response))
        }
        "proxy" => Err(ApiError::bad_request("address not allowed")),
        _ => Err(ApiError::bad_request(format!(
            "pod {name} does not have a host assigned"
        ))),
    }
}

/// Whether the pod has that container; it need not be named where there is but one.
fn check_container(pod: &Value, name: &str, container: &str) -> Result<(), ApiError> {
    let of = |list: &str| {
        let list = pod["spec"][list].as_array().into_iter().flatten();
        list.filter_map(|one| one["name"].as_str())
            .collect::<Vec<_>>()
    };
    let all = [
        of("initContainers"),
        of("containers"),
        of("ephemeralContainers"),
    ]
    .concat();
    if container.is_empty() && of("containers").len() > 1 {
        let message = format!(
            "a container name must be specified for pod {name}, choose one of: [{}]",
            all.join(" ")
        );
        return Err(ApiError::bad_request(message));
    }
    if !container.is_empty() && !all.contains(&container) {
        let message = format!("container {container} is not valid for pod {name}");
        return Err(ApiError::bad_request(message));
    }
    Ok(())
}

fn nothing_runs(what: &str) -> ApiError {
    let message = format!(
        "{what} can't be reached: this API server runs no workloads and has no nodes; use a real cluster for that"
    );
    ApiError::new(503, "ServiceUnavailable", message)
}
