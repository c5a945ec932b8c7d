//! What can be done with a checked rule before it is evaluated: types are written out, constant patterns compiled,
//! and constants refused that could only fail.

use super::{
    expr::{Call, Expr, Literal, Node},
    functions::{Args, interpolate, regexes, time},
    parse::{Issue, Parsed},
    types::{Bindings, Type},
    value::{Fault, Val},
};
use crate::go_time;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// Mistakes that have a place.
    pub(super) issues: Vec<Issue>,
    /// Calls on constants that fail: the first one.
    pub(super) failing: Option<String>,
}

/// Prepares `node` and all below it.
pub(super) fn prepare(
    node: &mut Node,
    bindings: &Bindings,
    parsed: &Parsed,
    findings: &mut Findings,
) {
    node.ty = bindings.resolve(&node.ty, true);
    match &mut node.expr {
        Expr::Literal(_) | Expr::This | Expr::Old | Expr::Local(_) => {}
        Expr::Select(of, _) | Expr::Has(of, _) | Expr::OptionalSelect(of, _) => {
            prepare(of, bindings, parsed, findings);
        }
        Expr::And(a, b) | Expr::Or(a, b) | Expr::OptionalOr(a, b) | Expr::OptionalOrValue(a, b) => {
            prepare(a, bindings, parsed, findings);
            prepare(b, bindings, parsed, findings);
        }
        Expr::Conditional(parts) => parts
            .iter_mut()
            .for_each(|p| prepare(p, bindings, parsed, findings)),
        Expr::List(items) => items
            .iter_mut()
            .for_each(|(i, _)| prepare(i, bindings, parsed, findings)),
        Expr::Map(entries) => {
            for (key, value, _) in entries {
                prepare(key, bindings, parsed, findings);
                prepare(value, bindings, parsed, findings);
            }
        }
        Expr::Fold(fold) => {
            prepare(&mut fold.range, bindings, parsed, findings);
            if let Some(filter) = &mut fold.filter {
                prepare(filter, bindings, parsed, findings);
            }
            prepare(&mut fold.body, bindings, parsed, findings);
        }
        Expr::OptionalMap { target, body, .. } => {
            prepare(target, bindings, parsed, findings);
            prepare(body, bindings, parsed, findings);
        }
        Expr::Call(call) => {
            call.args
                .iter_mut()
                .for_each(|a| prepare(a, bindings, parsed, findings));
            prepare_call(call, node.origin, parsed, findings);
        }
    }
}

fn prepare_call(call: &mut Call, origin: u64, parsed: &Parsed, findings: &mut Findings) {
    let mut issue = |origin: u64, message: String| {
        let at = parsed.place(origin);
        findings.issues.push(Issue { at, message });
    };
    match (call.name, call.args.as_slice()) {
        ("matches" | "find" | "findAll", [_, pattern, ..]) => {
            let Some(text) = text_of(pattern) else {
                return;
            };
            match regexes::compile(text) {
                Ok(regex) => call.regex = Some(regex),
                Err(_) if call.name == "matches" => {
                    issue(pattern.origin, "invalid matches argument".into());
                }
                Err(fault) => fail(findings, fault),
            }
        }
        ("duration", [arg]) if text_of(arg).is_some_and(|t| go_time::duration(t).is_none()) => {
            issue(arg.origin, "invalid duration argument".into());
        }
        ("timestamp", [arg]) if !is_timestamp(arg) => {
            issue(arg.origin, "invalid timestamp argument".into());
        }
        ("format", [pattern, arguments]) => {
            if let (Some(pattern), Expr::List(items)) = (text_of(pattern), &arguments.expr) {
                let items: Vec<&Node> = items.iter().map(|(item, _)| item).collect();
                if let Err((at, message)) = check_format(pattern, &items) {
                    issue(at.unwrap_or(origin), message);
                }
            }
        }
        (
            "bool" | "bytes" | "double" | "duration" | "int" | "string" | "timestamp" | "uint",
            [arg],
        ) => {
            if let Expr::Literal(literal) = &arg.expr
                && let Some(value) = constant(literal)
                && let Err(fault) = (call.function.run)(Args {
                    values: std::slice::from_ref(&value),
                    regex: None,
                })
            {
                fail(findings, fault);
            }
        }
        _ => {}
    }
}

fn fail(findings: &mut Findings, fault: Fault) {
    if let Fault::Because(text) = fault {
        findings.failing.get_or_insert(text);
    }
}

fn text_of(node: &Node) -> Option<&str> {
    match &node.expr {
        Expr::Literal(Literal::String(text)) => Some(text),
        _ => None,
    }
}

/// Whether it is no constant that can't be a timestamp.
fn is_timestamp(node: &Node) -> bool {
    match &node.expr {
        Expr::Literal(Literal::String(text)) => time::timestamp(text).is_some(),
        Expr::Literal(Literal::Int(seconds)) => time::Time::of_seconds(*seconds).is_some(),
        _ => true,
    }
}

fn constant(literal: &Literal) -> Option<Val<'_>> {
    Some(match literal {
        Literal::Bool(b) => Val::Bool(*b),
        Literal::Int(i) => Val::Int(*i),
        Literal::Uint(u) => Val::Uint(*u),
        Literal::Double(d) => Val::Double(*d),
        Literal::String(text) => Val::borrowed(text),
        Literal::Bytes(bytes) => Val::Bytes(bytes.as_slice().into()),
        Literal::Null | Literal::Type(_) => return None,
    })
}

/// Whether a pattern fits the values that it is given; an error has the node that it is about.
fn check_format(pattern: &str, items: &[&Node]) -> Result<(), (Option<u64>, String)> {
    let pieces = interpolate::parse(pattern, items.len()).map_err(|why| (None, why))?;
    let mut used = 0;
    for piece in pieces {
        let interpolate::Piece::Clause(clause) = piece else {
            continue;
        };
        let item = items[used];
        used += 1;
        if let Some((at, name)) = misfit(clause, item) {
            let why = clause.refuses(&name).unwrap_or_default();
            return Err((Some(at), format!("error during formatting: {why}")));
        }
    }
    if items.len() > used {
        let message = format!(
            "too many arguments supplied to string.format (expected {used}, got {})",
            items.len()
        );
        return Err((None, message));
    }
    Ok(())
}

/// The node that a clause can't show, with its type: the value itself or, for `%s`, something in a list or a map.
fn misfit(clause: interpolate::Clause, node: &Node) -> Option<(u64, String)> {
    let name = runtime_name(&node.ty)?;
    if clause.refuses(&name).is_some() {
        return Some((node.origin, name));
    }
    if !clause.shows_text() {
        return None;
    }
    match &node.expr {
        Expr::List(items) => items.iter().find_map(|(item, _)| misfit(clause, item)),
        Expr::Map(entries) => entries
            .iter()
            .find_map(|(key, value, _)| misfit(clause, key).or_else(|| misfit(clause, value))),
        _ => None,
    }
}

/// What values of the type are called when they are formatted; `None` if that isn't known.
fn runtime_name(ty: &Type) -> Option<String> {
    let name = match ty {
        Type::Bool => "bool",
        Type::Int => "int",
        Type::Uint => "uint",
        Type::Double => "double",
        Type::String => "string",
        Type::Bytes => "bytes",
        Type::Null => "null_type",
        Type::Timestamp => "google.protobuf.Timestamp",
        Type::Duration => "google.protobuf.Duration",
        Type::List(_) => "list",
        Type::Map(..) => "map",
        Type::Meta(_) => "type",
        Type::Optional(_) => "optional_type",
        Type::Opaque(name) => name,
        Type::Object(object) => &object.name,
        Type::Dyn | Type::Error | Type::Var(_) => return None,
    };
    Some(name.to_owned())
}
