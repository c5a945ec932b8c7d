#[derive(operator_core::K8sType, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Clone, Debug)]
struct FooSpec {}

fn main() {
    let _ = Foo::new("a", FooSpec {});
}
