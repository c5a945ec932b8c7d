//! Values against their types: what is wrong with them in the server's words, and which fields they set.

use std::{borrow::Cow, collections::BTreeSet, fmt};

use serde_json::Value;

use super::{
    path::Element,
    set::Set,
    shape::{Identity, ListShape, MapShape, Scalar, Shape, Type},
    value::compare,
};
use crate::go_text;

/// What is wrong with a value, with one line for each mistake.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TypeErrors(Vec<TypeError>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct TypeError {
    path: String,
    message: String,
}

impl fmt::Display for TypeErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [error] = self.0.as_slice() {
            return error.fmt(f);
        }
        f.write_str("errors:")?;
        self.0.iter().try_for_each(|error| write!(f, "\n  {error}"))
    }
}

impl fmt::Display for TypeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let colon = if self.path.is_empty() { "" } else { ": " };
        write!(f, "{}{colon}{}", self.path, self.message)
    }
}

/// Whether items of a set or list-type map may occur more than once: they may in what is stored, but not in what is
/// applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Duplicates {
    Allowed,
    Refused,
}

/// Checks a value against its type.
///
/// # Errors
/// All that is wrong with it.
pub(super) fn validate(
    of: Type<'_>,
    value: &Value,
    duplicates: Duplicates,
) -> Result<(), TypeErrors> {
    let mut validation = Validation {
        duplicates,
        errors: TypeErrors::default(),
    };
    validation.visit(of, value);
    let errors = validation.errors;
    if errors.0.is_empty() {
        Ok(())
    } else {
        Err(errors)
    }
}

struct Validation {
    duplicates: Duplicates,
    errors: TypeErrors,
}

impl Validation {
    fn visit(&mut self, of: Type<'_>, value: &Value) {
        match of.shape_of(Some(value)) {
            Shape::Map(shape) => self.visit_map(&shape, value),
            Shape::List(shape) => self.visit_list(&shape, value),
            Shape::Scalar(scalar) => {
                if let Some(message) = wrong_scalar(scalar, value) {
                    self.report(message);
                }
            }
        }
    }

    fn visit_map(&mut self, shape: &MapShape<'_>, value: &Value) {
        let fields = match value {
            Value::Object(fields) => fields,
            Value::Null => return,
            other => {
                return self.report(format!("expected map, got &{{{}}}", go_text::plain(other)));
            }
        };
        for (name, value) in fields {
            if shape.skips(name) {
                continue;
            }
            let before = self.errors.0.len();
            let Some(of) = shape.field(name) else {
                self.report("field not declared in schema".to_owned());
                self.prefix(before, &Element::Field(name));
                // The server stops here, too.
                return;
            };
            self.visit(of, value);
            self.prefix(before, &Element::Field(name));
        }
    }

    fn visit_list(&mut self, shape: &ListShape<'_>, value: &Value) {
        let items = match value {
            Value::Array(items) => items,
            Value::Null => return,
            other => {
                return self.report(format!("expected list, got &{{{}}}", go_text::plain(other)));
            }
        };
        let mut seen = BTreeSet::new();
        for (i, item) in items.iter().enumerate() {
            let element = match shape.identity {
                Identity::Atomic => Element::Index(i64::try_from(i).unwrap_or(i64::MAX)),
                _ => match item_element(shape, item) {
                    Ok(element) => element,
                    Err(error) => return self.report(format!("element {i}: {error}")),
                },
            };
            if self.duplicates == Duplicates::Refused && seen.contains(&element) {
                self.report(format!("duplicate entries for key {element}"));
            }
            let before = self.errors.0.len();
            self.visit(shape.items, item);
            self.prefix(before, &element);
            if self.duplicates == Duplicates::Refused {
                seen.insert(element);
            }
        }
    }

    fn report(&mut self, message: String) {
        let path = String::new();
        self.errors.0.push(TypeError { path, message });
    }

    /// Puts an element before the paths of the errors that have come since.
    fn prefix(&mut self, before: usize, element: &Element<'_>) {
        for error in &mut self.errors.0[before..] {
            error.path.insert_str(0, &element.to_string());
        }
    }
}

fn wrong_scalar(scalar: Scalar, value: &Value) -> Option<String> {
    match (scalar, value) {
        (_, Value::Null)
        | (Scalar::Numeric | Scalar::Untyped, Value::Number(_))
        | (Scalar::String | Scalar::Untyped, Value::String(_))
        | (Scalar::Boolean | Scalar::Untyped, Value::Bool(_)) => None,
        (Scalar::Numeric, value) => Some(format!(
            "expected numeric (int or float), got {}",
            go_text::type_name(value)
        )),
        (Scalar::String, value) => Some(format!(
            "expected string, got &value.valueUnstructured{{Value:{}}}",
            go_text::syntax(value)
        )),
        (Scalar::Boolean, value) => Some(format!(
            "expected boolean, got &{{{}}}",
            go_text::plain(value)
        )),
        (Scalar::Untyped, value) => Some(format!(
            "expected any scalar, got &{{{}}}",
            go_text::plain(value)
        )),
    }
}

/// How an item of a set or a list-type map is found in its list.
///
/// # Errors
/// If it can't be, in the server's words.
pub(super) fn item_element<'a>(
    list: &ListShape<'a>,
    item: &'a Value,
) -> Result<Element<'a>, String> {
    match list.identity {
        Identity::Keys(keys) => keyed_element(list, keys, item),
        Identity::Atomic => Err("invalid indexing of non-associative list".to_owned()),
        Identity::Set => match item {
            Value::Object(_) => {
                Err("associative list without keys has an element that's a map type".to_owned())
            }
            Value::Array(_) => {
                Err("not supported: associative list with lists as elements".to_owned())
            }
            Value::Null => Err(
                "associative list without keys has an element that's an explicit null".to_owned(),
            ),
            value => Ok(Element::Item(Cow::Borrowed(value))),
        },
    }
}

fn keyed_element<'a>(
    list: &ListShape<'a>,
    keys: &'a [String],
    item: &'a Value,
) -> Result<Element<'a>, String> {
    let fields = match item {
        Value::Object(fields) => fields,
        Value::Null => {
            return Err("associative list with keys may not have a null element".to_owned());
        }
        _ => return Err("associative list with keys may not have non-map elements".to_owned()),
    };
    let mut found = Vec::with_capacity(keys.len());
    for key in keys {
        let value = match fields.get(key) {
            Some(value) => Some(value),
            None => match list.items.as_map() {
                Some(map) => map.default_of(key),
                None => {
                    return Err(format!(
                        "couldn't find default value for {key}: associative list may not have non-map types"
                    ));
                }
            },
        };
        if let Some(value) = value {
            found.push((Cow::Borrowed(key.as_str()), Cow::Borrowed(value)));
        }
    }
    if found.is_empty() && !keys.is_empty() {
        let keys: Vec<String> = keys.iter().map(|key| go_text::quote(key)).collect();
        return Err(format!(
            "associative list with keys has an element that omits all key fields [{}] (and doesn't have default values for any key fields)",
            keys.join(" ")
        ));
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(Element::Key(found))
}

/// The items of a list with how they are found, sorted by that, in the order of the list where it is the same; what
/// can't be found is left out.
pub(super) fn sorted_items<'a>(
    list: &ListShape<'a>,
    items: &'a [Value],
) -> Vec<(Element<'a>, &'a Value)> {
    let items = items.iter();
    let mut items: Vec<_> = items
        .filter_map(|item| Some((item_element(list, item).ok()?, item)))
        .collect();
    items.sort_by(|a, b| a.0.cmp(&b.0));
    items
}

/// The fields that a valid value sets: every leaf, every item of a list, every field that is not declared.
pub(super) fn field_set<'a>(of: Type<'a>, value: &'a Value) -> Set<'a> {
    fields(of, value).1
}

/// Whether the value itself is a field that is set, and what is set below it.
fn fields<'a>(of: Type<'a>, value: &'a Value) -> (bool, Set<'a>) {
    match of.shape_of(Some(value)) {
        Shape::Scalar(_) => (true, Set::default()),
        Shape::Map(shape) if shape.atomic => (true, Set::default()),
        Shape::Map(shape) => (false, fields_of_map(&shape, value)),
        Shape::List(shape) if matches!(shape.identity, Identity::Atomic) => (true, Set::default()),
        Shape::List(shape) => (false, fields_of_list(&shape, value)),
    }
}

fn fields_of_map<'a>(shape: &MapShape<'a>, value: &'a Value) -> Set<'a> {
    let mut set = Set::default();
    for (name, value) in value.as_object().into_iter().flatten() {
        if shape.skips(name) {
            continue;
        }
        let Some(of) = shape.field(name) else {
            continue;
        };
        let (member, children) = fields(of, value);
        let empty = value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty);
        let member = member || empty || !shape.declares(name);
        set.push(Element::Field(name), member, children);
    }
    set
}

fn fields_of_list<'a>(shape: &ListShape<'a>, value: &'a Value) -> Set<'a> {
    let mut set = Set::default();
    let items = value.as_array().map_or(&[][..], Vec::as_slice);
    let items = sorted_items(shape, items);
    for same in items.chunk_by(|a, b| a.0 == b.0) {
        // Items that are there several times are looked at as one whole.
        let children = match same {
            [(_, item)] => fields(shape.items, item).1,
            _ => Set::default(),
        };
        set.push(same[0].0.clone(), true, children);
    }
    set
}

/// Whether two values are the same, `managedFields` aside.
pub(super) fn same_object(of: Type<'_>, a: &Value, b: &Value) -> bool {
    let (Value::Object(a), Value::Object(b), Some(shape)) = (a, b, of.as_map()) else {
        return compare(a, b).is_eq();
    };
    let mut a = a.iter().filter(|(name, _)| !shape.skips(name));
    let mut b = b.iter().filter(|(name, _)| !shape.skips(name));
    loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some((name, value)), Some((other_name, other))) if name == other_name => {
                let same = match shape.field(name) {
                    Some(Type::ObjectMeta) => same_object(Type::ObjectMeta, value, other),
                    _ => super::value::equal(value, other),
                };
                if !same {
                    return false;
                }
            }
            _ => return false,
        }
    }
}
