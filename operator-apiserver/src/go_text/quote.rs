//! Texts in quotes.

use std::fmt::Write as _;

/// A text as `%q`.
pub(crate) fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        if let Some(escape) = escape(c) {
            out.push_str(escape);
            continue;
        }
        match c {
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

/// The escape of a character that has one with a letter or a sign of its own.
pub(crate) fn escape(c: char) -> Option<&'static str> {
    Some(match c {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\u{7}' => "\\a",
        '\u{8}' => "\\b",
        '\u{c}' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\u{b}' => "\\v",
        _ => return None,
    })
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
