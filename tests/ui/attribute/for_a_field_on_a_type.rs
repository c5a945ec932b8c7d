#[derive(operator_core::K8sSchema, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Clone, Debug)]
#[k8s(column)]
struct Inner {
    size: u8,
}

fn main() {}
