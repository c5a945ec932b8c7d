//! The evaluator: a checked rule on values, with every step counted, so that no rule runs away.

use std::rc::Rc;

use super::{
    expr::{Call, Expr, Field, Fold, FoldKind, Literal, Node},
    functions::{self, Args, lists},
    value::{Entries, Fault, List, Map, Text, Val, key_of},
};

/// What one evaluation may cost.
pub(super) const PER_CALL_LIMIT: u64 = 1_000_000;

/// One evaluation.
pub(super) struct Evaluation<'a> {
    this: Val<'a>,
    old: Option<Val<'a>>,
    locals: Vec<Val<'a>>,
    /// What it has cost so far.
    pub(super) cost: u64,
}

impl<'a> Evaluation<'a> {
    pub(super) fn new(this: Val<'a>, old: Option<Val<'a>>) -> Self {
        Self {
            this,
            old,
            locals: Vec::new(),
            cost: 0,
        }
    }

    fn charge(&mut self, cost: u64) -> Result<(), Fault> {
        self.cost = self.cost.saturating_add(cost);
        if self.cost > PER_CALL_LIMIT {
            return Err(Fault::OverBudget);
        }
        Ok(())
    }

    /// The value of a node.
    pub(super) fn value(&mut self, node: &'a Node) -> Result<Val<'a>, Fault> {
        match &node.expr {
            Expr::Literal(literal) => Ok(constant(literal)),
            Expr::This => {
                self.charge(1)?;
                Ok(self.this.clone())
            }
            Expr::Old => {
                self.charge(1)?;
                let old = self.old.clone();
                old.ok_or_else(|| Fault::because("no such attribute(s): oldSelf"))
            }
            Expr::Local(place) => {
                self.charge(1)?;
                Ok(self.locals.get(*place).cloned().unwrap_or(Val::Null))
            }
            Expr::Select(of, field) => {
                let operand = self.value(of)?;
                self.charge(1)?;
                select(&operand, field)
            }
            Expr::Has(of, field) => {
                let operand = self.value(of)?;
                Ok(Val::Bool(find(inner(&operand), field)?.is_some()))
            }
            Expr::OptionalSelect(of, field) => {
                let operand = self.value(of)?;
                self.charge(1)?;
                let found = find(inner(&operand), field)?;
                Ok(Val::Optional(found.map(Rc::new)))
            }
            Expr::Call(call) => self.call(call),
            Expr::And(left, right) => self.logical(left, right, false),
            Expr::Or(left, right) => self.logical(left, right, true),
            Expr::Conditional(parts) => match self.value(&parts[0])? {
                Val::Bool(true) => self.value(&parts[1]),
                Val::Bool(false) => self.value(&parts[2]),
                _ => Err(Fault::no_overload()),
            },
            Expr::OptionalOr(left, right) => match self.value(left)? {
                Val::Optional(None) => self.value(right),
                some @ Val::Optional(_) => Ok(some),
                _ => Err(Fault::no_overload()),
            },
            Expr::OptionalOrValue(left, right) => match self.value(left)? {
                Val::Optional(None) => self.value(right),
                Val::Optional(Some(value)) => Ok((*value).clone()),
                _ => Err(Fault::no_overload()),
            },
            Expr::List(items) => self.list(items),
            Expr::Map(entries) => self.map(entries),
            Expr::Fold(fold) => {
                let before = self.locals.len();
                let result = self.fold(fold);
                self.locals.truncate(before);
                result
            }
            Expr::OptionalMap {
                target,
                body,
                local,
                flat,
            } => self.optional_map(target, body, *local, *flat),
        }
    }

    /// `&&` (decided by false) or `||` (decided by true): what decides does so beside an error.
    fn logical(
        &mut self,
        left: &'a Node,
        right: &'a Node,
        decisive: bool,
    ) -> Result<Val<'a>, Fault> {
        let fault = match self.value(left) {
            Ok(Val::Bool(b)) if b == decisive => return Ok(Val::Bool(decisive)),
            Ok(Val::Bool(_)) => None,
            Ok(_) => Some(Fault::no_overload()),
            Err(Fault::OverBudget) => return Err(Fault::OverBudget),
            Err(fault) => Some(fault),
        };
        match (self.value(right), fault) {
            (Ok(Val::Bool(b)), _) if b == decisive => Ok(Val::Bool(decisive)),
            (Err(Fault::OverBudget), _) => Err(Fault::OverBudget),
            (_, Some(fault)) | (Err(fault), None) => Err(fault),
            (Ok(Val::Bool(b)), None) => Ok(Val::Bool(b)),
            (Ok(_), None) => Err(Fault::no_overload()),
        }
    }

    fn call(&mut self, call: &'a Call) -> Result<Val<'a>, Fault> {
        match call.args.as_slice() {
            [] => self.apply(call, &[]),
            [a] => {
                let args = [self.value(a)?];
                self.apply(call, &args)
            }
            [a, b] => {
                let args = [self.value(a)?, self.value(b)?];
                self.apply(call, &args)
            }
            many => {
                let args = many
                    .iter()
                    .map(|a| self.value(a))
                    .collect::<Result<Vec<_>, _>>()?;
                self.apply(call, &args)
            }
        }
    }

    fn apply(&mut self, call: &'a Call, values: &[Val<'a>]) -> Result<Val<'a>, Fault> {
        // What depends on the arguments only is paid before the work is done.
        self.charge(functions::cost::before(call.function.cost, values))?;
        let regex = call.regex.as_ref();
        let result = (call.function.run)(Args { values, regex }).map_err(|fault| match fault {
            Fault::Because(text) if text == "no such overload" => {
                functions::no_overload(call.name, values)
            }
            fault => fault,
        })?;
        self.charge(functions::cost::after(call.function.cost, &result))?;
        Ok(result)
    }

    fn list(&mut self, items: &'a [(Node, bool)]) -> Result<Val<'a>, Fault> {
        let mut values = Vec::with_capacity(items.len());
        for (item, optional) in items {
            match (self.value(item)?, optional) {
                (Val::Optional(None), true) => {}
                (Val::Optional(Some(value)), true) => values.push((*value).clone()),
                (value, _) => values.push(value),
            }
        }
        // cel-go makes constant lists and maps beforehand.
        if !items.iter().all(|(item, _)| is_constant(item)) {
            self.charge(10)?;
        }
        Ok(Val::list(values))
    }

    fn map(&mut self, items: &'a [(Node, Node, bool)]) -> Result<Val<'a>, Fault> {
        let mut entries = Entries::new();
        for (key, value, optional) in items {
            let key = self.value(key)?;
            let value = match (self.value(value)?, optional) {
                (Val::Optional(None), true) => continue,
                (Val::Optional(Some(value)), true) => (*value).clone(),
                (value, _) => value,
            };
            let index = key_of(&key).ok_or_else(|| Fault::because("unsupported key type"))?;
            entries.insert(index, (key, value));
        }
        let constant =
            |(key, value, _): &(Node, Node, bool)| is_constant(key) && is_constant(value);
        if !items.iter().all(constant) {
            self.charge(30)?;
        }
        Ok(Val::Map(Map::Made(Rc::new(entries))))
    }

    fn optional_map(
        &mut self,
        target: &'a Node,
        body: &'a Node,
        local: usize,
        flat: bool,
    ) -> Result<Val<'a>, Fault> {
        let value = match self.value(target)? {
            Val::Optional(Some(value)) => value,
            none @ Val::Optional(None) => return Ok(none),
            _ => return Err(Fault::no_overload()),
        };
        // Its test, the second look at it, and the binding.
        self.charge(13)?;
        self.locals.truncate(local);
        self.locals.push((*value).clone());
        let result = self.value(body);
        self.locals.truncate(local);
        let result = result?;
        Ok(if flat { result } else { Val::some(result) })
    }

    fn fold(&mut self, fold: &'a Fold) -> Result<Val<'a>, Fault> {
        let range = self.value(&fold.range)?;
        self.locals.truncate(fold.local);
        match &range {
            Val::List(list) => {
                let items = list.len();
                let mut state = State::new(fold);
                for index in 0..items {
                    let item = list.get(index)?;
                    let number = i64::try_from(index).unwrap_or(i64::MAX);
                    if self.step(fold, &mut state, Val::Int(number), item, false)? {
                        break;
                    }
                }
                self.finish(state)
            }
            Val::Map(map) => {
                let mut state = State::new(fold);
                for (key, value) in map.entries()? {
                    if self.step(fold, &mut state, key, value, true)? {
                        break;
                    }
                }
                self.finish(state)
            }
            // An object that is taken for a map has its fields for keys.
            Val::Object(object) => {
                let mut state = State::new(fold);
                for key in object
                    .fields
                    .keys()
                    .filter_map(|k| super::escape::escape(k))
                {
                    let value = object
                        .get(&super::escape::unescape(&key))?
                        .unwrap_or(Val::Null);
                    if self.step(fold, &mut state, Val::string(key), value, true)? {
                        break;
                    }
                }
                self.finish(state)
            }
            other if fold.two => {
                let why = format!("unsupported comprehension range type: {}", other.go_name());
                Err(Fault::Because(why))
            }
            other => Err(Fault::Because(format!(
                "got '{}', expected iterable type",
                other.go_name()
            ))),
        }
    }

    /// One turn; whether it was the last.
    fn step(
        &mut self,
        fold: &'a Fold,
        state: &mut State<'a>,
        index: Val<'a>,
        item: Val<'a>,
        keyed: bool,
    ) -> Result<bool, Fault> {
        self.locals.truncate(fold.local);
        let turn = index.clone();
        match (fold.two, keyed) {
            (true, _) => self.locals.extend([index, item.clone()]),
            (false, true) => self.locals.push(index),
            (false, false) => self.locals.push(item.clone()),
        }
        if let Some(filter) = &fold.filter {
            match self.value(filter)? {
                Val::Bool(true) => {}
                Val::Bool(false) => return Ok(false),
                _ => return Err(Fault::no_overload()),
            }
        }
        match fold.kind {
            FoldKind::All | FoldKind::Exists => {
                let decisive = fold.kind == FoldKind::Exists;
                self.charge(if decisive { 4 } else { 3 })?;
                match self.value(&fold.body) {
                    Ok(Val::Bool(b)) => {
                        state.decided = b == decisive;
                        return Ok(state.decided);
                    }
                    Err(Fault::OverBudget) => return Err(Fault::OverBudget),
                    Ok(_) => {
                        state.fault = state.fault.take().or_else(|| Some(Fault::no_overload()));
                    }
                    Err(fault) => state.fault = state.fault.take().or(Some(fault)),
                }
            }
            FoldKind::ExistsOne => match self.value(&fold.body)? {
                Val::Bool(b) => {
                    self.charge(if b { 2 } else { 0 })?;
                    state.count += u64::from(b);
                }
                _ => return Err(Fault::no_overload()),
            },
            FoldKind::List => {
                self.charge(12)?;
                let value = self.value(&fold.body)?;
                state.items.push(value);
            }
            FoldKind::SortBy => {
                self.charge(12)?;
                let key = self.value(&fold.body)?;
                state.items.push(item);
                state.keys.push(key);
            }
            FoldKind::Map => {
                self.charge(3)?;
                let value = self.value(&fold.body)?;
                state.insert(turn, value)?;
            }
            FoldKind::MapEntry => {
                self.charge(2)?;
                let Val::Map(map) = self.value(&fold.body)? else {
                    return Err(Fault::no_overload());
                };
                for (key, value) in map.entries()? {
                    state.insert(key, value)?;
                }
            }
        }
        Ok(false)
    }

    fn finish(&mut self, state: State<'a>) -> Result<Val<'a>, Fault> {
        self.charge(1)?;
        match state.kind {
            FoldKind::All | FoldKind::Exists => match (state.decided, state.fault) {
                (true, _) => Ok(Val::Bool(state.kind == FoldKind::Exists)),
                (false, Some(fault)) => Err(fault),
                (false, None) => Ok(Val::Bool(state.kind == FoldKind::All)),
            },
            FoldKind::ExistsOne => Ok(Val::Bool(state.count == 1)),
            FoldKind::List => Ok(Val::list(state.items)),
            FoldKind::SortBy => {
                let size = state.items.len() as u64;
                self.charge(size.saturating_mul(size).saturating_mul(2))?;
                lists::sort_by(state.items, state.keys)
            }
            FoldKind::Map | FoldKind::MapEntry => Ok(Val::Map(Map::Made(Rc::new(state.entries)))),
        }
    }
}

/// How far a macro over a list or a map has come.
struct State<'a> {
    kind: FoldKind,
    decided: bool,
    fault: Option<Fault>,
    count: u64,
    items: Vec<Val<'a>>,
    keys: Vec<Val<'a>>,
    entries: Entries<'a>,
}

impl<'a> State<'a> {
    fn new(fold: &Fold) -> Self {
        Self {
            kind: fold.kind,
            decided: false,
            fault: None,
            count: 0,
            items: Vec::new(),
            keys: Vec::new(),
            entries: Entries::new(),
        }
    }

    fn insert(&mut self, key: Val<'a>, value: Val<'a>) -> Result<(), Fault> {
        let index = key_of(&key).ok_or_else(|| Fault::because("unsupported key type"))?;
        if self.entries.contains_key(&index) {
            let shown = functions::interpolate::plain(&key);
            return Err(Fault::because(format!(
                "insert failed: key {shown} already exists"
            )));
        }
        self.entries.insert(index, (key, value));
        Ok(())
    }
}

fn is_constant(node: &Node) -> bool {
    matches!(node.expr, Expr::Literal(_))
}

fn constant(literal: &Literal) -> Val<'_> {
    match literal {
        Literal::Null => Val::Null,
        Literal::Bool(b) => Val::Bool(*b),
        Literal::Int(i) => Val::Int(*i),
        Literal::Uint(u) => Val::Uint(*u),
        Literal::Double(d) => Val::Double(*d),
        Literal::String(text) => Val::borrowed(text),
        Literal::Bytes(bytes) => Val::Bytes(bytes.as_slice().into()),
        Literal::Type(name) => Val::Type(Text::Borrowed(name)),
    }
}

/// The value of a field, an error if it is absent; of an optional, an optional.
fn select<'a>(operand: &Val<'a>, field: &Field) -> Result<Val<'a>, Fault> {
    match operand {
        Val::Optional(None) => Ok(Val::Optional(None)),
        Val::Optional(Some(value)) => Ok(Val::Optional(find(value, field)?.map(Rc::new))),
        other => find(other, field)?.ok_or_else(|| Fault::no_key(&field.name)),
    }
}

/// What an optional holds; itself of everything else.
fn inner<'v, 'a>(value: &'v Val<'a>) -> &'v Val<'a> {
    match value {
        Val::Optional(Some(value)) => value,
        other => other,
    }
}

fn find<'a>(operand: &Val<'a>, field: &Field) -> Result<Option<Val<'a>>, Fault> {
    match operand {
        Val::Object(object) => object.get(&field.key),
        Val::Map(map) => map.get_text(&field.name),
        Val::List(_) => Err(Fault::because("unsupported index type 'string' in list")),
        _ => Ok(None),
    }
}

/// `list[index]` and `map[key]`, `None` where there is nothing.
pub(super) fn index<'a>(operand: &Val<'a>, key: &Val<'a>) -> Result<Option<Val<'a>>, Fault> {
    match (operand, key) {
        (Val::List(list), key) => {
            let place = list_index(list, key)?;
            match usize::try_from(place) {
                Ok(place) if place < list.len() => list.get(place).map(Some),
                _ => Ok(None),
            }
        }
        (Val::Map(map), key) => map.get(key),
        (Val::Object(object), Val::String(key)) => object.get(&super::escape::unescape(key)),
        _ => Ok(None),
    }
}

fn list_index(list: &List<'_>, key: &Val<'_>) -> Result<i64, Fault> {
    let shown = || functions::interpolate::plain(key);
    match (list, key) {
        (_, Val::Int(index)) => Ok(*index),
        // Lists of an object are cel-go's own only in part.
        (List::Json(..), Val::Uint(_) | Val::Double(_)) => {
            Err(Fault::because(format!("unsupported index: {}", shown())))
        }
        (_, Val::Uint(index)) => Ok(i64::try_from(*index).unwrap_or(i64::MAX)),
        #[allow(clippy::cast_possible_truncation)]
        // It is whole; what is too large is out of bounds anyhow.
        (_, Val::Double(index)) if index.fract() == 0.0 => Ok(*index as i64),
        (_, Val::Double(_)) => Err(Fault::because(format!(
            "unsupported index value {} in list",
            shown()
        ))),
        _ => Err(Fault::because(format!(
            "unsupported index type '{}' in list",
            key.type_name()
        ))),
    }
}

/// Whether a list or a map has something.
pub(super) fn contains<'a>(item: &Val<'a>, range: &Val<'a>) -> Result<bool, Fault> {
    match range {
        Val::List(list) => list.contains(item),
        Val::Map(map) => Ok(map.get(item)?.is_some()),
        _ => Err(Fault::no_overload()),
    }
}
