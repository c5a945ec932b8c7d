//! Values as Go's `fmt` prints them: the server's messages about types show them so.

use serde_json::Value;

pub(super) use crate::schema::go_format::quote as quoted;

/// `%v`: `map[a:1 b:[x <nil>]]`.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Bool(b) => b.to_string(),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() => float_text(float),
            _ => number.to_string(),
        },
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(plain).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Object(fields) => {
            let fields = fields.iter().map(|(k, v)| format!("{k}:{}", plain(v)));
            format!("map[{}]", fields.collect::<Vec<_>>().join(" "))
        }
    }
}

/// `%#v`: `map[string]interface {}{"a":1}`.
pub(super) fn syntax(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".to_owned(),
        Value::String(text) => quoted(text),
        Value::Bool(_) | Value::Number(_) => plain(value),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(syntax).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Value::Object(fields) => {
            let fields = fields.iter();
            let fields = fields.map(|(k, v)| format!("{}:{}", quoted(k), syntax(v)));
            let fields: Vec<String> = fields.collect();
            format!("map[string]interface {{}}{{{}}}", fields.join(", "))
        }
    }
}

/// `%T`.
pub(super) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

/// `%v` of a float: with an exponent from a million on and below 0.0001.
fn float_text(float: f64) -> String {
    let size = float.abs();
    if size == 0.0 || (1e-4..1e6).contains(&size) {
        return float.to_string();
    }
    let text = format!("{float:e}");
    let Some((digits, exponent)) = text.split_once('e') else {
        return text;
    };
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ('-', exponent),
        None => ('+', exponent),
    };
    format!("{digits}e{sign}{exponent:0>2}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_look_as_they_do_in_the_servers_messages() {
        let value = json!({"z": [1, "a", null, 1.5, true], "b": {}});
        assert_eq!(plain(&value), "map[b:map[] z:[1 a <nil> 1.5 true]]");
        assert_eq!(
            syntax(&value),
            r#"map[string]interface {}{"b":map[string]interface {}{}, "z":[]interface {}{1, "a", interface {}(nil), 1.5, true}}"#
        );
        assert_eq!(type_name(&value), "map[string]interface {}");
        assert_eq!(type_name(&json!([])), "[]interface {}");
    }

    #[test]
    fn texts_are_quoted_as_in_go() {
        assert_eq!(
            quoted("a\"\\\n\u{1}é\u{a0}\u{200b}"),
            "\"a\\\"\\\\\\n\\x01é\\u00a0\\u200b\""
        );
    }

    #[test]
    fn floats_have_exponents_as_in_go() {
        assert_eq!(plain(&json!(0.00001)), "1e-05");
        assert_eq!(plain(&json!(1_234_567.5)), "1.2345675e+06");
        assert_eq!(plain(&json!(1.5)), "1.5");
    }
}
