//! What label keys and values may look like: the API server's own sentences about those that don't.

use std::borrow::Cow;

const KEY: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
    alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
    '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or \
    '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', \
    regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

const PREFIX: &str = "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric \
    characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex \
    used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

/// What is wrong with a label key, nothing if it is fine.
#[must_use]
pub fn key_errors(key: &str) -> Vec<Cow<'static, str>> {
    let mut errors = Vec::new();
    let (prefix, name) = match key.split_once('/') {
        None => (None, key),
        Some((_, name)) if name.contains('/') => {
            let more = "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
            errors.push(format!("a valid label key {KEY} {more}").into());
            return errors;
        }
        Some((prefix, name)) => (Some(prefix), name),
    };
    match prefix {
        Some("") => errors.push("prefix part must be non-empty".into()),
        Some(prefix) => {
            if prefix.len() > 253 {
                errors.push("prefix part must be no more than 253 bytes".into());
            }
            if !prefix.split('.').all(is_dns_label) {
                errors.push(PREFIX.into());
            }
        }
        None => {}
    }
    if name.is_empty() {
        errors.push("name part must be non-empty".into());
    } else if name.len() > 63 {
        errors.push("name part must be no more than 63 bytes".into());
    }
    if !is_qualified(name) {
        errors.push(format!("name part {KEY}").into());
    }
    errors
}

/// What is wrong with a label value, nothing if it is fine.
#[must_use]
pub fn value_errors(value: &str) -> Vec<Cow<'static, str>> {
    let mut errors = Vec::new();
    if value.len() > 63 {
        errors.push("must be no more than 63 bytes".into());
    }
    if !value.is_empty() && !is_qualified(value) {
        errors.push(VALUE.into());
    }
    errors
}

/// `([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]`
fn is_qualified(text: &str) -> bool {
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    ends_are(text, u8::is_ascii_alphanumeric) && text.as_bytes().iter().all(inner)
}

/// `[a-z0-9]([-a-z0-9]*[a-z0-9])?`, of any length.
fn is_dns_label(text: &str) -> bool {
    let end = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    ends_are(text, end)
        && text
            .as_bytes()
            .iter()
            .all(|byte| end(byte) || *byte == b'-')
}

fn ends_are(text: &str, allowed: impl Fn(&u8) -> bool) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(&allowed) && bytes.last().is_some_and(&allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_a_name_and_perhaps_a_dns_name_before_it() {
        for key in ["a", "A_b.c-1", "a.b-c/D", "x/y", "1"] {
            assert_eq!(key_errors(key), Vec::<String>::new(), "{key}");
        }
        let long = "x".repeat(64);
        assert_eq!(
            key_errors(&long),
            ["name part must be no more than 63 bytes"]
        );
        let long = format!("{}/a", "x".repeat(254));
        assert_eq!(
            key_errors(&long),
            ["prefix part must be no more than 253 bytes"]
        );
        for (key, start) in [
            (
                "",
                vec!["name part must be non-empty", "name part must consist of"],
            ),
            ("/a", vec!["prefix part must be non-empty"]),
            (
                "a/",
                vec!["name part must be non-empty", "name part must consist of"],
            ),
            (
                "A/b",
                vec!["prefix part a lowercase RFC 1123 subdomain must consist of"],
            ),
            (
                "a..b/c",
                vec!["prefix part a lowercase RFC 1123 subdomain must consist of"],
            ),
            ("a/b/c", vec!["a valid label key must consist of"]),
            ("-a", vec!["name part must consist of"]),
            ("a\u{e9}", vec!["name part must consist of"]),
        ] {
            let errors = key_errors(key);
            assert_eq!(errors.len(), start.len(), "{key}: {errors:?}");
            let pairs = errors.iter().zip(start);
            pairs.for_each(|(error, start)| assert!(error.starts_with(start), "{key}: {error}"));
        }
    }

    #[test]
    fn values_may_be_empty_but_not_begin_or_end_with_punctuation() {
        for value in ["", "a", "A_b.c-1", &"x".repeat(63)] {
            assert_eq!(value_errors(value), Vec::<String>::new(), "{value}");
        }
        for value in ["-a", "a-", ".", "a b", "\u{e9}", "a/b"] {
            assert_eq!(value_errors(value), [VALUE], "{value}");
        }
        assert_eq!(
            value_errors(&"x".repeat(64)),
            ["must be no more than 63 bytes"]
        );
    }
}
