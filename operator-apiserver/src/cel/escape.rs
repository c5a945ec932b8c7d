//! How the names of fields are written in CEL, where they are no identifiers: Kubernetes' own escaping.

/// Words that CEL keeps for itself.
const RESERVED: [&str; 21] = [
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

const SIGNS: [(&str, &str); 4] = [
    ("__underscores__", "__"),
    ("__dot__", "."),
    ("__dash__", "-"),
    ("__slash__", "/"),
];

/// The name of a field in CEL, `None` if it has none there.
pub(super) fn escape(field: &str) -> Option<String> {
    let bytes = field.as_bytes();
    let first = *bytes.first()?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/');
    if first.is_ascii_digit() || !bytes.iter().all(|b| plain(*b)) {
        return None;
    }
    if RESERVED.contains(&field) {
        return Some(format!("__{field}__"));
    }
    let mut escaped = String::with_capacity(field.len());
    let mut rest = field;
    'next: while let Some(c) = rest.chars().next() {
        for (name, sign) in SIGNS {
            if let Some(after) = rest.strip_prefix(sign) {
                escaped.push_str(name);
                rest = after;
                continue 'next;
            }
        }
        escaped.push(c);
        rest = &rest[c.len_utf8()..];
    }
    Some(escaped)
}

/// The field that a name in CEL stands for.
pub(super) fn unescape(name: &str) -> String {
    if !name.contains("__") {
        return name.to_owned();
    }
    let word = name.strip_prefix("__").and_then(|n| n.strip_suffix("__"));
    if let Some(word) = word.filter(|w| RESERVED.contains(w)) {
        return word.to_owned();
    }
    let mut field = String::with_capacity(name.len());
    let mut rest = name;
    'next: while let Some(c) = rest.chars().next() {
        for (escaped, sign) in SIGNS {
            if let Some(after) = rest.strip_prefix(escaped) {
                field.push_str(sign);
                rest = after;
                continue 'next;
            }
        }
        field.push(c);
        rest = &rest[c.len_utf8()..];
    }
    field
}

/// The escaped form of a reserved word: `self.namespace` is `self.__namespace__`.
pub(super) fn reserved(name: &str) -> Option<String> {
    RESERVED.contains(&name).then(|| format!("__{name}__"))
}

#[cfg(test)]
mod tests {
    use super::{escape, unescape};

    #[test]
    fn names_are_escaped_as_the_server_does_and_come_back() {
        for (field, name) in [
            ("plain", "plain"),
            ("my_field", "my_field"),
            ("a__b", "a__underscores__b"),
            ("__y__", "__underscores__y__underscores__"),
            ("a-b.c/d", "a__dash__b__dot__c__slash__d"),
            ("namespace", "__namespace__"),
            ("int", "int"),
            ("a__dash__b", "a__underscores__dash__underscores__b"),
            ("a___b", "a__underscores___b"),
        ] {
            assert_eq!(escape(field).as_deref(), Some(name));
            assert_eq!(unescape(name), field);
        }
    }

    #[test]
    fn other_signs_have_no_name_in_cel() {
        for field in ["", "1a", "a$", "é", "a b"] {
            assert_eq!(escape(field), None, "{field}");
        }
    }
}
