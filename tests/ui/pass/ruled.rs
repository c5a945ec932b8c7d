//! Rules with everything that can be said of them, and what never changes, at every depth.

use std::collections::BTreeMap;

use operator_core::{K8sSchema, K8sType};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(group = "ruled.example.com", version = "v1", kind = "Ruled", status = RuledStatus)]
#[k8s(kubernetes = "1.30")]
#[k8s(rule(
    "self.least <= self.most",
    message_expression = "'least is %d too much'.format([self.least - self.most])",
    reason = "FieldValueForbidden",
    field_path = ".least"
))]
#[k8s(rule(
    "self.metadata.name.startsWith('r')",
    on = "resource",
    message = "a name begins with r"
))]
#[k8s(rule(
    "oldSelf.optMap(old, old.most <= self.most).orValue(true)",
    message = "most never falls",
    optional_old_self = true
))]
pub struct RuledSpec {
    pub least: i32,
    pub most: i32,
    #[k8s(immutable)]
    pub color: String,
    #[k8s(immutable = "the owner never changes")]
    pub owner: Option<String>,
    #[k8s(list = "map", key = "name")]
    #[schemars(length(max = 10))]
    pub parts: Vec<Part>,
    #[schemars(extend("maxProperties" = 10))]
    pub parts_by_name: BTreeMap<String, Part>,
    #[k8s(rule(
        "self == self.lowerAscii()",
        message = "lower case only",
        reason = "FieldValueInvalid"
    ))]
    #[schemars(length(max = 50))]
    pub word: String,
    #[k8s(rule("self.all(it, it > 0)"))]
    #[schemars(length(max = 10))]
    pub counts: Vec<i32>,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(rule(
    "self.from < self.to",
    message = "from is before to",
    field_path = ".from",
    reason = "FieldValueRequired"
))]
pub struct Part {
    pub name: String,
    pub from: i32,
    pub to: i32,
    #[k8s(immutable = "the size never changes")]
    pub size: i32,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug, Default)]
pub struct RuledStatus {
    #[k8s(rule("self >= oldSelf", message = "what was seen was seen"))]
    pub seen: i32,
}

fn main() {}
