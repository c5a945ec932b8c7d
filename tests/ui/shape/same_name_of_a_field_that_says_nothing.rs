#[derive(operator_core::K8sType, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Clone, Debug)]
#[k8s(group = "example.com", version = "v1", kind = "Foo")]
struct FooSpec {
    #[k8s(column)]
    first: u8,
    #[serde(rename = "first")]
    second: u8,
}

fn main() {}
