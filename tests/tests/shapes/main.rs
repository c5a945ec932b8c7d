//! The shapes that Rust programmers give their types, as schemas: recorded, taken by API servers, and true both
//! ways: what serde writes is kept whole, and what the schema lets through serde reads.
//!
//! The server is the embedded one, or the one that `OPERATOR_TEST_KUBECONFIG` names.
// The types are here for their schemas.
#![allow(dead_code, unreachable_pub, missing_docs, clippy::pedantic)]

mod generate;
mod refused;
mod server;
mod types;

use std::fmt::Debug;

use operator_core::crd::{Crd, CrdError};
use proptest::{
    arbitrary::{Arbitrary, any},
    strategy::{BoxedStrategy, Strategy},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// A type, its CRD, values of it as serde writes them, and how serde reads one.
pub struct Shape {
    pub crd: Crd,
    pub written: BoxedStrategy<Value>,
    pub read: fn(Value) -> Result<Value, serde_json::Error>,
}

impl Shape {
    fn of<S>(crd: Result<Crd, CrdError>) -> Self
    where
        S: Arbitrary + Debug + Serialize + DeserializeOwned + 'static,
    {
        Self {
            crd: crd.unwrap_or_else(|error| panic!("{error}")),
            written: any::<S>()
                .prop_map(|spec| serde_json::to_value(spec).expect("it is JSON"))
                .boxed(),
            read: |value| serde_json::to_value(serde_json::from_value::<S>(value)?),
        }
    }

    /// The schema of the spec.
    pub fn schema(&self) -> &Value {
        &self.crd.schema()["properties"]["spec"]
    }
}

/// The shapes whose schemas say all that serde reads.
pub fn shapes() -> Vec<Shape> {
    use types::{
        collections::{Collection, CollectionSpec},
        enums::{Enum, EnumSpec},
        kubernetes::{Template, TemplateSpec, Workload, WorkloadSpec},
        numbers::{Number, NumberSpec},
        structs::{Struct, StructSpec},
        texts::{Text, TextSpec},
        times::{Moment, MomentSpec},
    };
    vec![
        Shape::of::<StructSpec>(Struct::crd()),
        Shape::of::<EnumSpec>(Enum::crd()),
        Shape::of::<NumberSpec>(Number::crd()),
        Shape::of::<TextSpec>(Text::crd()),
        Shape::of::<CollectionSpec>(Collection::crd()),
        Shape::of::<MomentSpec>(Moment::crd()),
        Shape::of::<WorkloadSpec>(Workload::crd()),
        Shape::of::<TemplateSpec>(Template::crd()),
    ]
}

/// The shapes whose schemas are wider than what serde reads.
pub fn loose_shapes() -> Vec<Shape> {
    use types::loose::{Loose, LooseSpec};
    vec![Shape::of::<LooseSpec>(Loose::crd())]
}

#[test]
fn every_shape_has_the_schema_that_is_recorded() {
    for shape in shapes().into_iter().chain(loose_shapes()) {
        // It is as long as the API of pods, and recorded nowhere else than in `k8s-openapi`.
        if shape.crd.kind() != "Template" {
            insta::assert_snapshot!(shape.crd.name(), shape.crd.to_yaml());
        }
    }
}
