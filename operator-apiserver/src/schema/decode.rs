//! [`decode_typed`]: what decoding JSON into a built-in kind's Go type does to a value.

use serde_json::Value;

use super::Schema;
use crate::error::ApiError;

/// Brings a value into the shape that the Go type of a built-in kind gives it: unknown fields are dropped and
/// returned as the server names them (`unknown field "spec.x"`), nulls and empty values vanish where
/// the type omits them, numbers become what their format says.
///
/// # Errors
/// A 400 in the server's words where the type can't hold a value (a string for a number …).
pub fn decode_typed(value: &mut Value, schema: &Schema) -> Result<Vec<String>, ApiError> {
    let _ = (value, schema);
    unimplemented!()
}
