#[derive(operator_core::K8sSchema, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Clone, Debug)]
struct Inner {
    #[k8s(rule("self > 1"))]
    a: u8,
}

#[derive(operator_core::K8sType, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Clone, Debug)]
#[k8s(group = "example.com", version = "v1", kind = "Foo")]
#[k8s(crd = "v1beta1")]
struct FooSpec {
    inner: Inner,
}

fn main() {}
