//! Numbers, and the other values that are smaller than a word.

use std::num::{NonZeroI16, NonZeroI64, NonZeroU8, NonZeroU32, NonZeroU64};

use operator_core::K8sType;
use proptest_derive::Arbitrary;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
#[k8s(group = "shapes.example.com", version = "v1", kind = "Number")]
#[serde(rename_all = "camelCase")]
pub struct NumberSpec {
    pub i8: i8,
    pub i16: i16,
    pub i32: i32,
    pub i64: i64,
    pub isize: isize,
    // An API server holds integers of 64 bits with a sign, and says so of any other.
    #[proptest(strategy = "proptest::num::i64::ANY.prop_map(i128::from)")]
    pub i128: i128,
    pub u8: u8,
    pub u16: u16,
    pub u32: u32,
    #[proptest(strategy = "0..=i64::MAX as u64")]
    pub u64: u64,
    #[proptest(strategy = "0..=isize::MAX as usize")]
    pub usize: usize,
    #[proptest(strategy = "0..=i64::MAX as u128")]
    pub u128: u128,
    pub non_zero_u8: NonZeroU8,
    pub non_zero_u32: NonZeroU32,
    #[proptest(
        strategy = "(1..=i64::MAX as u64).prop_map(|it| NonZeroU64::new(it).expect(\"above 0\"))"
    )]
    pub non_zero_u64: NonZeroU64,
    pub non_zero_i16: NonZeroI16,
    pub non_zero_i64: NonZeroI64,
    #[proptest(strategy = "proptest::num::f32::NORMAL")]
    pub f32: f32,
    #[proptest(strategy = "proptest::num::f64::NORMAL")]
    pub f64: f64,
    pub bool: bool,
    pub char: char,
    #[proptest(strategy = "(-9..9i32).prop_map(serde_json::Number::from)")]
    pub number: serde_json::Number,
    pub optional_u16: Option<u16>,
    pub optional_non_zero: Option<NonZeroI16>,
    #[schemars(range(min = 1, max = 20))]
    #[proptest(strategy = "1..=20i32")]
    pub ranged: i32,
    /// The limits of the type hold beside those that are said.
    #[schemars(range(min = -5, max = 1000))]
    pub ranged_beyond_its_type: u8,
    #[schemars(range(max = 9_223_372_036_854_775_807_i64))]
    pub ranged_to_the_end: i64,
    #[schemars(range(min = 0.25, max = 0.75))]
    #[proptest(strategy = "0.25..=0.75f64")]
    pub share: f64,
    #[schemars(extend("exclusiveMinimum" = 0))]
    #[proptest(strategy = "1..i32::MAX")]
    pub above: i32,
}

use proptest::strategy::Strategy;
