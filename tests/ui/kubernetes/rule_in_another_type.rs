#[derive(operator_core::K8sSchema, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Clone, Debug)]
struct Inner {
    #[k8s(immutable)]
    a: u8,
}

#[derive(operator_core::K8sType, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Clone, Debug)]
#[k8s(group = "example.com", version = "v1", kind = "Foo")]
#[k8s(kubernetes = "1.24")]
struct FooSpec {
    inner: Vec<Inner>,
}

fn main() {}
