#[derive(operator_core::K8sType, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Clone, Debug)]
#[k8s(group = "foo.k8s.io", version = "v1", kind = "Foo")]
#[k8s(annotation("api-approved.kubernetes.io" = "yes"))]
struct FooSpec {}

fn main() {}
