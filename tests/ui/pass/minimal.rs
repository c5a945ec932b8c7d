//! The least that can be written: no status, every name by default.

use operator_core::K8sType;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(group = "example.com", version = "v1", kind = "Proxy")]
pub struct ProxySpec {
    pub target: String,
}

fn main() {}
