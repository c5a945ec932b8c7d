//! JSON as `encoding/json` writes it: safe within HTML.

use serde_json::Value;

use super::number;

/// A value.
pub(crate) fn json(value: &Value) -> String {
    struct_json(value, &[])
}

/// The value of a struct: the fields that `order` names stand in that order, the keys of maps, which are not among
/// them, in their own.
pub(crate) fn struct_json(value: &Value, order: &[&str]) -> String {
    let mut output = String::new();
    write(value, order, &mut output);
    output
}

/// A text, with its quotes.
pub(crate) fn json_text(text: &str) -> String {
    let mut output = String::new();
    write_text(text, &mut output);
    output
}

fn write(value: &Value, order: &[&str], output: &mut String) {
    match value {
        Value::Number(number) => output.push_str(&number::in_json(number)),
        Value::String(text) => write_text(text, output),
        Value::Array(list) => {
            output.push('[');
            for (index, item) in list.iter().enumerate() {
                if index > 0 {
                    output.push(',');
                }
                write(item, order, output);
            }
            output.push(']');
        }
        Value::Object(map) => {
            let rank = |key: &str| order.iter().position(|field| *field == key);
            let mut fields: Vec<_> = map.iter().collect();
            if fields.iter().all(|(key, _)| rank(key).is_some()) {
                fields.sort_by_key(|(key, _)| rank(key));
            }
            output.push('{');
            for (index, (key, value)) in fields.into_iter().enumerate() {
                if index > 0 {
                    output.push(',');
                }
                write_text(key, output);
                output.push(':');
                write(value, order, output);
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

    #[test]
    fn a_struct_has_its_own_order_and_a_map_the_one_of_its_keys() {
        let value = json!({"a": {"y": 1, "x": 2}, "b": {"b": [], "z": 1, "a": 2}});
        assert_eq!(
            struct_json(&value, &["y", "x", "b", "a"]),
            r#"{"b":{"a":2,"b":[],"z":1},"a":{"y":1,"x":2}}"#
        );
    }
}
