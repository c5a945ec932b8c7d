//! JSON values in a total order, and their equality by value: 1 is 1.0.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use crate::go_text;

/// Numbers, texts, booleans, lists, objects, null, in this order.
pub(super) fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => compare_numbers(a, b),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Array(a), Value::Array(b)) => {
            let pairs = a.iter().zip(b);
            let mut orders = pairs.map(|(a, b)| compare(a, b));
            let first = orders.find(|order| order.is_ne());
            first.unwrap_or_else(|| a.len().cmp(&b.len()))
        }
        (Value::Object(a), Value::Object(b)) => {
            let pairs = a.iter().zip(b);
            let mut orders = pairs.map(|((k, v), (l, w))| k.cmp(l).then_with(|| compare(v, w)));
            let first = orders.find(|order| order.is_ne());
            first.unwrap_or_else(|| a.len().cmp(&b.len()))
        }
        _ => rank(a).cmp(&rank(b)),
    }
}

/// Whether the values are the same, whatever way their numbers are written.
pub(super) fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => compare_numbers(a, b).is_eq(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let same =
                |((k, v), (l, w)): ((&String, &Value), (&String, &Value))| k == l && equal(v, w);
            a.len() == b.len() && a.iter().zip(b).all(same)
        }
        (a, b) => a == b,
    }
}

/// As in paths of error messages: `"text"`, `1`, `true`.
pub(super) fn human(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::String(text) => go_text::quote(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(human).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(fields) => {
            let fields = fields.iter().map(|(k, v)| format!("{k}={}", human(v)));
            fields.collect::<Vec<_>>().concat()
        }
        other => go_text::plain(other),
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Number(_) => 0,
        Value::String(_) => 1,
        Value::Bool(_) => 2,
        Value::Array(_) => 3,
        Value::Object(_) => 4,
        Value::Null => 5,
    }
}

/// Exact also where an integer does not fit into a float: the order has to be total, or sorting would go wrong.
fn compare_numbers(a: &Number, b: &Number) -> Ordering {
    match (a.as_i128(), b.as_i128()) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(a), None) => compare_mixed(a, float(b)),
        (None, Some(b)) => compare_mixed(b, float(a)).reverse(),
        (None, None) => float(a).total_cmp(&float(b)),
    }
}

fn float(number: &Number) -> f64 {
    // Minus zero is zero.
    number.as_f64().unwrap_or_default() + 0.0
}

fn compare_mixed(integer: i128, float: f64) -> Ordering {
    // The cast saturates, and no JSON integer is as large as that.
    #[allow(clippy::cast_possible_truncation)] // the rest is looked at next
    let whole = float as i128;
    integer.cmp(&whole).then_with(|| {
        let rest = float.fract();
        0.0_f64.total_cmp(&(rest + 0.0))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_is_by_type_and_then_by_value() {
        let values = [
            json!(-1.5),
            json!(-1),
            json!(0),
            json!(0.5),
            json!(9_007_199_254_740_992_u64),
            json!(9_007_199_254_740_993_u64),
            json!(1e300),
            json!("a"),
            json!("b"),
            json!(false),
            json!([1]),
            json!([1, 1]),
            json!({"a": 1}),
            json!({"a": 2}),
            json!(null),
        ];
        for (i, a) in values.iter().enumerate() {
            for (j, b) in values.iter().enumerate() {
                assert_eq!(compare(a, b), i.cmp(&j), "{a} {b}");
                assert_eq!(equal(a, b), i == j, "{a} {b}");
            }
        }
    }

    #[test]
    fn numbers_are_equal_by_value() {
        assert!(equal(&json!({"a": [1, -0.0]}), &json!({"a": [1.0, 0]})));
        assert!(compare(&json!(0.0), &json!(-0.0)).is_eq());
    }
}
