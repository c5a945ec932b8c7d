#[derive(operator_core::K8sSchema)]
union Either {
    a: u8,
    b: u8,
}

fn main() {}
