//! What calls cost when they are made, as cel-go and Kubernetes' libraries count it.

use super::super::value::{List, Val};

/// How the cost of a call is counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::cel) enum Cost {
    Fixed(u64),
    /// The first argument is read, this often.
    Reads(u64),
    /// Two are compared as far as the shorter one goes.
    Compares,
    /// Two texts are put together.
    Joins,
    /// Each item of the second is looked at.
    Searches,
    /// A text is searched for another one.
    Contains,
    /// A pattern is matched.
    Matches,
    /// Everything in the first argument is looked at.
    Traverses,
    /// All of one list are compared with all of another, this often.
    Crosses(u64),
    /// All of a list are compared with all of itself.
    Squares,
    /// A list is made.
    Makes,
    /// A text is made, of the size of the result.
    Builds,
    /// A text is matched with one of the named formats.
    Validates,
    /// As `Contains`, for networks.
    Networks,
}

/// What is paid before a call is made.
pub(in crate::cel) fn before(cost: Cost, args: &[Val<'_>]) -> u64 {
    let size = |index: usize| args.get(index).map_or(1, Val::size);
    match cost {
        Cost::Fixed(cost) => cost,
        Cost::Reads(times) => tenth(size(0).saturating_mul(times)),
        Cost::Compares => tenth(size(0).min(size(1))),
        Cost::Joins => match args.first() {
            Some(Val::String(_) | Val::Bytes(_)) => tenth(size(0).saturating_add(size(1))),
            // Lists are copied here, which cel-go leaves for later.
            Some(Val::List(_)) => 1 + tenth(size(0).saturating_add(size(1))),
            _ => 1,
        },
        Cost::Searches => match args.get(1) {
            Some(Val::List(list)) => list.len() as u64,
            _ => 1,
        },
        Cost::Contains => tenth(size(0)).saturating_mul(tenth(size(1))),
        Cost::Matches => tenth(size(0) + 1).saturating_mul(quarter(size(1))),
        Cost::Traverses => args.first().map_or(1, traversal),
        Cost::Crosses(times) => 1 + size(0).saturating_mul(size(1)).saturating_mul(times),
        Cost::Squares => 11 + size(0).saturating_mul(size(0)).saturating_mul(2),
        Cost::Makes | Cost::Builds => 0,
        Cost::Validates => {
            let pattern = match args.first() {
                Some(Val::Format(format)) => format.pattern_size,
                _ => 0,
            };
            tenth(size(1) + 1).saturating_mul(quarter(pattern))
        }
        Cost::Networks => tenth(size(0).saturating_mul(3)) + tenth(size(1)) + 1,
    }
}

/// What is paid for the result.
pub(in crate::cel) fn after(cost: Cost, result: &Val<'_>) -> u64 {
    match cost {
        Cost::Makes => 11 + result.size(),
        Cost::Builds => tenth(result.size().saturating_mul(2)),
        _ => 0,
    }
}

/// Texts are read at a tenth of a step per character.
fn tenth(size: u64) -> u64 {
    size.div_ceil(10)
}

fn quarter(size: u64) -> u64 {
    size.div_ceil(4)
}

fn traversal(value: &Val<'_>) -> u64 {
    match value {
        Val::String(text) => text.len() as u64 / 10,
        Val::List(List::Made(items)) => items.iter().map(traversal).sum(),
        Val::List(list) => list.len() as u64,
        other => other.size(),
    }
}
