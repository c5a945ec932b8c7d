//! Parts of a CRD as the server's internal types look in its messages: all fields, in their order, absent ones as null or
//! empty.

use std::fmt::Write;

use serde_json::{Map, Value};

use super::spec::Version;
use crate::go_text;

fn list_to<T>(list: &[T], item: impl Fn(&T, &mut String), output: &mut String) {
    output.push('[');
    for (index, value) in list.iter().enumerate() {
        if index > 0 {
            output.push(',');
        }
        item(value, output);
    }
    output.push(']');
}

fn map_to(map: &Map<String, Value>, item: impl Fn(&Value, &mut String), output: &mut String) {
    output.push('{');
    for (index, (key, value)) in map.iter().enumerate() {
        if index > 0 {
            output.push(',');
        }
        output.push_str(&go_text::json_text(key));
        output.push(':');
        item(value, output);
    }
    output.push('}');
}

/// How a field of an internal type is written.
#[derive(Clone, Copy)]
enum Form {
    /// A text; absent is empty.
    Text,
    /// A boolean; absent is false.
    Flag,
    /// Null where it is absent.
    Any,
    /// A schema, or null.
    Schema,
    /// A list of schemas, or null.
    Schemas,
    /// Schemas by name, or null.
    SchemaMap,
    /// A schema or a list of them, or null.
    SchemaOrList,
    /// A schema or a boolean, or null.
    SchemaOrFlag,
    /// A list of objects of another type, or null.
    Objects(&'static [Field]),
    /// An object of another type, or null.
    Object(&'static [Field]),
    /// A number; absent is 0.
    Integer,
}

/// The name in the message, the name in JSON, and the form.
type Field = (&'static str, &'static str, Form);

#[rustfmt::skip]
const SCHEMA: &[Field] = &[
    ("ID", "id", Form::Text), ("Schema", "$schema", Form::Text), ("Ref", "$ref", Form::Any),
    ("Description", "description", Form::Text), ("Type", "type", Form::Text), ("Nullable", "nullable", Form::Flag),
    ("Format", "format", Form::Text), ("Title", "title", Form::Text), ("Default", "default", Form::Any),
    ("Maximum", "maximum", Form::Any), ("ExclusiveMaximum", "exclusiveMaximum", Form::Flag),
    ("Minimum", "minimum", Form::Any), ("ExclusiveMinimum", "exclusiveMinimum", Form::Flag),
    ("MaxLength", "maxLength", Form::Any), ("MinLength", "minLength", Form::Any), ("Pattern", "pattern", Form::Text),
    ("MaxItems", "maxItems", Form::Any), ("MinItems", "minItems", Form::Any), ("UniqueItems", "uniqueItems", Form::Flag),
    ("MultipleOf", "multipleOf", Form::Any), ("Enum", "enum", Form::Any), ("MaxProperties", "maxProperties", Form::Any),
    ("MinProperties", "minProperties", Form::Any), ("Required", "required", Form::Any),
    ("Items", "items", Form::SchemaOrList), ("AllOf", "allOf", Form::Schemas), ("OneOf", "oneOf", Form::Schemas),
    ("AnyOf", "anyOf", Form::Schemas), ("Not", "not", Form::Schema), ("Properties", "properties", Form::SchemaMap),
    ("AdditionalProperties", "additionalProperties", Form::SchemaOrFlag),
    ("PatternProperties", "patternProperties", Form::SchemaMap), ("Dependencies", "dependencies", Form::Any),
    ("AdditionalItems", "additionalItems", Form::SchemaOrFlag), ("Definitions", "definitions", Form::SchemaMap),
    ("ExternalDocs", "externalDocs", Form::Object(DOCUMENTATION)), ("Example", "example", Form::Any),
    ("XPreserveUnknownFields", "x-kubernetes-preserve-unknown-fields", Form::Any),
    ("XEmbeddedResource", "x-kubernetes-embedded-resource", Form::Flag),
    ("XIntOrString", "x-kubernetes-int-or-string", Form::Flag),
    ("XListMapKeys", "x-kubernetes-list-map-keys", Form::Any), ("XListType", "x-kubernetes-list-type", Form::Any),
    ("XMapType", "x-kubernetes-map-type", Form::Any),
    ("XValidations", "x-kubernetes-validations", Form::Objects(RULE)),
];

const DOCUMENTATION: &[Field] = &[
    ("Description", "description", Form::Text),
    ("URL", "url", Form::Text),
];

const RULE: &[Field] = &[
    ("Rule", "rule", Form::Text),
    ("Message", "message", Form::Text),
    ("MessageExpression", "messageExpression", Form::Text),
    ("Reason", "reason", Form::Any),
    ("FieldPath", "fieldPath", Form::Text),
    ("OptionalOldSelf", "optionalOldSelf", Form::Any),
];

const SUBRESOURCES: &[Field] = &[
    ("Status", "status", Form::Any),
    ("Scale", "scale", Form::Object(SCALE)),
];

const SCALE: &[Field] = &[
    ("SpecReplicasPath", "specReplicasPath", Form::Text),
    ("StatusReplicasPath", "statusReplicasPath", Form::Text),
    ("LabelSelectorPath", "labelSelectorPath", Form::Any),
];

const COLUMN: &[Field] = &[
    ("Name", "name", Form::Text),
    ("Type", "type", Form::Text),
    ("Format", "format", Form::Text),
    ("Description", "description", Form::Text),
    ("Priority", "priority", Form::Integer),
    ("JSONPath", "jsonPath", Form::Text),
];

/// The fields of a schema in the order of the server's type: their names there and in JSON.
pub(super) fn schema_fields() -> impl Iterator<Item = (&'static str, &'static str)> {
    SCHEMA.iter().map(|(name, json, _)| (*name, *json))
}

/// A schema.
pub(super) fn schema(schema: &Value) -> String {
    let mut output = String::new();
    object_to(schema, SCHEMA, &mut output);
    output
}

/// `spec.versions`, without what all versions have in common.
pub(super) fn versions(list: &Value, versions: &[Version<'_>]) -> String {
    let mut output = String::new();
    if list.is_null() {
        output.push_str("null");
    } else {
        list_to(versions, version_to, &mut output);
    }
    output
}

fn version_to(version: &Version<'_>, output: &mut String) {
    const OWN: &[Field] = &[
        ("Name", "name", Form::Text),
        ("Served", "served", Form::Flag),
        ("Storage", "storage", Form::Flag),
        ("Deprecated", "deprecated", Form::Flag),
        ("DeprecationWarning", "deprecationWarning", Form::Any),
    ];
    object_to(version.value, OWN, output);
    output.pop();
    output.push_str(",\"Schema\":");
    match version.parts.schema {
        Some(schema) => {
            output.push_str("{\"OpenAPIV3Schema\":");
            field_to(&schema["openAPIV3Schema"], Form::Schema, output);
            output.push('}');
        }
        None => output.push_str("null"),
    }
    output.push_str(",\"Subresources\":");
    let subresources = version.parts.subresources.unwrap_or(&Value::Null);
    field_to(subresources, Form::Object(SUBRESOURCES), output);
    for (name, list, fields) in [
        ("AdditionalPrinterColumns", version.parts.columns, COLUMN),
        (
            "SelectableFields",
            version.parts.selectable_fields,
            &COLUMN[COLUMN.len() - 1..],
        ),
    ] {
        // Writing to a text can't fail.
        let _ = write!(output, ",{name:?}:");
        if list.is_empty() {
            output.push_str("null");
        } else {
            list_to(list, |item, output| object_to(item, fields, output), output);
        }
    }
    output.push('}');
}

fn object_to(value: &Value, fields: &[Field], output: &mut String) {
    let item = |(name, json, form): &Field, output: &mut String| {
        let _ = write!(output, "{name:?}:");
        field_to(&value[*json], *form, output);
    };
    output.push('{');
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            output.push(',');
        }
        item(field, output);
    }
    output.push('}');
}

fn field_to(value: &Value, form: Form, output: &mut String) {
    let schema_to = |value: &Value, output: &mut String| object_to(value, SCHEMA, output);
    match (form, value) {
        (Form::Text, Value::Null) => output.push_str("\"\""),
        (Form::Flag, Value::Null) => output.push_str("false"),
        (Form::Integer, Value::Null) => output.push('0'),
        (_, Value::Null) => output.push_str("null"),
        (Form::Schema, schema) => schema_to(schema, output),
        (Form::Schemas, Value::Array(list)) => list_to(list, schema_to, output),
        (Form::SchemaMap, Value::Object(map)) => map_to(map, schema_to, output),
        (Form::SchemaOrList, Value::Array(list)) => {
            output.push_str("{\"Schema\":null,\"JSONSchemas\":");
            list_to(list, schema_to, output);
            output.push('}');
        }
        (Form::SchemaOrList, schema) => {
            output.push_str("{\"Schema\":");
            schema_to(schema, output);
            output.push_str(",\"JSONSchemas\":null}");
        }
        (Form::SchemaOrFlag, Value::Bool(allows)) => {
            let _ = write!(output, "{{\"Allows\":{allows},\"Schema\":null}}");
        }
        (Form::SchemaOrFlag, schema) => {
            output.push_str("{\"Allows\":true,\"Schema\":");
            schema_to(schema, output);
            output.push('}');
        }
        (Form::Objects(fields), Value::Array(list)) => {
            list_to(list, |item, output| object_to(item, fields, output), output);
        }
        (Form::Object(fields), object) => object_to(object, fields, output),
        (_, value) => output.push_str(&go_text::json(value)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::custom::spec::Spec;

    #[test]
    fn versions_show_what_they_do_not_share() {
        let spec = json!({"versions": [
            {"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object"}}},
            {"name": "v2", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object"}},
             "subresources": {"status": {}}},
        ]});
        let view = Spec::of(&spec);
        assert_eq!(
            versions(&spec["versions"], &view.versions),
            concat!(
                r#"[{"Name":"v1","Served":true,"Storage":true,"Deprecated":false,"DeprecationWarning":null,"#,
                r#""Schema":null,"Subresources":null,"AdditionalPrinterColumns":null,"SelectableFields":null},"#,
                r#"{"Name":"v2","Served":true,"Storage":true,"Deprecated":false,"DeprecationWarning":null,"#,
                r#""Schema":null,"Subresources":{"Status":{},"Scale":null},"AdditionalPrinterColumns":null,"#,
                r#""SelectableFields":null}]"#
            )
        );
    }
}
