//! Everything that can be declared on types, so that it holds wherever they are used.

use operator_core::{K8sSchema, K8sType};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(group = "types.example.com", version = "v1", kind = "Typed")]
#[k8s(preserve_unknown_fields)]
pub struct TypedSpec {
    pub port: Port,
    pub template: Template,
    pub settings: Settings,
    pub at: Moment,
    pub place: Place,
    pub quiet: Quiet,
    #[k8s(column(name = "Mode"))]
    #[schemars(title = "How fast")]
    pub mode: Mode,
}

/// By number or by name.
#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[serde(untagged)]
#[k8s(int_or_string, rule("self != 0 && self != ''", message = "no port"))]
pub enum Port {
    Number(i32),
    Name(String),
}

/// A whole object.
#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(embedded_resource, preserve_unknown_fields)]
pub struct Template(serde_json::Map<String, serde_json::Value>);

/// Some are known.
#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(preserve_unknown_fields)]
pub struct Settings {
    #[k8s(column)]
    pub known: i32,
    #[serde(flatten)]
    pub others: std::collections::BTreeMap<String, String>,
}

/// A moment.
#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(format = "date-time")]
pub struct Moment(#[k8s(column(name = "At"))] String);

/// This is for programmers.
#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(description = "This is for users.", structure = "atomic")]
#[schemars(
    title = "Where it is",
    extend("externalDocs" = { "url": "https://example.com/places", "description": "Places." })
)]
pub struct Place {
    pub street: String,
    pub town: String,
}

/// This goes.
#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(descriptions = "omitted")]
pub struct Quiet {
    /// This goes too.
    pub word: String,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(rule("self != 'Off' || oldSelf == 'Slow'", message = "first slow down"))]
pub enum Mode {
    Fast,
    Slow,
    Off,
}

fn main() {}
