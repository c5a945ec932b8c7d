//! [`warnings`]: what a CRD's schema says that nobody will heed.

use std::collections::BTreeSet;

use serde_json::Value;

use super::structural_schema;

#[rustfmt::skip]
const TEXT_FORMATS: &[&str] = &[
    "bsonobjectid", "uri", "email", "hostname", "ipv4", "ipv6", "cidr", "mac", "uuid", "uuid3", "uuid4", "uuid5", "isbn",
    "isbn10", "isbn13", "creditcard", "ssn", "hexcolor", "rgbcolor", "byte", "password", "date", "duration", "datetime",
    "k8sshortname", "k8slongname",
];

/// What is said about the schemas of a CRD, each text once; on an update only what is new.
pub(super) fn warnings(new: &Value, old: Option<&Value>) -> Vec<String> {
    let (mut formats, mut sets) = collect(new);
    if let Some(old) = old {
        let (had_formats, had_sets) = collect(old);
        formats.retain(|warning| !had_formats.contains(warning));
        sets.retain(|warning| !had_sets.contains(warning));
    }
    formats.into_iter().chain(sets).collect()
}

/// The warnings about formats, and those about sets.
fn collect(definition: &Value) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut formats, mut sets) = (BTreeSet::new(), BTreeSet::new());
    let versions = definition["spec"]["versions"].as_array();
    for version in versions.into_iter().flatten() {
        structural_schema::visit(&version["schema"]["openAPIV3Schema"], &mut |schema| {
            formats.extend(format_warning(schema));
            sets.extend(set_warning(schema));
        });
    }
    (formats, sets)
}

fn format_warning(schema: &Value) -> Option<String> {
    let format = schema["format"].as_str().filter(|f| !f.is_empty())?;
    let is_known = match schema["type"].as_str().unwrap_or_default() {
        "" | "string" => TEXT_FORMATS.contains(&format.replace('-', "").as_str()),
        "integer" => matches!(format, "int32" | "int64"),
        "number" => matches!(format, "float" | "double"),
        _ => false,
    };
    (!is_known).then(|| format!("unrecognized format {format:?}"))
}

fn set_warning(schema: &Value) -> Option<String> {
    let items = schema["items"]["type"].as_str()?;
    let is_so = schema["x-kubernetes-list-type"] == "set" && matches!(items, "object" | "array");
    is_so.then(|| {
        format!(
            "x-kubernetes-list-type: set for items of type {items:?} is not supported by server-side apply or CEL \
             validation rules"
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn crd(properties: &Value) -> Value {
        let schema = json!({"type": "object", "properties": properties});
        json!({"spec": {"versions": [{"schema": {"openAPIV3Schema": schema}}]}})
    }

    #[test]
    fn formats_belong_to_types() {
        let known = json!({
            "a": {"type": "string", "format": "date-time"}, "b": {"type": "integer", "format": "int64"},
            "c": {"format": "k8s-short-name"}, "d": {"type": "number", "format": "double"},
        });
        assert!(warnings(&crd(&known), None).is_empty());
        let unknown = json!({
            "a": {"type": "string", "format": "nope"}, "b": {"type": "integer", "format": "date"},
            "c": {"type": "object", "additionalProperties": {"type": "string", "format": "nope"}},
        });
        assert_eq!(
            warnings(&crd(&unknown), None),
            [
                r#"unrecognized format "date""#,
                r#"unrecognized format "nope""#
            ]
        );
    }

    #[test]
    fn sets_hold_plain_values() {
        let set = json!({"a": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "object"}}});
        assert_eq!(
            warnings(&crd(&set), None),
            [
                "x-kubernetes-list-type: set for items of type \"object\" is not supported by server-side apply or CEL \
              validation rules"
            ]
        );
    }

    #[test]
    fn an_update_is_told_what_is_new() {
        let old = crd(&json!({"a": {"type": "string", "format": "nope"}}));
        let new = crd(
            &json!({"a": {"type": "string", "format": "nope"}, "b": {"type": "string", "format": "other"}}),
        );
        assert_eq!(
            warnings(&new, Some(&old)),
            [r#"unrecognized format "other""#]
        );
    }
}
