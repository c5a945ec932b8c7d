#[derive(operator_core::K8sType)]
#[k8s(group = "example.com", version = "v1", kind = "Foo")]
union FooSpec {
    a: u8,
}

fn main() {}
