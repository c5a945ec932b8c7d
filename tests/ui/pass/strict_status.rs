//! A status that takes no unknown fields, requires some, and has conditions of its own.

use operator_core::K8sType;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(group = "example.com", version = "v1", kind = "Strict", status = StrictStatus)]
pub struct StrictSpec {}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct StrictStatus {
    pub ready_replicas: i32,
    pub last_backup: Option<Backup>,
    #[serde(default)]
    pub conditions: Vec<Condition>,
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
pub struct Backup {
    pub at: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
pub struct Condition {
    pub r#type: String,
    pub status: String,
}

fn main() {}
