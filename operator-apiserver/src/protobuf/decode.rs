//! [`decode`]: a message as the JSON of the Go type that it was made from.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Number, Value};

use super::{
    messages::{Field, Kind, Message, Shape, Table},
    wire::{Reader, WireType, int32, int64},
};

/// How deep objects and lists may be in each other. What is stored is read again by a parser that stops at 127.
pub(crate) const MAX_DEPTH: usize = 100;

/// The message in `bytes` as JSON.
///
/// # Errors
/// The words of Kubernetes' decoder where it is none; our own where it is nested too deeply, holds a time or a number
/// that JSON doesn't have, or something else than JSON where that belongs.
pub(super) fn decode(table: &Table, message: &Message, bytes: &[u8]) -> Result<Value, String> {
    Decoder { table }.message(message, bytes, 1)
}

struct Decoder<'t> {
    table: &'t Table,
}

impl Decoder<'_> {
    /// A message that stands `depth` deep.
    fn message(&self, message: &Message, bytes: &[u8], depth: usize) -> Result<Value, String> {
        let mut fields = Map::new();
        self.read(message, bytes, &mut fields, depth)?;
        message.form.finish(fields)
    }

    /// Reads a message into an object in which something may be already.
    fn read(
        &self,
        message: &Message,
        bytes: &[u8],
        into: &mut Map<String, Value>,
        depth: usize,
    ) -> Result<(), String> {
        if depth > MAX_DEPTH {
            return Err(too_deep());
        }
        let mut reader = Reader::new(bytes);
        while let Some(tag) = reader.field(message.short_name())? {
            let Some(field) = message.field(tag.number) else {
                reader.skip(&tag)?;
                continue;
            };
            match field.shape {
                Shape::One => self.one(field, tag.wire_type, &mut reader, into, depth)?,
                Shape::List => self.list(field, tag.wire_type, &mut reader, into, depth)?,
                Shape::Map => {
                    expect(tag.wire_type, WireType::BYTES, field)?;
                    let (key, value) = self.entry(field, reader.bytes()?, depth + 2)?;
                    if let Value::Object(map) = slot(into, field.name, || Value::Object(Map::new()))
                    {
                        map.insert(key, value);
                    }
                }
            }
        }
        Ok(())
    }

    fn one(
        &self,
        field: &Field,
        wire_type: WireType,
        reader: &mut Reader<'_>,
        into: &mut Map<String, Value>,
        depth: usize,
    ) -> Result<(), String> {
        if let Kind::Message(index) = field.kind
            && let Some(message) = self.table.get(index)
            && message.form.merges()
        {
            expect(wire_type, WireType::BYTES, field)?;
            let bytes = reader.bytes()?;
            if field.name.is_empty() {
                // An embedded struct is as deep as its parent in JSON, but nests like any other.
                return self.read(message, bytes, into, depth + 1);
            }
            if let Value::Object(object) = slot(into, field.name, || Value::Object(Map::new())) {
                self.read(message, bytes, object, depth + 1)?;
            }
            return Ok(());
        }
        // What stands for the message as a whole is no deeper than that.
        let depth = depth + usize::from(!field.name.is_empty());
        let value = self.value(field, wire_type, reader, depth)?;
        if value.is_null() {
            into.remove(field.name);
        } else {
            into.insert(field.name.to_owned(), value);
        }
        Ok(())
    }

    fn list(
        &self,
        field: &Field,
        wire_type: WireType,
        reader: &mut Reader<'_>,
        into: &mut Map<String, Value>,
        depth: usize,
    ) -> Result<(), String> {
        let Value::Array(items) = slot(into, field.name, || Value::Array(Vec::new())) else {
            return Ok(());
        };
        let is_number = matches!(field.kind, Kind::Int32 | Kind::Int64 | Kind::Bool);
        if is_number && wire_type == WireType::BYTES {
            let mut packed = Reader::new(reader.bytes()?);
            while !packed.is_at_end() {
                items.push(self.value(field, WireType::VARINT, &mut packed, depth)?);
            }
            return Ok(());
        }
        items.push(self.value(field, wire_type, reader, depth + 2)?);
        Ok(())
    }

    /// An entry of a map. Go doesn't look at the wire types in there.
    fn entry(&self, field: &Field, bytes: &[u8], depth: usize) -> Result<(String, Value), String> {
        let mut reader = Reader::new(bytes);
        let (mut key, mut value) = (String::new(), None);
        while let Some(tag) = reader.field("")? {
            match tag.number {
                1 => key = text(reader.bytes()?),
                2 => value = Some(self.value(field, wire_type(field.kind), &mut reader, depth)?),
                _ => reader.skip(&tag)?,
            }
        }
        let value = match value {
            Some(value) => value,
            None => self.value(
                field,
                wire_type(field.kind),
                &mut Reader::new(&[0; 8]),
                depth,
            )?,
        };
        Ok((key, value))
    }

    /// A value that stands alone, in a list or in a map; if it is an object, `depth` deep.
    fn value(
        &self,
        field: &Field,
        found: WireType,
        reader: &mut Reader<'_>,
        depth: usize,
    ) -> Result<Value, String> {
        expect(found, wire_type(field.kind), field)?;
        Ok(match field.kind {
            Kind::Text => text(reader.bytes()?).into(),
            Kind::Bytes => STANDARD.encode(reader.bytes()?).into(),
            Kind::Json => json(reader.bytes()?, depth)?,
            Kind::Int32 => int32(reader.varint()?).into(),
            Kind::Int64 => int64(reader.varint()?).into(),
            Kind::Bool => (reader.varint()? != 0).into(),
            Kind::Double => double(f64::from_bits(reader.fixed64()?))?,
            Kind::Message(index) => {
                let bytes = reader.bytes()?;
                match self.table.get(index) {
                    Some(message) => self.message(message, bytes, depth)?,
                    None => Value::Null,
                }
            }
        })
    }
}

/// What stands under `name`, which is made if there is nothing.
fn slot<'m>(
    into: &'m mut Map<String, Value>,
    name: &str,
    make: impl FnOnce() -> Value,
) -> &'m mut Value {
    into.entry(name).or_insert_with(make)
}

fn wire_type(kind: Kind) -> WireType {
    match kind {
        Kind::Text | Kind::Bytes | Kind::Json | Kind::Message(_) => WireType::BYTES,
        Kind::Int32 | Kind::Int64 | Kind::Bool => WireType::VARINT,
        Kind::Double => WireType::FIXED64,
    }
}

fn expect(found: WireType, wanted: WireType, field: &Field) -> Result<(), String> {
    if found == wanted {
        return Ok(());
    }
    Err(format!(
        "proto: wrong wireType = {} for field {}",
        found.0,
        field.go_name()
    ))
}

/// Go keeps what is no UTF-8, and replaces it when it writes JSON.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn json(bytes: &[u8], depth: usize) -> Result<Value, String> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    let value: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if depth - 1 + nesting(&value) > MAX_DEPTH {
        return Err(too_deep());
    }
    Ok(value)
}

/// How deep a value is. The parser that it comes from has bounded that.
fn nesting(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(nesting).max().unwrap_or_default(),
        Value::Object(fields) => 1 + fields.values().map(nesting).max().unwrap_or_default(),
        _ => 0,
    }
}

/// Whole numbers have no point in Go's JSON.
fn double(number: f64) -> Result<Value, String> {
    /// From here on not every whole number is one of a double's.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < EXACT {
        // The text of such a number is that of an integer.
        if let Ok(whole) = format!("{number:.0}").parse::<i64>() {
            return Ok(whole.into());
        }
    }
    Number::from_f64(number)
        .map(Value::Number)
        .ok_or_else(|| format!("json: unsupported value: {number}"))
}

fn too_deep() -> String {
    format!("the object is nested more than {MAX_DEPTH} levels deep")
}
