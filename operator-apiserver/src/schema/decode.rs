//! [`decode_typed`]: what decoding JSON into a built-in kind's Go type does to a value.

use std::fmt::Write as _;

use base64::{
    Engine as _, alphabet,
    engine::{GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use serde_json::{Map, Value};

use super::{
    AdditionalProperties, Schema, ValueType,
    go_types::{self, GoField},
};
use crate::{
    error::ApiError,
    go_time::{canonical_micro_time, canonical_time},
    quantity::{self, Precision},
};

/// Brings a value into the shape that the Go type of a built-in kind gives it: unknown fields are dropped and
/// returned as the server names them (`unknown field "spec.x"`), nulls and empty values vanish where
/// the type omits them, what the type always writes is there (`status: {}`), and times, quantities and bytes are
/// written as the server writes them.
///
/// # Errors
/// A 400 in the server's words where the type can't hold a value (a string for a number …).
pub(crate) fn decode_typed(value: &mut Value, schema: &Schema) -> Result<Vec<String>, ApiError> {
    let mut unknown = Vec::new();
    decode(value, schema, &mut unknown).map_err(|why| {
        let (version, kind) = version_and_kind(schema, value);
        ApiError::bad_request(format!(
            "{kind} in version {version:?} cannot be handled as a {kind}: {why}"
        ))
    })?;
    Ok(unknown
        .into_iter()
        .map(|path| format!("unknown field {path:?}"))
        .collect())
}

/// Decodes a value as `definition` says; the paths of unknown fields are added to `unknown`.
pub(super) fn decode(
    value: &mut Value,
    schema: &Schema,
    unknown: &mut Vec<String>,
) -> Result<(), String> {
    Decoder { unknown }.decode(value, schema, &Place::Root, None)
}

fn version_and_kind(schema: &Schema, value: &Value) -> (String, String) {
    let mut parts = schema.definition.as_deref().unwrap_or_default().rsplit('.');
    if let (Some(kind), Some(version)) = (parts.next(), parts.next()) {
        return (version.to_owned(), kind.to_owned());
    }
    let api_version = value["apiVersion"].as_str().unwrap_or_default();
    let version = api_version.rsplit('/').next().unwrap_or_default();
    let kind = value["kind"].as_str().unwrap_or_default();
    (version.to_owned(), kind.to_owned())
}

/// Where the decoder stands: enough for both ways in which the server names a place.
enum Place<'a> {
    Root,
    Field {
        parent: &'a Place<'a>,
        name: &'a str,
        /// The definition of the struct that the field is in.
        definition: Option<&'a str>,
        go: GoField,
    },
    Key(&'a Place<'a>, &'a str),
    Index(&'a Place<'a>, usize),
}

impl Place<'_> {
    /// `spec.containers[0].x`
    fn dotted(&self, out: &mut String) {
        match self {
            Place::Root => {}
            Place::Field { parent, name, .. } | Place::Key(parent, name) => {
                parent.dotted(out);
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(name);
            }
            Place::Index(parent, index) => {
                parent.dotted(out);
                // A `String` takes every write.
                _ = write!(out, "[{index}]");
            }
        }
    }

    /// `spec.containers.x`: without indices and keys, with embedded structs.
    fn fields(&self, out: &mut String) {
        match self {
            Place::Root => {}
            Place::Key(parent, _) | Place::Index(parent, _) => parent.fields(out),
            Place::Field {
                parent, name, go, ..
            } => {
                parent.fields(out);
                for part in go.embedded_in.into_iter().chain([*name]) {
                    if !out.is_empty() {
                        out.push('.');
                    }
                    out.push_str(part);
                }
            }
        }
    }

    /// The name of the struct that the innermost field is in.
    fn struct_name(&self) -> Option<&str> {
        match self {
            Place::Root => None,
            Place::Key(parent, _) | Place::Index(parent, _) => parent.struct_name(),
            Place::Field { definition, .. } => {
                let name = definition.and_then(|definition| definition.rsplit('.').next());
                Some(name.unwrap_or_default())
            }
        }
    }
}

struct Decoder<'a> {
    unknown: &'a mut Vec<String>,
}

impl Decoder<'_> {
    /// Decodes a value that is not null; `go_type` is the name of its Go type where the schema doesn't tell it.
    fn decode(
        &mut self,
        value: &mut Value,
        schema: &Schema,
        place: &Place<'_>,
        go_type: Option<&str>,
    ) -> Result<(), String> {
        match special(schema) {
            Some(Special::Raw) => return Ok(()),
            Some(Special::Quantity) => return decode_quantity(value, Precision::Nano),
            Some(special) => return decode_special(value, special, place),
            None => {}
        }
        match schema.value_type {
            Some(ValueType::Object) => match &schema.additional_properties {
                Some(AdditionalProperties::Schema(values)) => {
                    self.map(value, schema, values, place, go_type)
                }
                _ => self.fields(value, schema, place),
            },
            Some(ValueType::Array) => self.list(value, schema, place, go_type),
            Some(ValueType::String) if schema.format.as_deref() == Some("byte") => {
                decode_bytes(value, place)
            }
            Some(ValueType::String) if value.is_string() => Ok(()),
            Some(ValueType::Boolean) if value.is_boolean() => Ok(()),
            Some(ValueType::Number) if value.is_number() => Ok(()),
            Some(ValueType::Integer) if fits(value, schema) => Ok(()),
            None => Ok(()),
            Some(_) => Err(mismatch(value, place, go_type.unwrap_or(&type_of(schema)))),
        }
    }

    fn map(
        &mut self,
        value: &mut Value,
        schema: &Schema,
        values: &Schema,
        place: &Place<'_>,
        go_type: Option<&str>,
    ) -> Result<(), String> {
        let Value::Object(entries) = value else {
            return Err(mismatch(value, place, go_type.unwrap_or(&type_of(schema))));
        };
        let is_resource_list = go_type == Some("v1.ResourceList");
        for (key, entry) in entries {
            if entry.is_null() {
                *entry = zero(values);
            } else if is_resource_list {
                decode_quantity(entry, Precision::Milli)?;
            } else {
                self.decode(entry, values, &Place::Key(place, key), None)?;
            }
        }
        Ok(())
    }

    fn list(
        &mut self,
        value: &mut Value,
        schema: &Schema,
        place: &Place<'_>,
        go_type: Option<&str>,
    ) -> Result<(), String> {
        let Value::Array(items) = value else {
            return Err(mismatch(value, place, go_type.unwrap_or(&type_of(schema))));
        };
        let Some(schema) = &schema.items else {
            return Ok(());
        };
        let go_type = go_type.and_then(|list| list.strip_prefix("[]"));
        for (index, item) in items.iter_mut().enumerate() {
            if item.is_null() {
                *item = zero(schema);
            } else {
                self.decode(item, schema, &Place::Index(place, index), go_type)?;
            }
        }
        Ok(())
    }

    /// A struct.
    fn fields(
        &mut self,
        value: &mut Value,
        schema: &Schema,
        place: &Place<'_>,
    ) -> Result<(), String> {
        let Value::Object(fields) = value else {
            return Err(mismatch(value, place, &type_of(schema)));
        };
        let definition = schema.definition.as_deref();
        let facts = go_types::fields(definition);
        let mut failure = None;
        fields.retain(|name, value| {
            if failure.is_some() {
                return true;
            }
            let Some(property) = schema.properties.get(name) else {
                let mut path = String::new();
                Place::Key(place, name).dotted(&mut path);
                self.unknown.push(path);
                return false;
            };
            if value.is_null() {
                return false;
            }
            let go = go_types::field(facts, name);
            let field = Place::Field {
                parent: place,
                name,
                definition,
                go,
            };
            let decoded = match schemas_within(value, schema, property, &field) {
                Some(decoded) => decoded,
                None => self.decode(value, property, &field, go.go_type),
            };
            if let Err(why) = decoded {
                failure = Some(why);
                return true;
            }
            !is_empty(value) || is_written_empty(value, property, go)
        });
        if let Some(why) = failure {
            return Err(why);
        }
        fill_in(fields, schema, facts);
        Ok(())
    }
}

/// Decodes a field of a CRD's schema that holds a schema or something else, of which `OpenAPI` tells nothing.
fn schemas_within(
    value: &mut Value,
    schema: &Schema,
    property: &Schema,
    place: &Place<'_>,
) -> Option<Result<(), String>> {
    let definition = property.definition.as_deref()?;
    definition
        .rsplit('.')
        .next()?
        .strip_prefix("JSONSchemaPropsOr")?;
    // They are read without being strict: what is unknown goes, but isn't told.
    let mut quiet = Decoder {
        unknown: &mut Vec::new(),
    };
    match value {
        Value::Object(_) => Some(quiet.fields(value, schema, place)),
        Value::Array(items) => Some(items.iter_mut().enumerate().try_for_each(|(index, item)| {
            if item.is_object() {
                return quiet.fields(item, schema, &Place::Index(place, index));
            }
            Ok(())
        })),
        _ => None,
    }
}

/// Types that have their own way to be read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Special {
    Quantity,
    Time,
    MicroTime,
    IntOrString,
    /// JSON of any kind, kept as it is.
    Raw,
}

fn special(schema: &Schema) -> Option<Special> {
    if schema.int_or_string {
        return Some(Special::IntOrString);
    }
    match schema.definition.as_deref()?.rsplit('.').next()? {
        "Quantity" => Some(Special::Quantity),
        "Time" => Some(Special::Time),
        "MicroTime" => Some(Special::MicroTime),
        "FieldsV1" | "RawExtension" | "JSON" => Some(Special::Raw),
        _ => None,
    }
}

fn decode_special(value: &mut Value, special: Special, place: &Place<'_>) -> Result<(), String> {
    match (special, &*value) {
        (Special::Time, Value::String(text)) => *value = canonical_time(text)?.into(),
        (Special::MicroTime, Value::String(text)) => *value = canonical_micro_time(text)?.into(),
        (Special::Time | Special::MicroTime, other) => {
            return Err(mismatch(other, place, "string"));
        }
        (Special::IntOrString, other) => {
            let fits = |number: i64| i32::try_from(number).is_ok();
            if !other.is_string() && !other.as_i64().is_some_and(fits) {
                return Err(mismatch(other, place, "int32"));
            }
        }
        (Special::Quantity | Special::Raw, _) => {}
    }
    Ok(())
}

fn decode_quantity(value: &mut Value, precision: Precision) -> Result<(), String> {
    let written = match &*value {
        Value::String(text) => quantity::canonical(text.trim(), precision),
        other => quantity::canonical(&other.to_string(), precision),
    };
    *value = written?.into();
    Ok(())
}

/// Whether a number is an integer in the range of its format.
fn fits(value: &Value, schema: &Schema) -> bool {
    let Some(number) = value.as_i64() else {
        return false;
    };
    schema.format.as_deref() != Some("int32") || i32::try_from(number).is_ok()
}

fn decode_bytes(value: &mut Value, place: &Place<'_>) -> Result<(), String> {
    /// Go ignores the bits that are left over.
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
    );
    let Value::String(text) = value else {
        return Err(mismatch(value, place, "[]uint8"));
    };
    if STANDARD.decode(&*text).is_ok() {
        return Ok(());
    }
    if let Some(at) = first_illegal_byte(text.as_bytes()) {
        return Err(format!("illegal base64 data at input byte {at}"));
    }
    let without_breaks: String = text.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
    let Ok(bytes) = LENIENT.decode(without_breaks) else {
        return Err("illegal base64 data at input byte 0".to_owned());
    };
    *text = STANDARD.encode(bytes);
    Ok(())
}

/// Where Go stops reading base64.
fn first_illegal_byte(text: &[u8]) -> Option<usize> {
    let is_break = |b: u8| matches!(b, b'\n' | b'\r');
    let next = |from: usize| (from..text.len()).find(|at| !is_break(text[*at]));
    let mut at = 0;
    loop {
        for place in 0..4 {
            let Some(found) = next(at) else {
                // What is left of a group of four is told as its beginning.
                return (place > 0).then_some(text.len() - place);
            };
            at = found + 1;
            match text[found] {
                b if b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/') => {}
                b'=' if place == 2 => {
                    return match next(at) {
                        None => Some(text.len()),
                        Some(second) if text[second] != b'=' => Some(second - 1),
                        Some(second) => next(second + 1),
                    };
                }
                b'=' if place == 3 => return next(at),
                _ => return Some(found),
            }
        }
    }
}

/// Whether a value is what Go calls empty, and leaves out of most fields.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    }
}

/// Whether a field is written though its value is empty.
fn is_written_empty(value: &Value, property: &Schema, go: GoField) -> bool {
    if matches!(special(property), Some(Special::Raw)) {
        // Whatever it says, it says it: `default: 0`.
        return true;
    }
    match value {
        // Empty lists and maps are as good as none; a struct is there or not.
        Value::Array(_) => false,
        Value::Object(_) => property.additional_properties.is_none(),
        _ => {
            go.pointer || property.int_or_string || property.default.as_ref().is_some_and(is_empty)
        }
    }
}

/// Writes what a Go type always writes.
fn fill_in(fields: &mut Map<String, Value>, schema: &Schema, facts: &[GoField]) {
    for (name, property) in &schema.properties {
        if property.default.as_ref().is_some_and(is_empty) && !fields.contains_key(name) {
            fields.insert(name.clone(), zero(property));
        }
    }
    for fact in facts {
        if (fact.null || fact.zero_quantity)
            && !fields.contains_key(fact.name)
            && schema.properties.contains_key(fact.name)
        {
            let value = if fact.null { Value::Null } else { "0".into() };
            fields.insert(fact.name.to_owned(), value);
        }
    }
}

/// What Go writes for a value that was never set.
fn zero(schema: &Schema) -> Value {
    match (special(schema), schema.value_type) {
        (Some(Special::Quantity), _) => "0".into(),
        (Some(Special::IntOrString), _) | (None, Some(ValueType::Integer | ValueType::Number)) => {
            0.into()
        }
        (None, Some(ValueType::String)) => "".into(),
        (None, Some(ValueType::Boolean)) => false.into(),
        (None, Some(ValueType::Object)) if schema.additional_properties.is_none() => {
            let mut fields = Map::new();
            fill_in(
                &mut fields,
                schema,
                go_types::fields(schema.definition.as_deref()),
            );
            Value::Object(fields)
        }
        _ => Value::Null,
    }
}

fn mismatch(value: &Value, place: &Place<'_>, go_type: &str) -> String {
    let found = match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "bool".to_owned(),
        Value::String(_) => "string".to_owned(),
        Value::Array(_) => "array".to_owned(),
        Value::Object(_) => "object".to_owned(),
        // A number of the wrong kind is shown, one where none belongs isn't.
        Value::Number(number) if go_type.starts_with("int") => format!("number {number}"),
        Value::Number(_) => "number".to_owned(),
    };
    match place.struct_name() {
        Some(struct_name) => {
            let mut fields = String::new();
            place.fields(&mut fields);
            format!(
                "json: cannot unmarshal {found} into Go struct field {struct_name}.{fields} of type {go_type}"
            )
        }
        None => format!("json: cannot unmarshal {found} into Go value of type {go_type}"),
    }
}

/// The name of the Go type of a schema, as far as the schema tells it.
fn type_of(schema: &Schema) -> String {
    match (special(schema), schema.value_type) {
        (Some(Special::Quantity), _) => return "resource.Quantity".to_owned(),
        (Some(Special::IntOrString), _) => return "intstr.IntOrString".to_owned(),
        (_, Some(ValueType::Boolean)) => return "bool".to_owned(),
        (_, Some(ValueType::Number)) => return "float64".to_owned(),
        (None, Some(ValueType::Integer)) => {
            return schema.format.clone().unwrap_or_else(|| "int".to_owned());
        }
        (None, Some(ValueType::String)) if schema.format.as_deref() == Some("byte") => {
            return "[]uint8".to_owned();
        }
        (None, Some(ValueType::String)) => return "string".to_owned(),
        (None, Some(ValueType::Array)) => {
            let items = schema
                .items
                .as_ref()
                .map_or_else(String::new, |items| type_of(items));
            return format!("[]{items}");
        }
        (None, Some(ValueType::Object)) => {
            if let Some(AdditionalProperties::Schema(values)) = &schema.additional_properties {
                return format!("map[string]{}", type_of(values));
            }
        }
        _ => {}
    }
    let mut parts = schema.definition.as_deref().unwrap_or_default().rsplit('.');
    match (parts.next(), parts.next()) {
        (Some(name), Some(package)) => format!("{package}.{name}"),
        _ => "interface {}".to_owned(),
    }
}

#[cfg(test)]
mod tests;
