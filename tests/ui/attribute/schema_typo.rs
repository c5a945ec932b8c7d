#[derive(operator_core::K8sSchema, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Clone, Debug)]
#[k8s(structur = "atomic")]
struct Inner {
    a: u8,
}

fn main() {}
