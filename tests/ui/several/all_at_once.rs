#[derive(operator_core::K8sType, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Clone, Debug)]
#[k8s(group = "example", version = "1", kind = "Foo", shortname = 5, plurals = "foos")]
#[k8s(scope = "Namespace", derive(Clone), category = "All", status = 5)]
struct FooSpec {
    #[k8s(column = "Size")]
    size: i32,
    #[k8s(colum)]
    color: String,
}

fn main() {
    let _ = Foo::new("a", FooSpec { size: 1, color: String::new() });
}
