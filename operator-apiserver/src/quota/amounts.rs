//! [`Amounts`]: how much of which resources, to be added up and compared, and written as the server writes quantities.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde_json::{Map, Value};

use crate::{builtin::quantity::Quantity, schema::canonical_quantity};

/// How an amount is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// With the suffixes m, k, M …
    Decimal,
    /// With the suffixes Ki, Mi …
    Binary,
    /// With an exponent.
    Exponent,
}

/// An amount of one resource, with the form that it is written in.
#[derive(Clone, Copy, Debug)]
struct Amount {
    quantity: Quantity,
    form: Form,
}

/// Amounts of several resources, by their names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Amounts(BTreeMap<String, Amount>);

impl Amount {
    fn of(value: &Value) -> Option<Self> {
        let quantity = Quantity::of(value)?;
        let text = value.as_str().unwrap_or_default();
        let form = if text.ends_with('i') {
            Form::Binary
        } else if text.trim_end_matches('E').contains(['e', 'E']) {
            Form::Exponent
        } else {
            Form::Decimal
        };
        Some(Self { quantity, form })
    }

    /// A sum is written as its first part, unless that is nothing.
    fn plus(self, other: Self) -> Self {
        let form = if self.quantity == Quantity::ZERO {
            other.form
        } else {
            self.form
        };
        let quantity = self.quantity.plus(other.quantity);
        Self { quantity, form }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nano = self.quantity.nano();
        let text = match self.form {
            Form::Decimal => format!("{nano}n"),
            Form::Exponent => format!("{nano}e-9"),
            // A number of 1024ths, which ten digits write exactly.
            Form::Binary => {
                let whole = self.quantity.is_whole();
                let parts = nano.unsigned_abs() / if whole { 1_000_000_000 } else { 1 };
                if whole {
                    let sign = if nano < 0 { "-" } else { "" };
                    let fraction = (parts % 1024) * 10_000_000_000 / 1024;
                    format!("{sign}{}.{fraction:010}Ki", parts / 1024)
                } else {
                    format!("{nano}n")
                }
            }
        };
        f.write_str(&canonical_quantity(&text).unwrap_or(text))
    }
}

impl Amounts {
    /// The amounts of an object's field; what is no quantity is left out.
    pub(crate) fn of(amounts: &Value) -> Self {
        let entries = amounts.as_object().into_iter().flatten();
        Self(
            entries
                .filter_map(|(name, value)| Some((name.clone(), Amount::of(value)?)))
                .collect(),
        )
    }

    /// As an object has them.
    pub(crate) fn to_value(&self) -> Value {
        let entries = self.0.iter();
        let entries = entries.map(|(name, amount)| (name.clone(), amount.to_string().into()));
        Value::Object(entries.collect::<Map<_, _>>())
    }

    /// So many of a resource.
    pub(crate) fn count(&mut self, name: impl Into<String>, count: usize) {
        let quantity = Quantity::whole(i128::try_from(count).unwrap_or(i128::MAX));
        let form = Form::Decimal;
        self.0.insert(name.into(), Amount { quantity, form });
    }

    /// The amount of one resource becomes that of another.
    pub(crate) fn copy(&mut self, from: &Self, name: &str, to: String) {
        if let Some(amount) = from.0.get(name) {
            self.0.insert(to, *amount);
        }
    }

    /// Takes over the amounts of `other`.
    pub(crate) fn set_all(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The names, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Both together.
    pub(crate) fn plus(mut self, other: &Self) -> Self {
        for (name, amount) in &other.0 {
            let sum = self.0.get(name).map_or(*amount, |own| own.plus(*amount));
            self.0.insert(name.clone(), sum);
        }
        self
    }

    /// What is more than in `other`.
    pub(crate) fn beyond(mut self, other: &Self) -> Self {
        for (name, amount) in &mut self.0 {
            if let Some(other) = other.0.get(name) {
                amount.quantity = amount.quantity.minus(other.quantity).max(Quantity::ZERO);
            }
        }
        self
    }

    /// Of each resource the larger amount.
    pub(crate) fn max(mut self, other: &Self) -> Self {
        for (name, amount) in &other.0 {
            let own = self.0.entry(name.clone()).or_insert(*amount);
            if own.quantity < amount.quantity {
                *own = *amount;
            }
        }
        self
    }

    /// Those of the resources that are wanted.
    pub(crate) fn only(mut self, wanted: impl Fn(&str) -> bool) -> Self {
        self.0.retain(|name, _| wanted(name));
        self
    }

    /// Those of which there is anything.
    pub(crate) fn without_zeros(mut self) -> Self {
        self.0.retain(|_, amount| amount.quantity != Quantity::ZERO);
        self
    }

    /// The resources of which there is less than nothing.
    pub(crate) fn negative(&self) -> Vec<&str> {
        let negative = self.0.iter();
        let negative = negative.filter(|(_, amount)| amount.quantity < Quantity::ZERO);
        negative.map(|(name, _)| name.as_str()).collect()
    }

    /// The resources of which there is more than `limit` allows.
    pub(crate) fn exceeding(&self, limit: &Self) -> BTreeSet<String> {
        let above = |(name, amount): &(&String, &Amount)| {
            let limit = limit.0.get(*name);
            limit.is_some_and(|limit| amount.quantity > limit.quantity)
        };
        self.0
            .iter()
            .filter(above)
            .map(|(name, _)| name.clone())
            .collect()
    }
}

impl fmt::Display for Amounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, amount)) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{name}={amount}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_sum_is_written_as_its_first_part_that_is_something() {
        let sum = |a: &str, b: &str| {
            let [a, b] = [a, b].map(|text| Amounts::of(&json!({"x": text})));
            a.plus(&b).to_string()
        };
        assert_eq!(sum("500m", "1"), "x=1500m");
        assert_eq!(sum("500m", "500m"), "x=1");
        assert_eq!(sum("0", "1Gi"), "x=1Gi");
        assert_eq!(sum("1Gi", "512Mi"), "x=1536Mi");
        assert_eq!(sum("1Gi", "1"), "x=1073741825");
        assert_eq!(sum("1G", "1Gi"), "x=2073741824");
        assert_eq!(sum("1e3", "1"), "x=1001");
        assert_eq!(sum("1e3", "1k"), "x=2e3");
        assert_eq!(sum("1Ki", "500m"), "x=1024500m");
        assert_eq!(sum("1E", "1"), "x=1000000000000000001");
    }

    #[test]
    fn what_is_beyond_is_never_less_than_nothing() {
        let [a, b] = [json!({"x": "1", "y": "3"}), json!({"x": "2", "y": "1"})];
        let beyond = Amounts::of(&a).beyond(&Amounts::of(&b));
        assert_eq!(beyond.to_string(), "x=0,y=2");
        assert_eq!(beyond.without_zeros().to_string(), "y=2");
    }
}
