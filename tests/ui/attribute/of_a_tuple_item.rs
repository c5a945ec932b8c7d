#[derive(operator_core::K8sSchema, schemars::JsonSchema)]
struct Pair(#[k8s(immutable)] u8, u8);

fn main() {}
