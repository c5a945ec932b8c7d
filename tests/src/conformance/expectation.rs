//! [`Expectation`]: what a step's answer has to be, as its case writes it down.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use similar::TextDiff;

use crate::conformance::{answer::Answer, pattern::Pattern, template::Variables};

/// What a case expects whose answer is still to be recorded; a hint to whoever does so may follow.
const OPEN: &str = "RECORD";

/// What has to be found: a document like `{code, headers, body}` that the answer is retold in.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Value")]
pub struct Expectation {
    document: Value,
    contains: Vec<String>,
    any_order: bool,
}

/// How a case writes an expectation that is more than a code.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    code: Option<u16>,
    /// How many answers have which code, of a step that sends several requests at once.
    codes: Option<BTreeMap<String, u32>>,
    headers: Option<BTreeMap<String, String>>,
    /// These four make the body a `Status`.
    reason: Option<String>,
    message: Option<String>,
    causes: Option<Vec<Value>>,
    details: Option<Map<String, Value>>,
    /// Whether the causes come in no particular order.
    #[serde(default)]
    any_order: bool,
    body: Option<Value>,
    exactly: Option<Value>,
    text: Option<String>,
    #[serde(default)]
    contains: Vec<String>,
}

impl TryFrom<Value> for Expectation {
    type Error = String;

    fn try_from(written: Value) -> Result<Self, String> {
        match written {
            Value::Number(code) => Ok(Self::of(json!({"code": code}))),
            // The events of a watch.
            Value::Array(_) => Ok(Self::of(written)),
            Value::String(ref open) if open.starts_with(OPEN) => Ok(Self::of(written)),
            Value::Object(_) => {
                let written: Written =
                    serde_json::from_value(written).map_err(|e| e.to_string())?;
                written.into_expectation()
            }
            other => Err(format!(
                "an expectation is a code, a map or a list of events, not {other}"
            )),
        }
    }
}

impl Written {
    fn into_expectation(self) -> Result<Expectation, String> {
        let mut document = Map::new();
        let status = self.status()?;
        let mut put = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                document.insert(key.to_owned(), value);
            }
        };
        put("code", self.code.map(Into::into));
        put("codes", self.codes.map(|codes| json!(codes)));
        put("headers", self.headers.map(|headers| json!(headers)));
        put("body", status.or(self.body));
        put("=body", self.exactly);
        put("text", self.text.map(Into::into));
        if document.is_empty() && self.contains.is_empty() {
            return Err("an expectation that expects nothing".to_owned());
        }
        Ok(Expectation {
            document: Value::Object(document),
            contains: self.contains,
            any_order: self.any_order,
        })
    }

    /// The whole failure `Status` that the short form stands for: every error of the API is one, with its code inside.
    fn status(&self) -> Result<Option<Value>, String> {
        if self.reason.is_none()
            && self.message.is_none()
            && self.causes.is_none()
            && self.details.is_none()
        {
            return Ok(None);
        }
        if self.body.is_some() {
            return Err("a body and parts of a Status".to_owned());
        }
        let mut status = json!({
            "kind": "Status", "apiVersion": "v1", "=metadata": {}, "status": "Failure", "code": self.code,
            "reason": self.reason.as_deref().unwrap_or("<absent>"),
        });
        if let Some(message) = &self.message {
            status["message"] = message.as_str().into();
        }
        status["details"] = match (&self.details, self.causes.as_deref()) {
            (None, None) => return Ok(Some(status)),
            (None, Some([])) => "<absent>".into(),
            (details, causes) => {
                let mut details = details.clone().unwrap_or_default();
                match causes {
                    None => {}
                    Some([]) => drop(details.insert("=causes".to_owned(), "<absent>".into())),
                    Some(causes) => drop(details.insert("=causes".to_owned(), causes.into())),
                }
                Value::Object(details)
            }
        };
        Ok(Some(status))
    }
}

impl Expectation {
    /// Whether it is an answer of this very code.
    pub(crate) fn is_code(&self, code: u16) -> bool {
        self.document["code"] == code
    }

    fn of(document: Value) -> Self {
        Self {
            document,
            contains: Vec::new(),
            any_order: false,
        }
    }

    /// Whether nothing is expected yet: the step fails, except that a run that records prints its answer.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.document
            .as_str()
            .is_some_and(|open| open.starts_with(OPEN))
    }

    /// How many events are expected, of an expectation of events.
    #[must_use]
    pub fn events(&self) -> usize {
        self.document.as_array().map_or(0, Vec::len)
    }

    /// How an answer differs from what is expected, if it does: a unified diff.
    ///
    /// # Errors
    /// If a variable in the expectation isn't set.
    pub(crate) fn differs(
        &self,
        answer: &Answer,
        variables: &Variables,
    ) -> Result<Option<String>, String> {
        let contains = self
            .contains
            .iter()
            .map(|part| variables.fill(part))
            .collect::<Result<Vec<_>, _>>()?;
        let mut expected = variables.fill_value(&self.document)?;
        let mut found = json!({"code": answer.code, "headers": answer.headers, "body": answer.json(), "text": answer.text});
        if !contains.is_empty() {
            let (there, missing): (Vec<_>, Vec<_>) = contains
                .iter()
                .partition(|part| answer.text.contains(*part));
            found["contains"] = if missing.is_empty() {
                json!(there)
            } else {
                json!({"missing": missing, "in": answer.text})
            };
            expected["contains"] = json!(contains);
        }
        if self.any_order {
            sort(&mut expected["body"]["details"]["=causes"]);
            sort(&mut found["body"]["details"]["causes"]);
        }
        Ok(diff(expected, found))
    }

    /// How events, or counts of codes, differ from what is expected, if they do.
    ///
    /// # Errors
    /// If a variable in the expectation isn't set.
    pub(crate) fn differs_from(
        &self,
        found: &Value,
        variables: &Variables,
    ) -> Result<Option<String>, String> {
        Ok(diff(variables.fill_value(&self.document)?, found.clone()))
    }
}

fn sort(causes: &mut Value) {
    if let Some(causes) = causes.as_array_mut() {
        causes.sort_by_key(Value::to_string);
    }
}

/// Puts the entries of `managedFields` in the order of their managers: the server's is that of their times, which say
/// nothing within a second.
fn order_managers(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(order_managers),
        Value::Object(fields) => {
            for (key, value) in fields.iter_mut() {
                match value.as_array_mut() {
                    Some(entries) if key.trim_start_matches('=') == "managedFields" => {
                        entries.sort_by_cached_key(|entry| {
                            ["manager", "operation", "subresource"]
                                .map(|key| entry[key].as_str().map(str::to_owned))
                        });
                    }
                    _ => order_managers(value),
                }
            }
        }
        _ => {}
    }
}

fn diff(mut expected: Value, mut found: Value) -> Option<String> {
    order_managers(&mut expected);
    order_managers(&mut found);
    let found = &found;
    let pattern = Pattern::new(expected);
    let told = pattern.retell(found);
    if told == *pattern.as_json() {
        return None;
    }
    let (expected, told) = (
        pretty(pattern.as_json()),
        pretty(&shown(pattern.as_json(), told, found)),
    );
    Some(
        TextDiff::from_lines(&expected, &told)
            .unified_diff()
            .context_radius(6)
            .header("expected", "found")
            .to_string(),
    )
}

/// An answer with an unexpected code is shown with its whole body: its message tells more.
fn shown(expected: &Value, told: Value, found: &Value) -> Value {
    if told.get("code") == expected.get("code") {
        return told;
    }
    let body = if found["body"].is_null() {
        "text"
    } else {
        "body"
    };
    json!({"code": found["code"], body: found[body]})
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expectation(written: Value) -> Expectation {
        Expectation::try_from(written).expect("an expectation")
    }

    fn answer(code: u16, body: &Value) -> Answer {
        Answer {
            code,
            headers: BTreeMap::new(),
            text: body.to_string(),
        }
    }

    fn failure() -> Answer {
        answer(
            409,
            &json!({
                "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": "m", "reason": "Conflict",
                "details": {"name": "a"}, "code": 409,
            }),
        )
    }

    fn fits(written: Value, answer: &Answer) -> bool {
        expectation(written)
            .differs(answer, &Variables::default())
            .expect("all variables set")
            .is_none()
    }

    #[test]
    fn a_number_is_a_code() {
        assert!(fits(json!(409), &failure()));
        assert!(!fits(json!(404), &failure()));
    }

    #[test]
    fn a_reason_asks_for_a_whole_status() {
        let written = json!({"code": 409, "reason": "Conflict", "message": "m", "causes": [], "details": {"name": "a"}});
        assert!(fits(written.clone(), &failure()));
        let without_kind = answer(409, &json!({"message": "m", "reason": "Conflict"}));
        assert!(!fits(written, &without_kind));
    }

    #[test]
    fn no_causes_and_no_details_are_no_details() {
        let written = json!({"code": 409, "reason": "Conflict", "causes": []});
        assert!(!fits(written.clone(), &failure()));
        let mut body = failure().json();
        body.as_object_mut().expect("a Status").remove("details");
        assert!(fits(written, &answer(409, &body)));
    }

    #[test]
    fn a_message_without_reason_wants_none() {
        assert!(!fits(json!({"code": 409, "message": "m"}), &failure()));
    }

    #[test]
    fn causes_are_exactly_these() {
        assert!(!fits(
            json!({"code": 409, "reason": "Conflict", "causes": [{"field": "a"}]}),
            &failure()
        ));
    }

    #[test]
    fn causes_can_be_in_any_order() {
        let answer = answer(
            422,
            &json!({
                "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": "Invalid", "code": 422,
                "details": {"causes": [{"field": "b"}, {"field": "a"}]},
            }),
        );
        let mut written =
            json!({"code": 422, "reason": "Invalid", "causes": [{"field": "a"}, {"field": "b"}]});
        assert!(!fits(written.clone(), &answer));
        written["any_order"] = true.into();
        assert!(fits(written, &answer));
    }

    #[test]
    fn managers_are_in_any_order() {
        let answer = answer(
            200,
            &json!({"metadata": {"managedFields": [{"manager": "b"}, {"manager": "a"}]}}),
        );
        let written = json!({"code": 200, "exactly": {"metadata": {"managedFields": [{"manager": "a"}, {"manager": "b"}]}}});
        assert!(fits(written, &answer));
    }

    #[test]
    fn parts_of_a_text_are_looked_for() {
        assert!(fits(json!({"code": 409, "contains": ["Conf"]}), &failure()));
        assert!(!fits(
            json!({"code": 409, "contains": ["Conf", "nope"]}),
            &failure()
        ));
    }

    #[test]
    fn a_difference_shows_both_sides() {
        let difference = expectation(json!({"code": 409, "reason": "Gone"}))
            .differs(&failure(), &Variables::default());
        let difference = difference
            .expect("all variables set")
            .expect("a difference");
        assert!(
            difference.contains("-    \"reason\": \"Gone\""),
            "{difference}"
        );
        assert!(
            difference.contains("+    \"reason\": \"Conflict\""),
            "{difference}"
        );
    }

    #[test]
    fn an_expectation_of_nothing_is_refused() {
        assert!(Expectation::try_from(json!({})).is_err());
        assert!(Expectation::try_from(json!({"cod": 1})).is_err());
    }
}
