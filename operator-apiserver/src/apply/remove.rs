//! [`remove`]: a value without some of its fields, and the sets that say which.

use serde_json::{Map, Value};

use super::{
    path::Element,
    set::Set,
    shape::{Identity, ListShape, MapShape, Shape, Type},
    typed::item_element,
};

/// A value without the fields of a set; what has nothing left, or is one value of which a part would have to go, is
/// null.
pub(super) fn remove(of: Type<'_>, value: &Value, fields: &Set<'_>) -> Value {
    match of.shape_of(Some(value)) {
        Shape::Scalar(_) => value.clone(),
        Shape::Map(map) => remove_from_map(&map, value, fields),
        Shape::List(list) => remove_from_list(&list, value, fields),
    }
}

fn remove_from_map(map: &MapShape<'_>, value: &Value, fields: &Set<'_>) -> Value {
    let mut rest = Map::new();
    if !map.atomic {
        for (name, value) in value.as_object().into_iter().flatten() {
            let kept = match fields.get(&Element::Field(name)) {
                None => value.clone(),
                Some(node) if node.member => continue,
                Some(node) => match map.field(name) {
                    Some(of) => remove(of, value, &node.children),
                    None => Value::Null,
                },
            };
            rest.insert(name.clone(), kept);
        }
    }
    if rest.is_empty() {
        Value::Null
    } else {
        Value::Object(rest)
    }
}

fn remove_from_list(list: &ListShape<'_>, value: &Value, fields: &Set<'_>) -> Value {
    let mut rest = Vec::new();
    if !matches!(list.identity, Identity::Atomic) {
        for item in value.as_array().into_iter().flatten() {
            let element = item_element(list, item).ok();
            match element.and_then(|element| fields.get(&element)) {
                None => rest.push(item.clone()),
                Some(node) if node.member => {}
                Some(node) => rest.push(remove(list.items, item, &node.children)),
            }
        }
    }
    if rest.is_empty() {
        Value::Null
    } else {
        Value::Array(rest)
    }
}

/// The set with all declared fields that something in it is below of.
pub(super) fn with_declared_parents<'a>(of: Option<Type<'_>>, set: &Set<'a>) -> Set<'a> {
    let map = of.and_then(Type::as_map);
    let mut result = Set::default();
    for node in set.nodes() {
        let (below, declared) = match (&node.element, &map) {
            (Element::Field(name), Some(map)) => (map.field(name), map.declares(name)),
            (Element::Key(_), _) => {
                let list = of.and_then(Type::as_list);
                (list.map(|list| list.items), false)
            }
            _ => (None, false),
        };
        let children = with_declared_parents(below, &node.children);
        let member = node.member || (declared && !children.is_empty());
        result.push(node.element.clone(), member, children);
    }
    result
}
