#[derive(operator_core::K8sSchema, schemars::JsonSchema)]
struct Inner {
    a: u8,
    #[k8s(immutable)]
    #[schemars(rename = "a")]
    b: u8,
}

fn main() {}
