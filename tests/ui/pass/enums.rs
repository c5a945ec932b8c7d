//! Every form of enum that a structural schema can say.

use operator_core::K8sType;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(group = "example.com", version = "v1alpha1", kind = "Choice")]
#[serde(rename_all = "camelCase")]
pub struct ChoiceSpec {
    #[k8s(column)]
    pub mode: Mode,
    pub maybe_mode: Option<Mode>,
    pub documented: Documented,
    pub maybe_documented: Option<Documented>,
    pub source: Source,
    pub maybe_source: Option<Source>,
    pub check: Check,
    pub action: Action,
    #[k8s(column)]
    pub size: Size,
    pub maybe_size: Option<Size>,
    pub shape: Shape,
    pub sources: Vec<Source>,
}

/// Words that YAML 1.1 takes for something else than strings.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
pub enum Mode {
    On,
    #[serde(rename = "off")]
    Off,
    #[serde(rename = "yes")]
    Yes,
    #[serde(rename = "n")]
    N,
    #[serde(rename = "null")]
    Null,
    #[serde(rename = "1.0")]
    One,
    #[serde(rename = "~")]
    Tilde,
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum Documented {
    /// With words.
    WithWords,
    /// Without.
    Without,
}

/// Externally tagged.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// From a repository.
    Git {
        url: String,
        branch: Option<String>,
    },
    Url(String),
    Inline {},
}

/// Internally tagged.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[serde(tag = "type")]
pub enum Check {
    Http {
        path: String,
        #[schemars(range(min = 1))]
        port: u16,
    },
    Tcp {
        #[schemars(range(min = 1024))]
        port: u16,
    },
    Wrapped(Wrapped),
    None,
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
pub struct Wrapped {
    pub command: Vec<String>,
}

/// Adjacently tagged.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[serde(tag = "do", content = "with")]
pub enum Action {
    Move { to: String },
    Copy { to: String, keep: bool },
    Stop,
}

/// Untagged: an integer or a string.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[serde(untagged)]
pub enum Size {
    Number(i32),
    Percentage(String),
}

/// Untagged: told apart by their fields.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[serde(untagged)]
pub enum Shape {
    Circle { radius: f64 },
    Square { side: f64 },
}

fn main() {}
