//! A spec with a column, limits and a status.

use operator_core::K8sType;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A server that answers every request with its own words.
#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(group = "example.com", version = "v1", kind = "EchoServer", status = EchoServerStatus)]
pub struct EchoServerSpec {
    /// How many copies run.
    #[k8s(column)]
    #[schemars(range(min = 1, max = 20))]
    pub replicas: i32,
    /// The port it listens on.
    pub port: u16,
}

/// What is known of an echo server.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
pub struct EchoServerStatus {
    /// Where it can be reached.
    pub address: String,
}

fn main() {}
