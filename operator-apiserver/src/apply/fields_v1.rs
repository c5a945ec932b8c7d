//! [`Set`]s as `FieldsV1`, both ways.

use serde_json::{Map, Value};

use super::{path::Element, set::Set};

/// Reads a `fieldsV1`.
///
/// # Errors
/// If something in it is no path element.
pub(super) fn from_fields_v1(fields: &Value) -> Result<Set<'_>, String> {
    Ok(read(fields)?.1)
}

/// Writes a `fieldsV1`.
pub(super) fn to_fields_v1(set: &Set<'_>) -> Value {
    Value::Object(write(set, false))
}

/// Whether the field that `fields` belongs to is a member itself, and what is below it: a field without children is
/// always a member.
fn read(fields: &Value) -> Result<(bool, Set<'_>), String> {
    let fields = match fields {
        Value::Object(fields) => fields,
        Value::Null => return Ok((true, Set::default())),
        other => return Err(format!("expected an object, got {other}")),
    };
    let mut set = Set::default();
    let mut member = false;
    for (key, below) in fields {
        if key == "." {
            member = true;
        } else if let Some(element) = Element::parse(key)? {
            let (child, children) = read(below)?;
            set.add(element, child, children);
        }
    }
    Ok((member || set.is_empty(), set))
}

fn write(set: &Set<'_>, member: bool) -> Map<String, Value> {
    let mut fields = Map::new();
    if member && !set.is_empty() {
        fields.insert(".".to_owned(), Value::Object(Map::new()));
    }
    for node in set.nodes() {
        let below = Value::Object(write(&node.children, node.member));
        fields.insert(node.element.to_key(), below);
    }
    fields
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_reads_the_same() {
        let fields = json!({"f:metadata": {"f:labels": {".": {}, "f:a": {}}}, "f:spec": {
            "f:list": {"k:{\"name\":\"a\"}": {".": {}, "f:name": {}, "f:v": {}}},
            "f:set": {"v:\"p\"": {}, "v:10": {}, "v:2": {}},
            "f:size": {},
        }});
        let set = from_fields_v1(&fields).unwrap();
        assert_eq!(to_fields_v1(&set), fields);
    }

    #[test]
    fn a_field_without_children_is_a_member_however_it_is_written() {
        let written = json!({"f:a": {".": {}}, "f:b": null, "f:c": {"x:future": {}}});
        let set = from_fields_v1(&written).unwrap();
        let plain = json!({"f:a": {}, "f:b": {}, "f:c": {}});
        assert_eq!(to_fields_v1(&set), plain);
    }

    #[test]
    fn what_is_no_path_is_an_error() {
        for fields in [
            json!({"a": {}}),
            json!({"f:a": {"g": {}}}),
            json!({"f:a": 1}),
            json!([]),
        ] {
            assert!(from_fields_v1(&fields).is_err(), "{fields}");
        }
        assert!(from_fields_v1(&json!({})).unwrap().is_empty());
    }
}
