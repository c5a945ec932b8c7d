//! [`Form`]: messages that are something else than an object in JSON.

use jiff::{
    SignedDuration,
    civil::{DateTime, date},
};
use serde_json::{Map, Value};

use super::messages::{Field, Kind, Shape};

/// What a message is in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// An object with the message's fields.
    Object,
    /// The value of its one field.
    Value,
    /// The list that is its one field.
    List,
    Time,
    MicroTime,
    IntOrString,
    SchemaOrBool,
    SchemaOrSchemas,
    SchemaOrTexts,
}

impl Form {
    pub(super) fn of(name: &str, fields: &[Field]) -> Self {
        match name.rsplit('.').next().unwrap_or_default() {
            "Time" => return Self::Time,
            "MicroTime" => return Self::MicroTime,
            "IntOrString" => return Self::IntOrString,
            "JSONSchemaPropsOrBool" => return Self::SchemaOrBool,
            "JSONSchemaPropsOrArray" => return Self::SchemaOrSchemas,
            "JSONSchemaPropsOrStringArray" => return Self::SchemaOrTexts,
            _ => {}
        }
        match fields {
            [only] if only.name.is_empty() && only.shape == Shape::List => Self::List,
            [only] if only.name.is_empty() && !matches!(only.kind, Kind::Message(_)) => Self::Value,
            _ => Self::Object,
        }
    }

    /// Makes the value from the fields; null is what is not there at all.
    ///
    /// # Errors
    /// For a time that no calendar has, and what is neither a number nor a text.
    pub(super) fn finish(self, mut fields: Map<String, Value>) -> Result<Value, String> {
        if matches!(self, Self::Time | Self::MicroTime) && fields.is_empty() {
            return Ok(Value::Null);
        }
        let mut taken = |name: &str| fields.remove(name);
        Ok(match self {
            Self::Object => Value::Object(fields),
            Self::Value => taken("").unwrap_or_default(),
            Self::List => taken("").unwrap_or_else(|| Value::Array(Vec::new())),
            // Go drops the fraction of times, which JSON does not have either.
            Self::Time => format!("{:.0}Z", time(number(taken("seconds").as_ref()), 0)?).into(),
            Self::MicroTime => {
                let time = time(
                    number(taken("seconds").as_ref()),
                    number(taken("nanos").as_ref()),
                )?;
                format!("{time:.6}Z").into()
            }
            Self::IntOrString => match number(taken("type").as_ref()) {
                0 => number(taken("intVal").as_ref()).into(),
                1 => taken("strVal").unwrap_or_else(|| "".into()),
                _ => return Err("impossible IntOrString.Type".to_owned()),
            },
            Self::SchemaOrBool => {
                let allows = taken("allows").unwrap_or(Value::Bool(false));
                taken("schema").unwrap_or(allows)
            }
            Self::SchemaOrSchemas => taken("jSONSchemas")
                .or_else(|| taken("schema"))
                .unwrap_or_default(),
            Self::SchemaOrTexts => taken("property")
                .or_else(|| taken("schema"))
                .unwrap_or_default(),
        })
    }

    /// Whether a message that stands twice is merged; the others are one value, of which the last counts.
    pub(super) fn merges(self) -> bool {
        self == Self::Object
    }
}

fn number(value: Option<&Value>) -> i64 {
    value.and_then(Value::as_i64).unwrap_or_default()
}

/// In UTC. A date, not a point in time: these end a day before the last day of the year 9999, which is in use for what
/// never ends.
fn time(seconds: i64, nanos: i64) -> Result<DateTime, String> {
    let since =
        SignedDuration::from_secs(seconds).checked_add(SignedDuration::from_micros(nanos / 1_000));
    since
        .and_then(|since| date(1970, 1, 1).at(0, 0, 0, 0).checked_add(since).ok())
        .ok_or_else(|| format!("the time {seconds}s is out of range"))
}
