//! The operators, `size` and `type`.

use std::{cmp::Ordering, rc::Rc};

use serde_json::Value;

use super::{
    super::{
        eval,
        value::{Fault, List, Text, Val, compare, equal, map_key},
    },
    Args, Entry, Outcome,
    cost::Cost,
    time,
};
use crate::schema::ListType;

pub(super) fn named(name: &str) -> Option<Entry> {
    Some(match name {
        "_==_" => (equals, Cost::Compares),
        "_!=_" => (not_equals, Cost::Compares),
        "_<_" => (less, Cost::Compares),
        "_<=_" => (less_equals, Cost::Compares),
        "_>_" => (greater, Cost::Compares),
        "_>=_" => (greater_equals, Cost::Compares),
        "_+_" => (add, Cost::Joins),
        "_-_" => (subtract, Cost::Fixed(1)),
        "_*_" => (multiply, Cost::Fixed(1)),
        "_/_" => (divide, Cost::Fixed(1)),
        "_%_" => (modulo, Cost::Fixed(1)),
        "-_" => (negate, Cost::Fixed(1)),
        "!_" => (not, Cost::Fixed(1)),
        "_[_]" => (at, Cost::Fixed(1)),
        "_[?_]" => (optional_at, Cost::Fixed(1)),
        "@in" => (is_in, Cost::Searches),
        "size" => (size, Cost::Fixed(1)),
        "type" => (type_of, Cost::Fixed(1)),
        "dyn" => (same, Cost::Fixed(1)),
        _ => return None,
    })
}

fn equals<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    let [a, b] = args.values else {
        return Err(Fault::no_overload());
    };
    equal(a, b).map(Val::Bool)
}

fn not_equals<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    let [a, b] = args.values else {
        return Err(Fault::no_overload());
    };
    equal(a, b).map(|same| Val::Bool(!same))
}

fn ordered<'a>(args: Args<'_, 'a>, holds: impl Fn(Ordering) -> bool) -> Outcome<'a> {
    let [a, b] = args.values else {
        return Err(Fault::no_overload());
    };
    compare(a, b).map(|order| Val::Bool(holds(order)))
}

fn less<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    ordered(args, Ordering::is_lt)
}

fn less_equals<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    ordered(args, Ordering::is_le)
}

fn greater<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    ordered(args, Ordering::is_gt)
}

fn greater_equals<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    ordered(args, Ordering::is_ge)
}

fn overflow(kind: &str) -> Fault {
    Fault::because(format!("{kind} overflow"))
}

fn add<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::Int(a), Val::Int(b)] => a
            .checked_add(*b)
            .map(Val::Int)
            .ok_or_else(|| overflow("integer")),
        [Val::Uint(a), Val::Uint(b)] => a
            .checked_add(*b)
            .map(Val::Uint)
            .ok_or_else(|| overflow("unsigned integer")),
        [Val::Double(a), Val::Double(b)] => Ok(Val::Double(a + b)),
        [Val::String(a), Val::String(b)] => Ok(Val::string([&**a, &**b].concat())),
        [Val::Bytes(a), Val::Bytes(b)] => Ok(Val::Bytes([&**a, &**b].concat().into())),
        [Val::List(a), Val::List(b)] => add_lists(a, b),
        [Val::Duration(a), Val::Duration(b)] => a
            .checked_add(*b)
            .map(Val::Duration)
            .ok_or_else(|| overflow("duration")),
        [Val::Timestamp(at), Val::Duration(by)] | [Val::Duration(by), Val::Timestamp(at)] => {
            time::shift(*at, *by)
        }
        _ => Err(Fault::no_overload()),
    }
}

/// Lists with a type are merged: sets keep one of each, those with keys the later item in the earlier place.
fn add_lists<'a>(a: &List<'a>, b: &List<'a>) -> Outcome<'a> {
    let mut items = a.to_vec()?;
    match (a, a.list_type(), b) {
        (_, ListType::Set, _) => {
            for item in b.iter() {
                let item = item?;
                let mut known = false;
                for other in &items {
                    known = known || equal(other, &item)?;
                }
                if !known {
                    items.push(item);
                }
            }
        }
        (List::Json(first, schema), ListType::Map, List::Json(second, _)) => {
            let keys = |list: &[Value]| list.iter().map(|i| map_key(i, schema)).collect::<Vec<_>>();
            let places: std::collections::BTreeMap<String, usize> = keys(first)
                .into_iter()
                .enumerate()
                .map(|(place, key)| (key, place))
                .collect();
            for (item, key) in b.iter().zip(keys(second)) {
                match places.get(&key) {
                    Some(place) => items[*place] = item?,
                    None => items.push(item?),
                }
            }
        }
        _ => items.extend(b.to_vec()?),
    }
    Ok(Val::list(items))
}

fn subtract<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::Int(a), Val::Int(b)] => a
            .checked_sub(*b)
            .map(Val::Int)
            .ok_or_else(|| overflow("integer")),
        [Val::Uint(a), Val::Uint(b)] => a
            .checked_sub(*b)
            .map(Val::Uint)
            .ok_or_else(|| overflow("unsigned integer")),
        [Val::Double(a), Val::Double(b)] => Ok(Val::Double(a - b)),
        [Val::Duration(a), Val::Duration(b)] => a
            .checked_sub(*b)
            .map(Val::Duration)
            .ok_or_else(|| overflow("duration")),
        [Val::Timestamp(at), Val::Duration(by)] => match by.checked_neg() {
            Some(by) => time::shift(*at, by),
            None => Err(overflow("timestamp")),
        },
        [Val::Timestamp(a), Val::Timestamp(b)] => {
            let nanoseconds = a.as_nanosecond() - b.as_nanosecond();
            i64::try_from(nanoseconds)
                .map(Val::Duration)
                .map_err(|_| overflow("timestamp"))
        }
        _ => Err(Fault::no_overload()),
    }
}

fn multiply<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::Int(a), Val::Int(b)] => a
            .checked_mul(*b)
            .map(Val::Int)
            .ok_or_else(|| overflow("integer")),
        [Val::Uint(a), Val::Uint(b)] => a
            .checked_mul(*b)
            .map(Val::Uint)
            .ok_or_else(|| overflow("unsigned integer")),
        [Val::Double(a), Val::Double(b)] => Ok(Val::Double(a * b)),
        _ => Err(Fault::no_overload()),
    }
}

fn divide<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::Int(_), Val::Int(0)] | [Val::Uint(_), Val::Uint(0)] => {
            Err(Fault::because("division by zero"))
        }
        [Val::Int(a), Val::Int(b)] => a
            .checked_div(*b)
            .map(Val::Int)
            .ok_or_else(|| overflow("integer")),
        [Val::Uint(a), Val::Uint(b)] => Ok(Val::Uint(a / b)),
        [Val::Double(a), Val::Double(b)] => Ok(Val::Double(a / b)),
        _ => Err(Fault::no_overload()),
    }
}

fn modulo<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::Int(_), Val::Int(0)] | [Val::Uint(_), Val::Uint(0)] => {
            Err(Fault::because("modulus by zero"))
        }
        [Val::Int(a), Val::Int(b)] => a
            .checked_rem(*b)
            .map(Val::Int)
            .ok_or_else(|| overflow("integer")),
        [Val::Uint(a), Val::Uint(b)] => Ok(Val::Uint(a % b)),
        _ => Err(Fault::no_overload()),
    }
}

fn negate<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::Int(a)] => a
            .checked_neg()
            .map(Val::Int)
            .ok_or_else(|| overflow("integer")),
        [Val::Double(a)] => Ok(Val::Double(-a)),
        _ => Err(Fault::no_overload()),
    }
}

fn not<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::Bool(b)] => Ok(Val::Bool(!b)),
        _ => Err(Fault::no_overload()),
    }
}

fn at<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    let [operand, key] = args.values else {
        return Err(Fault::no_overload());
    };
    match operand {
        Val::Optional(None) => Ok(Val::Optional(None)),
        Val::Optional(Some(value)) => Ok(Val::Optional(eval::index(value, key)?.map(Rc::new))),
        Val::List(_) => eval::index(operand, key)?.ok_or_else(|| {
            Fault::because(format!(
                "index out of bounds: {}",
                super::interpolate::plain(key)
            ))
        }),
        _ => {
            eval::index(operand, key)?.ok_or_else(|| Fault::no_key(super::interpolate::plain(key)))
        }
    }
}

fn optional_at<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    let [operand, key] = args.values else {
        return Err(Fault::no_overload());
    };
    let found = match operand {
        Val::Optional(None) => None,
        Val::Optional(Some(value)) => eval::index(value, key)?,
        operand => eval::index(operand, key)?,
    };
    Ok(Val::Optional(found.map(Rc::new)))
}

fn is_in<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    let [item, range] = args.values else {
        return Err(Fault::no_overload());
    };
    eval::contains(item, range).map(Val::Bool)
}

fn size<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [
            value @ (Val::String(_) | Val::Bytes(_) | Val::List(_) | Val::Map(_) | Val::Object(_)),
        ] => Ok(Val::Int(i64::try_from(value.size()).unwrap_or(i64::MAX))),
        _ => Err(Fault::no_overload()),
    }
}

fn type_of<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [value] => Ok(Val::Type(Text::Borrowed(value.type_name()))),
        _ => Err(Fault::no_overload()),
    }
}

fn same<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    args.values.first().cloned().ok_or_else(Fault::no_overload)
}
