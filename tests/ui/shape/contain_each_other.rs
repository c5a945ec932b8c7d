#[derive(operator_core::K8sSchema, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
struct Branch {
    leaves: Vec<Leaf>,
}

#[derive(operator_core::K8sSchema, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
struct Leaf {
    size: u8,
    on: Option<Box<Branch>>,
}

fn main() {}
