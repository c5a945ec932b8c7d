//! The rules for names, labels and annotations: a value is right if its list of sentences is empty.
//!
//! Lengths are counted in bytes.

/// The longest DNS label.
const MAX_LABEL: usize = 63;
/// The longest DNS subdomain.
const MAX_SUBDOMAIN: usize = 253;

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must \
     start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
     '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end \
     with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is \
     '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const DNS_1035_LABEL: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, \
     and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is \
     '[a-z]([-a-z0-9]*[a-z0-9])?')";
const KEY: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character \
     (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
     '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start \
     and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is \
     '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/// A DNS subdomain (RFC 1123): the names of most kinds.
#[must_use]
pub(crate) fn dns_1123_subdomain(name: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if name.len() > MAX_SUBDOMAIN {
        wrong.push(too_many_characters(MAX_SUBDOMAIN));
    }
    if !is_subdomain(name) {
        wrong.push(SUBDOMAIN.to_owned());
    }
    wrong
}

/// A DNS label (RFC 1123): the names of namespaces and services.
#[must_use]
pub(crate) fn dns_1123_label(name: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if name.len() > MAX_LABEL {
        wrong.push(too_many_characters(MAX_LABEL));
    }
    if !is_label(name) {
        // A subdomain that is no label has dots.
        wrong.push(if is_subdomain(name) {
            "must not contain dots".to_owned()
        } else {
            LABEL.to_owned()
        });
    }
    wrong
}

/// A DNS label of RFC 1035: it starts with a letter.
#[must_use]
pub(crate) fn dns_1035_label(name: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if name.len() > MAX_LABEL {
        wrong.push(too_many_characters(MAX_LABEL));
    }
    if !(is_label(name) && name.starts_with(|c: char| c.is_ascii_lowercase())) {
        wrong.push(DNS_1035_LABEL.to_owned());
    }
    wrong
}

/// What can stand in a path: the names of the RBAC kinds, and the least that every name has to fulfil.
#[must_use]
pub(crate) fn path_segment(name: &str) -> Vec<String> {
    if matches!(name, "." | "..") {
        return vec![format!("may not be '{name}'")];
    }
    path_segment_prefix(name)
}

/// [`path_segment`] for a name that is to get a suffix.
#[must_use]
pub(crate) fn path_segment_prefix(name: &str) -> Vec<String> {
    ['/', '%']
        .into_iter()
        .filter(|&c| name.contains(c))
        .map(|c| format!("may not contain '{c}'"))
        .collect()
}

/// A label key, also called a qualified name: `name` or `example.com/name`.
#[must_use]
pub(crate) fn label_key(key: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let name = match key.split_once('/') {
        None => key,
        Some((_, name)) if name.contains('/') => {
            return vec![format!(
                "a valid label key {KEY} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            )];
        }
        Some(("", name)) => {
            wrong.push("prefix part must be non-empty".to_owned());
            name
        }
        Some((prefix, name)) => {
            // The length is told in bytes here and in characters for names, as the server does.
            if prefix.len() > MAX_SUBDOMAIN {
                wrong.push(format!("prefix part {}", too_many_bytes(MAX_SUBDOMAIN)));
            }
            if !is_subdomain(prefix) {
                wrong.push(format!("prefix part {SUBDOMAIN}"));
            }
            name
        }
    };
    if name.is_empty() {
        wrong.push("name part must be non-empty".to_owned());
    } else if name.len() > MAX_LABEL {
        wrong.push(format!("name part {}", too_many_bytes(MAX_LABEL)));
    }
    if !is_key(name) {
        wrong.push(format!("name part {KEY}"));
    }
    wrong
}

/// The key of an annotation: a label key whose case doesn't matter.
#[must_use]
pub(crate) fn annotation_key(key: &str) -> Vec<String> {
    if key.chars().any(char::is_uppercase) {
        label_key(&key.to_lowercase())
    } else {
        label_key(key)
    }
}

/// The value of a label.
#[must_use]
pub(crate) fn label_value(value: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if value.len() > MAX_LABEL {
        wrong.push(too_many_bytes(MAX_LABEL));
    }
    if !value.is_empty() && !is_key(value) {
        wrong.push(LABEL_VALUE.to_owned());
    }
    wrong
}

/// `generateName` as the rule for names is to see it: a dash at its end is not the end of a name.
///
/// The server takes two characters away for the dash and puts one in their place; so does this.
#[must_use]
pub(crate) fn as_prefix(generate_name: &str) -> String {
    match generate_name.strip_suffix('-') {
        Some(rest) if !rest.is_empty() => {
            let mut name = rest.to_owned();
            name.pop();
            name.push('a');
            name
        }
        _ => generate_name.to_owned(),
    }
}

fn too_many_characters(limit: usize) -> String {
    format!("must be no more than {limit} characters")
}

fn too_many_bytes(limit: usize) -> String {
    format!("must be no more than {limit} bytes")
}

fn is_subdomain(name: &str) -> bool {
    name.split('.').all(is_label)
}

fn is_label(name: &str) -> bool {
    let bytes = name.as_bytes();
    let alphanumeric = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    bytes.first().is_some_and(alphanumeric)
        && bytes.last().is_some_and(alphanumeric)
        && bytes.iter().all(|b| alphanumeric(b) || *b == b'-')
}

fn is_key(name: &str) -> bool {
    let bytes = name.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        && bytes
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_the_server_accepts_are_accepted() {
        let longest = "a".repeat(253);
        for name in ["a", "0", "a.b-c.d", longest.as_str()] {
            assert!(dns_1123_subdomain(name).is_empty(), "{name}");
        }
        assert!(dns_1123_label("0-a").is_empty());
        assert!(dns_1035_label("a-0").is_empty());
        assert!(path_segment("Sys:tem Foo").is_empty());
        for key in ["A_b.c", "a.b/C", "x/y"] {
            assert!(label_key(key).is_empty(), "{key}");
        }
        assert!(annotation_key("A.com/x").is_empty());
        assert!(label_value("").is_empty());
        assert!(label_value("A_b.c-1").is_empty());
    }

    #[test]
    fn subdomains_and_labels_tell_what_is_wrong() {
        for name in ["", "A", "a_b", "a..b", ".", "-a", "a-", "a b"] {
            assert_eq!(dns_1123_subdomain(name), [SUBDOMAIN], "{name}");
        }
        assert_eq!(
            dns_1123_subdomain(&"a".repeat(254)),
            ["must be no more than 253 characters"]
        );
        assert_eq!(dns_1123_label("a.b"), ["must not contain dots"]);
        assert_eq!(dns_1123_label("A"), [LABEL]);
        assert_eq!(dns_1035_label("0a"), [DNS_1035_LABEL]);
    }

    #[test]
    fn path_segments_may_not_lead_elsewhere() {
        assert_eq!(path_segment(".."), ["may not be '..'"]);
        assert_eq!(
            path_segment("a/b%c"),
            ["may not contain '/'", "may not contain '%'"]
        );
        assert!(path_segment_prefix("..").is_empty());
    }

    #[test]
    fn label_keys_tell_what_is_wrong_with_which_part() {
        assert_eq!(label_key("a b"), [format!("name part {KEY}")]);
        assert_eq!(label_key("/b"), ["prefix part must be non-empty"]);
        assert_eq!(
            label_key(""),
            [
                "name part must be non-empty".to_owned(),
                format!("name part {KEY}")
            ]
        );
        assert_eq!(label_key("A.com/x"), [format!("prefix part {SUBDOMAIN}")]);
        assert_eq!(
            label_key(&"b".repeat(64)),
            ["name part must be no more than 63 bytes"]
        );
        assert_eq!(
            label_key(&format!("{}/y", "x".repeat(254))),
            ["prefix part must be no more than 253 bytes"]
        );
        let wrong = label_key("x/y/z");
        assert!(wrong[0].starts_with("a valid label key must consist of"));
        assert!(wrong[0].ends_with("prefix and '/' (e.g. 'example.com/MyName')"));
        assert_eq!(label_value("c d"), [LABEL_VALUE]);
        assert_eq!(
            label_value(&"v".repeat(64)),
            ["must be no more than 63 bytes"]
        );
    }

    #[test]
    fn a_dash_at_the_end_of_generate_name_is_no_mistake() {
        assert_eq!(as_prefix("ab-"), "aa");
        assert_eq!(as_prefix("a.b-"), "a.a");
        assert_eq!(as_prefix("a-"), "a");
        assert_eq!(as_prefix("-"), "-");
        assert_eq!(as_prefix("a."), "a.");
    }

    #[test]
    fn a_subdomain_is_labels_with_dots_between_them() {
        assert!(dns_1123_subdomain("a.b-c.1").is_empty());
        for bad in ["", ".", "a..b", "a.", "-a", "a-", "A", "a_b"] {
            assert_eq!(dns_1123_subdomain(bad), [SUBDOMAIN], "{bad}");
        }
        let long = "a.".repeat(130) + "b";
        assert_eq!(
            dns_1123_subdomain(&long),
            ["must be no more than 253 characters"]
        );
    }

    #[test]
    fn keys_have_a_name_and_perhaps_a_dns_name_before_it() {
        for key in ["a", "A_b.c-1", "a.b-c/D", "x/y", "1"] {
            assert_eq!(label_key(key), Vec::<String>::new(), "{key}");
        }
        let long = "x".repeat(64);
        assert_eq!(
            label_key(&long),
            ["name part must be no more than 63 bytes"]
        );
        let long = format!("{}/a", "x".repeat(254));
        assert_eq!(
            label_key(&long),
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
            let errors = label_key(key);
            assert_eq!(errors.len(), start.len(), "{key}: {errors:?}");
            let pairs = errors.iter().zip(start);
            pairs.for_each(|(error, start)| assert!(error.starts_with(start), "{key}: {error}"));
        }
    }

    #[test]
    fn values_may_be_empty_but_not_begin_or_end_with_punctuation() {
        for value in ["", "a", "A_b.c-1", &"x".repeat(63)] {
            assert_eq!(label_value(value), Vec::<String>::new(), "{value}");
        }
        for value in ["-a", "a-", ".", "a b", "\u{e9}", "a/b"] {
            assert_eq!(label_value(value), [LABEL_VALUE], "{value}");
        }
        assert_eq!(
            label_value(&"x".repeat(64)),
            ["must be no more than 63 bytes"]
        );
    }
}
