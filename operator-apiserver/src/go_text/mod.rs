//! Values as Go prints them: the server's messages, cells and selectors show them so.
//!
//! Numbers are what Go makes of them in JSON: an `int64`, or a `float64` where they don't fit into one.

mod json;
mod number;
mod quote;

use std::fmt::Write as _;

use serde_json::{Map, Value};

pub(crate) use json::{json, json_text, struct_json};
pub(crate) use number::float;
pub(crate) use quote::{escape, quote};

/// As `%v`: texts bare, lists as `[a b]`, objects as `map[a:1 b:2]`.
pub(crate) fn plain(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, false);
    text
}

/// An object as `%v`.
pub(crate) fn plain_map(map: &Map<String, Value>) -> String {
    let mut text = String::new();
    write_map(&mut text, map, false);
    text
}

/// As `%s`, which complains about all that is no text: `%!s(int64=1)`.
pub(crate) fn as_text(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, true);
    text
}

/// As `%#v`: `map[string]interface {}{"a":1}`.
pub(crate) fn syntax(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".to_owned(),
        Value::String(text) => quote(text),
        Value::Bool(_) | Value::Number(_) => plain(value),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(syntax).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Value::Object(fields) => {
            let fields = fields.iter();
            let fields = fields.map(|(k, v)| format!("{}:{}", quote(k), syntax(v)));
            let fields: Vec<String> = fields.collect();
            format!("map[string]interface {{}}{{{}}}", fields.join(", "))
        }
    }
}

/// As a field's error shows it: texts quoted, numbers as `%v`, everything else as JSON.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => quote(text),
        Value::Number(number) => number::plain(number),
        other => json(other),
    }
}

/// As `%T`.
pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_i64() => "int64",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

/// Its type as `%s`: nothing has none.
pub(crate) fn type_as_text(value: &Value) -> &'static str {
    match value {
        Value::Null => "%!s(<nil>)",
        other => type_name(other),
    }
}

/// What the decoder of JSON calls a value that doesn't fit.
pub(crate) fn json_kind(value: &Value) -> &'static str {
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
            write!(text, "%!s({}={})", type_name(value), number::plain(number))
        }
        Value::Number(number) => write!(text, "{}", number::plain(number)),
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_printed_as_go_prints_them() {
        for (value, text, type_of) in [
            (json!(null), "<nil>", "<nil>"),
            (json!("x"), "x", "string"),
            (json!(5), "5", "int64"),
            (json!(1.5), "1.5", "float64"),
            (json!(u64::MAX), "1.8446744073709552e+19", "float64"),
            (
                json!([1, "a", null, true]),
                "[1 a <nil> true]",
                "[]interface {}",
            ),
            (
                json!({"b": 1e-5, "a": {}}),
                "map[a:map[] b:1e-05]",
                "map[string]interface {}",
            ),
        ] {
            assert_eq!(plain(&value), text);
            assert_eq!(type_name(&value), type_of);
        }
    }

    #[test]
    fn as_text_all_but_text_is_complained_about() {
        let value = json!(["foo", {"a": 1, "b": null}, 2e6]);
        let text = "[foo map[a:%!s(int64=1) b:%!s(<nil>)] %!s(float64=2e+06)]";
        assert_eq!(as_text(&value), text);
        assert_eq!(type_as_text(&json!(null)), "%!s(<nil>)");
    }

    #[test]
    fn values_look_in_gos_syntax_as_they_would_in_a_program() {
        let value = json!({"z": [1, "a", null, 1.5, true], "b": {}});
        assert_eq!(
            syntax(&value),
            r#"map[string]interface {}{"b":map[string]interface {}{}, "z":[]interface {}{1, "a", interface {}(nil), 1.5, true}}"#
        );
    }

    #[test]
    fn errors_show_texts_quoted_numbers_plain_and_the_rest_as_json() {
        for (value, text) in [
            (json!("a<b"), r#""a<b""#),
            (json!(12_345_678.5), "1.23456785e+07"),
            (json!(5), "5"),
            (
                json!(["a<b", 1e-7, 1e20]),
                r#"["a\u003cb",1e-7,100000000000000000000]"#,
            ),
        ] {
            assert_eq!(shown(&value), text);
        }
    }
}
