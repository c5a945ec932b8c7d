#[derive(operator_core::K8sType, serde::Serialize, serde::Deserialize, Clone, Debug)]
#[k8s(group = "example.com", version = "v1", kind = "Foo")]
struct FooSpec {}

fn main() {}
