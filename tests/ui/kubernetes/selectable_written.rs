#[derive(operator_core::K8sType, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Clone, Debug)]
#[k8s(group = "example.com", version = "v1", kind = "Foo")]
#[k8s(kubernetes = "1.30", selectable = ".spec.a")]
struct FooSpec {
    a: u8,
}

fn main() {}
