#[derive(operator_core::K8sType, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Clone, Debug)]
#[k8s(group = "example.com", version = "v1", kind = "Foo")]
struct FooSpec {
    #[k8s(selectable)] a: u8,
    #[k8s(selectable)] b: u8,
    #[k8s(selectable)] c: u8,
    #[k8s(selectable)] d: u8,
    #[k8s(selectable)] e: u8,
    #[k8s(selectable)] f: u8,
    #[k8s(selectable)] g: u8,
    #[k8s(selectable)] h: u8, #[k8s(selectable)] i: u8,
}

fn main() {}
