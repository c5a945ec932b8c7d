//! [`reconcile`]: what was granular when a set was written and is one value now, is in the set as one value.

use super::{
    path::Element,
    set::Set,
    shape::{Identity, Shape, Type},
};

/// Brings the set of a manager up to its schema. What became granular stays as it is: nothing says what of it the
/// manager meant.
pub(super) fn reconcile(of: Type<'_>, set: &mut Set<'_>) {
    match of.shape_of(None) {
        Shape::Map(map) => {
            if map.is_deduced() {
                return;
            }
            for node in set.nodes_mut() {
                let Element::Field(name) = &node.element else {
                    continue;
                };
                if let Some(of) = map.field(name) {
                    reconcile_field(of, &mut node.member, &mut node.children);
                }
            }
        }
        Shape::List(list) => {
            for node in set.nodes_mut() {
                reconcile_field(list.items, &mut node.member, &mut node.children);
            }
        }
        Shape::Scalar(_) => {}
    }
}

fn reconcile_field(of: Type<'_>, member: &mut bool, children: &mut Set<'_>) {
    if children.is_empty() {
        return;
    }
    let atomic = match of.shape_of(None) {
        Shape::Map(map) => map.atomic && !map.is_deduced(),
        Shape::List(list) => matches!(list.identity, Identity::Atomic),
        Shape::Scalar(_) => false,
    };
    if atomic {
        *member = true;
        *children = Set::default();
    } else {
        reconcile(of, children);
    }
}
