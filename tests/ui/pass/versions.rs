//! Versions of one type: each is a struct, and one of them is stored.

pub mod v1 {
    use operator_core::K8sType;
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    #[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
    #[k8s(group = "versions.example.com", version = "v1", kind = "Valve")]
    pub struct ValveSpec {
        #[k8s(column)]
        pub open: bool,
    }
}

pub mod v1beta1 {
    use operator_core::K8sType;
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    #[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
    #[k8s(group = "versions.example.com", version = "v1beta1", kind = "Valve")]
    #[k8s(
        storage = false,
        deprecated = "versions.example.com/v1beta1 is old: use v1"
    )]
    pub struct ValveSpec {
        pub open: bool,
    }
}

pub mod v1alpha1 {
    use operator_core::K8sType;
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    #[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
    #[k8s(group = "versions.example.com", version = "v1alpha1", kind = "Valve")]
    #[k8s(storage = false, served = false, deprecated)]
    pub struct ValveSpec {
        pub open: bool,
    }
}

fn main() {}
