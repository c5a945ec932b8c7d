//! [`Rules`]: the validation rules of a custom resource (`x-kubernetes-validations`), in CEL as Kubernetes has it.
//!
//! The `cel` crate parses. Names, types, macros, functions, costs and the evaluation are this module's own: the crate
//! has no type checker, can't be interrupted, and would have to be given a converted copy of each object, where a
//! rule such as `self.replicas <= 10` looks at one field of it. What is not evaluated here is refused when the rules
//! are compiled.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    field_error::{FieldError, FieldErrorKind},
    schema::Schema,
};
use expr::Node;

mod check;
mod compile;
mod decl;
mod escape;
mod estimate;
mod eval;
mod expr;
mod field_path;
mod functions;
mod literals;
mod macros;
mod parse;
mod signatures;
mod types;
mod validate;
mod value;

#[cfg(test)]
mod tests;

/// The compiled rules of one version of a custom resource.
#[derive(Debug)]
pub struct Rules {
    root: Option<RuleNode>,
}

/// The rules of one schema, beside it.
#[derive(Debug)]
struct RuleNode {
    rules: Vec<Compiled>,
    /// Whether it is a resource.
    root: bool,
    properties: BTreeMap<String, RuleNode>,
    items: Option<Box<RuleNode>>,
    /// Of the values of a map.
    values: Option<Box<RuleNode>>,
}

/// A rule, ready to be evaluated.
#[derive(Debug)]
struct Compiled {
    program: Node,
    uses_old: bool,
    /// Whether `oldSelf` is an optional.
    optional_old: bool,
    /// What to say if it is false.
    message: String,
    /// What stands for the rule where it can't be evaluated.
    shown: String,
    message_program: Option<Node>,
    message_expression: String,
    kind: FieldErrorKind,
    /// What comes behind the path of the value: `.a[b]`.
    field_path: String,
}

impl Rules {
    /// Compiles the rules of `schema`, that of the whole custom resource; `path` is where it stands in the CRD, such
    /// as `spec.validation.openAPIV3Schema`.
    ///
    /// # Errors
    /// What the server says against rules: syntax, names and types that don't fit the schema, costs that its limits
    /// don't bound, `oldSelf` where there is none. Also whatever can't be evaluated here.
    pub fn compile(schema: &Schema, path: &str) -> Result<Self, Vec<FieldError>> {
        let root = compile::compile(schema, path)?;
        Ok(Self { root })
    }

    /// Whether there are no rules.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.root.is_none()
    }

    /// What the rules say against `value`, which is at `path` in errors (empty for a whole object). `old` is what it
    /// was before an update: transition rules need it, and a value that did not change excuses its old errors.
    ///
    /// `schema` has to be the one that the rules were compiled from, and `value` has to fit it otherwise.
    #[must_use]
    pub fn validate(
        &self,
        value: &Value,
        old: Option<&Value>,
        schema: &Schema,
        path: &str,
    ) -> Vec<FieldError> {
        match &self.root {
            Some(root) => validate::validate(root, value, old, schema, path),
            None => Vec::new(),
        }
    }

    /// What the rules say against the defaults in `schema`, which is at `path` in the CRD; as the server does, each
    /// default is its own old value.
    #[must_use]
    pub fn validate_defaults(&self, schema: &Schema, path: &str) -> Vec<FieldError> {
        match &self.root {
            Some(root) => root.validate_defaults(schema, path),
            None => Vec::new(),
        }
    }
}

impl RuleNode {
    fn validate_defaults(&self, schema: &Schema, path: &str) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if let Some(default) = &schema.default {
            errors.extend(validate::validate(
                self,
                default,
                None,
                schema,
                &format!("{path}.default"),
            ));
        }
        for (name, node) in &self.properties {
            if let Some(schema) = schema.properties.get(name) {
                errors
                    .extend(node.validate_defaults(schema, &format!("{path}.properties[{name}]")));
            }
        }
        if let (Some(node), Some(schema)) = (&self.items, &schema.items) {
            errors.extend(node.validate_defaults(schema, &format!("{path}.items")));
        }
        if let (Some(node), Some(crate::schema::AdditionalProperties::Schema(schema))) =
            (&self.values, &schema.additional_properties)
        {
            errors.extend(node.validate_defaults(schema, &format!("{path}.additionalProperties")));
        }
        errors
    }
}
