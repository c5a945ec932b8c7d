#[derive(operator_core::K8sSchema, schemars::JsonSchema)]
enum Mode {
    #[k8s(column)]
    On,
    Off,
}

fn main() {}
