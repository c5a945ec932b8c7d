//! [`Val`]: values of CEL. What comes from an object is looked at where it lies, and converted only when it is used.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
    fmt,
    net::IpAddr,
    ops::Deref,
    rc::Rc,
    sync::LazyLock,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map as JsonMap, Value};

use super::functions::{
    self,
    named_format::NamedFormat,
    net::Cidr,
    semver::Semver,
    time::{self, Time},
    url::Url,
};
use crate::{
    go_time,
    quantity::Quantity,
    schema::{AdditionalProperties, ListType, Schema, ValueType},
};

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// In the server's words.
    Because(String),
    /// It took too many steps; nothing can make that good.
    OverBudget,
}

impl Fault {
    pub(super) fn because(text: impl Into<String>) -> Self {
        Self::Because(text.into())
    }

    /// There is no such function for values of these types.
    pub(super) fn no_overload() -> Self {
        Self::Because("no such overload".into())
    }

    pub(super) fn no_key(key: impl fmt::Display) -> Self {
        Self::Because(format!("no such key: {key}"))
    }
}

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Val<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    String(Text<'a>),
    Bytes(Rc<[u8]>),
    List(List<'a>),
    Map(Map<'a>),
    Object(Object<'a>),
    Timestamp(Time),
    /// In nanoseconds.
    Duration(i64),
    /// A type, by its name.
    Type(Text<'a>),
    Optional(Option<Rc<Val<'a>>>),
    Url(Rc<Url>),
    Ip(IpAddr),
    Cidr(Cidr),
    Quantity(Rc<Quantity>),
    Semver(Rc<Semver>),
    Format(&'static NamedFormat),
    /// Of a schema that says nothing of it: it can only be compared.
    Opaque(&'a Value),
}

/// A text, borrowed where it can be.
#[derive(Clone, Debug)]
pub(super) enum Text<'a> {
    Borrowed(&'a str),
    Shared(Rc<str>),
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Shared(text) => text,
        }
    }
}

/// A list.
#[derive(Clone, Debug)]
pub(super) enum List<'a> {
    /// Of an object, with the schema of the list.
    Json(&'a [Value], &'a Schema),
    Made(Rc<Vec<Val<'a>>>),
}

/// A map.
#[derive(Clone, Debug)]
pub(super) enum Map<'a> {
    /// Of an object, with the schema of its values.
    Json(&'a JsonMap<String, Value>, &'a Schema),
    Made(Rc<Entries<'a>>),
}

/// The entries of a made map.
pub(super) type Entries<'a> = BTreeMap<Key, (Val<'a>, Val<'a>)>;

/// What a value is in as the key of a map: 1, 1u and 1.0 are the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Bool(bool),
    Number(i128),
    String(Rc<str>),
}

/// An object with the fields of its schema.
#[derive(Clone, Copy, Debug)]
pub(super) struct Object<'a> {
    pub(super) fields: &'a JsonMap<String, Value>,
    pub(super) schema: &'a Schema,
    /// Whether it is a resource, whose kind and name are seen whatever the schema says.
    pub(super) root: bool,
}

/// What rules see of a resource beyond its schema.
static META: LazyLock<Schema> = LazyLock::new(|| {
    let text = || Schema {
        value_type: Some(ValueType::String),
        ..Schema::default()
    };
    let metadata = Schema {
        value_type: Some(ValueType::Object),
        properties: BTreeMap::from([
            ("name".to_owned(), text().into()),
            ("generateName".to_owned(), text().into()),
        ]),
        ..Schema::default()
    };
    Schema {
        properties: BTreeMap::from([
            ("apiVersion".to_owned(), text().into()),
            ("kind".to_owned(), text().into()),
            ("metadata".to_owned(), metadata.into()),
        ]),
        ..Schema::default()
    }
});

impl<'a> Object<'a> {
    fn property(&self, key: &str) -> Option<&'a Schema> {
        if self.root
            && let Some(schema) = META.properties.get(key)
        {
            return Some(schema);
        }
        self.schema.properties.get(key).map(Deref::deref)
    }

    /// The field called `key` in the object, `None` if it is absent or null.
    pub(super) fn get(&self, key: &str) -> Result<Option<Val<'a>>, Fault> {
        let (Some(schema), Some(value)) = (self.property(key), self.fields.get(key)) else {
            return Ok(None);
        };
        if value.is_null() {
            return Ok(None);
        }
        Val::of(value, schema, false).map(Some)
    }
}

impl<'a> List<'a> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Json(items, _) => items.len(),
            Self::Made(items) => items.len(),
        }
    }

    pub(super) fn get(&self, index: usize) -> Result<Val<'a>, Fault> {
        let item = match self {
            Self::Json(items, schema) => match (items.get(index), &schema.items) {
                (Some(item), Some(schema)) => Some(Val::of(item, schema, false)?),
                (Some(item), None) => Some(Val::Opaque(item)),
                (None, _) => None,
            },
            Self::Made(items) => items.get(index).cloned(),
        };
        item.ok_or_else(|| Fault::because(format!("index out of bounds: {index}")))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Result<Val<'a>, Fault>> {
        let list = self.clone();
        (0..self.len()).map(move |index| list.get(index))
    }

    pub(super) fn to_vec(&self) -> Result<Vec<Val<'a>>, Fault> {
        self.iter().collect()
    }

    pub(super) fn contains(&self, value: &Val<'a>) -> Result<bool, Fault> {
        for item in self.iter() {
            if equal(&item?, value)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// How the list's items are told apart.
    pub(super) fn list_type(&self) -> ListType {
        match self {
            Self::Json(_, schema) => schema.list_type.unwrap_or(ListType::Atomic),
            Self::Made(_) => ListType::Atomic,
        }
    }
}

impl<'a> Map<'a> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Json(entries, _) => entries.len(),
            Self::Made(entries) => entries.len(),
        }
    }

    pub(super) fn get(&self, key: &Val<'a>) -> Result<Option<Val<'a>>, Fault> {
        match (self, key) {
            (Self::Json(..), Val::String(key)) => self.get_text(key),
            (Self::Json(..), _) => Err(Fault::no_overload()),
            (Self::Made(entries), key) => {
                let found = key_of(key).and_then(|k| entries.get(&k));
                Ok(found.map(|(_, value)| value.clone()))
            }
        }
    }

    pub(super) fn get_text(&self, key: &str) -> Result<Option<Val<'a>>, Fault> {
        match self {
            Self::Json(entries, schema) => {
                let value = entries.get(key);
                value.map(|v| Val::of(v, schema, false)).transpose()
            }
            Self::Made(entries) => Ok(entries
                .get(&Key::String(key.into()))
                .map(|(_, v)| v.clone())),
        }
    }

    pub(super) fn entries(&self) -> Result<Vec<(Val<'a>, Val<'a>)>, Fault> {
        match self {
            Self::Json(entries, schema) => entries
                .iter()
                .map(|(key, value)| Ok((Val::borrowed(key), Val::of(value, schema, false)?)))
                .collect(),
            Self::Made(entries) => Ok(entries.values().cloned().collect()),
        }
    }
}

/// The key that a value is, if it can be one.
pub(super) fn key_of(value: &Val<'_>) -> Option<Key> {
    match value {
        Val::Bool(b) => Some(Key::Bool(*b)),
        Val::Int(i) => Some(Key::Number(i128::from(*i))),
        Val::Uint(u) => Some(Key::Number(i128::from(*u))),
        #[allow(clippy::cast_possible_truncation)] // It is whole and small enough.
        Val::Double(d) if d.fract() == 0.0 && d.abs() < 1e30 => Some(Key::Number(*d as i128)),
        Val::String(s) => Some(Key::String(Rc::from(&**s))),
        _ => None,
    }
}

impl<'a> Val<'a> {
    pub(super) fn borrowed(text: &'a str) -> Self {
        Self::String(Text::Borrowed(text))
    }

    pub(super) fn string(text: impl Into<Rc<str>>) -> Self {
        Self::String(Text::Shared(text.into()))
    }

    pub(super) fn list(items: Vec<Val<'a>>) -> Self {
        Self::List(List::Made(Rc::new(items)))
    }

    pub(super) fn some(value: Val<'a>) -> Self {
        Self::Optional(Some(Rc::new(value)))
    }

    /// A value of an object as its schema shows it to rules.
    pub(super) fn of(value: &'a Value, schema: &'a Schema, root: bool) -> Result<Self, Fault> {
        let wrong = |what: &str| Fault::because(format!("invalid data, expected {what}"));
        if value.is_null() {
            return Ok(Self::Null);
        }
        if schema.int_or_string {
            return match value {
                Value::String(text) => Ok(Self::borrowed(text)),
                _ => value
                    .as_i64()
                    .map(Self::Int)
                    .ok_or_else(|| wrong("XIntOrString value to be either a string or integer")),
            };
        }
        let Some(value_type) = schema.value_type else {
            return Ok(Self::Opaque(value));
        };
        match (value_type, value) {
            (ValueType::Object, Value::Object(fields)) => Ok(match &schema.additional_properties {
                Some(AdditionalProperties::Schema(values)) => Self::Map(Map::Json(fields, values)),
                _ => Self::Object(Object {
                    fields,
                    schema,
                    root: root || schema.embedded_resource,
                }),
            }),
            (ValueType::Array, Value::Array(items)) => Ok(Self::List(List::Json(items, schema))),
            (ValueType::String, Value::String(text)) => {
                Self::of_text(text, schema.format.as_deref())
            }
            (ValueType::Boolean, Value::Bool(b)) => Ok(Self::Bool(*b)),
            (ValueType::Number, Value::Number(n)) => {
                n.as_f64().map(Self::Double).ok_or_else(|| wrong("float"))
            }
            (ValueType::Integer, Value::Number(n)) => {
                #[allow(clippy::cast_possible_truncation)] // It is whole and small enough.
                let whole = |d: f64| (d.fract() == 0.0 && d.abs() < 9.0e18).then_some(d as i64);
                let number = n.as_i64().or_else(|| n.as_f64().and_then(whole));
                number.map(Self::Int).ok_or_else(|| wrong("int"))
            }
            (ValueType::Object, _) => Err(wrong("a map for the provided schema with type=object")),
            (ValueType::Array, _) => Err(wrong("an array for the provided schema with type=array")),
            (ValueType::String, _) => Err(wrong("string")),
            (ValueType::Boolean, _) => Err(wrong("bool")),
            (ValueType::Number, _) => Err(wrong("float")),
            (ValueType::Integer, _) => Err(wrong("int")),
        }
    }

    fn of_text(text: &'a str, format: Option<&str>) -> Result<Self, Fault> {
        match format {
            Some("byte") => match STANDARD.decode(text) {
                Ok(bytes) => Ok(Self::Bytes(bytes.into())),
                Err(e) => Err(Fault::because(format!(
                    "Invalid byte formatted string {text}: {e}"
                ))),
            },
            Some("duration") => go_time::lenient_duration(text)
                .map(Self::Duration)
                .ok_or_else(|| {
                    Fault::because(format!(
                        "Invalid duration {text}: unable to parse {text} as duration"
                    ))
                }),
            Some("date") => time::date(text)
                .map(Self::Timestamp)
                .ok_or_else(|| Fault::because(format!("Invalid date formatted string {text}"))),
            Some("date-time") => time::lenient_timestamp(text)
                .map(Self::Timestamp)
                .ok_or_else(|| {
                    Fault::because(format!("Invalid date-time formatted string {text}"))
                }),
            _ => Ok(Self::borrowed(text)),
        }
    }

    /// The name of its type.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null_type",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Uint(_) => "uint",
            Self::Double(_) => "double",
            Self::String(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "list",
            Self::Map(_) | Self::Object(_) => "map",
            Self::Timestamp(_) => "google.protobuf.Timestamp",
            Self::Duration(_) => "google.protobuf.Duration",
            Self::Type(_) => "type",
            Self::Optional(_) => "optional_type",
            Self::Url(_) => "kubernetes.URL",
            Self::Ip(_) => "net.IP",
            Self::Cidr(_) => "net.CIDR",
            Self::Quantity(_) => "kubernetes.Quantity",
            Self::Semver(_) => "kubernetes.Semver",
            Self::Format(_) => "kubernetes.NamedFormat",
            Self::Opaque(_) => "unknown",
        }
    }

    /// The name of its type in cel-go's own code, which some of its errors show.
    pub(super) fn go_name(&self) -> &'static str {
        match self {
            Self::Null => "types.Null",
            Self::Bool(_) => "types.Bool",
            Self::Int(_) => "types.Int",
            Self::Uint(_) => "types.Uint",
            Self::Double(_) => "types.Double",
            Self::String(_) => "types.String",
            Self::Bytes(_) => "types.Bytes",
            Self::Timestamp(_) => "types.Timestamp",
            Self::Duration(_) => "types.Duration",
            other => other.type_name(),
        }
    }

    /// Its size as the cost of operations on it counts: 1 for what has none.
    pub(super) fn size(&self) -> u64 {
        let size = match self {
            Self::String(text) => text.chars().count(),
            Self::Bytes(bytes) => bytes.len(),
            Self::List(list) => list.len(),
            Self::Map(map) => map.len(),
            Self::Object(object) => object.fields.len(),
            Self::Optional(Some(value)) => return value.size(),
            Self::Ip(ip) => {
                if ip.is_ipv4() {
                    4
                } else {
                    16
                }
            }
            Self::Cidr(cidr) => cidr.bytes(),
            _ => 1,
        };
        size as u64
    }
}

/// Whether two values are equal: values of different types aren't, numbers are by their value.
pub(super) fn equal(a: &Val<'_>, b: &Val<'_>) -> Result<bool, Fault> {
    Ok(match (a, b) {
        (Val::Null, Val::Null) => true,
        (Val::Bool(a), Val::Bool(b)) => a == b,
        (
            Val::Int(_) | Val::Uint(_) | Val::Double(_),
            Val::Int(_) | Val::Uint(_) | Val::Double(_),
        ) => compare_numbers(a, b) == Some(Ordering::Equal),
        (Val::String(a), Val::String(b)) | (Val::Type(a), Val::Type(b)) => **a == **b,
        (Val::Bytes(a), Val::Bytes(b)) => a == b,
        (Val::Timestamp(a), Val::Timestamp(b)) => a == b,
        (Val::Duration(a), Val::Duration(b)) => a == b,
        (Val::List(a), Val::List(b)) => equal_lists(a, b)?,
        (Val::Map(a), Val::Map(b)) => equal_maps(a, b)?,
        (Val::Object(a), Val::Object(b)) => equal_objects(a, b)?,
        (Val::Optional(a), Val::Optional(b)) => match (a, b) {
            (None, None) => true,
            (Some(a), Some(b)) => equal(a, b)?,
            _ => false,
        },
        (Val::Url(a), Val::Url(b)) => a == b,
        (Val::Ip(a), Val::Ip(b)) => a == b,
        (Val::Cidr(a), Val::Cidr(b)) => a == b,
        (Val::Quantity(a), Val::Quantity(b)) => a == b,
        (Val::Semver(a), Val::Semver(b)) => a.compare(b) == Ordering::Equal,
        (Val::Format(a), Val::Format(b)) => a.name == b.name,
        (Val::Opaque(a), Val::Opaque(b)) => a == b,
        _ => false,
    })
}

fn equal_lists(a: &List<'_>, b: &List<'_>) -> Result<bool, Fault> {
    if a.len() != b.len() {
        return Ok(false);
    }
    if let List::Json(items, schema) = a {
        match schema.list_type {
            Some(ListType::Set) => return Ok(scalars(b)?.is_subset(&scalars(a)?)),
            Some(ListType::Map) => return equal_map_lists(items, b, schema),
            _ => {}
        }
    }
    for (a, b) in a.iter().zip(b.iter()) {
        if !equal(&a?, &b?)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The items of a set, in a form that can be ordered.
fn scalars(list: &List<'_>) -> Result<BTreeSet<(&'static str, String)>, Fault> {
    let text = |item: Val<'_>| (item.type_name(), functions::interpolate::plain(&item));
    list.iter().map(|item| item.map(text)).collect()
}

/// Lists whose items are told apart by keys are equal in any order.
fn equal_map_lists(a: &[Value], b: &List<'_>, schema: &Schema) -> Result<bool, Fault> {
    let Some(items) = &schema.items else {
        return Ok(false);
    };
    let by_key: BTreeMap<String, &Value> = a.iter().map(|i| (map_key(i, schema), i)).collect();
    for item in b.iter() {
        let item = item?;
        let Val::Object(object) = &item else {
            return Ok(false);
        };
        let parts = schema
            .list_map_keys
            .iter()
            .map(|key| object.fields.get(key).unwrap_or(&Value::Null).to_string());
        let Some(other) = by_key.get(&parts.collect::<Vec<_>>().join("\0")) else {
            return Ok(false);
        };
        if !equal(&Val::of(other, items, false)?, &item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What tells an item of a list of `ListType::Map` from the others.
pub(super) fn map_key(item: &Value, schema: &Schema) -> String {
    let parts = schema
        .list_map_keys
        .iter()
        .map(|key| item.get(key).unwrap_or(&Value::Null).to_string());
    parts.collect::<Vec<_>>().join("\0")
}

fn equal_maps(a: &Map<'_>, b: &Map<'_>) -> Result<bool, Fault> {
    if a.len() != b.len() {
        return Ok(false);
    }
    for (key, value) in a.entries()? {
        let other = match (&key, b) {
            (Val::String(key), b) => b.get_text(key)?,
            (_, Map::Json(..)) => None,
            (key, Map::Made(entries)) => key_of(key)
                .and_then(|k| entries.get(&k))
                .map(|(_, v)| v.clone()),
        };
        match other {
            Some(other) if equal(&value, &other)? => {}
            _ => return Ok(false),
        }
    }
    Ok(true)
}

fn equal_objects(a: &Object<'_>, b: &Object<'_>) -> Result<bool, Fault> {
    if a.fields.len() != b.fields.len() {
        return Ok(false);
    }
    for (key, value) in a.fields {
        let Some(other) = b.fields.get(key) else {
            return Ok(false);
        };
        let same = match a.property(key) {
            Some(schema) => equal(
                &Val::of(value, schema, false)?,
                &Val::of(other, schema, false)?,
            )?,
            None => value == other,
        };
        if !same {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The order of two numbers, `None` if one is not a number.
fn compare_numbers(a: &Val<'_>, b: &Val<'_>) -> Option<Ordering> {
    match (a, b) {
        (Val::Int(a), Val::Int(b)) => Some(a.cmp(b)),
        (Val::Uint(a), Val::Uint(b)) => Some(a.cmp(b)),
        (Val::Int(a), Val::Uint(b)) => Some(i128::from(*a).cmp(&i128::from(*b))),
        (Val::Uint(a), Val::Int(b)) => Some(i128::from(*a).cmp(&i128::from(*b))),
        _ => as_double(a)?.partial_cmp(&as_double(b)?),
    }
}

#[allow(clippy::cast_precision_loss)] // As cel-go compares them.
fn as_double(value: &Val<'_>) -> Option<f64> {
    match value {
        Val::Int(i) => Some(*i as f64),
        Val::Uint(u) => Some(*u as f64),
        Val::Double(d) => Some(*d),
        _ => None,
    }
}

/// The order of two values.
pub(super) fn compare(a: &Val<'_>, b: &Val<'_>) -> Result<Ordering, Fault> {
    match (a, b) {
        (Val::Bool(a), Val::Bool(b)) => Ok(a.cmp(b)),
        (
            Val::Int(_) | Val::Uint(_) | Val::Double(_),
            Val::Int(_) | Val::Uint(_) | Val::Double(_),
        ) => compare_numbers(a, b).ok_or_else(|| Fault::because("NaN values cannot be ordered")),
        (Val::String(a), Val::String(b)) => Ok((**a).cmp(&**b)),
        (Val::Bytes(a), Val::Bytes(b)) => Ok(a.cmp(b)),
        (Val::Timestamp(a), Val::Timestamp(b)) => Ok(a.compare(b)),
        (Val::Duration(a), Val::Duration(b)) => Ok(a.cmp(b)),
        _ => Err(Fault::no_overload()),
    }
}
