#[derive(operator_core::K8sSchema, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Clone, Debug)]
struct Inner {
    #[serde(rename = "hostName")] host_name: String,
}

#[derive(operator_core::K8sType, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Clone, Debug)]
#[k8s(group = "example.com", version = "v1", kind = "Foo")]
struct FooSpec {
    #[k8s(list = "map", key = "host_name")]
    a: Vec<Inner>,
}

fn main() {}
