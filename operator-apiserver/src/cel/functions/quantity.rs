//! Kubernetes' quantities, such as `1.5Gi` and `100m`, exact down to a billionth.

use std::{cmp::Ordering, rc::Rc};

use super::{
    super::value::{Fault, Val},
    Args, Entry, Outcome,
    cost::Cost,
};

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
            |args| the_quantity(args).map(|q| Val::Double(q.float())),
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
        "add" => (|args| combine(args, i128::saturating_add), Cost::Fixed(1)),
        "sub" => (|args| combine(args, i128::saturating_sub), Cost::Fixed(1)),
        _ => return None,
    };
    Some(entry)
}

const NANO: i128 = 1_000_000_000;

/// The largest value: what is more counts as this.
const MAX: i128 = (1 << 63) - 1;

/// A quantity.
#[derive(Clone, Debug)]
pub(in crate::cel) struct Quantity {
    /// In billionths.
    nanos: i128,
    /// Whether it was written with a fraction, which makes it no integer for Kubernetes even if it is one.
    fraction: bool,
}

impl Quantity {
    pub(in crate::cel) fn compare(&self, other: &Self) -> Ordering {
        self.nanos.cmp(&other.nanos)
    }

    fn sign(&self) -> i64 {
        self.nanos.signum() as i64
    }

    fn integer(&self) -> Option<i64> {
        let whole = self.nanos % NANO == 0 && !self.fraction;
        i64::try_from(self.nanos / NANO).ok().filter(|_| whole)
    }

    #[allow(clippy::cast_precision_loss)] // It is to be approximate.
    fn float(&self) -> f64 {
        if self.nanos % NANO == 0 {
            (self.nanos / NANO) as f64
        } else {
            self.nanos as f64 / 1e9
        }
    }

    /// Reads a quantity; the error is Kubernetes'.
    pub(in crate::cel) fn parse(text: &str) -> Result<Self, &'static str> {
        const SHAPE: &str = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
        const SUFFIX: &str = "unable to parse quantity's suffix";
        const NUMBER: &str = "unable to parse numeric part of quantity";
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let end = unsigned
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(unsigned.len());
        let (number, suffix) = unsigned.split_at(end);
        if number.is_empty() || !suffix_shaped(suffix) {
            return Err(SHAPE);
        }
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if fraction.contains('.') || (whole.is_empty() && fraction.is_empty()) {
            return Err(if suffix.is_empty() { NUMBER } else { SHAPE });
        }
        let (binary, exponent) = scale(suffix).ok_or(SUFFIX)?;
        let digits = [whole, fraction].concat();
        let digits = digits.trim_start_matches('0');
        // In billionths: digits × 10^power, times the binary unit.
        let power = exponent
            .saturating_add(9)
            .saturating_sub(i64::try_from(fraction.len()).unwrap_or(i64::MAX));
        let nanos = shifted(digits, power, binary);
        let nanos = if text.starts_with('-') { -nanos } else { nanos };
        let fraction = nanos % NANO != 0;
        Ok(Self { nanos, fraction })
    }
}

fn suffix_shaped(suffix: &str) -> bool {
    let rest = suffix.trim_start_matches(|c| "eEinumkKMGTP".contains(c));
    let rest = rest.strip_prefix(['+', '-']).unwrap_or(rest);
    rest.bytes().all(|b| b.is_ascii_digit())
}

/// The binary factor and the decimal exponent of a suffix.
fn scale(suffix: &str) -> Option<(i128, i64)> {
    Some(match suffix {
        "" => (1, 0),
        "n" => (1, -9),
        "u" => (1, -6),
        "m" => (1, -3),
        "k" => (1, 3),
        "M" => (1, 6),
        "G" => (1, 9),
        "T" => (1, 12),
        "P" => (1, 15),
        "E" => (1, 18),
        "Ki" => (1 << 10, 0),
        "Mi" => (1 << 20, 0),
        "Gi" => (1 << 30, 0),
        "Ti" => (1 << 40, 0),
        "Pi" => (1 << 50, 0),
        "Ei" => (1 << 60, 0),
        _ => (1, suffix.strip_prefix(['e', 'E'])?.parse().ok()?),
    })
}

/// digits × 10^power × factor, rounded up, at most [`MAX`] in billionths.
fn shifted(digits: &str, power: i64, factor: i128) -> i128 {
    let most = MAX * NANO;
    if digits.is_empty() {
        return 0;
    }
    let size = i64::try_from(digits.len()).unwrap_or(i64::MAX);
    // More than 30 digits before the point are too large whatever follows.
    if size.saturating_add(power) > 30 {
        return most;
    }
    if size.saturating_add(power) < -20 {
        return 1;
    }
    let mut value: i128 = 0;
    let mut rest = false;
    let kept = usize::try_from((size + power.min(0)).max(0)).unwrap_or_default();
    // Digits behind the point count as far as a binary factor can lift them.
    let lifted = digits.len().min(kept + if factor > 1 { 18 } else { 0 });
    for digit in digits[..lifted].bytes() {
        value = value
            .saturating_mul(10)
            .saturating_add(i128::from(digit - b'0'));
    }
    rest |= digits[lifted..].bytes().any(|d| d != b'0');
    value = value.saturating_mul(factor);
    let up = u32::try_from(power.max(0)).unwrap_or(u32::MAX);
    value = value.saturating_mul(10_i128.checked_pow(up).unwrap_or(i128::MAX));
    // What was read too far is divided away: 10^-power of the places below a billionth were kept.
    let below = i64::try_from(lifted).unwrap_or_default() - (size + power.min(0));
    if below > 0 {
        let divisor = 10_i128
            .checked_pow(u32::try_from(below).unwrap_or(u32::MAX))
            .unwrap_or(i128::MAX);
        rest |= value % divisor != 0;
        value /= divisor;
    }
    (value.saturating_add(i128::from(rest))).min(most)
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
        [Val::Quantity(a), Val::Quantity(b)] => Ok(result(a.compare(b))),
        [Val::Semver(a), Val::Semver(b)] => Ok(result(a.compare(b))),
        _ => Err(Fault::no_overload()),
    }
}

fn combine<'a>(args: Args<'_, 'a>, with: impl Fn(i128, i128) -> i128) -> Outcome<'a> {
    let (a, b) = match args.values {
        [Val::Quantity(a), Val::Quantity(b)] => (a, b.nanos),
        [Val::Quantity(a), Val::Int(b)] => (a, i128::from(*b) * NANO),
        _ => return Err(Fault::no_overload()),
    };
    let nanos = with(a.nanos, b);
    let fraction = nanos % NANO != 0;
    Ok(Val::Quantity(Rc::new(Quantity { nanos, fraction })))
}

#[cfg(test)]
mod tests {
    use super::{MAX, NANO, Quantity};

    #[test]
    fn quantities_are_exact_to_a_billionth_and_rounded_up_below() {
        for (text, nanos) in [
            ("0", 0),
            ("1", NANO),
            ("-1.5", -NANO - NANO / 2),
            ("+100m", NANO / 10),
            (".5", NANO / 2),
            ("1.", NANO),
            ("1Ki", 1024 * NANO),
            ("0.5Ki", 512 * NANO),
            ("1.5Gi", 1_610_612_736 * NANO),
            ("1e3", 1000 * NANO),
            ("1E3", 1000 * NANO),
            ("1E", 1_000_000_000_000_000_000 * NANO),
            ("1.2e-3", 1_200_000),
            ("0.1n", 1),
            ("1n", 1),
            ("1.1n", 2),
            ("1e-100", 1),
            ("1e100", MAX * NANO),
            ("8Ei", MAX * NANO),
            ("0.00000000001Ei", 11_529_215_046_068_470),
            ("000000000000000000000000000000000000000001", NANO),
        ] {
            let parsed = Quantity::parse(text).expect(text);
            assert_eq!(parsed.nanos, nanos, "{text}");
        }
        for text in [
            "", "a", "1x", "1kk", "1e", "--1", "1.2.3", ".", "1 ", "1Ki1", "é",
        ] {
            assert!(Quantity::parse(text).is_err(), "{text}");
        }
    }
}
