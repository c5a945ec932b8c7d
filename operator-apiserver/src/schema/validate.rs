//! [`validate`]: what is wrong with a value.

use serde_json::Value;

use super::Schema;
use crate::field_error::FieldError;

/// What is wrong with `value`, in the API server's words and order, list types included, CEL rules not.
///
/// With `old`, errors of parts that did not change are left out (ratcheting).
#[must_use]
pub fn validate(
    value: &Value,
    schema: &Schema,
    path: &str,
    old: Option<&Value>,
) -> Vec<FieldError> {
    let _ = (value, schema, path, old);
    unimplemented!()
}
