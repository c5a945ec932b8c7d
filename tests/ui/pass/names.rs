//! Every name chosen; cluster-scoped; the root struct has more derives and another name than the kind.

use operator_core::K8sType;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug, Default, PartialEq)]
#[k8s(group = "storage.example.com", version = "v1beta2", kind = "Shelf")]
#[k8s(
    plural = "shelves",
    singular = "shelf",
    list_kind = "Shelving",
    shortname = "sh",
    shortname = "shf"
)]
#[k8s(category = "all", category = "furniture", scope = "Cluster")]
#[k8s(root = "ShelfResource", derive(Default, PartialEq))]
#[serde(rename_all = "camelCase")]
pub struct Shelf {
    #[k8s(column)]
    pub number_of_boards: u32,
    #[serde(rename = "material-kind")]
    #[k8s(column)]
    pub material: Option<String>,
    #[k8s(column)]
    pub r#type: bool,
}

fn main() {}
