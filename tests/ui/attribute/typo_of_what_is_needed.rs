#[derive(operator_core::K8sType, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Clone, Debug)]
#[k8s(Group = "example.com", versoin = "v1", kind = "Foo")]
struct FooSpec {}

fn main() {
    let _ = Foo::new("a", FooSpec {});
}
