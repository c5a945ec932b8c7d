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
mod go_types;
mod keywords;
mod list_type;
mod load;
mod numbers;
pub(crate) mod object_meta;
mod path;
mod pattern;
mod props;
mod prune;
mod ratchet;
mod structural;
mod validate;

pub(crate) use decode::decode_typed;
pub(crate) use default::{apply_defaults, drop_nulls};
pub(crate) use format::Format;
pub(crate) use numbers::canonical_numbers;
pub(crate) use pattern::Pattern;
pub(crate) use prune::prune;
pub(crate) use structural::check_structural;
pub(crate) use validate::validate;

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
pub(crate) struct Schema {
    /// The name of the definition that it came from, such as `io.k8s.api.apps.v1.DeploymentSpec`.
    pub(crate) definition: Option<Arc<str>>,
    /// What is shown by `kubectl explain`.
    pub(crate) description: Option<Arc<str>>,
    /// The type; `None` accepts all (also for int-or-string).
    pub(crate) value_type: Option<ValueType>,
    /// `int32`, `date-time` …
    pub(crate) format: Option<String>,
    /// Whether null is a value.
    pub(crate) nullable: bool,
    /// `x-kubernetes-int-or-string`.
    pub(crate) int_or_string: bool,
    /// `x-kubernetes-preserve-unknown-fields`.
    pub(crate) preserve_unknown_fields: bool,
    /// `x-kubernetes-embedded-resource`.
    pub(crate) embedded_resource: bool,
    /// The fields of an object, by name.
    pub(crate) properties: BTreeMap<String, SchemaNode>,
    /// The values of a map.
    pub(crate) additional_properties: Option<AdditionalProperties>,
    /// The items of a list.
    pub(crate) items: Option<SchemaNode>,
    /// What an absent field becomes.
    pub(crate) default: Option<Value>,
    /// What may not be absent.
    pub(crate) required: Vec<String>,
    /// What it may be.
    pub(crate) enumeration: Vec<Value>,
    /// How items of a list are told apart.
    pub(crate) list_type: Option<ListType>,
    /// The keys of a list of `ListType::Map`.
    pub(crate) list_map_keys: Vec<String>,
    /// `x-kubernetes-map-type: atomic`: an object that is replaced as a whole.
    pub(crate) atomic_map: bool,
    /// `x-kubernetes-patch-strategy`, split at commas: `merge`, `replace`, `retainKeys`.
    pub(crate) patch_strategy: Vec<String>,
    /// `x-kubernetes-patch-merge-key`.
    pub(crate) patch_merge_key: Option<String>,
    /// The limits of numbers, texts, lists and maps.
    pub(crate) limits: Limits,
    /// Every one has to accept it.
    pub(crate) all_of: Vec<SchemaNode>,
    /// At least one has to accept it.
    pub(crate) any_of: Vec<SchemaNode>,
    /// Exactly one has to accept it.
    pub(crate) one_of: Vec<SchemaNode>,
    /// This one may not accept it.
    pub(crate) not: Option<SchemaNode>,
    /// `x-kubernetes-validations`.
    pub(crate) rules: Vec<Rule>,
}

/// A schema within a schema.
#[derive(Clone)]
pub(crate) enum SchemaNode {
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
pub(crate) enum ValueType {
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
pub(crate) enum AdditionalProperties {
    /// Anything, or nothing.
    Allowed(bool),
    /// Values of this shape.
    Schema(SchemaNode),
}

/// How items of a list are told apart; without one, and for `Atomic`, the list is one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListType {
    /// `atomic`
    Atomic,
    /// `set`
    Set,
    /// `map`
    Map,
}

/// The limits of a value.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limits {
    /// `minimum`
    pub(crate) minimum: Option<f64>,
    /// `exclusiveMinimum`
    pub(crate) exclusive_minimum: bool,
    /// `maximum`
    pub(crate) maximum: Option<f64>,
    /// `exclusiveMaximum`
    pub(crate) exclusive_maximum: bool,
    /// `multipleOf`
    pub(crate) multiple_of: Option<f64>,
    /// `minLength`
    pub(crate) min_length: Option<u64>,
    /// `maxLength`
    pub(crate) max_length: Option<u64>,
    /// `pattern`
    pub(crate) pattern: Option<Pattern>,
    /// `minItems`
    pub(crate) min_items: Option<u64>,
    /// `maxItems`
    pub(crate) max_items: Option<u64>,
    /// `uniqueItems`
    pub(crate) unique_items: bool,
    /// `minProperties`
    pub(crate) min_properties: Option<u64>,
    /// `maxProperties`
    pub(crate) max_properties: Option<u64>,
    /// `format`, if it is one that is checked.
    pub(crate) format: Option<Format>,
}

/// One of `x-kubernetes-validations`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rule {
    /// The CEL expression.
    pub(crate) expression: String,
    /// What to say if it is false.
    pub(crate) message: Option<String>,
    /// A CEL expression for what to say.
    pub(crate) message_expression: Option<String>,
    /// The reason of the cause.
    pub(crate) reason: Option<String>,
    /// Where the error is shown, relative to the rule.
    pub(crate) field_path: Option<String>,
    /// Whether a transition rule also runs where there is no old value.
    pub(crate) optional_old_self: bool,
}

#[cfg(test)]
mod tests;
