//! Everything that can be declared of fields, in nested types of every shape.

use std::collections::{BTreeMap, BTreeSet};

use operator_core::{K8sSchema, K8sType};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(group = "nested.example.com", version = "v1", kind = "Nested", status = NestedStatus)]
#[k8s(rule("self.least <= self.most", message = "least is at most most"))]
#[serde(rename_all = "camelCase")]
pub struct NestedSpec {
    #[k8s(column(
        name = "Least",
        format = "int32",
        description = "How few",
        priority = 1
    ))]
    pub least: i32,
    #[k8s(scale = "replicas", default = 3)]
    pub most: i32,
    #[k8s(selectable, immutable)]
    pub color: String,
    #[k8s(immutable = "the owner never changes")]
    pub first_owner: Option<String>,
    pub place: Option<Box<Place>>,
    #[serde(flatten)]
    pub common: Common,
    #[k8s(list = "map", key = "name", key = "protocol")]
    #[schemars(length(max = 10))]
    pub ports: Vec<Port>,
    #[k8s(list = "set")]
    pub words: Vec<String>,
    pub numbers: BTreeSet<i64>,
    #[k8s(list = "atomic")]
    pub steps: Vec<Step>,
    #[k8s(map = "atomic")]
    pub labels: BTreeMap<String, String>,
    #[schemars(extend("maxProperties" = 10))]
    pub shelves: BTreeMap<String, Shelf>,
    #[k8s(structure = "atomic")]
    pub size: Size,
    #[k8s(int_or_string, example = "50%")]
    pub share: serde_json::Value,
    #[k8s(embedded_resource, preserve_unknown_fields)]
    pub template: serde_json::Value,
    #[k8s(preserve_unknown_fields)]
    pub more: Size,
    #[k8s(schemaless)]
    pub anything: Option<Anything>,
    #[k8s(format = "date-time")]
    pub since: String,
    #[k8s(description = "In other words.")]
    pub described: String,
    /// This stays.
    ///
    /// This goes.
    #[k8s(descriptions = "trimmed")]
    pub trimmed: String,
    /// This goes as a whole.
    #[k8s(descriptions = "omitted")]
    pub omitted: Size,
    pub source: Source,
    pub check: Option<Check>,
    pub range: Range<Floor>,
    #[k8s(rule(
        "self.size() < 10 || oldSelf.hasValue()",
        message_expression = "'at most 10, not %d'.format([self.size()])",
        reason = "FieldValueForbidden",
        optional_old_self = true
    ))]
    #[schemars(length(max = 10), inner(length(max = 10)))]
    pub ruled: Vec<String>,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub struct Place {
    #[k8s(column)]
    pub town_name: String,
    #[serde(rename = "street")]
    #[k8s(selectable)]
    pub on: Option<String>,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
pub struct Floor {
    #[k8s(column)]
    pub level: i8,
}

/// Flattened.
#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
pub struct Common {
    #[k8s(column)]
    pub team: Team,
}

/// A newtype.
#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(rule("self != 'none'"))]
pub struct Team(#[k8s(description = "Who does it.")] String);

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
pub struct Port {
    pub name: String,
    #[k8s(default = "TCP")]
    pub protocol: Protocol,
    #[k8s(immutable)]
    pub number: u16,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "UPPERCASE")]
pub enum Protocol {
    Tcp,
    Udp,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
pub struct Step {
    pub run: String,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(structure = "granular")]
pub struct Shelf {
    #[k8s(immutable)]
    pub boards: u8,
}

/// How large.
#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
pub struct Size {
    /// From left to right.
    pub width: u32,
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
pub struct Anything {
    pub tuple: (String, i32),
}

/// Externally tagged.
#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Source {
    GitHub {
        #[k8s(column(name = "Repository"))]
        repo_url: String,
    },
    Image(#[k8s(column(name = "Image"))] String),
}

/// Internally tagged.
#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[serde(tag = "type")]
pub enum Check {
    Http {
        #[k8s(column(name = "Check"))]
        path: String,
    },
    Tcp {
        port: u16,
    },
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
pub struct Range<T> {
    #[schemars(with = "Option<u8>")]
    #[k8s(column(name = "From"))]
    pub from: Option<u8>,
    pub of: Option<Generic<T>>,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
pub struct Generic<T> {
    pub items: Vec<String>,
    pub inner: Option<T>,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug, Default)]
#[serde(rename_all = "camelCase")]
pub struct NestedStatus {
    #[k8s(scale = "status", column(name = "Ready"))]
    pub ready_replicas: i32,
    #[k8s(scale = "selector")]
    pub selector: Option<String>,
}

fn main() {}
