//! Lists, sets, tuples and maps, and JSON itself.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use operator_core::K8sType;
use proptest::strategy::Strategy;
use proptest_derive::Arbitrary;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{few, few_by_name, json, json_fields, structs::Point};

#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
#[k8s(group = "shapes.example.com", version = "v1", kind = "Collection")]
#[serde(rename_all = "camelCase")]
pub struct CollectionSpec {
    #[proptest(strategy = "few()")]
    pub list: Vec<Point>,
    #[proptest(strategy = "few()")]
    pub optional_items: Vec<Option<Point>>,
    #[proptest(strategy = "few()")]
    pub lists: Vec<[u8; 2]>,
    #[proptest(strategy = "few().prop_map(VecDeque::from)")]
    pub deque: VecDeque<u8>,
    #[proptest(strategy = "few().prop_map(|it: Vec<u8>| it.into())")]
    pub bytes: bytes::Bytes,
    #[proptest(strategy = "few().prop_map(BTreeSet::from_iter)")]
    pub set: BTreeSet<String>,
    // Its order changes from one to the next, so it has one item at most.
    #[proptest(strategy = "proptest::collection::hash_set(-9..9i8, 0..=1)")]
    pub hash_set: HashSet<i8>,
    #[proptest(strategy = "few().prop_map(BTreeSet::from_iter)")]
    pub set_of_structs: BTreeSet<Key>,
    pub pair: (i16, i16),
    pub array: [bool; 3],
    #[proptest(strategy = "few_by_name()")]
    pub map: BTreeMap<String, Point>,
    #[proptest(strategy = "few_by_name()")]
    pub optional_values: BTreeMap<String, Option<Point>>,
    #[proptest(strategy = "proptest::collection::hash_map(0..99u8, 0..9i8, 0..3)")]
    pub by_number: HashMap<u8, i8>,
    #[proptest(strategy = "few().prop_map(|it: Vec<(Colour, u8)>| it.into_iter().collect())")]
    pub by_enum: BTreeMap<Colour, u8>,
    #[proptest(strategy = "json()")]
    pub any: Value,
    #[proptest(strategy = "proptest::collection::vec(json(), 0..3)")]
    pub list_of_any: Vec<Value>,
    #[proptest(strategy = "json_fields().prop_map(Map::from_iter)")]
    pub object: Map<String, Value>,
}

#[derive(
    Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary, PartialEq, Eq, PartialOrd, Ord,
)]
pub struct Key {
    pub name: u8,
}

#[derive(
    Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary, PartialEq, Eq, PartialOrd, Ord,
)]
#[serde(rename_all = "camelCase")]
pub enum Colour {
    DarkRed,
    Blue,
}
