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

use proptest::{
    arbitrary::{Arbitrary, any},
    collection::{btree_map, vec},
    prelude::Just,
    strategy::{BoxedStrategy, Strategy, Union},
};
use serde_json::{Value, json};

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
