//! Numbers: by `%v`, and as `encoding/json` writes them.

use std::ops::Range;

use serde_json::Number;

/// The exponents without which `%v` prints a number.
const PLAIN: Range<i32> = -4..6;
/// The exponents without which JSON has a number.
const PLAIN_IN_JSON: Range<i32> = -6..21;

/// A float as `%v`: `1.5`, `1e+06`, `1e-05`.
pub(crate) fn float(value: f64) -> String {
    if !value.is_finite() {
        return match value {
            v if v.is_nan() => "NaN".to_owned(),
            v if v > 0.0 => "+Inf".to_owned(),
            _ => "-Inf".to_owned(),
        };
    }
    with_exponent(value, PLAIN, 2)
}

/// A number as `%v`.
pub(super) fn plain(number: &Number) -> String {
    of(number, float)
}

/// A number in JSON: `1e-7`, `1e+21`.
pub(super) fn in_json(number: &Number) -> String {
    of(number, |value| with_exponent(value, PLAIN_IN_JSON, 1))
}

fn of(number: &Number, float: impl FnOnce(f64) -> String) -> String {
    match (number.as_i64(), number.as_f64()) {
        (Some(integer), _) => integer.to_string(),
        (None, Some(value)) => float(value),
        (None, None) => number.to_string(),
    }
}

/// With an exponent unless that is within `plain`; a negative one has at least so many `digits`, a positive one two.
fn with_exponent(value: f64, plain: Range<i32>, digits: usize) -> String {
    // Rust's `{:e}` gives the shortest digits that read back as the same number, as Go does.
    let text = format!("{value:e}");
    let Some((mantissa, exponent)) = text.split_once('e') else {
        return text;
    };
    if exponent.parse().is_ok_and(|e| plain.contains(&e)) {
        return value.to_string();
    }
    match exponent.strip_prefix('-') {
        Some(exponent) => format!("{mantissa}e-{exponent:0>digits$}"),
        None => format!("{mantissa}e+{exponent:0>2}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Seen in messages of a 1.37.
    #[test]
    fn floats_turn_to_exponents_where_go_does() {
        for (value, text) in [
            (0.0, "0"),
            (1.0, "1"),
            (-2.25, "-2.25"),
            (123_456.5, "123456.5"),
            (1e6, "1e+06"),
            (12_345_678.5, "1.23456785e+07"),
            (1e20, "1e+20"),
            (1e-4, "0.0001"),
            (1.5e-5, "1.5e-05"),
            (f64::INFINITY, "+Inf"),
        ] {
            assert_eq!(float(value), text);
        }
    }

    #[test]
    fn json_has_exponents_for_larger_and_smaller_numbers_only() {
        for (value, text) in [
            (json!(1e20), "100000000000000000000"),
            (json!(1e21), "1e+21"),
            (json!(0.000_001), "0.000001"),
            (json!(1e-7), "1e-7"),
            (json!(u64::MAX), "18446744073709552000"),
            (json!(-5), "-5"),
        ] {
            assert_eq!(value.as_number().map(in_json).as_deref(), Some(text));
        }
    }
}
