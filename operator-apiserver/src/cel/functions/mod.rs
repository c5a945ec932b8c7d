//! The functions by their names: what each does, and what it costs.

use regex::Regex;

use super::value::{Fault, Val};
use cost::Cost;

mod convert;
pub(super) mod cost;
pub(super) mod interpolate;
pub(super) mod lists;
pub(super) mod named_format;
pub(super) mod net;
mod operators;
mod optional;
pub(super) mod quantity;
pub(super) mod regexes;
pub(super) mod semver;
mod strings;
pub(super) mod time;
pub(super) mod url;

/// What a function gets.
#[derive(Clone, Copy)]
pub(super) struct Args<'s, 'a> {
    /// The receiver and the arguments.
    pub(super) values: &'s [Val<'a>],
    /// The pattern among them, if it is a constant.
    pub(super) regex: Option<&'a Regex>,
}

/// What a function returns.
pub(super) type Outcome<'a> = Result<Val<'a>, Fault>;

/// A function that is ready to be called.
#[derive(Clone, Copy, Debug)]
pub(super) struct Function {
    pub(super) run: Run,
    pub(super) cost: Cost,
}

/// The function of that name, which has to be one of the signatures'.
pub(super) fn named(name: &str) -> Function {
    let found = operators::named(name)
        .or_else(|| convert::named(name))
        .or_else(|| time::named(name))
        .or_else(|| strings::named(name))
        .or_else(|| lists::named(name))
        .or_else(|| optional::named(name))
        .or_else(|| regexes::named(name))
        .or_else(|| url::named(name))
        .or_else(|| net::named(name))
        .or_else(|| quantity::named(name))
        .or_else(|| semver::named(name))
        .or_else(|| named_format::named(name));
    let (run, cost) = found.unwrap_or((unknown, Cost::Fixed(1)));
    Function { run, cost }
}

/// The code of a function.
type Run = for<'s, 'a> fn(Args<'s, 'a>) -> Outcome<'a>;

/// A function with its cost.
type Entry = (Run, Cost);

fn unknown<'a>(_: Args<'_, 'a>) -> Outcome<'a> {
    Err(Fault::no_overload())
}

#[cfg(test)]
mod tests {
    use super::{named, unknown};
    use crate::cel::signatures::SIGNATURES;

    #[test]
    fn every_declared_function_is_there() {
        // These are no calls: the evaluator has them in itself.
        let special = [
            "_?_:_",
            "_&&_",
            "_||_",
            "or",
            "orValue",
            "@sortByAssociatedKeys",
        ];
        for name in SIGNATURES.keys().filter(|n| !special.contains(n)) {
            assert!(
                !std::ptr::fn_addr_eq(named(name).run, unknown as super::Run),
                "{name}"
            );
        }
    }
}
