#[derive(operator_core::K8sType, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Clone, Debug)]
#[k8s(group = "example.com", version = "v1", kind = "Foo")]
#[k8s(column(name = "Size", path = ".spec.size"), column(name = "Size", path = ".spec.color"))]
struct FooSpec {
    size: i32,
    color: String,
}

fn main() {}
