//! Defaults, which the server fills in.

use operator_core::K8sType;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(
    group = "example.com",
    version = "v1",
    kind = "Preset",
    derive(Default)
)]
#[serde(default, rename_all = "camelCase")]
pub struct PresetSpec {
    pub replicas: i32,
    pub image: String,
    pub note: Option<String>,
    pub ports: Vec<u16>,
    pub limits: Limits,
    pub level: Level,
}

impl Default for PresetSpec {
    fn default() -> Self {
        Self {
            replicas: 2,
            image: "nginx".to_owned(),
            note: None,
            ports: vec![80, 443],
            limits: Limits::default(),
            level: Level::default(),
        }
    }
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[serde(default)]
pub struct Limits {
    pub cpu: Option<String>,
    pub memory: String,
}

impl Default for Limits {
    fn default() -> Self {
        // Not empty: servers of 1.20 take the empty string for null when they check a default.
        Self {
            cpu: None,
            memory: "64Mi".to_owned(),
        }
    }
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Default)]
pub enum Level {
    #[default]
    Info,
    Debug,
}

fn main() {}
