//! Values as Go's `fmt` prints them: the server's messages and cells contain such texts.

use std::ops::Range;

use serde_json::{Number, Value};

/// As `%v`: texts bare, lists as `[a b]`, objects as `map[a:1 b:2]`.
pub(super) fn print(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => number(value, -4..6, 2),
        Value::Array(list) => {
            let items: Vec<String> = list.iter().map(print).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Object(map) => {
            let item = |(key, value)| format!("{key}:{}", print(value));
            let items: Vec<String> = map.iter().map(item).collect();
            format!("map[{}]", items.join(" "))
        }
    }
}

/// As `%T`.
pub(super) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_i64() => "int64",
        Value::Number(_) => "float64",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

/// A number: with an exponent unless that is within `plain`; a negative one has at least that many `digits`, a positive
/// one has two.
pub(super) fn number(number: &Number, plain: Range<i32>, digits: usize) -> String {
    let float = match (number.as_i64(), number.as_f64()) {
        (Some(whole), _) => return whole.to_string(),
        (None, Some(float)) => float,
        (None, None) => return number.to_string(),
    };
    let text = format!("{float:e}");
    let Some((mantissa, exponent)) = text.split_once('e') else {
        return text;
    };
    if exponent
        .parse()
        .is_ok_and(|exponent| plain.contains(&exponent))
    {
        return float.to_string();
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

    #[test]
    fn values_are_printed_as_go_does() {
        for (value, text, type_name_) in [
            (json!(null), "<nil>", "<nil>"),
            (json!("x"), "x", "string"),
            (json!(5), "5", "int64"),
            (json!(1.5), "1.5", "float64"),
            (json!(1e21), "1e+21", "float64"),
            (json!(1e-5), "1e-05", "float64"),
            (json!(0.0001), "0.0001", "float64"),
            (json!(-123_456.5), "-123456.5", "float64"),
            (json!(1_234_567.5), "1.2345675e+06", "float64"),
            (json!(1e20), "1e+20", "float64"),
            (json!([1, "a"]), "[1 a]", "[]interface {}"),
            (
                json!({"b": 1, "a": {}}),
                "map[a:map[] b:1]",
                "map[string]interface {}",
            ),
        ] {
            assert_eq!(print(&value), text);
            assert_eq!(type_name(&value), type_name_);
        }
    }
}
