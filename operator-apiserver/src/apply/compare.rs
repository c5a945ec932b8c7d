//! [`Comparison`]: which fields one object has and the other doesn't, and which differ.

use serde_json::Value;

use super::{
    path::Element,
    set::Set,
    shape::{Identity, ListShape, MapShape, Shape, Type},
    typed::sorted_items,
    value::equal,
};

/// What makes one value of a type into another. No field is in more than one of the sets, except where a value becomes
/// one of another form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Comparison<'a> {
    pub(super) removed: Set<'a>,
    pub(super) modified: Set<'a>,
    pub(super) added: Set<'a>,
}

impl<'a> Comparison<'a> {
    /// Compares two valid objects.
    pub(super) fn of(of: Type<'a>, old: &'a Value, new: &'a Value) -> Self {
        let mut difference = Difference::default();
        difference.visit(of, Some(old), Some(new), 0);
        difference.below
    }

    /// Leaves out fields, and all below them.
    pub(super) fn without(self, fields: &Set<'_>) -> Self {
        Self {
            removed: self.removed.difference_with_children(fields),
            modified: self.modified.difference_with_children(fields),
            added: self.added.difference_with_children(fields),
        }
    }

    fn push(&mut self, element: Element<'a>, of_field: Difference<'a>) {
        let Difference {
            removed,
            modified,
            added,
            below,
        } = of_field;
        let put = |set: &mut Set<'a>, member: bool, children: Set<'a>| {
            if member || !children.is_empty() {
                set.push(element.clone(), member, children);
            }
        };
        put(&mut self.removed, removed, below.removed);
        put(&mut self.modified, modified, below.modified);
        put(&mut self.added, added, below.added);
    }
}

/// How the values of one field differ, and what is below it.
#[derive(Default)]
struct Difference<'a> {
    removed: bool,
    modified: bool,
    added: bool,
    below: Comparison<'a>,
}

impl<'a> Difference<'a> {
    fn visit(&mut self, of: Type<'a>, old: Option<&'a Value>, new: Option<&'a Value>, depth: u8) {
        let (old_form, new_form) = (of.form(old), of.form(new));
        // What is absent takes the form of the other.
        let form = if new.is_none() { old_form } else { new_form };
        let leaf = self.visit_shape(&of.shape(form), old, new, depth);
        if old.is_some() && new.is_some() && old_form != new_form {
            let mut as_before = Self::default();
            as_before.visit_shape(&of.shape(old_form), old, new, depth);
            self.join(as_before);
        }
        if !leaf {
            self.added |= old.is_none();
            self.removed |= new.is_none();
        }
    }

    fn join(&mut self, other: Self) {
        self.removed |= other.removed;
        self.modified |= other.modified;
        self.added |= other.added;
        let below = std::mem::take(&mut self.below);
        self.below = Comparison {
            removed: below.removed.union(other.below.removed),
            modified: below.modified.union(other.below.modified),
            added: below.added.union(other.below.added),
        };
    }

    /// Returns whether it is one value.
    fn visit_shape(
        &mut self,
        shape: &Shape<'a>,
        old: Option<&'a Value>,
        new: Option<&'a Value>,
        depth: u8,
    ) -> bool {
        let leaf = match shape {
            Shape::Scalar(_) => true,
            Shape::Map(map) => map.atomic || (empty_map(old) && empty_map(new)),
            Shape::List(list) => {
                let atomic = matches!(list.identity, Identity::Atomic);
                atomic || (items_of(old).is_empty() && items_of(new).is_empty())
            }
        };
        if leaf {
            match (old, new) {
                (None, _) => self.added = true,
                (_, None) => self.removed = true,
                (Some(old), Some(new)) => self.modified |= !equal(old, new),
            }
            return true;
        }
        match shape {
            Shape::Map(map) => self.visit_map(map, old, new, depth),
            Shape::List(list) => self.visit_list(list, items_of(old), items_of(new), depth),
            Shape::Scalar(_) => {}
        }
        false
    }

    fn visit_map(
        &mut self,
        map: &MapShape<'a>,
        old: Option<&'a Value>,
        new: Option<&'a Value>,
        depth: u8,
    ) {
        let (old, new) = (
            old.and_then(Value::as_object),
            new.and_then(Value::as_object),
        );
        let mut old_fields = old.into_iter().flatten().peekable();
        let mut new_fields = new.into_iter().flatten().peekable();
        loop {
            let order = match (old_fields.peek(), new_fields.peek()) {
                (Some((name, _)), Some((other, _))) => name.cmp(other),
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (None, None) => break,
            };
            let left = if order.is_le() {
                old_fields.next()
            } else {
                None
            };
            let right = if order.is_ge() {
                new_fields.next()
            } else {
                None
            };
            let Some((name, _)) = left.or(right) else {
                break;
            };
            let (left, right) = (left.map(|(_, v)| v), right.map(|(_, v)| v));
            // Most of an object stays as it is: not looking at it any closer is what makes updates cheap. Further
            // down it would only mean to compare everything again and again.
            let same = depth < 3 && left == right;
            let Some(of) = map.field(name).filter(|_| !same && !map.skips(name)) else {
                continue;
            };
            let left = left.or_else(|| old.and_then(|_| map.implied(name, right)));
            let right = right.or_else(|| new.and_then(|_| map.implied(name, left)));
            let mut difference = Difference::default();
            difference.visit(of, left, right, depth.saturating_add(1));
            self.below.push(Element::Field(name), difference);
        }
    }

    fn visit_list(&mut self, list: &ListShape<'a>, old: &'a [Value], new: &'a [Value], depth: u8) {
        let old = sorted_items(list, old);
        let new = sorted_items(list, new);
        let mut old = old.chunk_by(|a, b| a.0 == b.0).peekable();
        let mut new = new.chunk_by(|a, b| a.0 == b.0).peekable();
        loop {
            let order = match (old.peek(), new.peek()) {
                (Some(left), Some(right)) => left[0].0.cmp(&right[0].0),
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (None, None) => break,
            };
            let left = if order.is_le() { old.next() } else { None };
            let right = if order.is_ge() { new.next() } else { None };
            let (left, right) = (left.unwrap_or_default(), right.unwrap_or_default());
            let Some((element, _)) = left.first().or(right.first()) else {
                break;
            };
            let mut difference = Difference::default();
            match (left, right) {
                ([_, _, ..], [_, _, ..]) => {
                    let same = left.len() == right.len()
                        && left.iter().zip(right).all(|(l, r)| equal(l.1, r.1));
                    difference.modified = !same;
                }
                // Several become one or none: what was known of them was only that they are there.
                ([_, _, ..], _) => {
                    if let Some((_, item)) = right.first() {
                        difference.visit(list.items, None, Some(item), depth);
                    }
                    difference.removed = true;
                }
                (_, [_, _, ..]) => {
                    if let Some((_, item)) = left.first() {
                        difference.visit(list.items, Some(item), None, depth);
                    }
                    difference.added = true;
                }
                _ => {
                    let (left, right) = (left.first(), right.first());
                    let (left, right) = (left.map(|i| i.1), right.map(|i| i.1));
                    difference.visit(list.items, left, right, depth.saturating_add(1));
                }
            }
            self.below.push(element.clone(), difference);
        }
    }
}

fn empty_map(value: Option<&Value>) -> bool {
    let map = value.and_then(Value::as_object);
    map.is_none_or(serde_json::Map::is_empty)
}

fn items_of(value: Option<&Value>) -> &[Value] {
    let items = value.and_then(Value::as_array);
    items.map_or(&[], Vec::as_slice)
}
