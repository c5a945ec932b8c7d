//! Selectors: which objects a list, a watch or a delete is about, in Kubernetes' grammar and with its complaints.

pub(crate) mod fields;
mod label_parser;
pub(crate) mod label_selector;
pub(crate) mod labels;

use std::borrow::Cow;

use serde_json::Value;

pub(crate) use self::{fields::FieldSelector, labels::LabelSelector};
use crate::error::ApiError;

/// A label selector and a field selector, both of which an object has to match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    /// On labels.
    pub(crate) labels: LabelSelector,
    /// On fields.
    pub(crate) fields: FieldSelector,
}

impl Selection {
    /// Reads both, the label selector first.
    ///
    /// # Errors
    /// A 400 with what is wrong with it.
    pub(crate) fn parse(label_selector: &str, field_selector: &str) -> Result<Self, ApiError> {
        Ok(Self {
            labels: LabelSelector::parse(label_selector)?,
            fields: FieldSelector::parse(field_selector)?,
        })
    }

    /// Whether it picks everything, so that nothing has to be looked at.
    #[must_use]
    pub(crate) fn is_everything(&self) -> bool {
        self.labels.is_everything() && self.fields.is_everything()
    }

    /// Whether it asks for nothing but labels, the name and the namespace.
    #[must_use]
    pub(crate) fn ask_only_for_identity(&self) -> bool {
        let mut fields = self.fields.requirements().iter();
        fields.all(|wanted| {
            matches!(
                wanted.field.as_str(),
                "metadata.name" | "metadata.namespace"
            )
        })
    }

    /// Whether it picks an object; `field` gives the value of a field other than the name and the namespace.
    pub(crate) fn matches<'a>(
        &self,
        object: &'a Value,
        field: impl Fn(&str) -> Cow<'a, str>,
    ) -> bool {
        self.labels.matches_object(object)
            && self.fields.matches(|label| match label {
                "metadata.name" => crate::object::name(object).into(),
                "metadata.namespace" => crate::object::namespace(object).into(),
                other => field(other),
            })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    proptest! {
        #[test]
        fn whatever_is_sent_is_a_selector_or_a_bad_request(text in "([ab=!<>(), ,\\\\/.\u{0}\u{e9}-]|in|notin|\\PC){0,12}") {
            for parsed in [Selection::parse(&text, ""), Selection::parse("", &text)] {
                if let Err(error) = parsed {
                    prop_assert_eq!(error.code, 400);
                }
            }
        }

        #[test]
        fn a_selector_that_is_written_and_read_again_is_the_same(text in "[ab](=|!=|>| in | notin )(1|\\(a,b\\)|\\(\\))(,!?[ab])?") {
            if let Ok(selector) = LabelSelector::parse(&text) {
                prop_assert_eq!(LabelSelector::parse(&selector.to_string()), Ok(selector));
            }
        }
    }

    #[test]
    fn an_object_has_to_match_labels_and_fields() {
        let object = json!({"metadata": {"name": "x", "namespace": "n", "labels": {"a": "1"}},
            "status": {"phase": "Running"}});
        let field = |label: &str| match label {
            "status.phase" => object["status"]["phase"]
                .as_str()
                .unwrap_or_default()
                .into(),
            _ => Cow::Borrowed(""),
        };
        for (labels, fields, wanted) in [
            ("", "", true),
            (
                "a=1",
                "metadata.name=x,metadata.namespace=n,status.phase=Running",
                true,
            ),
            ("a=2", "metadata.name=x", false),
            ("a=1", "metadata.name=y", false),
            ("a=1", "metadata.namespace!=n", false),
            ("", "status.phase=Pending", false),
        ] {
            let selection = Selection::parse(labels, fields).unwrap();
            assert_eq!(
                selection.matches(&object, field),
                wanted,
                "{labels} {fields}"
            );
        }
        assert!(Selection::parse(" ", ",").unwrap().is_everything());
    }

    #[test]
    fn of_two_mistakes_the_one_in_the_label_selector_is_told() {
        let error = Selection::parse("a,", "b").unwrap_err();
        assert_eq!(error.message, "found '', expected: identifier after ','");
    }
}
