//! [`Quantity`]: the amount that a text such as `1500m` or `1Gi` stands for.

use serde_json::Value;

/// An amount, in billionths; larger ones are cut at the ends of `i128`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Quantity(i128);

const ONE: i128 = 1_000_000_000;

impl Quantity {
    /// Nothing.
    pub(crate) const ZERO: Self = Self(0);

    /// Reads a quantity, as text or as a number; `None` if it is none.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Self::parse(text),
            Value::Number(number) => Self::parse(&number.to_string()),
            _ => None,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let text = text.trim_matches('"');
        let end = text
            .find(|c: char| !(c.is_ascii_digit() || "+-.".contains(c)))
            .unwrap_or(text.len());
        let (digits, suffix) = text.split_at(end);
        let negative = digits.starts_with('-');
        let digits = digits.trim_start_matches(['+', '-']);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() || fraction.contains(['.', '+', '-']) {
            return None;
        }
        let mut nano: i128 = 0;
        for digit in whole.bytes() {
            nano = nano
                .saturating_mul(10)
                .saturating_add(i128::from(digit.checked_sub(b'0')?));
        }
        nano = nano.saturating_mul(ONE);
        let mut unit = ONE / 10;
        for digit in fraction.bytes() {
            nano = nano.saturating_add(unit * i128::from(digit - b'0'));
            unit /= 10;
        }
        let scaled = scale(nano, suffix)?;
        Some(Self(if negative { -scaled } else { scaled }))
    }

    /// So many.
    pub(crate) fn whole(count: i128) -> Self {
        Self(count.saturating_mul(ONE))
    }

    /// How many times the other it is.
    #[expect(
        clippy::cast_precision_loss,
        reason = "Go compares ratios as floats, too"
    )]
    pub(crate) fn ratio(self, other: Self) -> f64 {
        self.0 as f64 / other.0 as f64
    }

    /// In billionths.
    pub(crate) fn nano(self) -> i128 {
        self.0
    }

    /// Both together.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// What is left of it.
    pub(crate) fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Whether it is a whole number.
    pub(crate) fn is_whole(self) -> bool {
        self.0 % ONE == 0
    }
}

/// A quantity as it is written.
pub(crate) fn shown(amount: &Value) -> String {
    amount
        .as_str()
        .map_or_else(|| amount.to_string(), str::to_owned)
}

fn scale(nano: i128, suffix: &str) -> Option<i128> {
    let binary = |power: u32| Some(nano.saturating_mul(1_i128 << (10 * power)));
    let decimal = |power: u32| Some(nano.saturating_mul(10_i128.pow(power)));
    match suffix {
        "" => Some(nano),
        "n" => Some(nano / ONE),
        "u" => Some(nano / 1_000_000),
        "m" => Some(nano / 1000),
        "k" => decimal(3),
        "M" => decimal(6),
        "G" => decimal(9),
        "T" => decimal(12),
        "P" => decimal(15),
        "E" => decimal(18),
        "Ki" => binary(1),
        "Mi" => binary(2),
        "Gi" => binary(3),
        "Ti" => binary(4),
        "Pi" => binary(5),
        "Ei" => binary(6),
        _ => {
            let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
            let factor = 10_i128.checked_pow(exponent.unsigned_abs().min(38))?;
            Some(if exponent < 0 {
                nano / factor
            } else {
                nano.saturating_mul(factor)
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(value: &Value) -> Quantity {
        Quantity::of(value).expect("a quantity")
    }

    #[test]
    fn different_spellings_of_an_amount_are_equal() {
        assert_eq!(of(&json!("1500m")), of(&json!("1.5")));
        assert_eq!(of(&json!("1Gi")), of(&json!("1024Mi")));
        assert_eq!(of(&json!("1e3")), of(&json!("1k")));
        assert_eq!(of(&json!(2)), of(&json!("2")));
        assert!(of(&json!("-1")) < Quantity::ZERO);
    }

    #[test]
    fn what_is_no_amount_is_none() {
        for text in ["", "x", "1x", ".", "1.2.3", "1e", "1-2"] {
            assert_eq!(Quantity::of(&json!(text)), None, "{text}");
        }
    }

    #[test]
    fn enormous_amounts_do_not_overflow() {
        assert!(of(&json!("9".repeat(100))) > of(&json!("1Ei")));
        assert!(of(&json!(format!("{}Ei", "9".repeat(40)))) > Quantity::ZERO);
        assert!(of(&json!("1e999")) > Quantity::ZERO);
    }
}
