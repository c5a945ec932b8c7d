//! Optional values.

use super::{
    super::value::{Fault, Val},
    Args, Entry, Outcome,
    cost::Cost,
};

pub(super) fn named(name: &str) -> Option<Entry> {
    let entry: Entry = match name {
        "optional.of" => (of, Cost::Fixed(1)),
        "optional.ofNonZeroValue" => (of_non_zero, Cost::Fixed(1)),
        "optional.none" => (|_| Ok(Val::Optional(None)), Cost::Fixed(1)),
        "optional.unwrap" | "unwrapOpt" => (unwrap, Cost::Fixed(1)),
        "value" => (value, Cost::Fixed(1)),
        "hasValue" => (has_value, Cost::Fixed(1)),
        "first" => (first, Cost::Fixed(1)),
        "last" => (last, Cost::Fixed(1)),
        _ => return None,
    };
    Some(entry)
}

fn of<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [value] => Ok(Val::some(value.clone())),
        _ => Err(Fault::no_overload()),
    }
}

fn of_non_zero<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    let [value] = args.values else {
        return Err(Fault::no_overload());
    };
    let zero = match value {
        Val::Null
        | Val::Bool(false)
        | Val::Int(0)
        | Val::Uint(0)
        | Val::Duration(0)
        | Val::Optional(None) => true,
        Val::Double(d) => *d == 0.0,
        Val::String(_) | Val::Bytes(_) | Val::List(_) | Val::Map(_) => value.size() == 0,
        Val::Timestamp(at) => at.seconds() == 0,
        _ => false,
    };
    Ok(if zero {
        Val::Optional(None)
    } else {
        Val::some(value.clone())
    })
}

fn unwrap<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    let [Val::List(list)] = args.values else {
        return Err(Fault::no_overload());
    };
    let mut values = Vec::new();
    for item in list.iter() {
        match item? {
            Val::Optional(Some(value)) => values.push((*value).clone()),
            Val::Optional(None) => {}
            other => {
                let shown = super::interpolate::plain(&other);
                return Err(Fault::because(format!("value {shown} is not optional")));
            }
        }
    }
    Ok(Val::list(values))
}

fn value<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::Optional(Some(value))] => Ok((**value).clone()),
        [Val::Optional(None)] => Err(Fault::because("optional.none() dereference")),
        _ => Err(Fault::no_overload()),
    }
}

fn has_value<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::Optional(value)] => Ok(Val::Bool(value.is_some())),
        _ => Err(Fault::no_overload()),
    }
}

fn first<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::List(list)] if list.len() == 0 => Ok(Val::Optional(None)),
        [Val::List(list)] => list.get(0).map(Val::some),
        _ => Err(Fault::no_overload()),
    }
}

fn last<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::List(list)] => match list.len().checked_sub(1) {
            Some(index) => list.get(index).map(Val::some),
            None => Ok(Val::Optional(None)),
        },
        _ => Err(Fault::no_overload()),
    }
}
