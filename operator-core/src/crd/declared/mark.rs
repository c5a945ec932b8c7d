//! [`Marks`]: what can be declared of a node of the schema, whatever it belongs to.

use serde_json::Value;

use crate::crd::kubernetes;

/// An expression of the user's, as JSON.
pub type Literal = fn() -> Result<Value, serde_json::Error>;

/// What is declared of a node of the schema.
// Each is an attribute that is there or not, of its own.
#[allow(clippy::struct_excessive_bools)]
#[derive(Clone, Copy, Debug)]
pub struct Marks {
    /// How server-side apply merges a list.
    pub list: Option<ListType>,
    /// How it merges a map.
    pub map: Option<Merge>,
    /// How it merges an object.
    pub structure: Option<Merge>,
    /// Integers and strings are valid.
    pub int_or_string: bool,
    /// It is a whole object of Kubernetes, with `apiVersion`, `kind` and `metadata`.
    pub embedded_resource: bool,
    /// Fields that the schema doesn't name are kept.
    pub preserve_unknown_fields: bool,
    /// There is no schema: any JSON is kept.
    pub schemaless: bool,
    /// What the server fills in.
    pub default: Option<Literal>,
    /// An example for readers.
    pub example: Option<Literal>,
    /// The format of a value.
    pub format: Option<&'static str>,
    /// The description, instead of the documentation.
    pub description: Option<&'static str>,
    /// What becomes of the descriptions here and below.
    pub descriptions: Descriptions,
    /// The value never changes; the message says so.
    pub immutable: Option<&'static str>,
    /// Rules in CEL.
    pub rules: &'static [Rule<'static>],
}

impl Marks {
    /// Nothing is declared.
    pub const NONE: Self = Self {
        list: None,
        map: None,
        structure: None,
        int_or_string: false,
        embedded_resource: false,
        preserve_unknown_fields: false,
        schemaless: false,
        default: None,
        example: None,
        format: None,
        description: None,
        descriptions: Descriptions::Kept,
        immutable: None,
        rules: &[],
    };

    /// The first thing that Kubernetes 1.`oldest` would drop in silence, with the minor version that has it.
    pub(super) const fn newer_than(&self, oldest: u32) -> Option<(&'static str, u32)> {
        if self.immutable.is_some() && oldest < kubernetes::RULES {
            return Some(("`immutable`", kubernetes::RULES));
        }
        let mut index = 0;
        while index < self.rules.len() {
            let newer = self.rules[index].newer_than(oldest);
            if newer.is_some() {
                return newer;
            }
            index += 1;
        }
        None
    }

    /// Whether anything is declared.
    pub(super) const fn declares(&self) -> bool {
        self.list.is_some()
            || self.map.is_some()
            || self.structure.is_some()
            || self.int_or_string
            || self.embedded_resource
            || self.preserve_unknown_fields
            || self.schemaless
            || self.default.is_some()
            || self.example.is_some()
            || self.format.is_some()
            || self.description.is_some()
            || !matches!(self.descriptions, Descriptions::Kept)
            || self.immutable.is_some()
            || !self.rules.is_empty()
    }
}

/// How server-side apply merges a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListType {
    /// Item by item; these fields tell the items apart.
    Map(&'static [&'static str]),
    /// Value by value.
    Set,
    /// As a whole.
    Atomic,
}

/// How server-side apply merges a map or an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merge {
    /// Entry by entry.
    Granular,
    /// As a whole.
    Atomic,
}

/// What becomes of descriptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Descriptions {
    /// They stay.
    Kept,
    /// Their first paragraph stays.
    Trimmed,
    /// They go.
    Omitted,
}

/// A rule in CEL.
#[derive(Clone, Copy, Debug)]
pub struct Rule<'a> {
    /// The expression, true where the value is valid.
    pub rule: &'a str,
    /// What to tell the user.
    pub message: Option<&'a str>,
    /// An expression for what to tell the user.
    pub message_expression: Option<&'a str>,
    /// The reason, one of the server's.
    pub reason: Option<&'a str>,
    /// The field that is to blame.
    pub field_path: Option<&'a str>,
    /// Whether it is checked where there is no old value.
    pub optional_old_self: Option<bool>,
}

impl<'a> Rule<'a> {
    /// A rule without words.
    #[must_use]
    pub const fn new(rule: &'a str) -> Self {
        Self {
            rule,
            message: None,
            message_expression: None,
            reason: None,
            field_path: None,
            optional_old_self: None,
        }
    }

    const fn newer_than(&self, oldest: u32) -> Option<(&'static str, u32)> {
        let parts = [
            (true, "a rule", kubernetes::RULES),
            (
                self.message_expression.is_some(),
                "`message_expression`",
                kubernetes::MESSAGE_EXPRESSION,
            ),
            (
                self.reason.is_some() || self.field_path.is_some(),
                "`reason` or `field_path`",
                kubernetes::REASON,
            ),
            (
                self.optional_old_self.is_some(),
                "`optional_old_self`",
                kubernetes::OPTIONAL_OLD_SELF,
            ),
        ];
        let mut index = 0;
        while index < parts.len() {
            let (is_there, what, since) = parts[index];
            if is_there && oldest < since {
                return Some((what, since));
            }
            index += 1;
        }
        None
    }
}
