//! The SDK under another path than its own name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub mod platform {
    pub use operator_core as sdk;
}

#[derive(platform::sdk::K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(group = "example.com", version = "v1", kind = "Reexported", status = ReexportedStatus)]
#[k8s(crate = "self::platform::sdk")]
pub struct ReexportedSpec {
    #[k8s(column)]
    pub on: bool,
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Default)]
pub struct ReexportedStatus {}

fn main() {}
