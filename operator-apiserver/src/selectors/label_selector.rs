//! The `LabelSelector` of objects, `{matchLabels, matchExpressions}`: read and validated.

use std::fmt::Display;

use serde_json::Value;

use super::labels::{LabelSelector, Operator, Requirement};
use crate::{
    field_error::{FieldError, FieldErrorKind},
    metadata::names,
};

impl LabelSelector {
    /// Reads one that stands in an object: an absent one picks nothing, an empty one everything.
    ///
    /// # Errors
    /// The server's text about what is wrong, which [`validate`] finds before anything is stored.
    pub(crate) fn from_object(selector: &Value) -> Result<Self, String> {
        if selector.is_null() {
            return Ok(Self::nothing());
        }
        let mut requirements = Vec::new();
        for (key, value) in match_labels(selector) {
            let values = vec![value.to_owned()];
            requirements.push(Requirement::new(key.to_owned(), Operator::Equals, values)?);
        }
        for expression in match_expressions(selector) {
            let operator = match text(expression, "operator") {
                "In" => Operator::In,
                "NotIn" => Operator::NotIn,
                "Exists" => Operator::Exists,
                "DoesNotExist" => Operator::DoesNotExist,
                other => return Err(format!("{other:?} is not a valid label selector operator")),
            };
            let (key, values) = (text(expression, "key").to_owned(), values(expression));
            let values = values.map(str::to_owned).collect();
            requirements.push(Requirement::new(key, operator, values)?);
        }
        Ok(Self::of(requirements))
    }
}

/// Whether a selector that stands in an object picks these labels; one that can't be read picks nothing.
#[must_use]
pub(crate) fn selects(selector: &Value, labels: &Value) -> bool {
    LabelSelector::from_object(selector).is_ok_and(|selector| selector.matches_labels(labels))
}

/// What is wrong with a `LabelSelector` that stands at `path`; nothing if it is absent.
#[must_use]
pub(crate) fn validate(selector: &Value, path: &impl Display) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (key, value) in match_labels(selector) {
        let path = || format!("{path}.matchLabels");
        for wrong in names::label_key(key) {
            errors.push(FieldError::invalid(path(), key, wrong));
        }
        for wrong in names::label_value(value) {
            errors.push(FieldError::invalid(path(), value, wrong));
        }
    }
    for (at, expression) in match_expressions(selector).enumerate() {
        let path = |field: &str| format!("{path}.matchExpressions[{at}].{field}");
        let is_empty = values(expression).next().is_none();
        match text(expression, "operator") {
            "In" | "NotIn" if is_empty => {
                let detail = "must be specified when `operator` is 'In' or 'NotIn'";
                errors.push(FieldError::required(path("values"), detail));
            }
            "Exists" | "DoesNotExist" if !is_empty => {
                let detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                let kind = FieldErrorKind::Forbidden;
                errors.push(FieldError::plain(kind, path("values"), detail));
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            other => {
                let detail = "not a valid selector operator";
                errors.push(FieldError::invalid(path("operator"), other, detail));
            }
        }
        let key = text(expression, "key");
        for wrong in names::label_key(key) {
            errors.push(FieldError::invalid(path("key"), key, wrong));
        }
        for (at, value) in values(expression).enumerate() {
            for wrong in names::label_value(value) {
                errors.push(FieldError::invalid(
                    path(&format!("values[{at}]")),
                    value,
                    wrong,
                ));
            }
        }
    }
    errors
}

fn match_labels(selector: &Value) -> impl Iterator<Item = (&str, &str)> {
    let labels = selector["matchLabels"].as_object();
    let labels = labels.into_iter().flatten();
    labels.map(|(key, value)| (key.as_str(), value.as_str().unwrap_or_default()))
}

fn match_expressions(selector: &Value) -> impl Iterator<Item = &Value> {
    let expressions = selector["matchExpressions"].as_array();
    expressions.into_iter().flatten()
}

fn values(expression: &Value) -> impl Iterator<Item = &str> {
    let values = expression["values"].as_array();
    let values = values.into_iter().flatten();
    values.map(|value| value.as_str().unwrap_or_default())
}

fn text<'a>(expression: &'a Value, field: &str) -> &'a str {
    expression[field].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_selector_of_an_object_is_written_as_a_scale_shows_it() {
        let selector = json!({"matchLabels": {"z": "1", "a": "b"}, "matchExpressions": [
            {"key": "c", "operator": "In", "values": ["y", "x"]},
            {"key": "e", "operator": "NotIn", "values": ["y"]},
            {"key": "b", "operator": "Exists"},
            {"key": "f", "operator": "DoesNotExist"},
            {"key": "a", "operator": "In", "values": ["b"]}]});
        let text = LabelSelector::from_object(&selector).unwrap().to_string();
        assert_eq!(text, "a=b,a in (b),b,c in (x,y),e notin (y),!f,z=1");
    }

    #[test]
    fn an_absent_selector_picks_nothing_and_an_empty_one_everything() {
        assert_eq!(
            LabelSelector::from_object(&Value::Null),
            Ok(LabelSelector::nothing())
        );
        assert_eq!(
            LabelSelector::from_object(&json!({})),
            Ok(LabelSelector::default())
        );
    }

    #[test]
    fn a_broken_selector_of_an_object_is_no_selector() {
        let selector = json!({"matchExpressions": [{"key": "a", "operator": "Foo"}]});
        let wanted = r#""Foo" is not a valid label selector operator"#;
        assert_eq!(
            LabelSelector::from_object(&selector),
            Err(wanted.to_owned())
        );
        let selector = json!({"matchExpressions": [{"key": "a", "operator": "In"}]});
        let wanted =
            "values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty";
        assert_eq!(
            LabelSelector::from_object(&selector),
            Err(wanted.to_owned())
        );
    }

    #[test]
    fn what_is_wrong_with_a_selector_is_told_in_the_servers_words() {
        let selector = json!({"matchLabels": {"a": "-x"}, "matchExpressions": [
            {"key": "-k", "operator": "In"},
            {"key": "k", "operator": "Exists", "values": ["v"]},
            {"key": "k", "operator": "Foo"},
            {"key": "k", "operator": "NotIn", "values": ["-b", "ok", "x".repeat(64)]},
            {"key": "", "operator": ""}]});
        let errors = validate(&selector, &"spec.selector");
        let starts = [
            r#"matchLabels: Invalid value: "-x": a valid label must be"#,
            "matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
            r#"matchExpressions[0].key: Invalid value: "-k": name part must consist of"#,
            "matchExpressions[1].values: Forbidden: may not be specified when `operator` is 'Exists' or",
            r#"matchExpressions[2].operator: Invalid value: "Foo": not a valid selector operator"#,
            r#"matchExpressions[3].values[0]: Invalid value: "-b": a valid label must be"#,
            r#"matchExpressions[3].values[2]: Invalid value: "xxx"#,
            r#"matchExpressions[4].operator: Invalid value: "": not a valid selector operator"#,
            r#"matchExpressions[4].key: Invalid value: "": name part must be non-empty"#,
            r#"matchExpressions[4].key: Invalid value: "": name part must consist of"#,
        ];
        assert_eq!(errors.len(), starts.len(), "{errors:?}");
        for (error, start) in errors.iter().zip(starts) {
            let text = error.to_string();
            assert!(
                text.starts_with(&format!("spec.selector.{start}")),
                "{text}"
            );
        }
        assert_eq!(validate(&Value::Null, &"spec.selector"), []);
    }
}
