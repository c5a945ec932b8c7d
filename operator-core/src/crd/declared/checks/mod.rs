//! The rules that are checked while constants are evaluated, across the types that have a derive of ours.
//!
//! The macro calls each at the tokens that it is about, so the compiler underlines them. What a type's
//! declarations don't tell passes here, and is checked by `crd()`.

mod fields;
mod resource;

pub use fields::{
    carries_what_is_said, is_count, is_key, is_keyed, is_list, is_map, is_selectable, is_selector,
    is_set, is_shown, is_structure,
};
pub use resource::{
    Resource, has_distinct_columns, has_few_selectable, is_known_to, leads_to_a_field,
};

use super::{Form, Kind, find::Place};

/// A node in words.
const fn found(place: &Place) -> &'static str {
    match place.shape.kind {
        Kind::Boolean => "a boolean",
        Kind::Integer => "an integer",
        Kind::Number => "a number",
        Kind::String => "text",
        Kind::IntOrString => "an integer or text",
        Kind::List | Kind::Set => "a list",
        Kind::Map => "a map",
        Kind::Type(declaration) => match declaration.form {
            Form::Text => "text",
            _ => "an object",
        },
        Kind::Unknown | Kind::Parameter(_) | Kind::Optional | Kind::Same => "any value",
    }
}

/// What a value is, as far as rules tell values apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Value {
    Scalar,
    List,
    Map,
    Object,
    Unknown,
}

const fn value_of(place: &Place) -> Value {
    match place.shape.kind {
        Kind::Boolean | Kind::Integer | Kind::Number | Kind::String | Kind::IntOrString => {
            Value::Scalar
        }
        Kind::List | Kind::Set => Value::List,
        Kind::Map => Value::Map,
        Kind::Type(declaration) => match declaration.form {
            Form::Text => Value::Scalar,
            Form::Object => Value::Object,
            Form::Free | Form::Transparent => Value::Unknown,
        },
        Kind::Unknown | Kind::Parameter(_) | Kind::Optional | Kind::Same => Value::Unknown,
    }
}
