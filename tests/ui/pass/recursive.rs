//! Types in themselves, by way of fields that keep what the schema doesn't say.

use std::collections::BTreeMap;

use operator_core::{K8sSchema, K8sType};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(group = "recursive.example.com", version = "v1", kind = "Tree")]
pub struct TreeSpec {
    pub root: Node,
    #[k8s(preserve_unknown_fields)]
    pub nested: Option<Box<TreeSpec>>,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
pub struct Node {
    #[k8s(column(name = "Root"))]
    pub name: String,
    #[k8s(preserve_unknown_fields)]
    pub next: Option<Box<Node>>,
    #[k8s(schemaless)]
    pub children: Vec<Node>,
    #[k8s(schemaless)]
    pub named: BTreeMap<String, Node>,
    pub leaf: Option<Leaf>,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
pub struct Leaf {
    #[k8s(schemaless)]
    pub of: Option<Box<Node>>,
}

fn main() {}
