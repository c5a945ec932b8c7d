//! The shapes: structs that together use everything that has a structural schema.

pub mod collections;
pub mod enums;
pub mod kubernetes;
pub mod loose;
pub mod numbers;
pub mod structs;
pub mod texts;
pub mod times;

use std::{collections::BTreeMap, fmt::Debug};

use operator_core::crd::{Crd, CrdError};
use proptest::{
    arbitrary::{Arbitrary, any},
    collection::{btree_map, vec},
    prelude::Just,
    strategy::{BoxedStrategy, Strategy, Union},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

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
    use self::{
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
fn loose_shapes() -> Vec<Shape> {
    use self::loose::{Loose, LooseSpec};
    vec![Shape::of::<LooseSpec>(Loose::crd())]
}

/// All of them.
pub fn all_shapes() -> Vec<Shape> {
    let mut all = shapes();
    all.extend(loose_shapes());
    all
}

/// A list that is short, since what matters is its items.
pub fn few<T: Arbitrary + Debug + 'static>() -> impl Strategy<Value = Vec<T>> {
    vec(any::<T>(), 0..3)
}

/// A map of a few, by names that may be anything.
pub fn few_by_name<T: Arbitrary + Debug + 'static>() -> impl Strategy<Value = BTreeMap<String, T>> {
    btree_map(any::<String>(), any::<T>(), 0..3)
}

/// Any JSON, of little depth.
pub fn json() -> BoxedStrategy<Value> {
    let plain = Union::new([
        Just(Value::Null).boxed(),
        any::<bool>().prop_map(Value::Bool).boxed(),
        any::<i64>().prop_map(Value::from).boxed(),
        any::<String>().prop_map(Value::String).boxed(),
    ]);
    let nested = plain.prop_recursive(2, 8, 3, |inner| {
        let object = btree_map("[a-z]{1,3}", inner.clone(), 0..3).prop_map(|it| json!(it));
        Union::new([
            vec(inner, 0..3).prop_map(Value::Array).boxed(),
            object.boxed(),
        ])
    });
    nested.boxed()
}

/// Fields beside those of a struct, whose names none of them has.
pub fn json_fields() -> impl Strategy<Value = BTreeMap<String, Value>> {
    btree_map("[x-z]{1,3}", json(), 0..3)
}
