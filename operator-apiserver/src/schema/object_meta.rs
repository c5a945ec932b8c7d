//! The metadata of custom resources and of resources embedded in them.

use serde_json::Value;

use super::Schema;
use crate::field_error::FieldError;

/// Brings the metadata of a whole custom resource into its shape: unknown fields are dropped and returned as paths
/// (`metadata.x`).
///
/// # Errors
/// Why it can't be metadata, as the server tells it after `… cannot be handled as a Foo: `.
pub fn coerce_root(object: &mut Value) -> Result<Vec<String>, String> {
    let _ = object;
    unimplemented!()
}

/// Brings the `apiVersion`, `kind` and `metadata` of the resources embedded in a value into their shape; returns the
/// paths of the unknown fields of metadata in order.
///
/// # Errors
/// What is wrong with the first that can't be one: a 400 on a request.
pub fn coerce_embedded(value: &mut Value, schema: &Schema) -> Result<Vec<String>, FieldError> {
    let _ = (value, schema);
    unimplemented!()
}
