//! The comparisons of filters: only like with like.

use std::cmp::Ordering;

use serde_json::Value;

use super::{JsonPathError, error};

/// Compares two values; whole numbers and others are not alike, and of booleans there is no order.
pub(super) fn compare(operator: &str, left: &Value, right: &Value) -> Result<bool, JsonPathError> {
    let equality = matches!(operator, "==" | "!=");
    let ordering = match (left, right) {
        (Value::Bool(left), Value::Bool(right)) if equality => left.cmp(right),
        (Value::String(left), Value::String(right)) => left.cmp(right),
        (Value::Number(left), Value::Number(right)) => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => left.cmp(&right),
            (None, None) => {
                let (left, right) = (left.as_f64(), right.as_f64());
                left.partial_cmp(&right).unwrap_or(Ordering::Greater)
            }
            _ => return error("incompatible types for comparison"),
        },
        (Value::Bool(_) | Value::String(_) | Value::Number(_), _) => {
            return error("incompatible types for comparison");
        }
        _ => return error("invalid type for comparison"),
    };
    match operator {
        "==" => Ok(ordering.is_eq()),
        "!=" => Ok(ordering.is_ne()),
        "<" => Ok(ordering.is_lt()),
        "<=" => Ok(ordering.is_le()),
        ">" => Ok(ordering.is_gt()),
        ">=" => Ok(ordering.is_ge()),
        _ => error(format!("unrecognized filter operator {operator}")),
    }
}
