#[derive(operator_core::K8sSchema, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
struct Port {
    #[k8s(rule("self > 1024"))]
    number: u16,
}

#[derive(operator_core::K8sSchema, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
enum Ports {
    None {},
    Named(String, Port),
}

fn main() {}
