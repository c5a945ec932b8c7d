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
mod texts;
mod types;
mod validate;
mod value;

pub(crate) use texts::check_texts;

#[cfg(test)]
mod tests;

/// The compiled rules of one version of a custom resource.
#[derive(Debug)]
pub(crate) struct Rules {
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
    /// `Err` with what is wrong with it, which is what every value is told.
    program: Result<Node, String>,
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
    pub(crate) fn compile(schema: &Schema, path: &str) -> Result<Self, Vec<FieldError>> {
        let (root, errors) = compile::compile(schema, path, true, &[]);
        if errors.is_empty() {
            Ok(Self { root })
        } else {
            Err(errors)
        }
    }

    /// What is wrong with the rules of a CRD's `schema`. `known` is what is wrong with the schema otherwise: rules of
    /// what contains such a mistake are not looked at.
    #[must_use]
    pub(crate) fn check(schema: &Schema, path: &str, known: &[FieldError]) -> Vec<FieldError> {
        compile::compile(schema, path, true, known).1
    }

    /// What the rules of `schema` say against its default, which is at `path` in the CRD. It is its own old value, and
    /// rules that can't be compiled refuse it.
    #[must_use]
    pub(crate) fn check_default(default: &Value, schema: &Schema, path: &str) -> Vec<FieldError> {
        let (root, _) = compile::compile(schema, path, schema.embedded_resource, &[]);
        match &root {
            Some(root) => validate::validate_default(root, default, schema, path),
            None => Vec::new(),
        }
    }

    /// What the rules say against `value`, which is at `path` in errors (empty for a whole object). `old` is what it
    /// was before an update: transition rules need it, and a value that did not change excuses its old errors.
    ///
    /// `schema` has to be the one that the rules were compiled from, and `value` has to fit it otherwise.
    #[must_use]
    pub(crate) fn validate(
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
}
