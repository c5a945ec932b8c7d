//! A resource without spec.

use operator_core::{K8sSchema, K8sType};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
#[k8s(group = "flat.example.com", version = "v1", kind = "Flat", status = FlatStatus, shape = "flat")]
#[k8s(
    column(name = "Count", path = ".data.count"),
    rule("self.data.count < 10")
)]
pub struct FlatFields {
    #[k8s(column)]
    pub title: String,
    pub data: Data,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
pub struct Data {
    pub count: i32,
    #[k8s(selectable)]
    pub on: bool,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug, Default)]
pub struct FlatStatus {
    #[k8s(column)]
    pub seen: i32,
}

fn main() {}
