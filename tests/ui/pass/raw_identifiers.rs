//! Keywords as names: of fields, of modules on the path of the crate, and reserved words of CEL.
#![allow(non_camel_case_types)]

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub mod r#mod {
    pub use operator_core as r#use;
}

#[derive(r#mod::r#use::K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(group = "raw.example.com", version = "v1", kind = "Raw", status = r#dyn)]
#[k8s(crate = "self::r#mod::r#use")]
#[k8s(rule(
    "self.type != '' && self.__in__ >= 0",
    message = "a type, and no less than nothing"
))]
pub struct RawSpec {
    #[k8s(column, selectable)]
    pub r#type: String,
    #[k8s(column, immutable)]
    pub r#in: i32,
    #[k8s(immutable = "whether there is a loop never changes")]
    pub r#loop: Option<bool>,
    pub r#match: r#fn,
}

#[derive(r#mod::r#use::K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(crate = "r#mod::r#use", description = "A function.")]
#[serde(rename_all = "camelCase")]
pub enum r#fn {
    r#async {
        #[k8s(column(name = "Else"))]
        r#else: String,
    },
    r#Static {},
}

#[derive(r#mod::r#use::K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug, Default)]
#[k8s(crate = "self::r#mod::r#use")]
pub struct r#dyn {
    #[k8s(column)]
    pub r#yield: Option<i64>,
}

fn main() {}
