#[derive(operator_core::K8sType, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Clone, Debug)]
#[k8s(group = "example.com", version = "v1", kind = "Foo")]
struct FooSpec {
    #[k8s(rule("self > 0", reason = "FieldValueDuplicate", message = "the number is taken"))]
    number: u16,
}

fn main() {}
