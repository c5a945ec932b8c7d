//! Lists that are merged: by keys that serde renames, that have a default, or stand in a type parameter; and sets.

use std::collections::BTreeSet;

use operator_core::{K8sSchema, K8sType};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(
    group = "lists.example.com",
    version = "v1",
    kind = "Rack",
    kubernetes = "1.16"
)]
#[serde(rename_all = "camelCase")]
pub struct RackSpec {
    #[k8s(list = "map", key = "slot-name", key = "rowNumber")]
    pub slots: Vec<Slot>,
    #[k8s(list = "map", key = "id")]
    pub spare_parts: Option<Vec<Keyed<u16>>>,
    #[k8s(list = "map", key = "KIND")]
    pub cables: Vec<Cable>,
    #[k8s(list = "set")]
    pub words: Vec<String>,
    #[k8s(list = "set")]
    pub colors: Vec<Color>,
    pub numbers: BTreeSet<i64>,
    #[k8s(list = "atomic")]
    pub steps: Vec<String>,
    pub inner: Inner,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Slot {
    #[serde(rename = "slot-name")]
    pub name: String,
    #[k8s(default = 1)]
    pub row_number: i32,
    pub holds: Option<String>,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
pub struct Keyed<T> {
    pub id: T,
    pub note: Option<String>,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "UPPERCASE")]
pub struct Cable {
    pub kind: Color,
    pub length: Option<u8>,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
pub enum Color {
    Red,
    Blue,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
pub struct Inner {
    #[k8s(list = "map", key = "id")]
    pub items: Vec<Keyed<String>>,
}

fn main() {}
