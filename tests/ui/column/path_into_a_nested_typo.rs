#[derive(operator_core::K8sSchema, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Clone, Debug)]
struct Inner {
    color: String,
}

#[derive(operator_core::K8sType, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Clone, Debug)]
#[k8s(group = "example.com", version = "v1", kind = "Foo")]
#[k8s(column(name = "A", path = ".spec.inner.colour"))]
struct FooSpec {
    inner: Option<Inner>,
}

fn main() {}
