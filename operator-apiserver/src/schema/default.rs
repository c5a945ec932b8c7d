//! Defaults and nulls of custom resources.

use serde_json::Value;

use super::Schema;

/// Fills in the schema's defaults below values that exist.
pub fn apply_defaults(value: &mut Value, schema: &Schema) {
    let _ = (value, schema);
    unimplemented!()
}

/// Drops nulls where the schema does not allow null and has no default that replaces it; call before
/// [`apply_defaults`].
pub fn drop_nulls(value: &mut Value, schema: &Schema) {
    let _ = (value, schema);
    unimplemented!()
}
