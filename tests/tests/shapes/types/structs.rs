//! Structs, and what serde's attributes make of their fields.

use std::collections::BTreeMap;

use operator_core::K8sType;
use proptest_derive::Arbitrary;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::few;

#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
#[k8s(group = "shapes.example.com", version = "v1", kind = "Struct")]
#[serde(rename_all = "camelCase")]
pub struct StructSpec {
    pub empty: Empty,
    pub newtype: Newtype,
    pub newtype_of_struct: Around,
    pub boxed: Box<Point>,
    pub text_in: Generic<String>,
    pub point_in: Generic<Point>,
    pub optional: Option<Point>,
    pub double_optional: Option<Option<String>>,
    pub one_of_one: (Point,),
    #[serde(skip)]
    pub skipped: u8,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[proptest(strategy = "few()")]
    pub left_out_if_empty: Vec<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out_if_none: Option<u8>,
    #[serde(rename = "class")]
    pub renamed: u8,
    #[serde(alias = "color")]
    pub colour: String,
    #[serde(with = "as_text")]
    #[schemars(with = "String", regex(pattern = "^[0-9]{1,3}$"))]
    #[proptest(strategy = "0..1000u16")]
    pub written_by_a_module: u16,
    pub strict: Strict,
    pub preset: Preset,
    pub flattened: Flattened,
    pub converted: Celsius,
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
pub struct Empty {}

/// Text in a type of its own.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
pub struct Newtype(pub String);

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
#[serde(transparent)]
pub struct Around {
    pub point: Point,
}

/// A point in the plane.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
pub struct Point {
    /// To the right.
    pub x: i32,
    pub y: i32,
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
pub struct Generic<T> {
    pub one: T,
    pub another: Option<T>,
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
#[serde(deny_unknown_fields)]
pub struct Strict {
    pub only: bool,
}

/// A container's default, with values of every kind.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
#[serde(default)]
pub struct Preset {
    pub number: u16,
    pub text: String,
    pub empty_text: String,
    #[proptest(strategy = "few()")]
    pub list: Vec<i8>,
    pub nested: Nested,
    pub nothing: Option<bool>,
    pub something: Option<bool>,
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
pub struct Nested {
    pub name: String,
    pub point: Option<Point>,
}

impl Default for Preset {
    fn default() -> Self {
        Self {
            number: 80,
            text: "text".to_owned(),
            empty_text: String::new(),
            list: vec![1, -1],
            nested: Nested {
                name: String::new(),
                point: None,
            },
            nothing: None,
            something: Some(true),
        }
    }
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
pub struct Flattened {
    pub own: u8,
    #[serde(flatten)]
    pub shared: Shared,
    #[serde(flatten)]
    pub way: Way,
    pub labelled: Labelled,
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
pub struct Shared {
    pub team: String,
    #[serde(flatten)]
    pub deeper: Deeper,
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
pub struct Deeper {
    pub cost: Option<u8>,
}

/// An enum whose fields stand beside those of the struct.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
#[serde(tag = "by")]
pub enum Way {
    Road { lanes: u8 },
    Rail { gauge: u16 },
}

/// A struct that keeps fields which it doesn't name.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
pub struct Labelled {
    pub title: String,
    #[serde(flatten)]
    #[proptest(strategy = "super::json_fields()")]
    pub others: BTreeMap<String, serde_json::Value>,
}

/// A type that is read and written as another one.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
#[serde(from = "i32", into = "i32")]
pub struct Celsius(pub i32);

impl From<i32> for Celsius {
    fn from(degrees: i32) -> Self {
        Self(degrees)
    }
}

impl From<Celsius> for i32 {
    fn from(temperature: Celsius) -> Self {
        temperature.0
    }
}

/// A number that is written as text.
mod as_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    // Serde hands over a reference.
    #[allow(clippy::trivially_copy_pass_by_ref)]
    pub(super) fn serialize<S: Serializer>(number: &u16, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(number)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u16, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(D::Error::custom)
    }
}
