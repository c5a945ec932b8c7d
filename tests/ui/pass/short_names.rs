//! Names as short as they may be.

use operator_core::K8sType;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(
    group = "y.z",
    version = "v1",
    kind = "Y",
    plural = "y",
    singular = "y",
    shortname = "x",
    category = "c"
)]
#[k8s(label("l" = ""), annotation("a" = ""))]
pub struct S {
    #[k8s(column, selectable)]
    pub f: bool,
}

fn main() {}
