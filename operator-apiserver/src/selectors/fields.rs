//! [`FieldSelector`]: `metadata.name=x,spec.nodeName!=y`, with `\,`, `\=` and `\\` in values.

use std::borrow::Cow;

use crate::error::ApiError;

/// Requirements that all have to be met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FieldSelector {
    requirements: Vec<Requirement>,
}

/// What one field has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Requirement {
    /// The field, as `spec.nodeName`.
    pub(crate) field: String,
    /// Whether it has to be the value, or anything else.
    pub(crate) equals: bool,
    /// The value; a field that is absent is empty.
    pub(crate) value: String,
}

impl FieldSelector {
    /// Reads a selector as it stands in a query; an empty one picks everything.
    ///
    /// Which fields there are depends on the kind: that is checked by [`Self::check`].
    ///
    /// # Errors
    /// A 400 with what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, ApiError> {
        let mut terms = terms(text);
        // The server sorts them, which shows in which of several mistakes is told.
        terms.sort_unstable();
        let mut requirements = Vec::new();
        for term in terms {
            if term.is_empty() {
                continue;
            }
            let Some((field, equals, value)) = split(term) else {
                let message = format!("invalid selector: '{text}'; can't understand '{term}'");
                return Err(ApiError::bad_request(message));
            };
            let value = unescape(value)?.into_owned();
            // No field compared with nothing is no requirement.
            if !(field.is_empty() && value.is_empty()) {
                let field = field.to_owned();
                requirements.push(Requirement {
                    field,
                    equals,
                    value,
                });
            }
        }
        Ok(Self { requirements })
    }

    /// Whether it picks everything.
    #[must_use]
    pub(crate) fn is_everything(&self) -> bool {
        self.requirements.is_empty()
    }

    /// The requirements.
    #[must_use]
    pub(crate) fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }

    /// The value that a field has to have: for `metadata.name` it spares reading all the others.
    #[must_use]
    pub(crate) fn exactly(&self, field: &str) -> Option<&str> {
        let mut requirements = self.requirements.iter();
        let found =
            requirements.find(|requirement| requirement.equals && requirement.field == field);
        found.map(|requirement| requirement.value.as_str())
    }

    /// Checks that the kind has all its fields; `complaint` says that it doesn't have one.
    ///
    /// # Errors
    /// A 400 for the first that it doesn't have.
    pub(crate) fn check(
        &self,
        is_known: impl Fn(&str) -> bool,
        complaint: impl FnOnce(&str) -> String,
    ) -> Result<(), ApiError> {
        let mut fields = self
            .requirements
            .iter()
            .map(|requirement| requirement.field.as_str());
        match fields.find(|field| !is_known(field)) {
            Some(field) => Err(ApiError::bad_request(complaint(field))),
            None => Ok(()),
        }
    }

    /// Whether it picks what has these fields: `field` gives a field's value, empty if it is absent.
    pub(crate) fn matches<'a>(&self, field: impl Fn(&str) -> Cow<'a, str>) -> bool {
        let mut requirements = self.requirements.iter();
        requirements.all(|wanted| (field(&wanted.field) == wanted.value.as_str()) == wanted.equals)
    }
}

/// The complaint of kinds that say themselves what fields they have, custom resources among them.
#[must_use]
pub(crate) fn not_supported(field: &str) -> String {
    format!("field label not supported: {field}")
}

/// The complaint of the kinds that have no more than what all have: most built-in ones.
#[must_use]
pub(crate) fn not_known(field: &str) -> String {
    format!(
        r#"{field:?} is not a known field selector: only "metadata.name", "metadata.namespace""#
    )
}

/// Cuts at the commas that are not escaped.
fn terms(text: &str) -> Vec<&str> {
    let (mut terms, mut start, mut escaped) = (Vec::new(), 0, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b',' => {
                terms.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    terms.push(&text[start..]);
    terms
}

/// Cuts at the first operator: the field, whether it has to be equal, and the value as it is written.
fn split(term: &str) -> Option<(&str, bool, &str)> {
    for (at, _) in term.match_indices(['!', '=']) {
        let (field, rest) = term.split_at(at);
        if let Some(value) = rest.strip_prefix("!=") {
            return Some((field, false, value));
        }
        if let Some(value) = rest.strip_prefix("==").or_else(|| rest.strip_prefix('=')) {
            return Some((field, true, value));
        }
    }
    None
}

fn unescape(text: &str) -> Result<Cow<'_, str>, ApiError> {
    if !text.contains(['\\', ',', '=']) {
        return Ok(text.into());
    }
    let invalid = |what: String| ApiError::bad_request(format!("invalid field selector: {what}"));
    let (mut value, mut chars) = (String::with_capacity(text.len()), text.chars());
    while let Some(char) = chars.next() {
        match char {
            '\\' => match chars.next() {
                Some(char @ ('\\' | ',' | '=')) => value.push(char),
                other => {
                    let other = other.map(String::from).unwrap_or_default();
                    return Err(invalid(format!("invalid escape sequence: \\{other}")));
                }
            },
            ',' | '=' => {
                let number = u32::from(char);
                return Err(invalid(format!("unescaped character in value: {number}")));
            }
            char => value.push(char),
        }
    }
    Ok(value.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Vec<(String, bool, String)> {
        let selector = FieldSelector::parse(text).unwrap();
        let requirements = selector.requirements.into_iter();
        requirements
            .map(|wanted| (wanted.field, wanted.equals, wanted.value))
            .collect()
    }

    fn requirement(field: &str, equals: bool, value: &str) -> (String, bool, String) {
        (field.to_owned(), equals, value.to_owned())
    }

    #[test]
    fn a_selector_is_a_list_of_comparisons() {
        let name = |value: &str| requirement("metadata.name", true, value);
        for (text, wanted) in [
            ("metadata.name=x", vec![name("x")]),
            ("metadata.name==x", vec![name("x")]),
            (
                "metadata.name!=x",
                vec![requirement("metadata.name", false, "x")],
            ),
            ("metadata.name=", vec![name("")]),
            ("metadata.name= x", vec![name(" x")]),
            ("metadata.name=x,,", vec![name("x")]),
            (
                "z=1,a=2",
                vec![requirement("a", true, "2"), requirement("z", true, "1")],
            ),
            (r"metadata.name=a\,b", vec![name("a,b")]),
            (r"metadata.name=a\=b\\", vec![name(r"a=b\")]),
            ("a!b=c", vec![requirement("a!b", true, "c")]),
            ("=x", vec![requirement("", true, "x")]),
            ("", vec![]),
            (",", vec![]),
            ("=", vec![]),
            ("!=", vec![]),
        ] {
            assert_eq!(parse(text), wanted, "{text}");
        }
    }

    #[test]
    fn what_is_no_comparison_is_refused_in_the_servers_words() {
        for (text, wanted) in [
            (
                "metadata.name",
                "invalid selector: 'metadata.name'; can't understand 'metadata.name'",
            ),
            (
                "foo,bar=1",
                "invalid selector: 'foo,bar=1'; can't understand 'foo'",
            ),
            ("z=1,!", "invalid selector: 'z=1,!'; can't understand '!'"),
            (
                r"a=\,x,b",
                r"invalid selector: 'a=\,x,b'; can't understand 'b'",
            ),
            (
                r"a=a\b",
                r"invalid field selector: invalid escape sequence: \b",
            ),
            (
                r"a=a\",
                r"invalid field selector: invalid escape sequence: \",
            ),
            (
                "a=\u{e9}\\\u{e9}",
                "invalid field selector: invalid escape sequence: \\\u{e9}",
            ),
            (
                "a=a=b",
                "invalid field selector: unescaped character in value: 61",
            ),
            (
                "a===b",
                "invalid field selector: unescaped character in value: 61",
            ),
        ] {
            let error = FieldSelector::parse(text).unwrap_err();
            assert_eq!(error, ApiError::bad_request(wanted), "{text}");
        }
    }

    #[test]
    fn a_field_that_the_kind_does_not_have_is_refused() {
        let selector = FieldSelector::parse("spec.y=2,metadata.name=x,spec.x=1").unwrap();
        let is_known = |field: &str| field == "metadata.name";
        let error = selector.check(is_known, not_supported).unwrap_err();
        assert_eq!(error.message, "field label not supported: spec.x");
        let error = selector.check(is_known, not_known).unwrap_err();
        let wanted =
            r#""spec.x" is not a known field selector: only "metadata.name", "metadata.namespace""#;
        assert_eq!(error.message, wanted);
        assert_eq!(selector.check(|_| true, not_known), Ok(()));
    }

    #[test]
    fn a_name_that_is_asked_for_is_found_without_looking_at_objects() {
        let selector = FieldSelector::parse("a=1,metadata.name=x,metadata.namespace!=y").unwrap();
        assert_eq!(selector.exactly("metadata.name"), Some("x"));
        assert_eq!(selector.exactly("metadata.namespace"), None);
    }

    #[test]
    fn an_absent_field_is_empty() {
        let matches = |text: &str| {
            let selector = FieldSelector::parse(text).unwrap();
            selector.matches(|field| if field == "a" { "1".into() } else { "".into() })
        };
        assert!(matches("a=1,b=") && matches("b!=1") && matches(""));
        assert!(!matches("a=") && !matches("b=1") && !matches("a!=1") && !matches("a=1,a=2"));
    }
}
