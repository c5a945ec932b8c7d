//! Everything that can be declared on the struct.

use operator_core::K8sType;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(group = "written.k8s.io", version = "v1", kind = "Written", status = WrittenStatus)]
#[k8s(annotation("api-approved.kubernetes.io" = "unapproved, an example"))]
#[k8s(label("app.kubernetes.io/name" = "written"), label("tier" = ""))]
#[k8s(deprecated = "written.k8s.io/v1 is deprecated, use v2")]
#[k8s(kubernetes = "1.31")]
#[k8s(scale(
    replicas = ".spec.size.replicas",
    status = ".status.replicas",
    selector = ".status.selector"
))]
#[k8s(column(
    name = "Size",
    path = ".spec.size.replicas",
    type = "integer",
    format = "int32",
    description = "How many",
    priority = 1
))]
#[k8s(column(
    name = "Ready",
    path = r#".status.conditions[?(@.type=="Ready")].status"#,
    type = "string"
))]
#[k8s(column(name = "Since", path = ".metadata.creationTimestamp"))]
#[k8s(column(name = "First", path = ".spec.names[0]"))]
#[k8s(selectable = ".spec.color", selectable = ".spec.size.replicas")]
#[k8s(rule("self.size.replicas < 10", message = "too many"))]
#[k8s(rule(
    "self.metadata.name.size() < 20",
    on = "resource",
    reason = "FieldValueInvalid"
))]
#[k8s(structure = "granular", descriptions = "omitted")]
pub struct WrittenSpec {
    /// What it looks like.
    pub color: String,
    pub size: Size,
    pub names: Vec<String>,
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
pub struct Size {
    pub replicas: i32,
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Default)]
pub struct WrittenStatus {
    pub replicas: Option<i32>,
    pub selector: Option<String>,
}

fn main() {}
