//! The rules of a field, whatever the resource around it is.

use super::{
    super::{
        Kind, Shape, TypeDeclaration,
        find::{Place, Step},
        text::{Text, unheard_of},
    },
    Value, found, value_of,
};

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
        Value::Scalar if items.optional => Text::new()
            .and("a set holds plain values, and an item may be null: write the items without `Option`")
            .fail(),
        Value::Scalar | Value::Unknown => {}
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
    if items.optional && !matches!(value_of(&items), Value::Unknown) {
        Text::new()
            .and("an item of a list with keys can't be null: write the items without `Option`")
            .fail();
    }
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
        Value::Scalar if lacking => Text::new()
            .and("`")
            .and(key)
            .and("` tells items apart, so each has to have it: write it without `Option`")
            .fail(),
        Value::Scalar | Value::Unknown => {}
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

/// What is said in the types of a field can be carried to where the field stands: they tell how they hold each other, and
/// nothing below a list or a map asks for a path of its own.
#[track_caller]
pub const fn carries_what_is_said(shape: Shape) {
    let said = shape.said();
    if said.anything()
        && shape.may_hide()
        && let Some(declaration) = unheard(Place::of(shape))
    {
        unheard_of(declaration.name).fail();
    }
    if !said.asks() {
        return;
    }
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

/// A type of which something is said, inside of one that doesn't tell how it holds it.
const fn unheard(place: Place) -> Option<&'static TypeDeclaration> {
    let (mut index, arguments) = (0, place.shape.arguments);
    match place.shape.kind {
        Kind::Unknown => return place.says(),
        Kind::Parameter(index) => return unheard(place.parameter(index)),
        // A type without parameters has checked itself already.
        Kind::Type(declaration) if !arguments.is_empty() => {
            while index < declaration.fields.len() {
                let below = unheard(place.field(&declaration.fields[index]));
                if below.is_some() {
                    return below;
                }
                index += 1;
            }
            return None;
        }
        _ => {}
    }
    while index < arguments.len() {
        let below = unheard(place.argument(index));
        if below.is_some() {
            return below;
        }
        index += 1;
    }
    None
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
