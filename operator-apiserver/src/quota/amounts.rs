//! [`Amounts`]: how much of which resources, to be added up and compared, and written as the server writes quantities.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde_json::{Map, Value};

use crate::quantity::{Amount, Quantity};

/// Amounts of several resources, by their names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Amounts(BTreeMap<String, Amount>);

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
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.0.insert(name.into(), count.into());
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
