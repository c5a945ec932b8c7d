//! [`Quantity`]: the amount that a text such as `1500m` or `1Gi` stands for, exact down to a billionth.

mod amount;
mod canonical;
mod written;

use std::cmp::Ordering;

use serde_json::Value;

pub(crate) use amount::Amount;
pub(crate) use canonical::{Precision, canonical};
use written::{Form, Written};

const NANO: i128 = 1_000_000_000;

/// The largest value in billionths: what is more counts as this.
const MAX: i128 = i128::MAX / 4;

/// An amount; two are equal that are the same, however they were written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quantity {
    /// In billionths.
    nanos: i128,
    /// Whether it counts in parts of one, as `1.0` and `1000m` do: then Kubernetes has it for no integer.
    parts: bool,
}

impl Quantity {
    /// Nothing.
    pub(crate) const ZERO: Self = Self {
        nanos: 0,
        parts: false,
    };

    /// Reads a quantity that stands in an object, as text or as a number; `None` if it is none.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Self::parse(text).ok(),
            Value::Number(number) => Self::parse(&number.to_string()).ok(),
            _ => None,
        }
    }

    /// Reads a quantity; what is finer than a billionth is rounded up.
    ///
    /// # Errors
    /// What Go says of a text that is none.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let Written {
            negative,
            whole,
            fraction,
            form,
        } = Written::read(text)?;
        let (factor, exponent) = match form {
            Form::Decimal(exponent) | Form::Exponent(exponent) => (1, exponent),
            Form::Binary(power) => (1 << power, 0),
        };
        let digits = [whole, fraction].concat();
        let digits = digits.trim_start_matches('0');
        // In billionths: digits × 10^power, times the binary unit.
        let behind = i64::try_from(fraction.len()).unwrap_or(i64::MAX);
        let power = exponent.saturating_add(9).saturating_sub(behind);
        let nanos = shifted(digits, power, factor);
        let parts = if factor > 1 {
            behind > 0
        } else {
            exponent.saturating_sub(behind) < 0
        };
        Ok(Self {
            nanos: if negative { -nanos } else { nanos },
            parts,
        })
    }

    /// -1, 0 or 1.
    pub(crate) fn sign(self) -> i64 {
        match self.nanos.cmp(&0) {
            Ordering::Less => -1,
            Ordering::Equal => 0,
            Ordering::Greater => 1,
        }
    }

    /// Whether it is a whole number.
    pub(crate) fn is_whole(self) -> bool {
        self.nanos % NANO == 0
    }

    /// The integer that Kubernetes has it for, if it does.
    pub(crate) fn integer(self) -> Option<i64> {
        let integer = i64::try_from(self.nanos / NANO).ok()?;
        (self.is_whole() && !self.parts).then_some(integer)
    }

    /// The nearest number, about.
    #[expect(clippy::cast_precision_loss, reason = "it is to be approximate")]
    pub(crate) fn approximate(self) -> f64 {
        if self.is_whole() {
            (self.nanos / NANO) as f64
        } else {
            self.nanos as f64 / 1e9
        }
    }

    /// The sum.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            nanos: self.nanos.saturating_add(other.nanos),
            parts: self.parts || other.parts,
        }
    }

    /// The difference.
    pub(crate) fn minus(self, other: Self) -> Self {
        Self {
            nanos: self.nanos.saturating_sub(other.nanos),
            parts: self.parts || other.parts,
        }
    }
}

impl From<i64> for Quantity {
    fn from(integer: i64) -> Self {
        Self {
            nanos: i128::from(integer) * NANO,
            parts: false,
        }
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nanos == other.nanos
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nanos.cmp(&other.nanos)
    }
}

/// digits × 10^power × factor, rounded up, at most [`MAX`] in billionths.
fn shifted(digits: &str, power: i64, factor: i128) -> i128 {
    let most = MAX;
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn different_spellings_of_an_amount_are_equal() {
        let of = |value| Quantity::of(&value).expect("a quantity");
        assert_eq!(of(json!("1500m")), of(json!("1.5")));
        assert_eq!(of(json!("1Gi")), of(json!("1024Mi")));
        assert_eq!(of(json!("1e3")), of(json!("1k")));
        assert_eq!(of(json!(2)), of(json!("2")));
        assert!(of(json!("-1")) < Quantity::ZERO);
        assert!(of(json!("1e999")) > of(json!("1Ei")));
        assert_eq!(Quantity::of(&json!("1x")), None);
    }

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
            ("1e100", MAX),
            ("8Ei", (1 << 63) * NANO),
            (".", 0),
            ("-", 0),
            ("0.00000000001Ei", 11_529_215_046_068_470),
            ("000000000000000000000000000000000000000001", NANO),
        ] {
            let parsed = Quantity::parse(text).expect(text);
            assert_eq!(parsed.nanos, nanos, "{text}");
        }
    }
}
