//! This project's own system: the work as somebody would write it who uses `operator-core`.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ConfigMap;
use operator_core::prelude::*;

/// So many `ConfigMap`s with the same payload.
#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(group = "benchmark.example.com", version = "v1", kind = "Benchmark", status = BenchmarkStatus)]
pub struct BenchmarkSpec {
    /// How many there should be.
    pub children: u32,
    /// What each of them says.
    pub payload: String,
}

/// What there is.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
pub struct BenchmarkStatus {
    /// How many of the `ConfigMap`s say what they should.
    pub ready: u32,
}

async fn sync(request: SyncRequest<Benchmark>) -> Result<SyncResponse<Benchmark>, Error> {
    let parent = request.parent();
    let mut ready = 0;
    for child in request.children::<ConfigMap>()? {
        let payload = child.data.as_ref().and_then(|data| data.get("payload"));
        ready += u32::from(payload == Some(&parent.spec.payload));
    }
    Ok(SyncResponse::status(BenchmarkStatus { ready })
        .with_children((0..parent.spec.children).map(|number| child(parent, number))))
}

fn child(parent: &Benchmark, number: u32) -> ConfigMap {
    let name = parent.metadata.name.as_deref().unwrap_or_default();
    ConfigMap {
        metadata: ObjectMeta {
            name: Some(format!("{name}-{number}")),
            ..ObjectMeta::default()
        },
        data: Some(BTreeMap::from([
            ("number".into(), number.to_string()),
            ("payload".into(), parent.spec.payload.clone()),
        ])),
        ..ConfigMap::default()
    }
}

/// The operator.
#[must_use]
pub fn operator() -> Operator {
    Operator::new("ours", sync).with_child::<ConfigMap>(ChildConfig::apply())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::{API_VERSION, KIND, PARENTS};

    #[test]
    fn the_type_is_the_one_that_the_others_work_for() {
        let kind = Benchmark::TYPE;
        assert_eq!(
            (kind.api_version, kind.kind, kind.plural_kind),
            (API_VERSION, KIND, PARENTS)
        );
    }
}
