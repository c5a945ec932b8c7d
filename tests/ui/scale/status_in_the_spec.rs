#[derive(operator_core::K8sType, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Clone, Debug)]
#[k8s(group = "example.com", version = "v1", kind = "Foo")]
#[k8s(scale(replicas = ".spec.a", status = ".spec.a"))]
struct FooSpec {
    a: i32,
}

fn main() {}
