//! Digests of objects: equal for equal content, whatever the order of keys; the same in every process and version.
//!
//! They are taken while the content is read, be it a [`Value`] or JSON text: nothing is kept or sorted for it. A map's
//! digest is made of the sum of its fields' digests.

use std::{fmt, iter};

use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::Value;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128_with_seed};

use crate::object::fields;

/// The digest of a text that its writer keeps in one form, as the server does with `fieldsV1`.
pub(crate) fn of_text(text: &str) -> u64 {
    xxh3_64(text.as_bytes())
}

/// How deeply the fields of an object may be nested, so that `serde_json` reads the object.
const DEEPEST: usize = 126;

/// The digest of a value.
pub(crate) fn of_value(value: &Value) -> u128 {
    // A value can always be read: there is a visit for whatever it may hold.
    Content { levels: usize::MAX }
        .deserialize(value)
        .unwrap_or_default()
}

/// The digest of a value in an object, as JSON text: that of the value which it stands for. It is in so many lists and
/// objects within the object.
///
/// # Errors
/// If it is no JSON, or nested too deeply.
pub(crate) fn of_json(json: &str, within: usize) -> Result<u128, serde_json::Error> {
    let levels = DEEPEST.saturating_sub(within);
    Content { levels }.deserialize(&mut serde_json::Deserializer::from_str(json))
}

/// The digest of a text that is a value.
pub(crate) fn of_str(text: &str) -> u128 {
    leaf(b's', text.as_bytes())
}

/// The digest of a list, by those of its items.
///
/// # Errors
/// The first one among the items.
pub(crate) fn of_list<E>(items: impl IntoIterator<Item = Result<u128, E>>) -> Result<u128, E> {
    let (mut chain, mut count) = (0, 0);
    for item in items {
        chain = pair(b',', chain, item?);
        count += 1;
    }
    Ok(pair(b'[', chain, count))
}

/// The digest of an object that is known by its fields, together with a word on what it is for, as hex. It stands in an
/// annotation, so its form is for good.
pub(crate) fn of_object(purpose: &str, fields: &Fields) -> String {
    format!("{:032x}", pair(b'!', of_str(purpose), fields.digest()))
}

/// The digest of a value, for comparing within one process.
#[allow(clippy::cast_possible_truncation)] // half of it is enough there
pub(crate) fn short(value: &Value) -> u64 {
    of_value(value) as u64
}

/// What has no parts. Each type has a tag of its own, so that no two values feed the same bytes.
fn leaf(tag: u8, bytes: &[u8]) -> u128 {
    xxh3_128_with_seed(bytes, tag.into())
}

fn pair(tag: u8, one: u128, other: u128) -> u128 {
    let mut both = [0; 32];
    both[..16].copy_from_slice(&one.to_le_bytes());
    both[16..].copy_from_slice(&other.to_le_bytes());
    leaf(tag, &both)
}

/// The fields of an object, in any order, each by its digest.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    sum: u128,
    count: u128,
}

impl Fields {
    /// Fields as they stand in a text, which is in so many lists and objects within an object.
    ///
    /// # Errors
    /// If one of them is nested too deeply.
    pub(crate) fn of(
        fields: &fields::Fields<'_>,
        within: usize,
    ) -> Result<Self, serde_json::Error> {
        let mut digests = Self::default();
        for (name, value) in &fields.0 {
            digests.add(name, of_json(value, within)?);
        }
        Ok(digests)
    }

    /// Adds a field.
    pub(crate) fn add(&mut self, name: &str, value: u128) {
        self.add_known(of_str(name), value);
    }

    /// Adds a field whose name is known by its digest.
    fn add_known(&mut self, name: u128, value: u128) {
        self.sum = self.sum.wrapping_add(pair(b':', name, value));
        self.count += 1;
    }

    /// The digest of the object.
    pub(crate) fn digest(&self) -> u128 {
        pair(b'{', self.sum, self.count)
    }
}

/// Reads a value into its digest.
#[derive(Clone, Copy)]
struct Content {
    /// So many levels of lists and maps may still come.
    levels: usize,
}

impl Content {
    fn inner<E: Error>(self) -> Result<Self, E> {
        let levels = self.levels.checked_sub(1);
        levels
            .map(|levels| Self { levels })
            .ok_or_else(|| E::custom("it is nested too deeply"))
    }
}

impl<'de> DeserializeSeed<'de> for Content {
    type Value = u128;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u128, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Content {
    type Value = u128;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<u128, E> {
        Ok(leaf(b'n', &[]))
    }

    fn visit_bool<E>(self, value: bool) -> Result<u128, E> {
        Ok(leaf(b'b', &[value.into()]))
    }

    fn visit_u64<E>(self, value: u64) -> Result<u128, E> {
        Ok(leaf(b'+', &value.to_le_bytes()))
    }

    // Only what is negative comes here.
    fn visit_i64<E>(self, value: i64) -> Result<u128, E> {
        Ok(leaf(b'-', &value.to_le_bytes()))
    }

    // Numbers of this size come where `serde_json` is built to keep them.
    fn visit_u128<E>(self, value: u128) -> Result<u128, E> {
        Ok(leaf(b'+', &value.to_le_bytes()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<u128, E> {
        Ok(leaf(b'-', &value.to_le_bytes()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<u128, E> {
        Ok(leaf(b'.', &value.to_bits().to_le_bytes()))
    }

    fn visit_str<E>(self, value: &str) -> Result<u128, E> {
        Ok(of_str(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<u128, A::Error> {
        let inner = self.inner()?;
        of_list(iter::from_fn(|| items.next_element_seed(inner).transpose()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<u128, A::Error> {
        let inner = self.inner()?;
        let mut map = Fields::default();
        while let Some(name) = fields.next_key_seed(Name)? {
            map.add_known(name, fields.next_value_seed(inner)?);
        }
        Ok(map.digest())
    }
}

/// Reads a field's name into its digest, without a copy.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = u128;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u128, D::Error> {
        deserializer.deserialize_str(Content { levels: 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(json: &str) -> u128 {
        of_json(json, 0).unwrap()
    }

    #[test]
    fn the_form_is_for_good() {
        // Children in clusters carry it: a change here resends every child of every operator once.
        let mut fields = [
            ("a", of("true")),
            ("b", of(r#"[1,"x",null,-2,0.5,{"c":[]}]"#)),
        ];
        let mut digest = || {
            let mut added = Fields::default();
            fields.reverse();
            for (name, value) in &fields {
                added.add(name, *value);
            }
            of_object("Apply", &added)
        };
        assert_eq!(digest(), digest());
        assert_eq!(digest(), "c1560359017524450d48a026bceb225f");
    }

    #[test]
    fn text_and_value_have_the_same_digest_in_whatever_order() {
        let text = r#"{"b":[1,"x\n",null,-7,1.5],"a":{"d":true,"c":18446744073709551615}}"#;
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(of(text), of_value(&value));
        assert_eq!(
            of(text),
            of(
                r#" {"a": {"c": 18446744073709551615, "d": true}, "b": [1, "x\u000a", null, -7, 1.5]}"#
            )
        );
    }

    #[test]
    fn values_that_differ_in_shape_alone_differ() {
        let all = [
            json!("1"),
            json!(1),
            json!(-1),
            json!(1.0),
            json!(["1"]),
            json!([["1"]]),
            json!(["1", "1"]),
            json!({"1": null}),
            json!({"1": null, "2": 1}),
            json!({"1": 1, "2": null}),
            json!({"1": {"2": null}}),
            json!([]),
            json!([[]]),
            json!({}),
            json!(""),
            json!(false),
            json!(true),
            json!(null),
        ];
        for (i, a) in all.iter().enumerate() {
            for b in &all[..i] {
                assert_ne!(of_value(a), of_value(b), "{a} {b}");
            }
        }
    }

    #[test]
    fn a_value_has_one_where_its_object_can_be_read() {
        for depth in [1, 123, 124, 125, 126, 127, 128, 500] {
            let value = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
            for within in 0..3 {
                let field = format!("{}{value}{}", r#"{"b":"#.repeat(within), "}".repeat(within));
                let whole = format!("{{\"a\":{field}}}");
                let can_be_read = serde_json::from_str::<Value>(&whole).is_ok();
                assert_eq!(
                    of_json(&value, within).is_ok(),
                    can_be_read,
                    "{depth} {within}"
                );
            }
        }
    }
}
