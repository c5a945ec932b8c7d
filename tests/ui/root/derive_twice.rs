#[derive(operator_core::K8sType, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Clone, Debug)]
#[k8s(group = "example.com", version = "v1", kind = "Foo", derive(PartialEq, PartialEq))]
#[derive(PartialEq)]
struct FooSpec {}

fn main() {
    let _ = Foo::new("a", FooSpec {});
}
