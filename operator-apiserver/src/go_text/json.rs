//! JSON as `encoding/json` writes it: safe within HTML.

use serde_json::Value;

use super::number;

/// A value.
pub(crate) fn json(value: &Value) -> String {
    let mut output = String::new();
    write(value, &mut output);
    output
}

/// A text, with its quotes.
pub(crate) fn json_text(text: &str) -> String {
    let mut output = String::new();
    write_text(text, &mut output);
    output
}

fn write(value: &Value, output: &mut String) {
    match value {
        Value::Number(number) => output.push_str(&number::in_json(number)),
        Value::String(text) => write_text(text, output),
        Value::Array(list) => {
            output.push('[');
            for (index, item) in list.iter().enumerate() {
                if index > 0 {
                    output.push(',');
                }
                write(item, output);
            }
            output.push(']');
        }
        Value::Object(map) => {
            output.push('{');
            for (index, (key, value)) in map.iter().enumerate() {
                if index > 0 {
                    output.push(',');
                }
                write_text(key, output);
                output.push(':');
                write(value, output);
            }
            output.push('}');
        }
        Value::Null => output.push_str("null"),
        Value::Bool(value) => output.push_str(if *value { "true" } else { "false" }),
    }
}

fn write_text(text: &str, output: &mut String) {
    for c in Value::from(text).to_string().chars() {
        match c {
            '<' => output.push_str("\\u003c"),
            '>' => output.push_str("\\u003e"),
            '&' => output.push_str("\\u0026"),
            '\u{2028}' => output.push_str("\\u2028"),
            '\u{2029}' => output.push_str("\\u2029"),
            c => output.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_is_safe_within_html() {
        let value = json!({"b": [1e-7, 1e20, 1e21, 0.1, null, true], "a": "<&>\"\u{e9}"});
        assert_eq!(
            json(&value),
            r#"{"a":"\u003c\u0026\u003e\"é","b":[1e-7,100000000000000000000,1e+21,0.1,null,true]}"#
        );
    }
}
