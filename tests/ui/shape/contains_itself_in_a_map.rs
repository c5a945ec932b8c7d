#[derive(operator_core::K8sSchema, schemars::JsonSchema)]
struct Tree {
    branches: std::collections::BTreeMap<String, Tree>,
}

fn main() {}
