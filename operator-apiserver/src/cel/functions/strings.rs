//! Functions of texts; they count in characters.

use super::{
    super::value::{Fault, Val},
    Args, Entry, Outcome,
    cost::Cost,
    interpolate, lists,
};
use crate::go_text::escape;

pub(super) fn named(name: &str) -> Option<Entry> {
    let entry: Entry = match name {
        "contains" => (contains, Cost::Contains),
        "startsWith" => (starts_with, Cost::Reads(1)),
        "endsWith" => (ends_with, Cost::Reads(1)),
        "charAt" => (char_at, Cost::Fixed(1)),
        "indexOf" => (index_of, Cost::Traverses),
        "lastIndexOf" => (last_index_of, Cost::Traverses),
        "lowerAscii" => (lower, Cost::Reads(1)),
        "upperAscii" => (upper, Cost::Reads(1)),
        "replace" => (replace, Cost::Reads(2)),
        "split" => (split, Cost::Reads(2)),
        "substring" => (substring, Cost::Reads(1)),
        "trim" => (trim, Cost::Reads(1)),
        "join" => (join, Cost::Builds),
        "format" => (format, Cost::Reads(1)),
        "strings.quote" => (quote, Cost::Reads(1)),
        _ => return None,
    };
    Some(entry)
}

fn out_of_range(index: i64) -> Fault {
    Fault::because(format!("index out of range: {index}"))
}

fn contains<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::String(text), Val::String(part)] => Ok(Val::Bool(text.contains(&**part))),
        _ => Err(Fault::no_overload()),
    }
}

fn starts_with<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::String(text), Val::String(part)] => Ok(Val::Bool(text.starts_with(&**part))),
        _ => Err(Fault::no_overload()),
    }
}

fn ends_with<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::String(text), Val::String(part)] => Ok(Val::Bool(text.ends_with(&**part))),
        _ => Err(Fault::no_overload()),
    }
}

fn char_at<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::String(text), Val::Int(index)] => {
            let at = usize::try_from(*index).map_err(|_| out_of_range(*index))?;
            match text.chars().nth(at) {
                Some(c) => Ok(Val::string(c.to_string())),
                None if at == text.chars().count() => Ok(Val::borrowed("")),
                None => Err(out_of_range(*index)),
            }
        }
        _ => Err(Fault::no_overload()),
    }
}

/// The place in characters of a place in bytes.
fn char_place(text: &str, byte: usize) -> Val<'static> {
    let place = text.get(..byte).map_or(0, |before| before.chars().count());
    Val::Int(i64::try_from(place).unwrap_or(i64::MAX))
}

/// The place in bytes of the character at `index`, the end if there are fewer.
fn byte_place(text: &str, index: usize) -> usize {
    text.char_indices()
        .nth(index)
        .map_or(text.len(), |(at, _)| at)
}

fn index_of<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    let (text, part, offset) = match args.values {
        [Val::String(text), Val::String(part)] => (text, part, 0),
        [Val::String(text), Val::String(part), Val::Int(offset)] => (text, part, *offset),
        [Val::List(list), item] => return lists::index_of(list, item, false),
        _ => return Err(Fault::no_overload()),
    };
    let from = usize::try_from(offset).map_err(|_| out_of_range(offset))?;
    let size = text.chars().count();
    if part.is_empty() {
        return Ok(Val::Int(i64::try_from(from.min(size)).unwrap_or(i64::MAX)));
    }
    let start = byte_place(text, from);
    Ok(match text[start..].find(&**part) {
        Some(found) if from < size => char_place(text, start + found),
        _ => Val::Int(-1),
    })
}

fn last_index_of<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    let (text, part, offset) = match args.values {
        [Val::String(text), Val::String(part)] => (text, part, None),
        [Val::String(text), Val::String(part), Val::Int(offset)] => (text, part, Some(*offset)),
        [Val::List(list), item] => return lists::index_of(list, item, true),
        _ => return Err(Fault::no_overload()),
    };
    let size = text.chars().count();
    let last = match offset {
        None => size,
        Some(offset) => usize::try_from(offset).map_err(|_| out_of_range(offset))?,
    };
    if part.is_empty() {
        return Ok(Val::Int(i64::try_from(last.min(size)).unwrap_or(i64::MAX)));
    }
    if offset.is_some() && last >= size {
        return Ok(Val::Int(-1));
    }
    // It may begin at `last` and go on behind it.
    let end = byte_place(text, last.saturating_add(part.chars().count()));
    Ok(text[..end]
        .rfind(&**part)
        .map_or(Val::Int(-1), |found| char_place(text, found)))
}

fn lower<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::String(text)] => Ok(Val::string(text.to_ascii_lowercase())),
        _ => Err(Fault::no_overload()),
    }
}

fn upper<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::String(text)] => Ok(Val::string(text.to_ascii_uppercase())),
        _ => Err(Fault::no_overload()),
    }
}

/// The longest text that a function makes: what no request could hold is no use, and would only take memory.
const MAX_TEXT: usize = 32 * 1024 * 1024;

fn replace<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    let (text, from, to, limit) = match args.values {
        [Val::String(text), Val::String(from), Val::String(to)] => (text, from, to, usize::MAX),
        [
            Val::String(text),
            Val::String(from),
            Val::String(to),
            Val::Int(limit),
        ] => (
            text,
            from,
            to,
            usize::try_from(*limit).unwrap_or(usize::MAX),
        ),
        _ => return Err(Fault::no_overload()),
    };
    let turns = text.matches(&**from).take(limit).count();
    if turns.saturating_mul(to.len()) > MAX_TEXT {
        return Err(Fault::OverBudget);
    }
    Ok(Val::string(text.replacen(&**from, to, limit)))
}

fn split<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    let (text, separator, limit) = match args.values {
        [Val::String(text), Val::String(separator)] => (text, separator, usize::MAX),
        [Val::String(text), Val::String(separator), Val::Int(limit)] => (
            text,
            separator,
            usize::try_from(*limit).unwrap_or(usize::MAX),
        ),
        _ => return Err(Fault::no_overload()),
    };
    if limit == 0 {
        return Ok(Val::list(Vec::new()));
    }
    if !separator.is_empty() {
        return Ok(Val::list(
            text.splitn(limit, &**separator).map(Val::string).collect(),
        ));
    }
    let mut parts: Vec<Val<'a>> = Vec::new();
    let mut rest: &str = text;
    while let Some(c) = rest.chars().next() {
        if parts.len() + 1 == limit {
            parts.push(Val::string(rest));
            break;
        }
        let (first, after) = rest.split_at(c.len_utf8());
        parts.push(Val::string(first));
        rest = after;
    }
    Ok(Val::list(parts))
}

fn substring<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    let (text, start, end) = match args.values {
        [Val::String(text), Val::Int(start)] => (text, *start, None),
        [Val::String(text), Val::Int(start), Val::Int(end)] => (text, *start, Some(*end)),
        _ => return Err(Fault::no_overload()),
    };
    if let Some(end) = end.filter(|end| start > *end) {
        return Err(Fault::because(format!(
            "invalid substring range. start: {start}, end: {end}"
        )));
    }
    let size = text.chars().count();
    let place = |index: i64| match usize::try_from(index) {
        Ok(at) if at <= size => Ok(byte_place(text, at)),
        _ => Err(out_of_range(index)),
    };
    let from = place(start)?;
    let to = end.map_or(Ok(text.len()), place)?;
    Ok(Val::string(&text[from..to]))
}

fn trim<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::String(text)] => Ok(Val::string(text.trim())),
        _ => Err(Fault::no_overload()),
    }
}

fn join<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    let (list, separator) = match args.values {
        [Val::List(list)] => (list, ""),
        [Val::List(list), Val::String(separator)] => (list, &**separator),
        _ => return Err(Fault::no_overload()),
    };
    let mut text = String::new();
    for (index, item) in list.iter().enumerate() {
        if index > 0 {
            text.push_str(separator);
        }
        match item? {
            Val::String(item) => text.push_str(&item),
            other => {
                let shown = interpolate::plain(&other);
                return Err(Fault::because(format!("join: invalid input: {shown}")));
            }
        }
        if text.len() > MAX_TEXT {
            return Err(Fault::OverBudget);
        }
    }
    Ok(Val::string(text))
}

fn format<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::String(text), Val::List(list)] => {
            interpolate::format(text, &list.to_vec()?).map(Val::string)
        }
        _ => Err(Fault::no_overload()),
    }
}

fn quote<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    let [Val::String(text)] = args.values else {
        return Err(Fault::no_overload());
    };
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match escape(c) {
            Some(escape) => quoted.push_str(escape),
            None => quoted.push(c),
        }
    }
    quoted.push('"');
    Ok(Val::string(quoted))
}
