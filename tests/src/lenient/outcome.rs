//! [`Outcome`]: what a server does with a CRD.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::conformance::{Expectation, Step};

/// What a server does with a CRD.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Value")]
pub enum Outcome {
    /// It refuses it with this answer.
    Refused(Expectation),
    /// It takes it, with this to be seen.
    Taken {
        /// What harm it does, if it does any.
        harm: Option<String>,
        /// How the harm, or the lack of it, is observed.
        observed: Observed,
    },
}

/// What is to be seen of a CRD that a server took.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observed {
    /// Parts of the CRD as it is read back.
    #[serde(default)]
    pub stored: Value,
    /// Its conditions: a list of all of them, or `<has>` with some.
    pub conditions: Option<Value>,
    /// Whether its objects can be reached.
    pub serves: Option<bool>,
    /// What happens then, in order.
    #[serde(default)]
    pub steps: Vec<Step>,
}

impl Observed {
    /// Whether anything is looked at beyond what holds for every CRD.
    fn sees_more(&self) -> bool {
        self.stored
            .as_object()
            .is_some_and(|stored| !stored.is_empty())
            || self.conditions.is_some()
            || !self.steps.is_empty()
    }
}

impl TryFrom<Value> for Outcome {
    type Error = String;

    fn try_from(mut written: Value) -> Result<Self, String> {
        if written == "accepted" {
            return Ok(Self::Taken {
                harm: None,
                observed: Observed::default(),
            });
        }
        let Some(fields) = written.as_object_mut() else {
            return Err(format!(
                "an outcome is refused, harmed or accepted, not {written}"
            ));
        };
        if let Some(refusal) = fields.remove("refused") {
            return match fields.keys().next() {
                Some(more) => Err(format!("{more} of a CRD that is refused")),
                None => refused(refusal).map(Self::Refused),
            };
        }
        let harm = match (fields.remove("harmed"), fields.remove("accepted")) {
            (Some(Value::String(harm)), None) => Some(harm),
            (None, Some(Value::Bool(true))) => None,
            _ => {
                return Err(
                    "an outcome is one of refused, harmed: SENTENCE and accepted: true".to_owned(),
                );
            }
        };
        let observed: Observed = serde_json::from_value(written).map_err(|e| e.to_string())?;
        if harm.is_some() && !observed.sees_more() {
            return Err("a harm that nothing observes".to_owned());
        }
        Ok(Self::Taken { harm, observed })
    }
}

/// The answer that a list of causes stands for, or any other.
fn refused(refusal: Value) -> Result<Expectation, String> {
    let Value::Array(causes) = refusal else {
        return refusal.try_into();
    };
    let causes = causes
        .iter()
        .map(|cause| {
            let (field, message) = cause
                .as_str()
                .and_then(|cause| cause.split_once(": "))
                .ok_or(format!("a cause is \"FIELD: MESSAGE\", not {cause}"))?;
            Ok(json!({"field": field, "message": message}))
        })
        .collect::<Result<Vec<_>, String>>()?;
    let status = json!({"kind": "Status", "reason": "Invalid", "details": {"causes": causes}});
    json!({"code": 422, "body": status}).try_into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(written: Value) -> String {
        Outcome::try_from(written).expect_err("no outcome")
    }

    #[test]
    fn a_harm_is_observed() {
        assert_eq!(
            error(json!({"harmed": "it hurts"})),
            "a harm that nothing observes"
        );
        assert!(
            Outcome::try_from(json!({"harmed": "it hurts", "stored": {"spec": "<absent>"}}))
                .is_ok()
        );
    }

    #[test]
    fn a_refused_crd_has_nothing_to_observe() {
        let written = json!({"refused": ["spec: bad"], "steps": []});
        assert_eq!(error(written), "steps of a CRD that is refused");
    }

    #[test]
    fn a_cause_has_a_field() {
        assert!(error(json!({"refused": ["bad"]})).starts_with("a cause is"));
    }

    #[test]
    fn an_outcome_is_one_thing() {
        assert!(Outcome::try_from(json!({"harmed": "a", "accepted": true})).is_err());
        assert!(Outcome::try_from(json!("recorded")).is_err());
    }
}
