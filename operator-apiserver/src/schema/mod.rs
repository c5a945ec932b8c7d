//! [`Schema`]: the shape of a kind, from a CRD or from the built-in kinds' `OpenAPI`, and what it decides.

use std::{
    collections::BTreeMap,
    fmt,
    ops::Deref,
    sync::{Arc, LazyLock},
};

use serde_json::Value;

mod check_defaults;
mod check_schema;
mod decode;
mod default;
mod format;
pub(crate) mod go_format;
mod go_time;
mod go_types;
mod keywords;
mod list_type;
mod load;
mod numbers;
pub mod object_meta;
mod path;
mod pattern;
mod props;
mod prune;
mod quantity;
mod ratchet;
mod structural;
mod validate;

pub use decode::decode_typed;
pub use default::{apply_defaults, drop_nulls};
pub use format::{Format, TextFormat};
pub use numbers::canonical_numbers;
pub use pattern::Pattern;
pub use prune::prune;
pub(crate) use quantity::canonical_quantity;
pub use structural::{check_root_with_status, check_structural};
pub use validate::validate;

/// The shape of a value. One type serves pruning, defaulting, validation, field validation, strategic merge and
/// server-side apply, for built-in kinds and custom resources alike.
///
/// Its children are [`SchemaNode`]s: a definition of a built-in kind is read when it is first looked at, and may
/// contain itself.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are keywords of their own"
)]
pub struct Schema {
    /// The name of the definition that it came from, such as `io.k8s.api.apps.v1.DeploymentSpec`.
    pub definition: Option<Arc<str>>,
    /// What is shown by `kubectl explain`.
    pub description: Option<Arc<str>>,
    /// The type; `None` accepts all (also for int-or-string).
    pub value_type: Option<ValueType>,
    /// `int32`, `date-time` …
    pub format: Option<String>,
    /// Whether null is a value.
    pub nullable: bool,
    /// `x-kubernetes-int-or-string`.
    pub int_or_string: bool,
    /// `x-kubernetes-preserve-unknown-fields`.
    pub preserve_unknown_fields: bool,
    /// `x-kubernetes-embedded-resource`.
    pub embedded_resource: bool,
    /// The fields of an object, by name.
    pub properties: BTreeMap<String, SchemaNode>,
    /// The values of a map.
    pub additional_properties: Option<AdditionalProperties>,
    /// The items of a list.
    pub items: Option<SchemaNode>,
    /// What an absent field becomes.
    pub default: Option<Value>,
    /// What may not be absent.
    pub required: Vec<String>,
    /// What it may be.
    pub enumeration: Vec<Value>,
    /// How items of a list are told apart.
    pub list_type: Option<ListType>,
    /// The keys of a list of `ListType::Map`.
    pub list_map_keys: Vec<String>,
    /// `x-kubernetes-map-type: atomic`: an object that is replaced as a whole.
    pub atomic_map: bool,
    /// `x-kubernetes-patch-strategy`, split at commas: `merge`, `replace`, `retainKeys`.
    pub patch_strategy: Vec<String>,
    /// `x-kubernetes-patch-merge-key`.
    pub patch_merge_key: Option<String>,
    /// The limits of numbers, texts, lists and maps.
    pub limits: Limits,
    /// Every one has to accept it.
    pub all_of: Vec<SchemaNode>,
    /// At least one has to accept it.
    pub any_of: Vec<SchemaNode>,
    /// Exactly one has to accept it.
    pub one_of: Vec<SchemaNode>,
    /// This one may not accept it.
    pub not: Option<SchemaNode>,
    /// `x-kubernetes-validations`.
    pub rules: Vec<Rule>,
}

/// A schema within a schema.
#[derive(Clone)]
pub enum SchemaNode {
    /// One of its own.
    Inline(Arc<Schema>),
    /// A definition of the built-in kinds, shared and read at first use.
    Definition(&'static LazyLock<Schema, Box<dyn FnOnce() -> Schema + Send>>),
}

impl Deref for SchemaNode {
    type Target = Schema;

    fn deref(&self) -> &Schema {
        match self {
            Self::Inline(schema) => schema,
            Self::Definition(definition) => definition,
        }
    }
}

impl fmt::Debug for SchemaNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inline(schema) => schema.fmt(f),
            // Reading on could go round in circles.
            Self::Definition(_) => f.write_str("Definition"),
        }
    }
}

impl From<Schema> for SchemaNode {
    fn from(schema: Schema) -> Self {
        Self::Inline(Arc::new(schema))
    }
}

/// JSON's types as schemas name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    /// `object`
    Object,
    /// `array`
    Array,
    /// `string`
    String,
    /// `integer`
    Integer,
    /// `number`
    Number,
    /// `boolean`
    Boolean,
}

/// What a map holds.
#[derive(Clone, Debug)]
pub enum AdditionalProperties {
    /// Anything, or nothing.
    Allowed(bool),
    /// Values of this shape.
    Schema(SchemaNode),
}

/// How items of a list are told apart; without one, and for `Atomic`, the list is one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListType {
    /// `atomic`
    Atomic,
    /// `set`
    Set,
    /// `map`
    Map,
}

/// The limits of a value.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// `minimum`
    pub minimum: Option<f64>,
    /// `exclusiveMinimum`
    pub exclusive_minimum: bool,
    /// `maximum`
    pub maximum: Option<f64>,
    /// `exclusiveMaximum`
    pub exclusive_maximum: bool,
    /// `multipleOf`
    pub multiple_of: Option<f64>,
    /// `minLength`
    pub min_length: Option<u64>,
    /// `maxLength`
    pub max_length: Option<u64>,
    /// `pattern`
    pub pattern: Option<Pattern>,
    /// `minItems`
    pub min_items: Option<u64>,
    /// `maxItems`
    pub max_items: Option<u64>,
    /// `uniqueItems`
    pub unique_items: bool,
    /// `minProperties`
    pub min_properties: Option<u64>,
    /// `maxProperties`
    pub max_properties: Option<u64>,
    /// `format`, if it is one that is checked.
    pub format: Option<Format>,
}

/// One of `x-kubernetes-validations`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// The CEL expression.
    pub rule: String,
    /// What to say if it is false.
    pub message: Option<String>,
    /// A CEL expression for what to say.
    pub message_expression: Option<String>,
    /// The reason of the cause.
    pub reason: Option<String>,
    /// Where the error is shown, relative to the rule.
    pub field_path: Option<String>,
    /// Whether a transition rule also runs where there is no old value.
    pub optional_old_self: bool,
}

#[cfg(test)]
mod tests;
