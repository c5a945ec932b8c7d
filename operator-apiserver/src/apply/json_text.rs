//! JSON inside of `FieldsV1` keys, byte for byte as the API server's encoder writes it.

use std::fmt::Write;

use serde_json::Value;

use crate::go_text;

/// A key's name: only what JSON demands is escaped.
pub(super) fn push_name(out: &mut String, name: &str) {
    push_text(out, name, false);
}

/// A value: texts are escaped so that they could stand in HTML.
pub(super) fn push_value(out: &mut String, value: &Value) {
    match value {
        Value::String(text) => push_text(out, text, true),
        other => out.push_str(&go_text::json(other)),
    }
}

fn push_text(out: &mut String, text: &str, html: bool) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // Writing to a String can't fail.
            '\0'..' ' => _ = write!(out, "\\u{:04x}", u32::from(c)),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' if html => {
                _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_have_the_shortest_form_that_go_gives_them() {
        for (value, text) in [
            (json!(1.0), "1"),
            (json!(-0.5), "-0.5"),
            (json!(1e20), "100000000000000000000"),
            (json!(1e21), "1e+21"),
            (json!(1e-7), "1e-7"),
            (json!(0.000_001), "0.000001"),
            (
                json!(18_446_744_073_709_551_615_u64),
                "18446744073709552000",
            ),
        ] {
            let mut out = String::new();
            push_value(&mut out, &value);
            assert_eq!(out, text);
        }
    }

    #[test]
    fn only_values_are_escaped_for_html() {
        let mut out = String::new();
        push_name(&mut out, "<&>\u{1}");
        push_value(&mut out, &json!("<&>\u{7f}"));
        assert_eq!(out, "\"<&>\\u0001\"\"\\u003c\\u0026\\u003e\u{7f}\"");
    }
}
