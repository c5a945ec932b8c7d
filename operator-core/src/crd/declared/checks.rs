//! The rules that are checked while constants are evaluated, across the types that have a derive of ours.
//!
//! The macro calls each at the tokens that it is about, so the compiler underlines them. What a type's
//! declarations don't tell passes here, and is checked by `crd()`.

use super::{
    Field, Form, Kind, Shape, TypeDeclaration,
    find::{Place, Step},
    path::{Part, part},
    text::{Text, equal},
};
use crate::crd::selectable;

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

/// The field is a list.
#[track_caller]
pub const fn is_list(shape: Shape) {
    let place = Place::of(shape).peeled();
    if !matches!(value_of(&place), Value::List | Value::Unknown) {
        Text::new()
            .and("`list` is for a list, and this is ")
            .and(found(&place))
            .and(": remove it")
            .fail();
    }
}

/// The field is a map.
#[track_caller]
pub const fn is_map(shape: Shape) {
    let place = Place::of(shape).peeled();
    match value_of(&place) {
        Value::Map | Value::Unknown => {}
        Value::Object => Text::new()
            .and("`map` is for a map, and this is an object: write `structure`")
            .fail(),
        _ => Text::new()
            .and("`map` is for a map, and this is ")
            .and(found(&place))
            .and(": remove it")
            .fail(),
    }
}

/// The field is a struct.
#[track_caller]
pub const fn is_structure(shape: Shape) {
    let place = Place::of(shape).peeled();
    match value_of(&place) {
        Value::Object | Value::Unknown => {}
        Value::Map => Text::new()
            .and("`structure` is for a struct, and this is a map: write `map`")
            .fail(),
        _ => Text::new()
            .and("`structure` is for a struct, and this is ")
            .and(found(&place))
            .and(": remove it")
            .fail(),
    }
}

/// The items of the list are plain values.
#[track_caller]
pub const fn is_set(shape: Shape) {
    is_list(shape);
    let items = Place::of(shape).peeled().argument(0).peeled();
    match value_of(&items) {
        Value::Unknown => {}
        Value::Scalar if items.optional => Text::new()
            .and("a set holds plain values, and an item may be null: write the items without `Option`")
            .fail(),
        Value::Scalar => {}
        _ => Text::new()
            .and("a set holds plain values, and an item is ")
            .and(found(&items))
            .and(": write `list = \"map\"` with keys, or `list = \"atomic\"`")
            .fail(),
    }
}

/// The items of the list are objects that fields can tell apart.
#[track_caller]
pub const fn is_keyed(shape: Shape) {
    is_list(shape);
    let items = Place::of(shape).peeled().argument(0).peeled();
    if matches!(value_of(&items), Value::Scalar | Value::List | Value::Map) {
        Text::new()
            .and("`list = \"map\"` is for a list of structs, and an item is ")
            .and(found(&items))
            .and(": write `list = \"set\"` or `list = \"atomic\"`")
            .fail();
    }
}

/// The field of that name is in every item, with one plain value.
#[track_caller]
pub const fn is_key(shape: Shape, key: &'static str) {
    let items = Place::of(shape).peeled().argument(0).peeled();
    let Kind::Type(_) = items.shape.kind else {
        return;
    };
    let field = match items.step(key) {
        Step::Unknown => return,
        Step::Nowhere => {
            let text = Text::new()
                .and("the items have no field `")
                .and(key)
                .and("`");
            items.instead(key, text).fail()
        }
        Step::To(place) => place,
    };
    let value = field.peeled();
    let lacking = value.optional && !field.defaulted;
    match value_of(&value) {
        Value::Unknown => {}
        Value::Scalar if lacking => Text::new()
            .and("`")
            .and(key)
            .and("` tells items apart, so each has to have it: write it without `Option`")
            .fail(),
        Value::Scalar => {}
        _ => Text::new()
            .and("`")
            .and(key)
            .and("` tells items apart, and it is ")
            .and(found(&value))
            .and(": write a field with one plain value")
            .fail(),
    }
}

/// A column shows one value.
#[track_caller]
pub const fn is_shown(shape: Shape) {
    let place = Place::of(shape).peeled();
    if !matches!(value_of(&place), Value::Scalar | Value::Unknown) {
        Text::new()
            .and("a column shows one value, and this is ")
            .and(found(&place))
            .and(": remove `column`")
            .fail();
    }
}

/// Objects are selected by plain values.
#[track_caller]
pub const fn is_selectable(shape: Shape) {
    let place = Place::of(shape).peeled();
    let wrong = match place.shape.kind {
        Kind::Number | Kind::IntOrString => true,
        _ => !matches!(value_of(&place), Value::Scalar | Value::Unknown),
    };
    if wrong {
        Text::new()
            .and("objects are selected by text, integers and booleans, and this is ")
            .and(found(&place))
            .and(": remove `selectable`")
            .fail();
    }
}

/// A number of copies is an integer.
#[track_caller]
pub const fn is_count(shape: Shape) {
    let place = Place::of(shape).peeled();
    let wrong = match place.shape.kind {
        Kind::Integer => false,
        Kind::Boolean | Kind::Number | Kind::String | Kind::IntOrString => true,
        _ => !matches!(value_of(&place), Value::Unknown),
    };
    if wrong {
        Text::new()
            .and("a number of copies is an integer, and this is ")
            .and(found(&place))
            .and(": remove `scale`")
            .fail();
    }
}

/// A label selector is text here.
#[track_caller]
pub const fn is_selector(shape: Shape) {
    let place = Place::of(shape).peeled();
    let wrong = match place.shape.kind {
        Kind::String => false,
        Kind::Boolean | Kind::Number | Kind::Integer | Kind::IntOrString => true,
        _ => !matches!(value_of(&place), Value::Unknown | Value::Scalar),
    };
    if wrong {
        Text::new()
            .and("the label selector of the scale subresource is text, and this is ")
            .and(found(&place))
            .and(": remove `scale`")
            .fail();
    }
}

/// Nothing below a list or a map asks for a path of its own.
#[track_caller]
pub const fn has_no_paths_through(shape: Shape) {
    if let Some((field, declaration, wish, through)) = lost(Place::of(shape), None) {
        Text::new()
            .and("a path can't go through ")
            .and(through)
            .and(", and `")
            .and(field)
            .and("` of `")
            .and(declaration)
            .and("` needs one: remove `#[k8s(")
            .and(wish)
            .and(")]` there")
            .fail();
    }
}

/// A field that asks for a path below a list or a map: its name and its type's, what it asks, and what is between.
const fn lost(
    place: Place,
    through: Option<&'static str>,
) -> Option<(&'static str, &'static str, &'static str, &'static str)> {
    let place = place.peeled();
    match place.shape.kind {
        Kind::List | Kind::Set => lost(place.argument(0), Some("a list")),
        Kind::Map => lost(place.argument(1), Some("a map")),
        Kind::Type(declaration) => {
            let mut index = 0;
            while index < declaration.fields.len() {
                let field = &declaration.fields[index];
                if let (Some(through), Some(wish)) = (through, field.placement.wish()) {
                    let name = match field.name {
                        Some(name) => name,
                        None => "",
                    };
                    return Some((name, declaration.name, wish, through));
                }
                // Below a list of its own a type has checked itself already.
                if through.is_some() {
                    let below = lost(place.field(field), through);
                    if below.is_some() {
                        return below;
                    }
                }
                index += 1;
            }
            None
        }
        _ => None,
    }
}

/// The two halves of a resource that paths go through.
#[derive(Clone, Copy, Debug)]
pub struct Resource {
    /// The spec; the type whose fields stand at the top, if the resource is flat.
    pub spec: Shape,
    /// The status, if there is one.
    pub status: Option<Shape>,
    /// Whether there is no `spec`.
    pub flat: bool,
}

/// A path that is written on the struct leads to a field.
#[track_caller]
pub const fn leads_to_a_field(resource: Resource, path: &'static str) {
    let Some((Part::Name(top), mut rest)) = part(path) else {
        return;
    };
    let mut place = match (top.as_bytes(), resource.status) {
        (b"metadata" | b"apiVersion" | b"kind", _) => return,
        (b"status", Some(status)) => Place::of(status),
        (b"status", None) => Text::new()
            .and("there is no status: write `status = …`, or another path")
            .fail(),
        (b"spec", _) if !resource.flat => Place::of(resource.spec),
        _ if resource.flat => {
            rest = path;
            Place::of(resource.spec)
        }
        _ => Text::new()
            .and("there is no `")
            .and(top)
            .and("` in the resource: write a path below `.spec`, `.status` or `.metadata`")
            .fail(),
    };
    while let Some((part, tail)) = part(rest) {
        rest = tail;
        let shape = place.peeled();
        place = match (part, shape.shape.kind) {
            // What the engine adds to every status.
            (Part::Name(name), _)
                if equal(top, "status")
                    && (equal(name, "conditions") || equal(name, "observedGeneration")) =>
            {
                return;
            }
            (Part::Name(name), _) => match place.step(name) {
                Step::To(next) => next,
                Step::Unknown => return,
                Step::Nowhere => {
                    let text = Text::new().and("there is no `").and(name).and("`");
                    place.instead(name, text).fail()
                }
            },
            (Part::Items, Kind::List | Kind::Set) => shape.argument(0),
            _ => return,
        };
    }
}

/// No more fields can be selected by than a server takes.
#[track_caller]
pub const fn has_few_selectable(resource: Resource, written: usize) {
    let mut count = written + selectable_in(Place::of(resource.spec));
    if let Some(status) = resource.status {
        count += selectable_in(Place::of(status));
    }
    if count > selectable::MOST {
        Text::new()
            .and("there are ")
            .and_number(count)
            .and(" selectable fields, and a server takes ")
            .and_number(selectable::MOST)
            .and(": remove some")
            .fail();
    }
}

const fn selectable_in(place: Place) -> usize {
    let place = place.peeled();
    let Kind::Type(declaration) = place.shape.kind else {
        return 0;
    };
    let (mut count, mut index) = (0, 0);
    while index < declaration.fields.len() {
        let field = &declaration.fields[index];
        if field.placement.selectable {
            count += 1;
        }
        count += selectable_in(place.field(field));
        index += 1;
    }
    count
}

/// What one of several types declares, and a server of that age drops in silence.
#[track_caller]
pub const fn is_known_to(resource: Resource, oldest: u32, v1beta1: bool) {
    say_unknown(Place::of(resource.spec), oldest, v1beta1);
    if let Some(status) = resource.status {
        say_unknown(Place::of(status), oldest, v1beta1);
    }
}

#[track_caller]
const fn say_unknown(place: Place, oldest: u32, v1beta1: bool) {
    let place = place.peeled();
    match place.shape.kind {
        Kind::List | Kind::Set => say_unknown(place.argument(0), oldest, v1beta1),
        Kind::Map => say_unknown(place.argument(1), oldest, v1beta1),
        Kind::Type(declaration) => {
            if let Some((what, since)) = declaration.marks.newer_than(oldest) {
                newer(what, since, "", declaration, v1beta1);
            }
            let mut index = 0;
            while index < declaration.fields.len() {
                let field = &declaration.fields[index];
                let name = match field.name {
                    Some(name) => name,
                    None => "",
                };
                if let Some((what, since)) = field.newer_than(oldest) {
                    newer(what, since, name, declaration, v1beta1);
                }
                say_unknown(place.field(field), oldest, v1beta1);
                index += 1;
            }
        }
        _ => {}
    }
}

#[track_caller]
const fn newer(what: &str, since: u32, field: &str, declaration: &TypeDeclaration, v1beta1: bool) {
    let mut text = Text::new();
    if !field.is_empty() {
        text = text.and("`").and(field).and("` of ");
    }
    text = text
        .and("`")
        .and(declaration.name)
        .and("` has ")
        .and(what)
        .and(", which Kubernetes has since 1.")
        .and_number(since as usize);
    if v1beta1 {
        text.and(", and `v1beta1` ends with 1.21: remove it, or write `v1` only")
            .fail()
    } else {
        text.and(" and older ones drop in silence: remove it, or write a newer one here")
            .fail()
    }
}

impl Field {
    const fn newer_than(&self, oldest: u32) -> Option<(&'static str, u32)> {
        if self.placement.selectable && oldest < crate::crd::kubernetes::SELECTABLE {
            return Some(("`selectable`", crate::crd::kubernetes::SELECTABLE));
        }
        self.marks.newer_than(oldest)
    }
}
