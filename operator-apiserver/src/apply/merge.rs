//! [`merge`]: an applied configuration laid over what is there; nothing is removed by it.
//!
//! Items of sets and list-type maps come in the order of what is there, those that are applied in the order of the
//! configuration, new ones where the configuration has them.

use std::{
    collections::{BTreeMap, BTreeSet},
    iter::Peekable,
};

use serde_json::{Map, Value};

use super::{
    path::Element,
    shape::{Identity, ListShape, MapShape, Shape, Type},
    typed::item_element,
};

/// Merges two valid values; `None` if nothing is left that could be written.
pub(super) fn merge(of: Type<'_>, live: Option<&Value>, config: Option<&Value>) -> Option<Value> {
    let form = match (live, config) {
        (Some(_), None) => of.form(live),
        _ => of.form(config),
    };
    match of.shape(form) {
        Shape::Scalar(_) => config.or(live).cloned(),
        Shape::Map(map) => {
            let (old, new) = (
                live.and_then(Value::as_object),
                config.and_then(Value::as_object),
            );
            let empty = old.is_none_or(Map::is_empty) && new.is_none_or(Map::is_empty);
            if map.atomic || empty {
                config.or(live).cloned()
            } else {
                merge_maps(&map, old, new)
            }
        }
        Shape::List(list) => {
            let (old, new) = (items_of(live), items_of(config));
            let atomic = matches!(list.identity, Identity::Atomic);
            if atomic || (old.is_empty() && new.is_empty()) {
                config.or(live).cloned()
            } else {
                merge_lists(&list, old, new)
            }
        }
    }
}

fn merge_maps(
    map: &MapShape<'_>,
    live: Option<&Map<String, Value>>,
    config: Option<&Map<String, Value>>,
) -> Option<Value> {
    let mut merged = Map::new();
    for (name, old) in live.into_iter().flatten() {
        let new = config.and_then(|config| config.get(name));
        merge_field(map, &mut merged, name, Some(old), new);
    }
    for (name, new) in config.into_iter().flatten() {
        if live.is_none_or(|live| !live.contains_key(name)) {
            merge_field(map, &mut merged, name, None, Some(new));
        }
    }
    (!merged.is_empty()).then_some(Value::Object(merged))
}

fn merge_field(
    map: &MapShape<'_>,
    merged: &mut Map<String, Value>,
    name: &str,
    old: Option<&Value>,
    new: Option<&Value>,
) {
    if map.skips(name) {
        return;
    }
    if let Some(value) = map.field(name).and_then(|of| merge(of, old, new)) {
        merged.insert(name.to_owned(), value);
    }
}

fn merge_lists(list: &ListShape<'_>, live: &[Value], config: &[Value]) -> Option<Value> {
    let live = with_elements(list, live);
    let config = with_elements(list, config);
    let mut merging = Merging {
        list,
        old: index(&live),
        new: index(&config),
        merged: BTreeSet::new(),
        out: Vec::with_capacity(live.len().max(config.len())),
    };
    merging.run(&live, &config);
    let out = merging.out;
    (!out.is_empty()).then_some(Value::Array(out))
}

type Item<'a> = (Element<'a>, &'a Value);

/// The items of both lists by how they are found; items of the live list that are there several times can't be merged
/// with anything, they count as null.
struct Merging<'a> {
    list: &'a ListShape<'a>,
    old: BTreeMap<&'a Element<'a>, &'a Value>,
    new: BTreeMap<&'a Element<'a>, &'a Value>,
    /// What of the configuration is in `out`.
    merged: BTreeSet<&'a Element<'a>>,
    out: Vec<Value>,
}

impl<'a> Merging<'a> {
    fn run(&mut self, live: &'a [Item<'a>], config: &'a [Item<'a>]) {
        let old = self.old.keys().copied().collect::<BTreeSet<_>>();
        // What is in both lists keeps the order of the configuration.
        let shared = config.iter().map(|(element, _)| element);
        let mut shared = shared.filter(|element| old.contains(element)).peekable();
        let (mut l, mut r) = (0, 0);
        while l < live.len() || r < config.len() {
            if let (Some((left, _)), Some((right, _))) = (live.get(l), config.get(r)) {
                if left == right {
                    self.take_config(right);
                    shared.next();
                    l += 1;
                    r += 1;
                    continue;
                }
                let waits = shared.peek().is_some_and(|next| *next != left);
                if self.new.contains_key(left) && waits {
                    // In both, but it is another one's turn.
                    l += 1;
                    continue;
                }
            }
            if let Some((left, item)) = live.get(l) {
                if !self.new.contains_key(left) {
                    self.take(Some(item), None);
                    l += 1;
                    continue;
                }
                if self.merged.contains(left) {
                    l += 1;
                }
            }
            if let Some((right, _)) = config.get(r) {
                self.take_config(right);
                r += 1;
                advance_past(&mut shared, right);
            }
        }
    }

    fn take_config(&mut self, element: &'a Element<'a>) {
        self.merged.insert(element);
        let (old, new) = (
            self.old.get(element).copied(),
            self.new.get(element).copied(),
        );
        self.take(old, new);
    }

    fn take(&mut self, old: Option<&Value>, new: Option<&Value>) {
        self.out.extend(merge(self.list.items, old, new));
    }
}

fn advance_past<'a>(
    shared: &mut Peekable<impl Iterator<Item = &'a Element<'a>>>,
    element: &Element<'a>,
) {
    if shared.peek().is_some_and(|next| *next == element) {
        shared.next();
    }
}

fn with_elements<'a>(list: &ListShape<'a>, items: &'a [Value]) -> Vec<Item<'a>> {
    let items = items.iter();
    items
        .filter_map(|item| Some((item_element(list, item).ok()?, item)))
        .collect()
}

fn index<'a>(items: &'a [Item<'a>]) -> BTreeMap<&'a Element<'a>, &'a Value> {
    let mut index = BTreeMap::new();
    for (element, item) in items {
        index
            .entry(element)
            .and_modify(|several| *several = &Value::Null)
            .or_insert(*item);
    }
    index
}

fn items_of(value: Option<&Value>) -> &[Value] {
    let items = value.and_then(Value::as_array);
    items.map_or(&[], Vec::as_slice)
}
