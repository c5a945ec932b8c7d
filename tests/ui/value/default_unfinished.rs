#[derive(operator_core::K8sType, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Clone, Debug)]
#[k8s(group = "example.com", version = "v1", kind = "Foo")]
struct FooSpec {
    #[k8s(default = 1 +)]
    size: u8,
}

fn main() {
    let _ = Foo::new("a", FooSpec { size: 1 });
}
