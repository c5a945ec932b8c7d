//! Structs in modules that have the names of the kind and of the struct.
#![allow(non_snake_case)]

pub mod Gate {
    use operator_core::K8sType;
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    #[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
    #[k8s(group = "modules.example.com", version = "v1", kind = "Gate", status = super::GateStatus::GateStatus)]
    pub struct GateSpec {
        #[k8s(column)]
        pub open: bool,
        pub hinge: self::Hinge::Hinge,
    }

    pub mod Hinge {
        use operator_core::K8sSchema;
        use schemars::JsonSchema;
        use serde::{Deserialize, Serialize};

        #[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
        pub struct Hinge {
            #[k8s(column)]
            pub side: String,
        }
    }
}

pub mod GateStatus {
    use operator_core::K8sSchema;
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    #[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug, Default)]
    pub struct GateStatus {
        #[k8s(column)]
        pub passed: i32,
    }
}

fn main() {}
