//! [`label_error`]: what is wrong with a name in a CRD, as one sentence.

use crate::metadata::names;

/// What is wrong with `name` as a DNS-1035 label.
pub(super) fn label_error(name: &str) -> Option<String> {
    let errors = names::dns_1035_label(name);
    (!errors.is_empty()).then(|| errors.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABEL: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an \
        alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for \
        validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

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
