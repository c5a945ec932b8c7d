//! `EchoServer`: a Deployment and a Service for every server, and its address in the status.

use k8s_openapi::api::{apps::v1::Deployment, core::v1::Service};
use operator_core::prelude::*;
use serde_json::json;

/// A server that answers every request with its own words.
#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(group = "example.com", version = "v1", kind = "EchoServer", status = EchoServerStatus)]
pub struct EchoServerSpec {
    /// How many copies run.
    #[k8s(column)]
    #[schemars(range(min = 1, max = 20))]
    pub replicas: i32,
    /// The port that it is reached at.
    pub port: u16,
}

/// Where a server is.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
pub struct EchoServerStatus {
    /// The address to reach it at, inside the cluster, once it has one.
    pub address: Option<String>,
}

/// What should exist for one `EchoServer`, given what does.
async fn sync(request: SyncRequest<EchoServer>) -> Result<SyncResponse<EchoServer>, Error> {
    let echo = request.parent();
    let address = request.children::<Service>()?.first().and_then(cluster_ip);
    Ok(SyncResponse::status(EchoServerStatus { address })
        .with_child(deployment(echo)?)
        .with_child(service(echo)?))
}

/// The operator: what it is called, how it syncs, and what its parents have as children.
#[must_use]
pub fn operator() -> Operator {
    Operator::new("echo-server", sync)
        .with_child::<Deployment>(ChildConfig::apply())
        .with_child::<Service>(ChildConfig::apply())
        .with_sample(include_str!("../objects/echo_server.yaml"))
}

fn deployment(echo: &EchoServer) -> Result<Deployment, Error> {
    let (name, labels) = (&echo.metadata.name, json!({"app": echo.metadata.name}));
    Ok(serde_json::from_value(json!({
        "metadata": {"name": name},
        "spec": {
            "replicas": echo.spec.replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{
                    "name": "echo",
                    "image": "registry.k8s.io/e2e-test-images/agnhost:2.53",
                    "args": ["netexec", "--http-port=8080"],
                    "ports": [{"containerPort": 8080}],
                }]},
            },
        },
    }))?)
}

fn service(echo: &EchoServer) -> Result<Service, Error> {
    Ok(serde_json::from_value(json!({
        "metadata": {"name": echo.metadata.name},
        "spec": {
            "selector": {"app": echo.metadata.name},
            // Old servers refuse to apply a port without a protocol.
            "ports": [{"port": echo.spec.port, "targetPort": 8080, "protocol": "TCP"}],
        },
    }))?)
}

fn cluster_ip(service: &Service) -> Option<String> {
    service.spec.as_ref()?.cluster_ip.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn echo() -> EchoServer {
        EchoServer::new(
            "hello",
            EchoServerSpec {
                replicas: 2,
                port: 80,
            },
        )
    }

    #[test]
    fn the_service_selects_the_pods_of_the_deployment() {
        let pods = deployment(&echo())
            .unwrap()
            .spec
            .template
            .metadata
            .unwrap()
            .labels;
        assert_eq!(service(&echo()).unwrap().spec.unwrap().selector, pods);
    }

    #[test]
    fn a_service_without_an_address_yet_has_none() {
        assert_eq!(cluster_ip(&service(&echo()).unwrap()), None);
    }
}
