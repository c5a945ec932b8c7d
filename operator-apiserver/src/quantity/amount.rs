//! [`Amount`]: a quantity that is written again in the form that it had.

use std::fmt;

use serde_json::Value;

use super::{
    NANO, Precision, Quantity, canonical,
    written::{Form, Written},
};

/// A quantity and its form: with letters for powers of ten or of two, or with an exponent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Amount {
    /// How much it is.
    pub(crate) quantity: Quantity,
    form: Form,
}

impl Amount {
    /// Reads an amount that stands in an object; `None` if it is none.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        let quantity = Quantity::of(value)?;
        let form = match value {
            Value::String(text) => Written::read(text).ok()?.form,
            _ => Form::Decimal(0),
        };
        Some(Self { quantity, form })
    }

    /// The sum, in the form of its first part, unless that is nothing.
    pub(crate) fn plus(self, other: Self) -> Self {
        let form = if self.quantity == Quantity::ZERO {
            other.form
        } else {
            self.form
        };
        let quantity = self.quantity.plus(other.quantity);
        Self { quantity, form }
    }
}

impl From<i64> for Amount {
    fn from(count: i64) -> Self {
        let (quantity, form) = (count.into(), Form::Decimal(0));
        Self { quantity, form }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.quantity.nanos;
        let text = match self.form {
            Form::Exponent(_) => format!("{nanos}e-9"),
            Form::Binary(_) if self.quantity.is_whole() => {
                // In 1024ths, which ten digits write exactly.
                let whole = nanos.unsigned_abs() / NANO.unsigned_abs();
                let fraction = (whole % 1024) * 10_000_000_000 / 1024;
                let sign = if nanos < 0 { "-" } else { "" };
                format!("{sign}{}.{fraction:010}Ki", whole / 1024)
            }
            Form::Decimal(_) | Form::Binary(_) => format!("{nanos}n"),
        };
        f.write_str(&canonical(&text, Precision::Nano).unwrap_or(text))
    }
}
