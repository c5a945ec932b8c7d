//! The metadata of custom resources and of resources embedded in them: decoded as Go's `ObjectMeta` decodes it.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::{AdditionalProperties, Schema, SchemaNode, decode, path::Path, prune::is_meta};
use crate::{field_error::FieldError, metadata};

/// The shape of metadata, which is the same in every version and which no CRD can change.
pub(super) static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let named = |name: &str, schema: &Value, resolve: &dyn Fn(&str) -> Option<SchemaNode>| {
        let mut schema = Schema::load(schema, resolve);
        schema.definition = Some(format!("io.k8s.apimachinery.pkg.apis.meta.v1.{name}").into());
        schema
    };
    let text = json!({"type": "string"});
    let flag = json!({"type": "boolean"});
    let number = json!({"type": "integer", "format": "int64"});
    let required_text = json!({"type": "string", "default": ""});
    let time = json!({"$ref": "Time"});
    let texts = json!({"type": "object", "additionalProperties": text});
    let time_node = named(
        "Time",
        &json!({"type": "string", "format": "date-time"}),
        &|_| None,
    );
    let fields = named("FieldsV1", &json!({"type": "object"}), &|_| None);
    let owner = named(
        "OwnerReference",
        &json!({"type": "object", "x-kubernetes-map-type": "atomic", "required": ["apiVersion", "kind", "name", "uid"],
            "properties": {"apiVersion": required_text, "blockOwnerDeletion": flag, "controller": flag,
                "kind": required_text, "name": required_text, "uid": required_text}}),
        &|_| None,
    );
    let (time_node, fields) = (SchemaNode::from(time_node), SchemaNode::from(fields));
    let entry = named(
        "ManagedFieldsEntry",
        &json!({"type": "object", "properties": {"apiVersion": text, "fieldsType": text, "fieldsV1": {"$ref": "FieldsV1"},
            "manager": text, "operation": text, "subresource": text, "time": time}}),
        &|name| {
            Some(if name == "Time" {
                time_node.clone()
            } else {
                fields.clone()
            })
        },
    );
    let (owner, entry) = (SchemaNode::from(owner), SchemaNode::from(entry));
    named(
        "ObjectMeta",
        &json!({"type": "object", "properties": {
            "annotations": texts, "creationTimestamp": time, "deletionGracePeriodSeconds": number,
            "deletionTimestamp": time,
            "finalizers": {"type": "array", "items": text, "x-kubernetes-list-type": "set",
                "x-kubernetes-patch-strategy": "merge"},
            "generateName": text, "generation": number, "labels": texts,
            "managedFields": {"type": "array", "items": {"$ref": "ManagedFieldsEntry"},
                "x-kubernetes-list-type": "atomic"},
            "name": text, "namespace": text,
            "ownerReferences": {"type": "array", "items": {"$ref": "OwnerReference"},
                "x-kubernetes-list-map-keys": ["uid"], "x-kubernetes-list-type": "map",
                "x-kubernetes-patch-merge-key": "uid", "x-kubernetes-patch-strategy": "merge"},
            "resourceVersion": text, "selfLink": text, "uid": text}}),
        &|name| match name {
            "Time" => Some(time_node.clone()),
            "OwnerReference" => Some(owner.clone()),
            "ManagedFieldsEntry" => Some(entry.clone()),
            _ => None,
        },
    )
});

/// The shape of every object's metadata, with how its parts are told apart and merged.
#[must_use]
pub(crate) fn object_meta_schema() -> &'static Schema {
    &SCHEMA
}

/// Brings the metadata of a whole custom resource into its shape: unknown fields are dropped and returned as paths
/// (`metadata.x`), null annotations become empty, empty fields go. No metadata stays none.
///
/// # Errors
/// Why it can't be metadata, as the server tells it after `… cannot be handled as a Foo: `.
pub(crate) fn coerce_root(object: &mut Value) -> Result<Vec<String>, String> {
    match object.get_mut("metadata") {
        Some(metadata) => coerce(metadata, "metadata"),
        None => Ok(Vec::new()),
    }
}

/// Brings the `apiVersion`, `kind` and `metadata` of the resources embedded in a value into their shape; returns the
/// paths of the unknown fields of metadata in order.
///
/// # Errors
/// What is wrong with the first that can't be one: a 400 on a request.
pub(crate) fn coerce_embedded(
    value: &mut Value,
    schema: &Schema,
) -> Result<Vec<String>, FieldError> {
    let mut unknown = Vec::new();
    coerce_walk(value, schema, &Path::Root, &mut unknown)?;
    unknown.sort_unstable();
    Ok(unknown)
}

fn coerce(metadata: &mut Value, path: &str) -> Result<Vec<String>, String> {
    let mut unknown = Vec::new();
    if metadata.is_null() {
        *metadata = json!({});
    }
    decode::decode(metadata, &SCHEMA, &mut unknown)?;
    Ok(unknown
        .into_iter()
        .map(|field| format!("{path}.{field}"))
        .collect())
}

fn coerce_walk(
    value: &mut Value,
    schema: &Schema,
    path: &Path<'_>,
    unknown: &mut Vec<String>,
) -> Result<(), FieldError> {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let at = Path::Field(path, name);
                if schema.embedded_resource && is_meta(name) {
                    if name == "metadata" {
                        let at = at.to_string();
                        let before = value.clone();
                        let dropped = coerce(value, &at);
                        unknown
                            .extend(dropped.map_err(|why| FieldError::invalid(at, before, why))?);
                    } else if !value.is_string() {
                        return Err(FieldError::invalid(
                            at.to_string(),
                            value.clone(),
                            "must be a string",
                        ));
                    }
                }
                if let Some(property) = schema.properties.get(name) {
                    coerce_walk(value, property, &at, unknown)?;
                } else if let Some(AdditionalProperties::Schema(values)) =
                    &schema.additional_properties
                {
                    coerce_walk(value, values, &Path::Key(path, name), unknown)?;
                }
            }
        }
        Value::Array(items) => {
            if let Some(schema) = &schema.items {
                for (index, item) in items.iter_mut().enumerate() {
                    coerce_walk(item, schema, &Path::Index(path, index), unknown)?;
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// What is wrong with the `apiVersion`, `kind` and metadata of embedded resources.
pub(super) fn validate_embedded(value: &Value, schema: &Schema) -> Vec<FieldError> {
    let mut errors = Vec::new();
    visit(value, schema, &Path::Root, &mut |resource, path| {
        validate_type(resource, path, &mut errors);
        if let Some(metadata) = resource.get("metadata") {
            let at = Path::Field(path, "metadata").to_string();
            errors.extend(metadata::validate_embedded(metadata, &at));
        }
    });
    errors
}

fn visit<'a>(
    value: &'a Value,
    schema: &Schema,
    path: &Path<'_>,
    seen: &mut dyn FnMut(&'a Value, &Path<'_>),
) {
    match value {
        Value::Object(fields) => {
            if schema.embedded_resource {
                seen(value, path);
            }
            if schema.properties.is_empty() && schema.additional_properties.is_none() {
                return;
            }
            for (name, value) in fields {
                if let Some(property) = schema.properties.get(name) {
                    visit(value, property, &Path::Field(path, name), seen);
                } else if let Some(AdditionalProperties::Schema(values)) =
                    &schema.additional_properties
                {
                    visit(value, values, &Path::Key(path, name), seen);
                }
            }
        }
        Value::Array(items) => {
            if let Some(schema) = &schema.items {
                for (index, item) in items.iter().enumerate() {
                    visit(item, schema, &Path::Index(path, index), seen);
                }
            }
        }
        _ => {}
    }
}

fn validate_type(resource: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let at = |name: &str| Path::Field(path, name).to_string();
    for name in ["apiVersion", "kind"] {
        if resource.get(name).is_none() {
            errors.push(FieldError::required(at(name), ""));
        }
    }
    for (name, check) in [
        ("apiVersion", group_version as fn(&str) -> Option<String>),
        ("kind", kind),
    ] {
        match resource.get(name) {
            Some(Value::String(text)) => {
                let why = if text.is_empty() {
                    Some("must not be empty".to_owned())
                } else {
                    check(text)
                };
                errors.extend(why.map(|why| FieldError::invalid(at(name), text.as_str(), why)));
            }
            Some(other) => errors.push(FieldError::invalid(
                at(name),
                other.clone(),
                "must be a string",
            )),
            None => {}
        }
    }
}

fn group_version(text: &str) -> Option<String> {
    (text.matches('/').count() > 1).then(|| format!("unexpected GroupVersion string: {text}"))
}

fn kind(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let mut why = Vec::new();
    if lower.len() > 63 {
        why.push("must be no more than 63 characters".to_owned());
    }
    let bytes = lower.as_bytes();
    let inner = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let is_label = bytes.first().is_some_and(u8::is_ascii_lowercase)
        && bytes.last().is_some_and(inner)
        && bytes.iter().all(|b| inner(b) || *b == b'-');
    if !is_label {
        why.push(
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic \
             character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for \
             validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
                .to_owned(),
        );
    }
    let reasons = why.join(",");
    (!why.is_empty()).then(|| format!("may have mixed case, but should otherwise match: {reasons}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> Schema {
        let resource = json!({"type": "object", "x-kubernetes-embedded-resource": true,
            "x-kubernetes-preserve-unknown-fields": true});
        let schema = json!({"type": "object", "properties": {"e": resource,
            "l": {"type": "array", "items": resource}, "m": {"type": "object", "additionalProperties": resource}}});
        Schema::load(&schema, &|_| None)
    }

    #[test]
    fn metadata_takes_the_shape_of_metadata() {
        let mut object = json!({"metadata": {"name": "a", "foo": 1, "labels": {}, "annotations": {"a": null},
            "ownerReferences": [{"apiVersion": "v1", "kind": "x", "name": "n", "uid": "u", "controller": null,
                "blockOwnerDeletion": false, "x": 1}]}});
        let unknown = coerce_root(&mut object);
        let unknown_fields = ["metadata.foo", "metadata.ownerReferences[0].x"].map(str::to_owned);
        assert_eq!(unknown, Ok(unknown_fields.to_vec()));
        let expected = json!({"metadata": {"name": "a", "annotations": {"a": ""}, "ownerReferences": [
            {"apiVersion": "v1", "blockOwnerDeletion": false, "kind": "x", "name": "n", "uid": "u"}]}});
        assert_eq!(object, expected);
    }

    #[test]
    fn what_can_not_be_metadata_is_refused() {
        let cases = [
            (
                json!("x"),
                "json: cannot unmarshal string into Go value of type v1.ObjectMeta",
            ),
            (
                json!({"labels": {"a": 1}}),
                "json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string",
            ),
            (
                json!({"ownerReferences": [{"name": 1}]}),
                "json: cannot unmarshal number into Go struct field OwnerReference.ownerReferences.name of type string",
            ),
            (
                json!({"ownerReferences": [1]}),
                "json: cannot unmarshal number into Go struct field ObjectMeta.ownerReferences of type v1.OwnerReference",
            ),
        ];
        for (metadata, expected) in cases {
            assert_eq!(
                coerce_root(&mut json!({"metadata": metadata})),
                Err(expected.to_owned())
            );
        }
    }

    #[test]
    fn embedded_resources_take_their_shape_or_are_refused() {
        let mut value = json!({"e": {"apiVersion": "v1", "kind": "A", "metadata": null, "x": 1},
            "m": {"k": {"metadata": {"foo": 1}}}});
        assert_eq!(
            coerce_embedded(&mut value, &schema()),
            Ok(vec!["m[k].metadata.foo".to_owned()])
        );
        assert_eq!(value["e"]["metadata"], json!({}));
        let cases = [
            (
                json!({"l": [{"kind": 1}]}),
                "l[0].kind: Invalid value: 1: must be a string",
            ),
            (
                json!({"e": {"metadata": {"labels": {"a": 1}}}}),
                "e.metadata: Invalid value: {\"labels\":{\"a\":1}}: json: cannot unmarshal number into Go struct field \
                 ObjectMeta.labels of type string",
            ),
        ];
        for (mut value, expected) in cases {
            assert_eq!(
                coerce_embedded(&mut value, &schema())
                    .unwrap_err()
                    .to_string(),
                expected
            );
        }
    }

    #[test]
    fn embedded_resources_say_what_they_are() {
        let value = json!({"e": {}, "l": [{"apiVersion": "a/b/c", "kind": ""}],
            "m": {"k": {"apiVersion": "v1", "kind": "A"}}});
        let errors = validate_embedded(&value, &schema());
        let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
        let expected = [
            "e.apiVersion: Required value",
            "e.kind: Required value",
            "l[0].apiVersion: Invalid value: \"a/b/c\": unexpected GroupVersion string: a/b/c",
            "l[0].kind: Invalid value: \"\": must not be empty",
        ];
        assert_eq!(texts, expected);
    }

    #[test]
    fn the_metadata_of_embedded_resources_has_to_be_valid() {
        let value = json!({"e": {"apiVersion": "v1", "kind": "A", "metadata": {}}, "l": [{"apiVersion": "v1",
            "kind": "A", "metadata": {"name": "a/b", "generateName": "A%", "namespace": "x", "generation": -1,
                "ownerReferences": [{"apiVersion": "v1", "kind": "", "name": "n", "uid": "u"}]}}]});
        let errors = validate_embedded(&value, &schema());
        let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
        let expected = [
            "l[0].metadata.generateName: Invalid value: \"A%\": may not contain '%'",
            "l[0].metadata.name: Invalid value: \"a/b\": may not contain '/'",
            "l[0].metadata.generation: Invalid value: -1: must be greater than or equal to 0",
            "l[0].metadata.ownerReferences[0].kind: Required value: must not be empty",
        ];
        assert_eq!(texts, expected);
    }
}
