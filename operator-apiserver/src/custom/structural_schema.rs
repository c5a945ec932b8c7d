//! Schemas are structural: every field has a type, and what is unknown can be told. Only CRDs of old keep others.

use serde_json::Value;

use super::condition::{self, Condition, find, says};
use crate::{field_error::FieldError, schema::check_structural};

const CONDITION: &str = "NonStructuralSchema";

/// Writes the condition `NonStructuralSchema` of a CRD that keeps unknown fields or has such a schema, and takes it off
/// one that doesn't any more; `None` if nothing changes.
#[must_use]
pub(crate) fn observe(definition: &Value, now: &str) -> Option<Value> {
    let violations = violations(definition);
    if violations.is_empty() {
        find(definition, CONDITION)?;
        let mut new = definition.clone();
        if let Value::Array(list) = &mut new["status"]["conditions"] {
            list.retain(|c| c["type"] != CONDITION);
        }
        return Some(new);
    }
    let message = match violations.as_slice() {
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    };
    let condition: Condition<'_> = (CONDITION, "True", "Violations", &message);
    if says(find(definition, CONDITION), condition) {
        return None;
    }
    let mut new = definition.clone();
    condition::set(&mut new, condition, now);
    Some(new)
}

fn violations(definition: &Value) -> Vec<String> {
    let spec = &definition["spec"];
    let mut errors = Vec::new();
    if spec["preserveUnknownFields"] == true {
        errors.push(FieldError::invalid(
            "spec.preserveUnknownFields",
            true,
            "must be false",
        ));
    }
    let versions = spec["versions"].as_array().into_iter().flatten();
    for (index, version) in versions.enumerate() {
        let schema = &version["schema"]["openAPIV3Schema"];
        if !schema.is_null() {
            let path = format!("spec.versions[{index}].schema.openAPIV3Schema");
            errors.extend(check_structural(schema, &path));
        }
    }
    errors.iter().map(ToString::to_string).collect()
}

/// Whether a schema or one within it is like that.
pub(super) fn any(schema: &Value, is_so: &impl Fn(&Value) -> bool) -> bool {
    let mut found = false;
    visit(schema, &mut |schema| found |= is_so(schema));
    found
}

/// Shows a schema and all within it.
pub(super) fn visit(schema: &Value, see: &mut impl FnMut(&Value)) {
    const SINGLE: [&str; 7] = [
        "items",
        "allOf",
        "anyOf",
        "oneOf",
        "not",
        "additionalProperties",
        "additionalItems",
    ];
    const MAPS: [&str; 4] = [
        "properties",
        "patternProperties",
        "definitions",
        "dependencies",
    ];
    if !schema.is_object() {
        return;
    }
    see(schema);
    for key in SINGLE {
        match &schema[key] {
            Value::Array(list) => list.iter().for_each(|schema| visit(schema, see)),
            below => visit(below, see),
        }
    }
    for key in MAPS {
        let map = schema[key].as_object();
        map.into_iter()
            .flatten()
            .for_each(|(_, schema)| visit(schema, see));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_definition_that_keeps_unknown_fields_is_told_apart() {
        let mut crd =
            json!({"spec": {"preserveUnknownFields": true, "versions": [{"name": "v1"}]}});
        let told = observe(&crd, "t").expect("it is new");
        assert_eq!(
            told["status"]["conditions"],
            json!([{"type": CONDITION, "status": "True", "lastTransitionTime": "t", "reason": "Violations",
                "message": "spec.preserveUnknownFields: Invalid value: true: must be false"}])
        );
        assert_eq!(observe(&told, "t2"), None);

        crd["status"] = told["status"].clone();
        crd["spec"]["preserveUnknownFields"] = false.into();
        assert_eq!(
            observe(&crd, "t3").expect("it is over")["status"]["conditions"],
            json!([])
        );
        assert_eq!(observe(&json!({"spec": {}}), "t"), None);
    }

    #[test]
    fn a_property_is_not_taken_for_a_keyword() {
        let has_default = |schema: &Value| !schema["default"].is_null();
        let properties = |properties: Value| json!({"type": "object", "properties": properties});
        assert!(!any(
            &properties(json!({"default": {"type": "string"}})),
            &has_default
        ));
        let nested = json!({"items": {"anyOf": [{"additionalProperties": {"default": 1}}]}});
        assert!(any(&properties(json!({"a": nested})), &has_default));
    }
}
