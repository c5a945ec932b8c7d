//! [`canonical_numbers`]: numbers as the server has them.

use serde_json::Value;

/// Makes whole numbers of those without a fraction.
pub fn canonical_numbers(value: &mut Value) {
    let _ = value;
    unimplemented!()
}
