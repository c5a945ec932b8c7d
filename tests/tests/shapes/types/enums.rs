//! Enums in each of serde's representations, with variants of each form that has a schema.

use std::collections::BTreeMap;

use operator_core::K8sType;
use proptest_derive::Arbitrary;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{few, few_by_name};

#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
#[k8s(group = "shapes.example.com", version = "v1", kind = "Enum")]
#[serde(rename_all = "camelCase")]
pub struct EnumSpec {
    pub units: Units,
    pub documented: Documented,
    pub with_fallback: WithFallback,
    pub external: External,
    pub internal: Internal,
    pub internal_and_strict: InternalStrict,
    pub adjacent: Adjacent,
    pub untagged: Untagged,
    pub untagged_and_strict: UntaggedStrict,
    pub int_or_string: PortName,
    pub limit: Limit,
    pub number: Number,
    pub with_defaults: WithDefaults,
    pub renamed: Renamed,
    pub with_units: WithUnits,
    pub outcome: Result<u8, String>,
    pub maybe_units: Option<Units>,
    pub maybe_external: Option<External>,
    pub maybe_int_or_string: Option<PortName>,
    #[proptest(strategy = "few()")]
    pub list: Vec<External>,
    #[proptest(strategy = "few_by_name()")]
    pub by_name: BTreeMap<String, Internal>,
    #[serde(flatten)]
    pub beside: Beside,
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
pub enum Units {
    One,
    Two,
}

/// What is known of each.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
#[serde(rename_all = "SCREAMING-KEBAB-CASE")]
pub enum Documented {
    /// It is the first.
    FirstOfAll,
    /// It is the last.
    Last,
}

/// Words of its own, and any other.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
pub enum WithFallback {
    Known,
    #[serde(untagged)]
    Other(String),
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
#[serde(rename_all = "camelCase")]
pub enum External {
    Newtype(String),
    OptionalNewtype(Option<u8>),
    Tuple(i8, i8),
    Struct { a: u8, b: Option<u8> },
    Empty {},
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
#[serde(tag = "type")]
pub enum Internal {
    Unit,
    Struct {
        #[schemars(range(min = 10))]
        #[proptest(strategy = "10..=255u8")]
        a: u8,
    },
    /// The same field with another limit, which may be null.
    Other {
        #[schemars(range(max = 5))]
        #[proptest(strategy = "proptest::option::of(0..=5u8)")]
        a: Option<u8>,
    },
    Newtype(Inner),
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
pub struct Inner {
    pub inner: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
#[serde(tag = "type", deny_unknown_fields)]
pub enum InternalStrict {
    Unit,
    A { a: u8, both: u8 },
    B { b: u8, both: u8 },
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
#[serde(tag = "do", content = "with")]
pub enum Adjacent {
    Stop,
    Move { to: String },
    Copy { to: String, keep: bool },
    Wrapped(Inner),
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
#[serde(untagged)]
pub enum Untagged {
    Circle { radius: u8 },
    Square { side: u8 },
    Newtype(Inner),
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
#[serde(untagged, deny_unknown_fields)]
pub enum UntaggedStrict {
    Plain { name: String },
    Sized { name: String, size: u8 },
}

/// An integer or a string, each with its limits.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
#[serde(untagged)]
pub enum PortName {
    Number(u16),
    Name(
        #[schemars(regex(pattern = "^[a-z]+$"))]
        #[proptest(strategy = "\"[a-z]+\"")]
        String,
    ),
}

/// An integer or one of some words.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
#[serde(untagged)]
pub enum Limit {
    Number(i32),
    Word(Word),
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
#[serde(rename_all = "camelCase")]
pub enum Word {
    Unlimited,
    #[serde(rename = "n/a.")]
    None,
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
#[serde(untagged)]
pub enum Number {
    Whole(u8),
    Broken(#[proptest(strategy = "-1.0..1.0f64")] f64),
}

/// A default of one variant, which must not turn up in the other.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
#[serde(untagged)]
pub enum WithDefaults {
    Ranked {
        #[serde(default = "seven")]
        rank: u8,
        ranked: bool,
    },
    #[serde(rename_all = "kebab-case")]
    Loose { not_ranked: bool },
}

fn seven() -> u8 {
    7
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
#[serde(
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
pub enum Renamed {
    WithLongName {
        first_field: u8,
    },
    #[serde(rename = "x")]
    Short {
        second_field: u8,
    },
}

/// Units with an empty struct each, beside variants with fields.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
pub enum WithUnits {
    Off {},
    On { level: u8 },
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
#[serde(rename_all = "camelCase")]
pub enum Beside {
    Left { left: u8 },
    Right(Inner),
}
