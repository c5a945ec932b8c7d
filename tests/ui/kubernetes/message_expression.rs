#[derive(operator_core::K8sType, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Clone, Debug)]
#[k8s(group = "example.com", version = "v1", kind = "Foo")]
#[k8s(kubernetes = "1.26", rule("self.a", message_expression = "'a'"))]
struct FooSpec {}

fn main() {}
