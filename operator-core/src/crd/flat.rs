//! What a server takes at the top of a resource without spec, where the struct stands beside `metadata`.

use serde_json::Value;

use super::Problem;

/// What it takes there where the status is a subresource, as far as schemas have it.
const BESIDE_A_STATUS: [&str; 9] = [
    "description",
    "example",
    "externalDocs",
    "properties",
    "required",
    "title",
    "type",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-validations",
];

/// Reports what it refuses.
pub(super) fn check(schema: &Value, has_status: bool, problems: &mut Vec<Problem>) {
    for key in schema.as_object().into_iter().flat_map(|it| it.keys()) {
        let wrong = match key.as_str() {
            "additionalProperties" => "a map can't be the whole of a resource: make it a field",
            "default" => "a resource has no default as a whole: write one on each field",
            "nullable" => "a resource is never null as a whole: remove that",
            "allOf" | "anyOf" | "oneOf" | "not" if has_status => {
                "a server takes no alternatives at the top of a resource with a status: make the enum a field"
            }
            other if has_status && !BESIDE_A_STATUS.contains(&other) => {
                let message = format!(
                    "a server takes no `{other}` at the top of a resource with a status: say it of a field"
                );
                problems.push(Problem::at("", message));
                continue;
            }
            _ => continue,
        };
        problems.push(Problem::at("", wrong.to_owned()));
    }
}
