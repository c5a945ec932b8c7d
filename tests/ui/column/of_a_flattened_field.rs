#[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema, Clone, Debug)]
struct Inner {}

#[derive(operator_core::K8sType, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Clone, Debug)]
#[k8s(group = "example.com", version = "v1", kind = "Foo")]
struct FooSpec {
    #[serde(flatten)]
    #[k8s(column)]
    inner: Inner,
}

fn main() {
    let _ = Foo::new("a", FooSpec { inner: Inner {} });
}
