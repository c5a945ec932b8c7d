//! All that clusters with nothing but `v1beta1` can be told.

use operator_core::{K8sSchema, K8sType};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(group = "old.example.com", version = "v1", kind = "Barrel", status = BarrelStatus)]
#[k8s(crd = "v1beta1", kubernetes = "1.11")]
#[k8s(scale(
    replicas = ".spec.count",
    status = ".status.count",
    selector = ".status.selector"
))]
#[k8s(column(name = "Count", path = ".spec.count", type = "integer"))]
#[k8s(label("age" = "old"), annotation("example.com/about" = "Any text: ß, \"…\"."))]
#[serde(rename_all = "camelCase")]
pub struct BarrelSpec {
    pub count: i32,
    #[k8s(column(type = "date", description = "Since when", priority = 1))]
    pub filled_at: String,
    #[serde(default)]
    pub note: String,
    pub share: Share,
    #[k8s(format = "password")]
    #[schemars(title = "Secret", extend("externalDocs" = { "url": "https://example.com" }))]
    pub secret: String,
}

/// A number or a percentage.
#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(int_or_string)]
pub struct Share(serde_json::Value);

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug, Default)]
pub struct BarrelStatus {
    #[k8s(column(name = "Filled"))]
    pub count: i32,
    pub selector: String,
}

fn main() {}
