//! Flattened structs, enums and maps. What describes them doesn't describe what they are in.

use std::collections::BTreeMap;

use operator_core::K8sType;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(group = "example.com", version = "v1", kind = "Flattened")]
pub struct FlattenedSpec {
    pub name: String,
    #[serde(flatten)]
    pub common: Common,
    #[serde(flatten)]
    pub place: Place,
    #[serde(flatten)]
    pub backup: Option<Backup>,
    pub labelled: Labelled,
}

/// Who pays for it: this is said of no other type.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
pub struct Common {
    pub team: String,
    pub cost: Option<u32>,
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "camelCase")]
pub enum Place {
    Zone { zone: String },
    Region { region: String },
}

/// When it is copied.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "camelCase")]
pub enum Backup {
    Daily { at: String },
    Hourly { minute: u8 },
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
pub struct Labelled {
    pub title: String,
    #[serde(flatten)]
    pub others: BTreeMap<String, String>,
}

fn main() {}
