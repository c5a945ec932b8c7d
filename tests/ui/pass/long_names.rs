//! Names as long as they may be: 63 letters each, 59 for the kind, 253 for the CRD.

use operator_core::K8sType;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(
    group = "ggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggg.hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh.iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii",
    version = "v1",
    kind = "Kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk",
    plural = "ppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp",
    singular = "sssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss",
    shortname = "ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt",
    category = "ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc",
    root = "Long"
)]
#[k8s(label(
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy.zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz.wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww/nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn" = "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv"
))]
pub struct LongSpec {
    #[k8s(column, selectable)]
    pub fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff: String,
}

fn main() {}
