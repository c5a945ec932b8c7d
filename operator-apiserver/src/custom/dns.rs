//! The DNS names that CRDs and custom resources are called by, and the server's sentences about bad ones.

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
    and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

const LABEL: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an \
    alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for \
    validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

/// What is wrong with `name` as an RFC 1123 subdomain.
pub(super) fn subdomain_errors(name: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if name.len() > 253 {
        errors.push("must be no more than 253 characters".to_owned());
    }
    if !name.split('.').all(is_label) {
        errors.push(SUBDOMAIN.to_owned());
    }
    errors
}

/// What is wrong with `name` as a DNS-1035 label, in one sentence.
pub(super) fn label_error(name: &str) -> Option<String> {
    let mut errors = Vec::new();
    if name.len() > 63 {
        errors.push("must be no more than 63 characters");
    }
    if !(is_label(name) && name.starts_with(|c: char| c.is_ascii_lowercase())) {
        errors.push(LABEL);
    }
    (!errors.is_empty()).then(|| errors.join(","))
}

fn is_label(part: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = part.as_bytes();
    match (bytes.first(), bytes.last()) {
        (Some(&first), Some(&last)) => {
            inner(first) && inner(last) && bytes.iter().all(|&b| inner(b) || b == b'-')
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subdomain_is_labels_with_dots_between_them() {
        assert!(subdomain_errors("a.b-c.1").is_empty());
        for bad in ["", ".", "a..b", "a.", "-a", "a-", "A", "a_b"] {
            assert_eq!(subdomain_errors(bad), [SUBDOMAIN], "{bad}");
        }
        let long = "a.".repeat(130) + "b";
        assert_eq!(
            subdomain_errors(&long),
            ["must be no more than 253 characters"]
        );
    }

    #[test]
    fn a_label_begins_with_a_letter() {
        assert_eq!(label_error("a1-b"), None);
        assert_eq!(label_error("1a").as_deref(), Some(LABEL));
        assert_eq!(label_error("a.b").as_deref(), Some(LABEL));
        assert_eq!(
            label_error(&"a".repeat(64)).as_deref(),
            Some("must be no more than 63 characters")
        );
    }
}
