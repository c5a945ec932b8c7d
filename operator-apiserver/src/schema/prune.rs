//! [`prune`]: what a custom resource's schema does not know is dropped.

use serde_json::Value;

use super::Schema;

/// Drops what the schema does not know; returns the paths (`spec.x`, `spec.list[0].y`) in order.
/// `value` is a whole object if `is_resource`: its `apiVersion`, `kind` and `metadata` are then left alone.
pub fn prune(value: &mut Value, schema: &Schema, is_resource: bool) -> Vec<String> {
    let _ = (value, schema, is_resource);
    unimplemented!()
}
