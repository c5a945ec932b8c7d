//! The schema of a status: the struct's own, with room for what the engine writes before the struct is whole.

use schemars::JsonSchema;
use serde_json::{Value, json};

use super::{super::Problem, Outcome, of as structural};

/// The fields of a status that the engine writes, whatever the struct has.
pub(crate) const OF_THE_ENGINE: [&str; 2] = ["observedGeneration", "conditions"];

/// The schema of `T` as a status: nothing of its own is required, since the first status that is written may
/// hold a condition alone; `observedGeneration` and `conditions` are added where absent.
pub(crate) fn of<T: JsonSchema>() -> Outcome {
    let mut outcome = structural::<T>("status");
    let Some(status) = outcome.schema.as_object_mut() else {
        return outcome;
    };
    status.remove("required");
    if ["oneOf", "anyOf", "allOf", "not"]
        .iter()
        .any(|key| status.contains_key(*key))
    {
        outcome.problems.push(Problem {
            type_name: outcome.type_name.clone(),
            field: "status".to_owned(),
            message: "a status has to be valid with conditions alone, and an enum isn't: \
                      make it a field of a struct"
                .to_owned(),
        });
    }
    if status.contains_key("additionalProperties") {
        outcome.problems.push(Problem {
            type_name: outcome.type_name.clone(),
            field: "status".to_owned(),
            message: "a status has fields of its own, `conditions` among them, and a map has none: make it a field of a \
                      struct"
                .to_owned(),
        });
        return outcome;
    }
    let properties = status.entry("properties").or_insert_with(|| json!({}));
    if let Some(properties) = properties.as_object_mut() {
        properties
            .entry(OF_THE_ENGINE[0])
            .or_insert_with(observed_generation);
        properties
            .entry(OF_THE_ENGINE[1])
            .or_insert_with(conditions);
    }
    outcome
}

fn observed_generation() -> Value {
    json!({
        "type": "integer",
        "format": "int64",
        "description": "The generation of the resource that this status is about.",
    })
}

/// The standard conditions of Kubernetes, a map by type to server-side apply.
fn conditions() -> Value {
    json!({
        "type": "array",
        "description": "What is true of the resource, by type.",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["type"],
        "items": {
            "type": "object",
            "required": ["lastTransitionTime", "message", "reason", "status", "type"],
            "properties": {
                "type": {
                    "type": "string",
                    "description": "The name of the condition.",
                    "maxLength": 316,
                },
                "status": {
                    "type": "string",
                    "description": "Whether it holds.",
                    "enum": ["True", "False", "Unknown"],
                },
                "observedGeneration": {
                    "type": "integer",
                    "format": "int64",
                    "minimum": 0,
                    "description": "The generation of the resource that it was found for.",
                },
                "lastTransitionTime": {
                    "type": "string",
                    "format": "date-time",
                    "description": "When `status` last changed.",
                },
                "reason": {
                    "type": "string",
                    "description": "Why, as one word for programs.",
                    "minLength": 1,
                    "maxLength": 1024,
                },
                "message": {
                    "type": "string",
                    "description": "Why, in words for people.",
                    "maxLength": 32768,
                },
            },
        },
    })
}
