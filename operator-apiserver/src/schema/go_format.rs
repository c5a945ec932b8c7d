//! Numbers and texts as Go prints them in messages: `%v` of a float and `%q` of a text.

use std::fmt::Write as _;

use serde_json::{Number, Value};

/// A float as Go's `%v` prints it: `1.5`, `1e+21`, `1e-05`.
pub(crate) fn float(value: f64) -> String {
    if !value.is_finite() {
        return match value {
            v if v.is_nan() => "NaN".to_owned(),
            v if v > 0.0 => "+Inf".to_owned(),
            _ => "-Inf".to_owned(),
        };
    }
    // Rust's `{:e}` gives the shortest digits that read back as the same number, as Go does.
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..21).contains(&exponent) {
        return format!("{value}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// A text as Go's `%q` prints it.
pub(crate) fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            ' '..='~' => out.push(c),
            // A `String` takes every write.
            '\0'..='\u{7f}' => _ = write!(out, "\\x{:02x}", u32::from(c)),
            _ if is_printable(c) => out.push(c),
            _ if u32::from(c) < 0x1_0000 => _ = write!(out, "\\u{:04x}", u32::from(c)),
            _ => _ = write!(out, "\\U{:08x}", u32::from(c)),
        }
    }
    out.push('"');
    out
}

/// A value as an error shows it: texts quoted, everything else as JSON.
pub(crate) fn value(value: &Value) -> String {
    match value {
        Value::String(text) => quote(text),
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(number) => float(number),
            None => number.to_string(),
        },
        other => {
            let mut out = String::new();
            json(other, &[], &mut out);
            out
        }
    }
}

/// The JSON of Go structs: their fields stand in the order of `fields`, the keys of maps, which are not among them,
/// in their own.
pub(crate) fn struct_json(value: &Value, fields: &[&str]) -> String {
    let mut out = String::new();
    json(value, fields, &mut out);
    out
}

/// JSON as Go writes it, which escapes what HTML could mistake. An object with a key that is none of `order` is a map,
/// whose keys are sorted.
fn json(value: &Value, order: &[&str], out: &mut String) {
    match value {
        Value::Object(fields) => {
            let rank = |name: &str| order.iter().position(|field| *field == name);
            let mut fields: Vec<_> = fields.iter().collect();
            if fields.iter().all(|(name, _)| rank(name).is_some()) {
                fields.sort_by_key(|(name, _)| rank(name));
            }
            out.push('{');
            for (index, (name, value)) in fields.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                json_text(name, out);
                out.push(':');
                json(value, order, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                json(item, order, out);
            }
            out.push(']');
        }
        Value::String(text) => json_text(text, out),
        Value::Number(number) => out.push_str(&json_number(number)),
        // A `String` takes every write.
        Value::Bool(_) | Value::Null => _ = write!(out, "{value}"),
    }
}

fn json_number(number: &Number) -> String {
    match number.as_f64().filter(|_| number.is_f64()) {
        Some(float) if float == 0.0 || (1e-6..1e21).contains(&float.abs()) => format!("{float}"),
        // Without a leading zero in a negative exponent.
        Some(float) => self::float(float).replace("e-0", "e-"),
        None => number.to_string(),
    }
}

fn json_text(text: &str, out: &mut String) {
    for c in Value::from(text).to_string().chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => _ = write!(out, "\\u{:04x}", u32::from(c)),
            c => out.push(c),
        }
    }
}

/// Whether Go shows a character beyond ASCII as it is: letters, marks, numbers, punctuation and symbols.
fn is_printable(c: char) -> bool {
    if c.is_whitespace() {
        return false;
    }
    // `escape_debug` escapes what is not printable, and combining marks, which Go prints.
    c.escape_debug().len() == 1 || !(c.is_control() || is_unassigned_or_format(c))
}

fn is_unassigned_or_format(c: char) -> bool {
    matches!(u32::from(c),
        0xad | 0x600..=0x605 | 0x61c | 0x6dd | 0x70f | 0x180e | 0x200b..=0x200f | 0x202a..=0x202e
        | 0x2060..=0x206f | 0xe000..=0xf8ff | 0xfeff | 0xfff0..=0xfffb | 0xfffe | 0xffff
        | 0xe_0000..=0x10_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_turn_to_exponents_where_go_does() {
        let cases = [
            (1.0, "1"),
            (0.5, "0.5"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (1.5e-5, "1.5e-05"),
            (1e-4, "0.0001"),
            (-2.25, "-2.25"),
        ];
        for (value, expected) in cases {
            assert_eq!(float(value), expected);
        }
    }

    #[test]
    fn values_are_shown_as_go_shows_them() {
        let cases = [
            (serde_json::json!("a<b"), r#""a<b""#),
            (
                serde_json::json!(["a<b", 1.0, 1e-7, null]),
                r#"["a\u003cb",1,1e-7,null]"#,
            ),
            (serde_json::json!({"a": {"b": true}}), r#"{"a":{"b":true}}"#),
            (serde_json::json!(1e-6), "1e-06"),
            (serde_json::json!(5), "5"),
        ];
        for (shown, expected) in cases {
            assert_eq!(value(&shown), expected);
        }
    }

    #[test]
    fn texts_are_quoted_with_gos_escapes() {
        let cases = [
            ("a\"b", r#""a\"b""#),
            ("a\0\u{7}\n", r#""a\x00\a\n""#),
            ("\u{e4}<\u{a0}\u{200b}", r#""ä<\u00a0\u200b""#),
        ];
        for (text, expected) in cases {
            assert_eq!(quote(text), expected);
        }
    }
}
