#[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema, Clone, Debug)]
struct FooStatus {}

#[derive(operator_core::K8sType, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Clone, Debug)]
#[k8s(group = "example.com", version = "v1", kind = "Foo", status = "FooStatus")]
struct FooSpec {}

fn main() {
    let _ = Foo::new("a", FooSpec {}).status;
}
