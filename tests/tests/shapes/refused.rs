//! The shapes that no structural schema can say, each with the error that its CRD is.

use std::{
    collections::{BTreeMap, BTreeSet},
    marker::PhantomData,
    ops::Bound,
};

use operator_core::K8sType;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The errors of structs that have one field each, `it`, or what stands in its place.
macro_rules! refused {
    ($($(#[$what:meta])* $it:ty),* $(,)?) => {
        vec![$({
            #[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
            #[k8s(group = "shapes.example.com", version = "v1", kind = "Refused", plural = "it")]
            pub struct Spec {
                $(#[$what])*
                pub it: $it,
            }
            let error = Refused::crd().expect_err(stringify!($(#[$what])* $it));
            let shape = stringify!($(#[$what])* $it).replace('\n', " ");
            format!("{shape}\n    {}", error.to_string().replace('\n', "\n    "))
        }),*]
    };
}

macro_rules! types {
    ($($it:item)*) => {
        $(
            #[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
            $it
        )*
    };
}

types! {
    pub struct Unit;
    pub struct Pair(pub u8, pub String);
    pub struct NoneAtAll();
    pub enum Never {}
    pub enum Mixed { Off, On { level: u8 } }
    pub enum UnitAndNewtype { Auto, Fixed(u8) }
    pub enum WithTuple { Pair(u8, String) }
    #[serde(untagged)]
    pub enum OneOrMany { One(String), Many(Vec<String>) }
    #[serde(untagged)]
    pub enum TextOrFlag { Text(String), Flag(bool) }
    #[serde(untagged)]
    pub enum TextOrStruct { Text(String), Struct { name: String } }
    #[serde(untagged)]
    pub enum NumberOrWord { One(Number), Word(String) }
    #[serde(tag = "type")]
    pub enum Disagreeing { Move { to: String }, Copy { to: Vec<String> } }
    #[serde(tag = "t", content = "c")]
    pub enum Contents { Text(String), Number(u8) }
    #[serde(tag = "t", content = "c")]
    pub enum Pairs { Pair(u8, String) }
    pub struct Tree { name: String, branches: Vec<Tree> }
    pub enum Expression { Not(Box<Expression>), Word(String) }
    pub enum FlatUnits { A, B }
    pub struct Around { #[serde(flatten)] units: FlatUnits }
    pub struct WriteOnly { #[serde(skip_deserializing)] secret: u8 }
    pub struct ReadOnly { #[serde(skip_serializing)] secret: u8 }
    pub struct TwoNames { #[serde(rename(serialize = "a", deserialize = "b"))] name: u8 }
    pub struct LeftOut { #[serde(skip_serializing_if = "String::is_empty")] name: String }
    #[serde(tag = "type")]
    pub enum LeftOutInOne { A { #[serde(skip_serializing_if = "String::is_empty")] name: String }, B }
    pub enum VariantNotRead { A, #[serde(skip_deserializing)] B }
    #[serde(into = "String", from = "u8")]
    pub struct Converted(u8);
    #[serde(default)]
    pub struct BadDefault { #[schemars(range(min = 1))] count: u8 }
}

/// Numbers that are written as numbers.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number(u8);

impl JsonSchema for Number {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Number".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "integer", "enum": [1, 3] })
    }
}

// Derived it would be the same; what matters is that it is said.
#[allow(clippy::derivable_impls)]
impl Default for BadDefault {
    fn default() -> Self {
        Self { count: 0 }
    }
}

impl From<u8> for Converted {
    fn from(number: u8) -> Self {
        Self(number)
    }
}

impl From<Converted> for String {
    fn from(converted: Converted) -> Self {
        converted.0.to_string()
    }
}

fn unknown_field() -> serde_json::Value {
    serde_json::json!({ "name": "a", "nmae": "b" })
}

fn point(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "type": "object", "properties": { "name": { "type": "string" } } })
}

#[test]
fn what_no_schema_can_say_is_an_error_that_says_what_to_write() {
    let errors = refused![
        // No value, or one that a server drops.
        (),
        Unit,
        PhantomData<u8>,
        Option<()>,
        Vec<()>,
        BTreeMap<String, Unit>,
        Never,
        [u8; 0],
        NoneAtAll,
        // Several types in one place.
        (u8, String),
        Pair,
        WithTuple,
        Mixed,
        Option<Mixed>,
        UnitAndNewtype,
        Bound<u8>,
        OneOrMany,
        TextOrFlag,
        TextOrStruct,
        NumberOrWord,
        Disagreeing,
        Contents,
        Pairs,
        Around,
        BTreeSet<Mixed>,
        // Without an end.
        Tree,
        Option<Box<Tree>>,
        Expression,
        // One thing written, another read.
        WriteOnly,
        ReadOnly,
        TwoNames,
        LeftOut,
        LeftOutInOne,
        VariantNotRead,
        Converted,
        // What a server would refuse the CRD for.
        BadDefault,
        #[serde(default = "unknown_field")]
        #[schemars(schema_with = "point")]
        serde_json::Value,
        #[schemars(regex(pattern = "^(?!a)"))]
        String,
        #[schemars(regex(pattern = "(a"))]
        String,
        #[schemars(range(min = 300))]
        u8,
        #[schemars(length(min = 3, max = 2))]
        String,
        #[schemars(extend("if" = {}))]
        String,
    ];
    insta::assert_snapshot!(errors.join("\n\n"));
}
