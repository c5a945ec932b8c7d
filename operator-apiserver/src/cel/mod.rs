//! The rules of schemas.

use serde_json::Value;

use crate::{field_error::FieldError, schema::Schema};

/// The compiled rules of a schema.
pub struct Rules;

impl Rules {
    /// Compiles the rules of a schema that stands at `path`.
    ///
    /// # Errors
    /// What is wrong with the rules.
    pub fn compile(schema: &Schema, path: &str) -> Result<Self, Vec<FieldError>> {
        let _ = (schema, path);
        Ok(Self)
    }

    /// What the rules say of a value.
    #[must_use]
    pub fn validate(
        &self,
        value: &Value,
        old: Option<&Value>,
        schema: &Schema,
        path: &str,
    ) -> Vec<FieldError> {
        let _ = (value, old, schema, path);
        Vec::new()
    }
}
