#[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
struct Foreign<T>(T);

#[derive(operator_core::K8sSchema, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
struct Stage<T> {
    input: Foreign<Vec<T>>,
}

#[derive(operator_core::K8sSchema, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
struct Port {
    #[k8s(immutable)]
    number: u16,
}

#[derive(operator_core::K8sSchema, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
struct Pipeline {
    build: Stage<Port>,
}

fn main() {}
