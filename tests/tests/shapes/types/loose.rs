//! Shapes of which a schema can't say all: what is written is kept, but a server takes more than serde reads.

use std::{collections::BTreeMap, net::SocketAddr};

use operator_core::K8sType;
use proptest::strategy::Strategy;
use proptest_derive::Arbitrary;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
#[k8s(
    group = "shapes.example.com",
    version = "v1",
    kind = "Loose",
    plural = "looses"
)]
#[serde(rename_all = "camelCase")]
pub struct LooseSpec {
    /// A string to `schemars`, without a format.
    pub address: SocketAddr,
    /// A pattern knows the form of a time zone, not its name.
    #[proptest(
        strategy = "super::times::jiff().prop_map(|it| it.to_zoned(jiff::tz::TimeZone::UTC))"
    )]
    pub zoned: jiff::Zoned,
    pub tagged: Tagged,
    pub untagged: Untagged,
    pub flattened: Flattened,
    pub by_documented: BTreeMap<Documented, u8>,
    pub tree: Tree,
}

/// A map beside a tag: a CRD says either names or the values of a map, so any field is kept.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
#[serde(tag = "type")]
pub enum Tagged {
    Unit,
    Map(#[proptest(strategy = "few()")] BTreeMap<String, String>),
}

/// A map or a struct: as above.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
#[serde(untagged)]
pub enum Untagged {
    Struct { name: u8 },
    Map(#[proptest(strategy = "few()")] BTreeMap<String, String>),
}

/// A map of strings beside fields: as above.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
pub struct Flattened {
    pub title: String,
    #[serde(flatten)]
    #[proptest(strategy = "few()")]
    pub others: BTreeMap<String, String>,
}

/// Keys whose variants have a description each, which `schemars` takes for any string.
#[derive(
    Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary, PartialEq, Eq, PartialOrd, Ord,
)]
pub enum Documented {
    /// It is the first.
    First,
    /// It is the last.
    Last,
}

/// A type that contains itself, unchecked below the first level.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
pub struct Tree {
    pub name: String,
    #[schemars(extend("x-kubernetes-preserve-unknown-fields" = true))]
    #[proptest(value = "Vec::new()")]
    pub branches: Vec<Tree>,
    #[schemars(extend("x-kubernetes-preserve-unknown-fields" = true))]
    #[proptest(value = "None")]
    pub crown: Option<Box<Tree>>,
}

/// A map whose keys are no field of a struct here.
fn few() -> impl Strategy<Value = BTreeMap<String, String>> {
    proptest::collection::btree_map("[x-z]{1,2}", "[a-c]*", 0..3)
}
