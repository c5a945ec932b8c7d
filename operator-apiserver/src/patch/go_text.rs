//! How Go prints a JSON value: the server's messages show values that way.

use std::fmt::Write;

use serde_json::{Map, Number, Value};

/// As `%v` prints it: `map[a:1 b:[x y]]`.
pub(super) fn of_value(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, false);
    text
}

/// As `%v` prints an object.
pub(super) fn of_map(map: &Map<String, Value>) -> String {
    let mut text = String::new();
    write_map(&mut text, map, false);
    text
}

/// As `%s` prints it, which complains about all that is no text: `%!s(int64=1)`.
pub(super) fn of_text(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, true);
    text
}

/// The name of the type that Go holds it in.
pub(super) fn of_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "%!s(<nil>)",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

/// What the decoder calls a JSON value that doesn't fit.
pub(super) fn of_json_kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn write(text: &mut String, value: &Value, as_text: bool) {
    // Writing into a `String` can't fail.
    let _ = match value {
        Value::Null if as_text => write!(text, "%!s(<nil>)"),
        Value::Null => write!(text, "<nil>"),
        Value::Bool(flag) if as_text => write!(text, "%!s(bool={flag})"),
        Value::Bool(flag) => write!(text, "{flag}"),
        Value::Number(number) if as_text => {
            write!(text, "%!s({}={})", of_type(value), of_number(number))
        }
        Value::Number(number) => write!(text, "{}", of_number(number)),
        Value::String(string) => write!(text, "{string}"),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(' ');
                }
                write(text, item, as_text);
            }
            text.push(']');
            Ok(())
        }
        Value::Object(map) => {
            write_map(text, map, as_text);
            Ok(())
        }
    };
}

fn write_map(text: &mut String, map: &Map<String, Value>, as_text: bool) {
    text.push_str("map[");
    for (index, (key, item)) in map.iter().enumerate() {
        if index > 0 {
            text.push(' ');
        }
        text.push_str(key);
        text.push(':');
        write(text, item, as_text);
    }
    text.push(']');
}

/// Floats as Go's `%v` has them: an exponent of two digits below 1e-4 and from 1e21 on.
fn of_number(number: &Number) -> String {
    let Some(float) = number.as_f64().filter(|_| number.is_f64()) else {
        return number.to_string();
    };
    let size = float.abs();
    if size == 0.0 || (1e-4..1e21).contains(&size) {
        return format!("{float}");
    }
    let text = format!("{float:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    format!("{mantissa}e{sign}{digits:0>2}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_print_as_go_prints_them() {
        let value = json!({"b": 1.5, "a": [1, "x", null, true], "c": 1e21, "d": 0.00001, "e": 2.0});
        assert_eq!(
            of_value(&value),
            "map[a:[1 x <nil> true] b:1.5 c:1e+21 d:1e-05 e:2]"
        );
    }

    #[test]
    fn as_text_all_but_text_is_complained_about() {
        assert_eq!(
            of_text(&json!(["foo", {"a": 1}])),
            "[foo map[a:%!s(int64=1)]]"
        );
    }
}
