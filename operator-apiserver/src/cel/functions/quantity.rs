//! The functions of Kubernetes' quantities, such as `1.5Gi` and `100m`.

use std::{cmp::Ordering, rc::Rc};

use super::{
    super::value::{Fault, Val},
    Args, Entry, Outcome,
    cost::Cost,
};
use crate::quantity::Quantity;

pub(super) fn named(name: &str) -> Option<Entry> {
    let entry: Entry = match name {
        "quantity" => (quantity, Cost::Reads(1)),
        "isQuantity" => (is_quantity, Cost::Reads(1)),
        "sign" => (
            |args| the_quantity(args).map(|q| Val::Int(q.sign())),
            Cost::Fixed(1),
        ),
        "asInteger" => (as_integer, Cost::Fixed(1)),
        "isInteger" => (
            |args| the_quantity(args).map(|q| Val::Bool(q.integer().is_some())),
            Cost::Fixed(1),
        ),
        "asApproximateFloat" => (
            |args| the_quantity(args).map(|q| Val::Double(q.approximate())),
            Cost::Fixed(1),
        ),
        "isGreaterThan" => (
            |args| ordered(args, |o| Val::Bool(o.is_gt())),
            Cost::Fixed(1),
        ),
        "isLessThan" => (
            |args| ordered(args, |o| Val::Bool(o.is_lt())),
            Cost::Fixed(1),
        ),
        "compareTo" => (|args| ordered(args, |o| Val::Int(o as i64)), Cost::Fixed(1)),
        "add" => (|args| combine(args, Quantity::plus), Cost::Fixed(1)),
        "sub" => (|args| combine(args, Quantity::minus), Cost::Fixed(1)),
        _ => return None,
    };
    Some(entry)
}

fn the_quantity<'s>(args: Args<'s, '_>) -> Result<&'s Quantity, Fault> {
    match args.values {
        [Val::Quantity(quantity)] => Ok(quantity),
        _ => Err(Fault::no_overload()),
    }
}

fn quantity<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::String(text)] => match Quantity::parse(text) {
            Ok(quantity) => Ok(Val::Quantity(Rc::new(quantity))),
            Err(why) => Err(Fault::because(why)),
        },
        _ => Err(Fault::no_overload()),
    }
}

fn is_quantity<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::String(text)] => Ok(Val::Bool(Quantity::parse(text).is_ok())),
        _ => Err(Fault::no_overload()),
    }
}

fn as_integer<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    let integer = the_quantity(args)?.integer();
    integer
        .map(Val::Int)
        .ok_or_else(|| Fault::because("cannot convert value to integer"))
}

/// Quantities and versions are compared by functions of the same names.
fn ordered<'a>(args: Args<'_, 'a>, result: impl Fn(Ordering) -> Val<'a>) -> Outcome<'a> {
    match args.values {
        [Val::Quantity(a), Val::Quantity(b)] => Ok(result(a.cmp(b))),
        [Val::Semver(a), Val::Semver(b)] => Ok(result(a.compare(b))),
        _ => Err(Fault::no_overload()),
    }
}

fn combine<'a>(args: Args<'_, 'a>, with: fn(Quantity, Quantity) -> Quantity) -> Outcome<'a> {
    let (a, b) = match args.values {
        [Val::Quantity(a), Val::Quantity(b)] => (**a, **b),
        [Val::Quantity(a), Val::Int(b)] => (**a, Quantity::from(*b)),
        _ => return Err(Fault::no_overload()),
    };
    Ok(Val::Quantity(Rc::new(with(a, b))))
}
