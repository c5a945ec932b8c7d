#[derive(operator_core::K8sSchema, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Clone, Debug)]
#[serde(from = "u8")]
struct Level {
    #[k8s(immutable)]
    level: u8,
}

impl From<u8> for Level {
    fn from(level: u8) -> Self {
        Self { level }
    }
}

fn main() {}
