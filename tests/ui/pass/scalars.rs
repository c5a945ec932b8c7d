//! Every plain type, list and map that a spec may hold.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::IpAddr,
    num::NonZeroU32,
    path::PathBuf,
};

use operator_core::K8sType;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(group = "example.com", version = "v1", kind = "Scalar")]
#[serde(rename_all = "camelCase")]
pub struct ScalarSpec {
    pub tiny: i8,
    pub small: i16,
    pub usual: i32,
    pub wide: i64,
    pub byte: u8,
    pub port: u16,
    pub unsigned: u32,
    pub unsigned_wide: u64,
    pub size: usize,
    pub positive: NonZeroU32,
    pub ratio: f32,
    pub precise: f64,
    pub letter: char,
    pub flag: bool,
    pub maybe: Option<String>,
    pub maybe_port: Option<u16>,
    pub address: IpAddr,
    pub path: PathBuf,
    #[schemars(length(min = 1, max = 10), regex(pattern = "^[a-z]+$"))]
    pub short: String,
    #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 1.0))]
    pub share: f64,
    pub list: Vec<String>,
    pub lists: Vec<Vec<i32>>,
    pub set: BTreeSet<String>,
    pub maybe_items: Vec<Option<i32>>,
    pub pair: (i32, i32),
    pub labels: BTreeMap<String, String>,
    pub by_number: BTreeMap<u32, bool>,
    pub nested: HashMap<String, Vec<Part>>,
    pub part: Part,
    pub maybe_part: Option<Part>,
    pub boxed: Box<Part>,
    pub any: serde_json::Value,
    pub anything: BTreeMap<String, serde_json::Value>,
}

/// A part.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its name.
    pub name: String,
    pub size: Option<u32>,
}

fn main() {}
