#[allow(unreachable_patterns)]
#[derive(operator_core::K8sType, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Clone, Debug)]
#[k8s(group = "example.com", version = "v1", kind = "Foo")]
struct FooSpec {
    a: u8,
    #[k8s(immutable)] #[serde(rename = "a")]
    b: u8,
}

fn main() {}
