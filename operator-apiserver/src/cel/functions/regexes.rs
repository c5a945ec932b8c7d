//! `matches`, `find` and `findAll`: patterns in Go's syntax, which the `regex` crate shares.

use std::borrow::Cow;

use regex::Regex;

use super::{
    super::value::{Fault, Val},
    Args, Entry, Outcome,
    cost::Cost,
};

pub(super) fn named(name: &str) -> Option<Entry> {
    let entry: Entry = match name {
        "matches" => (matches, Cost::Matches),
        "find" => (find, Cost::Matches),
        "findAll" => (find_all, Cost::Matches),
        _ => return None,
    };
    Some(entry)
}

/// Compiles a pattern; the error says what Go says where that is known.
pub(in crate::cel) fn compile(pattern: &str) -> Result<Regex, Fault> {
    let unsupported = pattern.contains("&&") || pattern.contains("--") || pattern.contains("~~");
    // Within brackets these are operators of the `regex` crate, and nothing special in Go.
    let escaped = if unsupported {
        escape_classes(pattern)
    } else {
        Cow::Borrowed(pattern)
    };
    Regex::new(&escaped).map_err(|error| {
        let why = match &error {
            regex::Error::Syntax(text) if text.contains("unclosed character class") => {
                let rest = &pattern[pattern.rfind('[').unwrap_or_default()..];
                format!("missing closing ]: `{rest}`")
            }
            regex::Error::Syntax(text) if text.contains("unclosed group") => {
                format!("missing closing ): `{pattern}`")
            }
            regex::Error::Syntax(text) if text.contains("unopened group") => {
                format!("unexpected ): `{pattern}`")
            }
            regex::Error::Syntax(text) if text.contains("missing expression") => {
                let sign = pattern
                    .chars()
                    .find(|c| matches!(c, '*' | '+' | '?'))
                    .unwrap_or('*');
                format!("missing argument to repetition operator: `{sign}`")
            }
            _ => format!("invalid or unsupported syntax: `{pattern}`"),
        };
        Fault::because(format!("error parsing regexp: {why}"))
    })
}

/// Escapes in brackets what only the `regex` crate takes for an operator.
fn escape_classes(pattern: &str) -> Cow<'_, str> {
    let mut out = String::with_capacity(pattern.len() + 4);
    let mut inside = false;
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                out.push(c);
                out.extend(chars.next());
                continue;
            }
            '[' if !inside => inside = true,
            ']' if inside => inside = false,
            '&' | '~' | '-' if inside && chars.peek() == Some(&c) => out.push('\\'),
            _ => {}
        }
        out.push(c);
    }
    Cow::Owned(out)
}

fn with_regex<R>(
    args: Args<'_, '_>,
    pattern: &str,
    then: impl FnOnce(&Regex) -> R,
) -> Result<R, Fault> {
    match args.regex {
        Some(regex) => Ok(then(regex)),
        None => Ok(then(&compile(pattern)?)),
    }
}

fn matches<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::String(text), Val::String(pattern)] => {
            with_regex(args, pattern, |r| Val::Bool(r.is_match(text)))
        }
        _ => Err(Fault::no_overload()),
    }
}

fn find<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::String(text), Val::String(pattern)] => with_regex(args, pattern, |r| {
            Val::string(r.find(text).map(|m| m.as_str()).unwrap_or_default())
        }),
        _ => Err(Fault::no_overload()),
    }
}

fn find_all<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    let (text, pattern, limit) = match args.values {
        [Val::String(text), Val::String(pattern)] => (text, pattern, usize::MAX),
        [Val::String(text), Val::String(pattern), Val::Int(limit)] => {
            (text, pattern, usize::try_from(*limit).unwrap_or(usize::MAX))
        }
        _ => return Err(Fault::no_overload()),
    };
    with_regex(args, pattern, |r| {
        Val::list(
            r.find_iter(text)
                .take(limit)
                .map(|m| Val::string(m.as_str()))
                .collect(),
        )
    })
}
