#[derive(operator_core::K8sType, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Clone, Debug)]
#[k8s(group = "example.com", version = "v1", kind = "Foo")]
#[k8s(column(name = "Who", path = ".metadata.nmae", type = "string"))]
struct FooSpec {}

fn main() {}
