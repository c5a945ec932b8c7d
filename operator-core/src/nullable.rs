//! [`Nullable`]: Go says null for a list or a map that nobody filled.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserializer,
    de::{DeserializeSeed, Visitor},
};

/// Deserializes as `S` does; null is what there is by default.
pub(crate) struct Nullable<S>(pub(crate) S);

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Nullable<S>
where
    S::Value: Default,
{
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        deserializer.deserialize_option(NullOr(self.0, PhantomData))
    }
}

struct NullOr<'de, S>(S, PhantomData<&'de ()>);

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for NullOr<'de, S>
where
    S::Value: Default,
{
    type Value = S::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("null, or what there is")
    }

    fn visit_none<E>(self) -> Result<S::Value, E> {
        Ok(S::Value::default())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(deserializer)
    }
}
