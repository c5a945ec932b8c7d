//! [`LabelSelector`]: what labels an object has to have, matched without a copy of anything.

use std::fmt::{self, Write};

use serde_json::Value;

use super::label_parser;
use crate::{error::ApiError, field_error::FieldError, metadata::names};

/// Requirements that all have to be met, in the order of their keys; without any, everything is picked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LabelSelector {
    requirements: Vec<Requirement>,
    nothing: bool,
}

/// What one label has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Requirement {
    key: String,
    operator: Operator,
    values: Vec<String>,
}

/// How a label compares with the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    /// `a=b`: it is there and is this.
    Equals,
    /// `a==b`: the same.
    DoubleEquals,
    /// `a!=b`: it is absent or something else.
    NotEquals,
    /// `a in (b,c)`: it is there and is one of these.
    In,
    /// `a notin (b,c)`: it is absent or none of these.
    NotIn,
    /// `a`: it is there.
    Exists,
    /// `!a`: it is absent.
    DoesNotExist,
    /// `a>1`: it is there and a greater number.
    GreaterThan,
    /// `a<1`: it is there and a smaller number.
    LessThan,
}

impl LabelSelector {
    /// Picks nothing, whatever its labels.
    #[must_use]
    pub(crate) fn nothing() -> Self {
        let (requirements, nothing) = (Vec::new(), true);
        Self {
            requirements,
            nothing,
        }
    }

    /// Reads a selector as it stands in a query; an empty one picks everything.
    ///
    /// # Errors
    /// A 400 with what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, ApiError> {
        let requirements = label_parser::parse(text).map_err(ApiError::bad_request)?;
        Ok(Self::of(requirements))
    }

    pub(super) fn of(mut requirements: Vec<Requirement>) -> Self {
        requirements.sort_by(|a, b| a.key.cmp(&b.key));
        let nothing = false;
        Self {
            requirements,
            nothing,
        }
    }

    /// Whether it picks everything.
    #[must_use]
    pub(crate) fn is_everything(&self) -> bool {
        !self.nothing && self.requirements.is_empty()
    }

    /// Whether it picks what has these labels: `label` gives the value of a key, if it is there.
    pub(crate) fn matches<'a>(&self, label: impl Fn(&str) -> Option<&'a str>) -> bool {
        !self.nothing
            && self
                .requirements
                .iter()
                .all(|requirement| requirement.matches(&label))
    }

    /// Whether it picks what has these labels: an object of texts, or `Null` for none.
    #[must_use]
    pub(crate) fn matches_labels(&self, labels: &Value) -> bool {
        self.matches(|key| labels.get(key).and_then(Value::as_str))
    }

    /// Whether it picks this object.
    #[must_use]
    pub(crate) fn matches_object(&self, object: &Value) -> bool {
        self.matches_labels(&object["metadata"]["labels"])
    }
}

impl Requirement {
    /// A requirement, if it is a sensible one.
    ///
    /// # Errors
    /// The server's text about what is wrong.
    pub(crate) fn new(
        key: String,
        operator: Operator,
        values: Vec<String>,
    ) -> Result<Self, String> {
        let mut errors = Vec::new();
        if let Some(error) = key_error(&key, "key") {
            errors.push(error);
        }
        errors.extend(operator.errors(&values));
        for (at, value) in values.iter().enumerate() {
            let wrong = names::label_value(value);
            if !wrong.is_empty() {
                let path = format!("values[{at}][{key}]");
                errors
                    .push(FieldError::invalid(path, value.as_str(), wrong.join("; ")).to_string());
            }
        }
        match errors.as_slice() {
            [] => Ok(Self {
                key,
                operator,
                values,
            }),
            [error] => Err(error.clone()),
            errors => Err(format!("[{}]", errors.join(", "))),
        }
    }

    fn matches<'a>(&self, label: &impl Fn(&str) -> Option<&'a str>) -> bool {
        let found = label(&self.key);
        let is_listed = |found: &str| self.values.iter().any(|value| value == found);
        match self.operator {
            Operator::Equals | Operator::DoubleEquals | Operator::In => {
                found.is_some_and(is_listed)
            }
            Operator::NotEquals | Operator::NotIn => !found.is_some_and(is_listed),
            Operator::Exists => found.is_some(),
            Operator::DoesNotExist => found.is_none(),
            Operator::GreaterThan => self.compares(found, |found, limit| found > limit),
            Operator::LessThan => self.compares(found, |found, limit| found < limit),
        }
    }

    fn compares(&self, found: Option<&str>, compare: impl Fn(i64, i64) -> bool) -> bool {
        let number = |text: &str| text.parse::<i64>().ok();
        let limit = self.values.first().and_then(|value| number(value));
        found
            .and_then(number)
            .zip(limit)
            .is_some_and(|(found, limit)| compare(found, limit))
    }
}

/// What is wrong with a key that stands at `path`.
pub(super) fn key_error(key: &str, path: &str) -> Option<String> {
    let wrong = names::label_key(key);
    (!wrong.is_empty()).then(|| FieldError::invalid(path, key, wrong.join("; ")).to_string())
}

impl Operator {
    /// What is wrong with the number and the kind of its values.
    fn errors(self, values: &[String]) -> Vec<String> {
        let of_all = |detail| {
            // Go's empty list is `null`.
            let shown = if values.is_empty() {
                Value::Null
            } else {
                values.into()
            };
            vec![FieldError::invalid("values", shown, detail).to_string()]
        };
        match self {
            Self::In | Self::NotIn if values.is_empty() => {
                of_all("for 'in', 'notin' operators, values set can't be empty")
            }
            Self::Equals | Self::DoubleEquals | Self::NotEquals if values.len() != 1 => {
                of_all("exact-match compatibility requires one single value")
            }
            Self::Exists | Self::DoesNotExist if !values.is_empty() => {
                of_all("values set must be empty for exists and does not exist")
            }
            Self::GreaterThan | Self::LessThan => {
                let mut errors = Vec::new();
                if values.len() != 1 {
                    errors = of_all("for 'Gt', 'Lt' operators, exactly one value is required");
                }
                for (at, value) in values.iter().enumerate() {
                    if value.parse::<i64>().is_err() {
                        let detail = "for 'Gt', 'Lt' operators, the value must be an integer";
                        let path = format!("values[{at}]");
                        errors.push(FieldError::invalid(path, value.as_str(), detail).to_string());
                    }
                }
                errors
            }
            _ => Vec::new(),
        }
    }
}

/// As it is written in a query and in a scale's `status.selector`: the one that picks nothing is empty, too.
impl fmt::Display for LabelSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, requirement) in self.requirements.iter().enumerate() {
            if at > 0 {
                f.write_char(',')?;
            }
            requirement.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, after) = match self.operator {
            Operator::Exists => return f.write_str(&self.key),
            Operator::DoesNotExist => return write!(f, "!{}", self.key),
            Operator::Equals => ("=", ""),
            Operator::DoubleEquals => ("==", ""),
            Operator::NotEquals => ("!=", ""),
            Operator::GreaterThan => (">", ""),
            Operator::LessThan => ("<", ""),
            Operator::In => (" in (", ")"),
            Operator::NotIn => (" notin (", ")"),
        };
        let mut values: Vec<&str> = self.values.iter().map(String::as_str).collect();
        values.sort_unstable();
        write!(f, "{}{before}{}{after}", self.key, values.join(","))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn matches(selector: &str, labels: &Value) -> bool {
        LabelSelector::parse(selector)
            .unwrap()
            .matches_labels(labels)
    }

    #[test]
    fn a_selector_picks_what_meets_all_its_requirements() {
        let labels = json!({"a": "2", "b": "", "c.d/e": "x"});
        for selector in [
            "",
            " ",
            "a",
            "a=2",
            "a==2",
            " a = 2 ",
            "a in (1,2)",
            "a notin (1)",
            "a!=1",
            "a>1",
            "a<3",
            "b=",
            "b",
            "b in ()",
            "b in (,x)",
            "!z",
            "z!=1",
            "z notin (1)",
            "c.d/e=x",
            "a,b,!z",
            "a>1,a<3",
        ] {
            assert!(matches(selector, &labels), "{selector}");
        }
        for selector in [
            "z",
            "a=1",
            "a==1",
            "a in (1)",
            "a notin (1,2)",
            "a!=2",
            "a>2",
            "a<2",
            "b=x",
            "!a",
            "z=",
            "z in (,)",
            "z>0",
            "z<9",
            "c.d/e>0",
            "a,z",
            "b>0",
        ] {
            assert!(!matches(selector, &labels), "{selector}");
        }
    }

    #[test]
    fn without_labels_only_absence_is_met() {
        assert!(matches("!a,b!=1,c notin (x)", &Value::Null));
        assert!(!matches("a", &Value::Null));
    }

    #[test]
    fn everything_picks_all_and_nothing_picks_none() {
        assert!(LabelSelector::default().is_everything());
        assert!(LabelSelector::default().matches_object(&json!({})));
        assert!(!LabelSelector::nothing().is_everything());
        assert!(!LabelSelector::nothing().matches_object(&json!({})));
    }

    #[test]
    fn a_selector_is_written_in_the_order_of_keys_and_of_values() {
        let text = "z==1,f>1,!e,d notin (y),c in (y,x),b,a!=,a=b";
        let selector = LabelSelector::parse(text).unwrap();
        let wanted = "a!=,a=b,b,c in (x,y),d notin (y),!e,f>1,z==1";
        assert_eq!(selector.to_string(), wanted);
        assert_eq!(LabelSelector::parse(wanted).unwrap(), selector);
    }
}
