//! Functions of lists and sets.

use std::cmp::Ordering;

use super::{
    super::value::{Fault, List, Val, compare, equal},
    Args, Entry, Outcome,
    cost::Cost,
};

pub(super) fn named(name: &str) -> Option<Entry> {
    let entry: Entry = match name {
        "isSorted" => (is_sorted, Cost::Traverses),
        "sum" => (sum, Cost::Traverses),
        "min" => (min, Cost::Traverses),
        "max" => (max, Cost::Traverses),
        "slice" => (slice, Cost::Makes),
        "flatten" => (flatten, Cost::Makes),
        "sort" => (sort, Cost::Squares),
        "lists.range" => (range, Cost::Makes),
        "reverse" => (reverse, Cost::Makes),
        "distinct" => (distinct, Cost::Squares),
        "sets.contains" => (set_contains, Cost::Crosses(1)),
        "sets.intersects" => (set_intersects, Cost::Crosses(1)),
        "sets.equivalent" => (set_equivalent, Cost::Crosses(2)),
        _ => return None,
    };
    Some(entry)
}

fn the_list<'s, 'a>(args: Args<'s, 'a>) -> Result<&'s List<'a>, Fault> {
    match args.values {
        [Val::List(list)] => Ok(list),
        _ => Err(Fault::no_overload()),
    }
}

fn is_sorted<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    let items = the_list(args)?.to_vec()?;
    for pair in items.windows(2) {
        if compare(&pair[0], &pair[1])? == Ordering::Greater {
            return Ok(Val::Bool(false));
        }
    }
    Ok(Val::Bool(true))
}

fn sum<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    let mut total: Option<Val<'a>> = None;
    for item in the_list(args)?.iter() {
        let item = item?;
        total = Some(match (total, item) {
            (None, first) => first,
            (Some(Val::Int(a)), Val::Int(b)) => Val::Int(
                a.checked_add(b)
                    .ok_or_else(|| Fault::because("integer overflow"))?,
            ),
            (Some(Val::Uint(a)), Val::Uint(b)) => Val::Uint(
                a.checked_add(b)
                    .ok_or_else(|| Fault::because("unsigned integer overflow"))?,
            ),
            (Some(Val::Double(a)), Val::Double(b)) => Val::Double(a + b),
            (Some(Val::Duration(a)), Val::Duration(b)) => Val::Duration(
                a.checked_add(b)
                    .ok_or_else(|| Fault::because("duration overflow"))?,
            ),
            _ => return Err(Fault::no_overload()),
        });
    }
    Ok(total.unwrap_or(Val::Int(0)))
}

fn extreme<'a>(args: Args<'_, 'a>, name: &str, better: Ordering) -> Outcome<'a> {
    let mut best: Option<Val<'a>> = None;
    for item in the_list(args)?.iter() {
        let item = item?;
        best = match best {
            Some(known) if compare(&item, &known)? != better => Some(known),
            _ => Some(item),
        };
    }
    best.ok_or_else(|| Fault::because(format!("{name} called on empty list")))
}

fn min<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    extreme(args, "min", Ordering::Less)
}

fn max<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    extreme(args, "max", Ordering::Greater)
}

/// The first or the last place of an item, -1 if it isn't there.
pub(super) fn index_of<'a>(list: &List<'a>, item: &Val<'a>, last: bool) -> Outcome<'a> {
    let mut found = -1;
    for (index, other) in (0_i64..).zip(list.iter()) {
        if equal(&other?, item)? {
            found = index;
            if !last {
                break;
            }
        }
    }
    Ok(Val::Int(found))
}

fn slice<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    let [Val::List(list), Val::Int(start), Val::Int(end)] = args.values else {
        return Err(Fault::no_overload());
    };
    let refuse = |why: &str| {
        Err(Fault::because(format!(
            "cannot slice({start}, {end}), {why}"
        )))
    };
    match (usize::try_from(*start), usize::try_from(*end)) {
        (Ok(from), Ok(to)) if from > to => {
            refuse("start index must be less than or equal to end index")
        }
        (Ok(_), Ok(to)) if to > list.len() => refuse(&format!("list is length {}", list.len())),
        (Ok(from), Ok(to)) => (from..to)
            .map(|i| list.get(i))
            .collect::<Result<Vec<_>, _>>()
            .map(Val::list),
        _ => refuse("negative indexes not supported"),
    }
}

fn flatten<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    let (list, depth) = match args.values {
        [Val::List(list)] => (list, 1),
        [Val::List(list), Val::Int(depth)] => (list, *depth),
        _ => return Err(Fault::no_overload()),
    };
    if depth < 0 {
        return Err(Fault::because("level must be non-negative"));
    }
    let mut items = list.to_vec()?;
    for _ in 0..depth {
        let mut deeper = false;
        let mut flat = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Val::List(inner) => {
                    deeper = true;
                    flat.extend(inner.to_vec()?);
                }
                other => flat.push(other),
            }
        }
        items = flat;
        if !deeper {
            break;
        }
    }
    Ok(Val::list(items))
}

/// Sorts `items` by the keys beside them; items with equal keys stay in their order.
pub(in crate::cel) fn sort_by<'a>(items: Vec<Val<'a>>, keys: Vec<Val<'a>>) -> Outcome<'a> {
    let mut fault = None;
    let mut pairs: Vec<(Val<'a>, Val<'a>)> = keys.into_iter().zip(items).collect();
    if pairs
        .windows(2)
        .any(|p| p[0].0.type_name() != p[1].0.type_name())
    {
        return Err(Fault::because("list elements must have the same type"));
    }
    pairs.sort_by(|a, b| match compare(&a.0, &b.0) {
        Ok(order) => order,
        Err(why) => {
            fault = Some(why);
            Ordering::Equal
        }
    });
    match fault {
        Some(_) => Err(Fault::because("list elements must be comparable")),
        None => Ok(Val::list(pairs.into_iter().map(|(_, item)| item).collect())),
    }
}

fn sort<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    let items = the_list(args)?.to_vec()?;
    sort_by(items.clone(), items)
}

fn range<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::Int(size)] if *size < 0 => Err(Fault::because(format!(
            "lists.range: size must be non-negative, got {size}"
        ))),
        // More would be over budget when it is paid.
        [Val::Int(size)] if *size > 1_000_000 => Err(Fault::OverBudget),
        [Val::Int(size)] => Ok(Val::list((0..*size).map(Val::Int).collect())),
        _ => Err(Fault::no_overload()),
    }
}

fn reverse<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    let mut items = the_list(args)?.to_vec()?;
    items.reverse();
    Ok(Val::list(items))
}

fn distinct<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    let mut kept: Vec<Val<'a>> = Vec::new();
    'next: for item in the_list(args)?.iter() {
        let item = item?;
        for other in &kept {
            if equal(other, &item)? {
                continue 'next;
            }
        }
        kept.push(item);
    }
    Ok(Val::list(kept))
}

fn all_in<'a>(part: &List<'a>, whole: &List<'a>) -> Result<bool, Fault> {
    for item in part.iter() {
        if !whole.contains(&item?)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn set_contains<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::List(whole), Val::List(part)] => all_in(part, whole).map(Val::Bool),
        _ => Err(Fault::no_overload()),
    }
}

fn set_intersects<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    let [Val::List(a), Val::List(b)] = args.values else {
        return Err(Fault::no_overload());
    };
    for item in a.iter() {
        if b.contains(&item?)? {
            return Ok(Val::Bool(true));
        }
    }
    Ok(Val::Bool(false))
}

fn set_equivalent<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::List(a), Val::List(b)] => Ok(Val::Bool(all_in(b, a)? && all_in(a, b)?)),
        _ => Err(Fault::no_overload()),
    }
}
