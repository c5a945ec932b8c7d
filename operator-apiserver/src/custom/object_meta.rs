//! [`coerce`]: the metadata of a custom resource has the shape of all metadata, whatever its schema says.

use serde_json::{Map, Value};

/// What a field of the metadata holds; texts with the name of their Go type.
#[derive(Clone, Copy)]
enum Form {
    Text(&'static str),
    Integer,
    Flag,
    Time,
    /// Texts by name.
    Texts,
    /// A list of texts.
    Names,
    /// A list of objects: their Go type without the package, and their fields.
    Objects(&'static str, &'static [(&'static str, Form)]),
    /// `fieldsV1`
    Any,
}

const STRING: Form = Form::Text("string");

const METADATA: &[(&str, Form)] = &[
    ("annotations", Form::Texts),
    ("creationTimestamp", Form::Time),
    ("deletionGracePeriodSeconds", Form::Integer),
    ("deletionTimestamp", Form::Time),
    ("finalizers", Form::Names),
    ("generateName", STRING),
    ("generation", Form::Integer),
    ("labels", Form::Texts),
    (
        "managedFields",
        Form::Objects("ManagedFieldsEntry", MANAGED_FIELDS),
    ),
    ("name", STRING),
    ("namespace", STRING),
    ("ownerReferences", Form::Objects("OwnerReference", OWNER)),
    ("resourceVersion", STRING),
    ("selfLink", STRING),
    ("uid", Form::Text("types.UID")),
];

const OWNER: &[(&str, Form)] = &[
    ("apiVersion", STRING),
    ("blockOwnerDeletion", Form::Flag),
    ("controller", Form::Flag),
    ("kind", STRING),
    ("name", STRING),
    ("uid", Form::Text("types.UID")),
];

const MANAGED_FIELDS: &[(&str, Form)] = &[
    ("apiVersion", STRING),
    ("fieldsType", STRING),
    ("fieldsV1", Form::Any),
    ("manager", STRING),
    ("operation", Form::Text("v1.ManagedFieldsOperationType")),
    ("subresource", STRING),
    ("time", Form::Time),
];

/// Brings `metadata` of an object into its shape: nulls and empty values go, a null among labels or annotations becomes
/// an empty text. Unknown fields go, too; their paths are returned.
///
/// # Errors
/// In the words of the server's JSON decoder where a value has the wrong type.
pub(super) fn coerce(object: &mut Value) -> Result<Vec<String>, String> {
    let mut unknown = Vec::new();
    let metadata = &mut object["metadata"];
    match metadata {
        Value::Null => *metadata = Value::Object(Map::new()),
        Value::Object(map) => {
            coerce_fields(map, METADATA, "ObjectMeta", "", "metadata", &mut unknown)?;
        }
        other => {
            let found = kind(other);
            return Err(format!(
                "json: cannot unmarshal {found} into Go value of type v1.ObjectMeta"
            ));
        }
    }
    Ok(unknown)
}

/// `owner` is the Go type, `within` the fields that lead to it for messages, `path` for unknown fields.
fn coerce_fields(
    map: &mut Map<String, Value>,
    fields: &[(&str, Form)],
    owner: &str,
    within: &str,
    path: &str,
    unknown: &mut Vec<String>,
) -> Result<(), String> {
    let mut failure = None;
    map.retain(|name, value| {
        if failure.is_some() {
            return true;
        }
        let Some((_, form)) = fields.iter().find(|(field, _)| field == name) else {
            unknown.push(format!("{path}.{name}"));
            return false;
        };
        match coerce_value(value, *form, owner, within, name, unknown) {
            Ok(stays) => stays,
            Err(why) => {
                failure = Some(why);
                true
            }
        }
    });
    failure.map_or(Ok(()), Err)
}

/// Returns whether the field stays.
fn coerce_value(
    value: &mut Value,
    form: Form,
    owner: &str,
    within: &str,
    name: &str,
    unknown: &mut Vec<String>,
) -> Result<bool, String> {
    let mismatch = |value: &Value, expected: &str| {
        let found = kind(value);
        Err(format!(
            "json: cannot unmarshal {found} into Go struct field {owner}.{within}{name} of type {expected}"
        ))
    };
    match (form, &mut *value) {
        (_, Value::Null) => Ok(false),
        (Form::Any, _) | (Form::Flag, Value::Bool(_)) => Ok(true),
        (Form::Text(_), Value::String(text)) => Ok(!text.is_empty()),
        (Form::Text(expected), other) => mismatch(other, expected),
        (Form::Flag, other) => mismatch(other, "bool"),
        (Form::Integer, Value::Number(number)) if number.is_i64() => Ok(true),
        (Form::Integer, Value::Number(number)) => Err(format!(
            "json: cannot unmarshal number {number} into Go struct field {owner}.{within}{name} of type int64"
        )),
        (Form::Integer, other) => mismatch(other, "int64"),
        (Form::Time, Value::String(text)) => match text.parse::<jiff::Timestamp>() {
            Ok(_) => Ok(true),
            Err(_) => Err(format!(
                "parsing time {text:?} as \"2006-01-02T15:04:05Z07:00\": cannot parse {text:?} as \"2006\""
            )),
        },
        (Form::Time, other) => {
            let found = kind(other);
            Err(format!(
                "json: cannot unmarshal {found} into Go value of type string"
            ))
        }
        (Form::Texts, Value::Object(map)) => {
            for (_, text) in map.iter_mut() {
                match text {
                    Value::String(_) => {}
                    Value::Null => *text = "".into(),
                    other => return mismatch(other, "string"),
                }
            }
            Ok(!map.is_empty())
        }
        (Form::Texts, other) => mismatch(other, "map[string]string"),
        (Form::Names, Value::Array(list)) => {
            for text in list.iter_mut() {
                match text {
                    Value::String(_) => {}
                    Value::Null => *text = "".into(),
                    other => return mismatch(other, "string"),
                }
            }
            Ok(!list.is_empty())
        }
        (Form::Names, other) => mismatch(other, "[]string"),
        (Form::Objects(type_name, fields), Value::Array(list)) => {
            for (index, item) in list.iter_mut().enumerate() {
                match item {
                    Value::Object(map) => {
                        let (within, path) =
                            (format!("{name}."), format!("metadata.{name}[{index}]"));
                        coerce_fields(map, fields, type_name, &within, &path, unknown)?;
                    }
                    Value::Null => *item = Value::Object(Map::new()),
                    other => return mismatch(other, &format!("v1.{type_name}")),
                }
            }
            // An empty list of managed fields is a request of its own.
            Ok(!list.is_empty() || name == "managedFields")
        }
        (Form::Objects(type_name, _), other) => mismatch(other, &format!("[]v1.{type_name}")),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn coerced(metadata: Value) -> Result<(Value, Vec<String>), String> {
        let mut object = json!({"metadata": metadata});
        let unknown = coerce(&mut object)?;
        Ok((object["metadata"].take(), unknown))
    }

    #[test]
    fn unknown_and_empty_fields_go() {
        let metadata = json!({
            "name": "b", "foo": 1, "labels": null, "annotations": {"a": null}, "generateName": "", "finalizers": [],
            "creationTimestamp": null,
            "ownerReferences": [{"foo": 1, "apiVersion": "v1", "kind": "A", "name": "b", "uid": "c"}],
        });
        let (metadata, unknown) = coerced(metadata).expect("it can be brought into shape");
        assert_eq!(
            metadata,
            json!({"name": "b", "annotations": {"a": ""},
                "ownerReferences": [{"apiVersion": "v1", "kind": "A", "name": "b", "uid": "c"}]})
        );
        assert_eq!(unknown, ["metadata.foo", "metadata.ownerReferences[0].foo"]);
        assert_eq!(coerced(Value::Null), Ok((json!({}), vec![])));
    }

    #[test]
    fn other_types_are_refused_in_the_decoder_s_words() {
        for (metadata, why) in [
            (
                json!(5),
                "json: cannot unmarshal number into Go value of type v1.ObjectMeta",
            ),
            (
                json!([]),
                "json: cannot unmarshal array into Go value of type v1.ObjectMeta",
            ),
            (
                json!({"labels": {"a": 1}}),
                "json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string",
            ),
            (
                json!({"labels": []}),
                "json: cannot unmarshal array into Go struct field ObjectMeta.labels of type map[string]string",
            ),
            (
                json!({"finalizers": "x"}),
                "json: cannot unmarshal string into Go struct field ObjectMeta.finalizers of type []string",
            ),
            (
                json!({"ownerReferences": [{"apiVersion": 1}]}),
                "json: cannot unmarshal number into Go struct field OwnerReference.ownerReferences.apiVersion of type \
                 string",
            ),
            (
                json!({"generation": "x"}),
                "json: cannot unmarshal string into Go struct field ObjectMeta.generation of type int64",
            ),
            (
                json!({"uid": 5}),
                "json: cannot unmarshal number into Go struct field ObjectMeta.uid of type types.UID",
            ),
            (
                json!({"managedFields": 3}),
                "json: cannot unmarshal number into Go struct field ObjectMeta.managedFields of type \
                 []v1.ManagedFieldsEntry",
            ),
            (
                json!({"creationTimestamp": "foo"}),
                "parsing time \"foo\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"foo\" as \"2006\"",
            ),
        ] {
            assert_eq!(coerced(metadata), Err(why.to_owned()));
        }
    }
}
