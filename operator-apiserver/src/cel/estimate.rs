//! What a rule can cost at most, from the limits of its schema: cel-go's estimate, which decides whether a CRD is
//! accepted.

use std::{collections::HashMap, sync::Arc};

use super::{
    decl::{Decl, Kind},
    expr::{Call, Expr, Fold, FoldKind, Literal, Node},
    types::Type,
};

/// From the least to the most: of sizes and of costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) min: u64,
    pub(super) max: u64,
}

const UNKNOWN: Range = Range {
    min: 0,
    max: u64::MAX,
};

impl Range {
    const fn fixed(n: u64) -> Self {
        Self { min: n, max: n }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            min: self.min.saturating_add(other.min),
            max: self.max.saturating_add(other.max),
        }
    }

    fn times(self, other: Self) -> Self {
        Self {
            min: self.min.saturating_mul(other.min),
            max: self.max.saturating_mul(other.max),
        }
    }

    /// Multiplied by a factor, rounded up.
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss
    )] // As cel-go does.
    fn scaled(self, factor: f64) -> Self {
        let scale = |n: u64| (n as f64 * factor).ceil() as u64;
        Self {
            min: scale(self.min),
            max: scale(self.max),
        }
    }

    /// A text of this size is read.
    fn read(self) -> Self {
        self.scaled(0.1)
    }

    fn union(self, other: Self) -> Self {
        Self {
            min: self.min.min(other.min),
            max: self.max.max(other.max),
        }
    }
}

/// The sizes of what a list or a map contains.
#[derive(Clone, Copy, Debug)]
struct Entry {
    list: bool,
    key: Range,
    value: Range,
}

impl Entry {
    fn union(self, other: Self) -> Self {
        Self {
            list: self.list,
            key: self.key.union(other.key),
            value: self.value.union(other.value),
        }
    }
}

/// Where a value comes from in the object that the rule is about: what the schema says of it, `None` if it says
/// nothing. A value that doesn't come from there has no place.
type Place = Option<Arc<Decl>>;

/// A variable of a macro.
#[derive(Clone, Debug, Default)]
struct Local {
    place: Option<Place>,
    size: Option<Range>,
    entry: Option<Entry>,
}

/// What `root` can cost at most; `this` is what `self` is.
pub(super) fn estimate(root: &Node, this: &Arc<Decl>) -> u64 {
    let mut coster = Coster {
        this,
        locals: Vec::new(),
        places: HashMap::new(),
        sizes: HashMap::new(),
        entries: HashMap::new(),
    };
    coster.cost(root).max
}

/// The work in progress: what is known of the nodes that were seen, by their ids.
struct Coster<'r> {
    this: &'r Arc<Decl>,
    locals: Vec<Local>,
    places: HashMap<usize, Place>,
    sizes: HashMap<usize, Range>,
    entries: HashMap<usize, Entry>,
}

impl Coster<'_> {
    fn cost(&mut self, node: &Node) -> Range {
        const ONE: Range = Range::fixed(1);
        match &node.expr {
            Expr::Literal(Literal::Type(_)) => ONE,
            Expr::Literal(_) => Range::fixed(0),
            Expr::This | Expr::Old => {
                self.places.insert(node.id, Some(self.this.clone()));
                ONE
            }
            Expr::Local(place) => {
                if let Some(found) = self.locals.get(*place).and_then(|l| l.place.clone()) {
                    self.places.insert(node.id, found);
                }
                ONE
            }
            Expr::Has(of, _) => self.cost(of),
            Expr::Select(of, field) => {
                let cost = self.cost(of);
                let found = self.below(of, |decl| decl.field(&field.name));
                self.places.insert(node.id, found);
                match of.ty {
                    Type::Map(..) | Type::Object(_) => cost.plus(ONE),
                    _ => cost,
                }
            }
            // A call for cel-go, of the operand and of a constant.
            Expr::OptionalSelect(of, _) => self.cost(of).plus(ONE),
            Expr::Call(call) => self.call(node, call),
            Expr::And(a, b) | Expr::Or(a, b) => {
                let (a, b) = (self.cost(a), self.cost(b));
                self.sizes.insert(node.id, Range::fixed(1));
                Range {
                    min: a.min,
                    max: a.max.saturating_add(b.max),
                }
            }
            Expr::Conditional(parts) => {
                let costs = [
                    self.cost(&parts[0]),
                    self.cost(&parts[1]),
                    self.cost(&parts[2]),
                ];
                let size = self.size(&parts[1]).union(self.size(&parts[2]));
                self.sizes.insert(node.id, size);
                if let (Some(a), Some(b)) = (self.entry(&parts[1]), self.entry(&parts[2])) {
                    self.entries.insert(node.id, a.union(b));
                }
                costs[0].plus(costs[1].union(costs[2]))
            }
            Expr::OptionalOr(a, b) | Expr::OptionalOrValue(a, b) => {
                self.cost(a).plus(self.cost(b)).plus(ONE)
            }
            Expr::List(items) => self.list(node, items),
            Expr::Map(entries) => self.map(node, entries),
            Expr::Fold(fold) => self.fold(node, fold),
            Expr::OptionalMap {
                target, body, flat, ..
            } => {
                let target_cost = self.cost(target);
                self.locals.push(Local::default());
                let body_cost = self.cost(body);
                self.locals.pop();
                // The target is looked at twice, and its value is bound by an empty list.
                let bound = target_cost.plus(ONE).plus(Range::fixed(10)).plus(body_cost);
                let bound = if *flat { bound } else { bound.plus(ONE) };
                target_cost.plus(ONE).plus(bound.union(ONE))
            }
        }
    }

    fn list(&mut self, node: &Node, items: &[(Node, bool)]) -> Range {
        let mut sum = Range::fixed(10);
        let mut size = Range {
            min: if items.is_empty() { 0 } else { u64::MAX },
            max: 0,
        };
        for (item, _) in items {
            sum = sum.plus(self.cost(item));
            size = size.union(self.size(item));
        }
        self.entries.insert(
            node.id,
            Entry {
                list: true,
                key: Range::fixed(1),
                value: size,
            },
        );
        sum
    }

    fn map(&mut self, node: &Node, entries: &[(Node, Node, bool)]) -> Range {
        let mut sum = Range::fixed(30);
        let least = Range {
            min: if entries.is_empty() { 0 } else { u64::MAX },
            max: 0,
        };
        let (mut key_size, mut value_size) = (least, least);
        for (key, value, _) in entries {
            sum = sum.plus(self.cost(key)).plus(self.cost(value));
            key_size = key_size.union(self.size(key));
            value_size = value_size.union(self.size(value));
        }
        self.entries.insert(
            node.id,
            Entry {
                list: false,
                key: key_size,
                value: value_size,
            },
        );
        sum
    }

    /// The size of a node whose cost was counted.
    fn known_size(&self, node: &Node) -> Option<Range> {
        if let Some(size) = self.sizes.get(&node.id) {
            return Some(*size);
        }
        let fixed = match &node.expr {
            Expr::Literal(Literal::String(text)) => Some(text.chars().count()),
            Expr::Literal(Literal::Bytes(bytes)) => Some(bytes.len()),
            Expr::Literal(Literal::Type(_)) => None,
            Expr::Literal(_) => Some(1),
            Expr::List(items) => Some(items.len()),
            Expr::Map(entries) => Some(entries.len()),
            _ => None,
        };
        if let Some(size) = fixed {
            return Some(Range::fixed(size as u64));
        }
        if let Some(Some(decl)) = self.places.get(&node.id) {
            return Some(Range {
                min: 0,
                max: decl.max_elements,
            });
        }
        // Types have no length either.
        if node.ty.is_scalar() || matches!(node.ty, Type::Meta(_)) {
            return Some(Range::fixed(1));
        }
        match &node.expr {
            Expr::Local(place) => self.locals.get(*place).and_then(|l| l.size),
            _ => None,
        }
    }

    fn size(&self, node: &Node) -> Range {
        self.known_size(node).unwrap_or(UNKNOWN)
    }

    fn entry(&self, node: &Node) -> Option<Entry> {
        self.entries
            .get(&node.id)
            .copied()
            .or_else(|| match &node.expr {
                Expr::Local(place) => self.locals.get(*place).and_then(|l| l.entry),
                _ => None,
            })
    }

    fn fold(&mut self, node: &Node, fold: &Fold) -> Range {
        let range_cost = self.cost(&fold.range);
        let count = self.size(&fold.range);
        let (first, second) = self.variables(fold);
        self.locals.truncate(fold.local);
        self.locals.push(first);
        self.locals.extend(second);
        let filter = fold.filter.as_ref().map(|f| self.cost(f));
        let body = self.cost(&fold.body);
        let body_size = self.size(&fold.body);
        self.locals.truncate(fold.local);
        let skip = |made: Range| match filter {
            Some(filter) => filter.plus(made.union(Range::fixed(1))),
            None => made,
        };
        // What each turn costs, and what there is to be paid once.
        let (turn, once) = match fold.kind {
            FoldKind::All | FoldKind::Exists => {
                let condition = if fold.kind == FoldKind::All { 2 } else { 3 };
                let step = Range {
                    min: 1,
                    max: body.max.saturating_add(1),
                };
                (step.plus(Range::fixed(condition)), 1)
            }
            FoldKind::ExistsOne => (body.plus(Range { min: 1, max: 2 }), 2),
            FoldKind::List => (skip(body.plus(Range::fixed(12))), 11),
            FoldKind::SortBy => (body.plus(Range::fixed(12)), 11),
            FoldKind::Map => (skip(body.plus(Range::fixed(3))), 31),
            FoldKind::MapEntry => (skip(body.plus(Range::fixed(2))), 31),
        };
        let mut cost = range_cost.plus(Range::fixed(once)).plus(count.times(turn));
        match fold.kind {
            FoldKind::All | FoldKind::Exists | FoldKind::ExistsOne => {
                self.sizes.insert(node.id, Range::fixed(1));
            }
            FoldKind::List => {
                self.sizes.insert(node.id, count);
                let value = Range {
                    min: 0,
                    max: body_size.max,
                };
                let key = Range { min: 1, max: 1 };
                self.entries.insert(
                    node.id,
                    Entry {
                        list: true,
                        key,
                        value,
                    },
                );
            }
            FoldKind::SortBy => {
                self.sizes.insert(node.id, count);
                let text = matches!(fold.body.ty, Type::String | Type::Bytes);
                let factor = if text { 2.1 } else { 2.0 };
                // The list is bound to a variable, which is looked at twice.
                cost = cost
                    .plus(count.times(count).scaled(factor))
                    .plus(Range::fixed(23));
            }
            FoldKind::Map | FoldKind::MapEntry => {
                self.sizes.insert(node.id, count);
            }
        }
        cost
    }

    /// The place of what is within `of`. What is in something without a place counts as the whole: cel-go drops the
    /// first step of a path, which should be a variable.
    fn below<'d>(&'d self, of: &Node, step: impl Fn(&'d Decl) -> Option<&'d Arc<Decl>>) -> Place {
        match self.places.get(&of.id) {
            Some(Some(decl)) => step(decl).cloned(),
            Some(None) => None,
            None => Some(self.this.clone()),
        }
    }

    /// What is known of the variables of a macro.
    fn variables(&self, fold: &Fold) -> (Local, Option<Local>) {
        let entry = self.entry(&fold.range);
        let list = entry.map_or(matches!(fold.range.ty, Type::List(_)), |e| e.list);
        let value = Local {
            place: Some(self.below(&fold.range, Decl::element)),
            size: entry.map(|e| e.value),
            entry: None,
        };
        let key_place = match self.places.get(&fold.range.id) {
            // cel-go knows nothing of the length of keys, and takes it for nothing.
            Some(Some(decl)) => matches!(decl.kind, Kind::Map(_)).then(|| Arc::new(Decl::key())),
            Some(None) => None,
            None => Some(self.this.clone()),
        };
        let key = Local {
            place: Some(key_place),
            size: entry.map(|e| e.key),
            entry: None,
        };
        match (fold.two, list) {
            (true, _) => (key, Some(value)),
            (false, true) => (value, None),
            (false, false) => (key, None),
        }
    }

    fn call(&mut self, node: &Node, call: &Call) -> Range {
        let costs: Vec<Range> = call.args.iter().map(|a| self.cost(a)).collect();
        let paid = costs.into_iter().fold(Range::fixed(0), Range::plus);
        if call.name == "dyn"
            && let [arg] = call.args.as_slice()
        {
            if let Some(size) = self.known_size(arg) {
                self.sizes.insert(node.id, size);
            }
            if let Some(entry) = self.entry(arg) {
                self.entries.insert(node.id, entry);
            }
            return paid.plus(Range::fixed(1));
        }
        let mut cost: Option<Range> = None;
        let mut result: Option<Range> = None;
        for overload in &call.overloads {
            let (one, size) = self.overload(node, call, &overload.id);
            cost = Some(cost.map_or(one, |c| c.union(one)));
            if let Some(size) = size {
                result = Some(result.map_or(size, |r| r.union(size)));
            }
            if matches!(overload.id.as_str(), "index_list" | "index_map")
                && let Some(operand) = call.args.first()
            {
                result = self.entry(operand).map(|e| e.value);
                let found = self.below(operand, Decl::element);
                self.places.insert(node.id, found);
            }
        }
        if let Some(size) = result.or_else(|| self.known_size(node)) {
            self.sizes.insert(node.id, size);
        }
        paid.plus(cost.unwrap_or(Range::fixed(1)))
    }

    /// The cost of one overload and the size of its result.
    fn overload(&mut self, node: &Node, call: &Call, id: &str) -> (Range, Option<Range>) {
        let size = |index: usize| call.args.get(index).map_or(UNKNOWN, |a| self.size(a));
        let receiver = if call.member { Some(size(0)) } else { None };
        if let Some(known) = self.library(call, id, receiver) {
            return known;
        }
        let one = Range::fixed(1);
        match id {
            "string_format" => (size(0).read(), None),
            "string_to_bytes" => {
                let sz = size(0);
                let most = Range {
                    min: sz.min,
                    max: sz.max.wrapping_mul(4),
                };
                (sz.read(), Some(most))
            }
            "bytes_to_string" => {
                let sz = size(0);
                let least = Range {
                    min: sz.min / 4,
                    max: sz.max,
                };
                (sz.read(), Some(least))
            }
            "strings_quote" => {
                let sz = size(0);
                let most = Range {
                    min: sz.min.saturating_add(2),
                    max: sz.max.wrapping_mul(2).wrapping_add(2),
                };
                (sz.read(), Some(most))
            }
            "starts_with_string" | "ends_with_string" => (size(1).read(), None),
            "in_list" => (size(1), None),
            "matches_string" => (pattern_cost(size(0), size(1)), None),
            "contains_string" => (size(0).read().times(size(1).read()), None),
            "add_string" | "add_bytes" | "add_list" => {
                let result = size(0).plus(size(1));
                let entries = call.args.first().zip(call.args.get(1));
                if let Some((a, b)) = entries.and_then(|(a, b)| self.entry(a).zip(self.entry(b))) {
                    self.entries.insert(node.id, a.union(b));
                }
                let cost = if id == "add_list" { one } else { result.read() };
                (cost, Some(result))
            }
            _ if compares_sizes(id) => {
                let max = size(0).max.min(size(1).max);
                let least = Range {
                    min: u64::from(max > 0),
                    max,
                };
                (least.read(), None)
            }
            _ => (one, None),
        }
    }

    /// As [`overload`](Self::overload), for the functions that Kubernetes and the extensions count by themselves.
    fn library(
        &self,
        call: &Call,
        id: &str,
        receiver: Option<Range>,
    ) -> Option<(Range, Option<Range>)> {
        let one = Range::fixed(1);
        let size = |index: usize| call.args.get(index).map_or(UNKNOWN, |a| self.size(a));
        match call.name {
            "isSorted" | "sum" | "max" | "min" | "indexOf" | "lastIndexOf" => {
                let receiver_size = receiver?;
                let cost = match call.args.first().map(|a| &a.ty) {
                    Some(Type::List(item)) => {
                        let texts = matches!(**item, Type::String | Type::Bytes);
                        let read = if texts {
                            self.item_size(&call.args[0]).read()
                        } else {
                            Range::fixed(0)
                        };
                        receiver_size.times(one.plus(read))
                    }
                    _ => receiver_size.read(),
                };
                Some((cost, None))
            }
            "url" => Some((size(0).read(), None)),
            "lowerAscii" | "upperAscii" | "substring" | "trim" => {
                let sz = receiver?;
                Some((sz.read(), Some(sz)))
            }
            "replace" => {
                let sz = receiver?;
                Some((sz.scaled(0.2), Some(replaced(sz, size(1), size(2)))))
            }
            "split" => {
                let sz = receiver?;
                let result = Range {
                    min: 0,
                    max: sz.max,
                };
                Some((sz.scaled(0.2), Some(result)))
            }
            "join" => {
                let list = receiver?;
                let mut sz = match call.args.first() {
                    Some(items) if matches!(items.ty, Type::List(_)) => {
                        list.times(self.item_size(items))
                    }
                    _ => Range::fixed(0),
                };
                if call.args.len() > 1 {
                    let separators = Range {
                        min: list.min.saturating_sub(1),
                        max: list.max.saturating_sub(1),
                    };
                    sz = sz.plus(size(1).times(separators));
                }
                Some((sz.read(), Some(sz)))
            }
            "find" | "findAll" => {
                let sz = receiver?;
                Some((
                    pattern_cost(sz, size(1)),
                    Some(Range {
                        min: 0,
                        max: sz.max,
                    }),
                ))
            }
            // Formats count as patterns of 128 characters.
            "validate" => Some((size(1).read().times(Range { min: 1, max: 32 }), None)),
            "masked"
            | "prefixLength"
            | "family"
            | "isUnspecified"
            | "isLoopback"
            | "isLinkLocalMulticast"
            | "isLinkLocalUnicast"
            | "sign"
            | "asInteger"
            | "isInteger"
            | "asApproximateFloat"
            | "isGreaterThan"
            | "isLessThan"
            | "compareTo"
            | "add"
            | "sub"
            | "getScheme"
            | "getHostname"
            | "getHost"
            | "getPort"
            | "getEscapedPath"
            | "getQuery" => Some((one, None)),
            "containsIP" | "containsCIDR" => Some((network_cost(call.name, id, size(1)), None)),
            "_==_" | "_!=_"
                if matches!(call.args.first().map(|a| &a.ty), Some(Type::Opaque(_))) =>
            {
                Some((one, None))
            }
            _ => self.list_function(call, receiver),
        }
    }

    fn list_function(
        &self,
        call: &Call,
        receiver: Option<Range>,
    ) -> Option<(Range, Option<Range>)> {
        let size = |index: usize| call.args.get(index).map_or(UNKNOWN, |a| self.size(a));
        let makes = |cost: Range, size: Range| (cost.plus(Range::fixed(11)), Some(size));
        match call.name {
            "sets.contains" | "sets.intersects" => {
                Some((size(0).times(size(1)).plus(Range::fixed(1)), None))
            }
            "sets.equivalent" => Some((
                size(0).times(size(1)).scaled(2.0).plus(Range::fixed(1)),
                None,
            )),
            "slice" => {
                let number = |index: usize| match call.args.get(index).map(|a| &a.expr) {
                    Some(Expr::Literal(Literal::Int(n))) => u64::try_from(*n).ok(),
                    _ => None,
                };
                let sz = receiver?;
                let end = number(2).unwrap_or(sz.max);
                let made = Range::fixed(end.wrapping_sub(number(1).unwrap_or(0)));
                Some(makes(made, made))
            }
            "lists.range" => match call.args.first().map(|a| &a.expr) {
                Some(Expr::Literal(Literal::Int(n))) => {
                    let made = Range::fixed(u64::try_from(*n).unwrap_or(0));
                    Some(makes(made, made))
                }
                _ => Some(makes(UNKNOWN, UNKNOWN)),
            },
            "reverse" => {
                let sz = receiver?;
                Some(makes(sz, sz))
            }
            "flatten" => {
                let depth = match call.args.get(1).map(|a| &a.expr) {
                    None => 1,
                    Some(Expr::Literal(Literal::Int(n))) => u64::try_from(*n).unwrap_or(u64::MAX),
                    Some(_) => u64::MAX,
                };
                let sz = receiver?;
                Some(makes(sz.times(Range::fixed(depth)), sz))
            }
            "distinct" | "sort" => {
                let sz = receiver?;
                let texts = matches!(call.args.first().map(|a| &a.ty), Some(Type::List(item)) if matches!(**item, Type::String | Type::Bytes));
                let factor = if call.name == "sort" && texts {
                    2.1
                } else {
                    2.0
                };
                let squared = sz.times(sz);
                Some(makes(squared.scaled(factor), squared))
            }
            _ => None,
        }
    }

    /// The size of the items of a list.
    fn item_size(&self, list: &Node) -> Range {
        match self.places.get(&list.id) {
            Some(Some(decl)) => decl.element().map_or(UNKNOWN, |d| Range {
                min: 0,
                max: d.max_elements,
            }),
            _ => UNKNOWN,
        }
    }
}

/// A network is compared with another one, or with a text of this size.
fn network_cost(name: &str, id: &str, text: Range) -> Range {
    let bytes = Range { min: 4, max: 16 };
    let mut cost = bytes.plus(bytes).read();
    if name == "containsCIDR" {
        cost = cost.plus(bytes.read()).plus(Range::fixed(1));
    }
    if id.ends_with("_string") {
        cost = cost.plus(text.read());
    }
    cost
}

/// A text of one size is matched with a pattern of another.
fn pattern_cost(text: Range, pattern: Range) -> Range {
    text.plus(Range::fixed(1))
        .read()
        .times(pattern.scaled(0.25))
}

/// The size of a text in which something was replaced.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)] // As Kubernetes does.
fn replaced(text: Range, from: Range, to: Range) -> Range {
    let (mut count, mut kept) = (Range::fixed(0), Range::fixed(0));
    if from.min == 0 {
        count.max = text.max.saturating_add(1);
        kept.max = text.max;
    } else if to.max <= from.min {
        kept.max = text.max;
    } else {
        count.max = (text.max as f64 / from.min as f64).ceil() as u64;
    }
    if from.max == 0 {
        count.min = text.min.saturating_add(1);
        kept.min = text.min;
    } else if from.max <= to.min {
        kept.min = text.min;
    } else {
        count.min = (text.min as f64 / from.max as f64).ceil() as u64;
    }
    count.times(to).plus(kept)
}

fn compares_sizes(id: &str) -> bool {
    matches!(id, "equals" | "not_equals")
        || ["less_", "greater_"].iter().any(|p| id.starts_with(p))
            && (id.ends_with("_string") || id.ends_with("_bytes"))
}
