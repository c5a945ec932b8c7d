//! Numbers as the server keeps them: 64-bit integers exactly, everything else as a float.

use serde_json::{Number, Value};

/// A number as Go decodes it where no type says more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Numeric {
    Integer(i64),
    Float(f64),
}

impl Numeric {
    pub(super) fn of(number: &Number) -> Self {
        number.as_i64().map_or_else(
            || Self::Float(number.as_f64().unwrap_or_default()),
            Self::Integer,
        )
    }

    #[allow(
        clippy::cast_precision_loss,
        reason = "Go loses the same digits where it compares integers as floats"
    )]
    pub(super) fn as_float(self) -> f64 {
        match self {
            Self::Integer(integer) => integer as f64,
            Self::Float(float) => float,
        }
    }
}

/// Writes integral floats as integers, as they come back from the server: `1.0` and `1e3` are 1 and 1000.
pub(crate) fn canonical_numbers(value: &mut Value) {
    match value {
        Value::Number(number) if !number.is_i64() => {
            let float = number.as_f64().unwrap_or_default();
            match integral(float) {
                Some(integer) => *number = integer.into(),
                // Too large for the server's integers.
                None => *number = Number::from_f64(float).unwrap_or_else(|| number.clone()),
            }
        }
        Value::Array(items) => items.iter_mut().for_each(canonical_numbers),
        Value::Object(fields) => fields.values_mut().for_each(canonical_numbers),
        _ => {}
    }
}

/// The integer that a float stands for exactly, if it fits.
#[allow(
    clippy::cast_possible_truncation,
    reason = "the range is checked, and 2^63 itself is left out"
)]
pub(super) fn integral(float: f64) -> Option<i64> {
    let limit = 9_223_372_036_854_775_808.0;
    (float.trunc().to_bits() == float.to_bits() && float >= -limit && float < limit)
        .then_some(float as i64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn integral_floats_become_integers_and_nothing_else_changes() {
        let mut value = json!({"a": 1.0, "b": [1e3, 1.5, 9_007_199_254_740_993_i64, -0.0], "c": 1e300, "d": "1.0"});
        canonical_numbers(&mut value);
        let expected =
            json!({"a": 1, "b": [1000, 1.5, 9_007_199_254_740_993_i64, 0], "c": 1e300, "d": "1.0"});
        assert_eq!(value, expected);
    }
}
