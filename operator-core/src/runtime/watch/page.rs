//! Reading a page of a list item by item, in one pass over its text.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::{
    nullable::Nullable,
    object::ResourceVersion,
    runtime::api::{Failure, unreadable},
};

/// What a page says of the whole list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// The version of the list, the same on all its pages.
    pub(super) version: ResourceVersion,
    /// What the next page is asked for with; `None` on the last.
    pub(super) next: Option<String>,
}

/// Reads a page, and hands each of its items to `each` as it comes.
pub(super) fn read(
    body: &[u8],
    mut each: impl FnMut(&RawValue) -> Result<(), Failure>,
) -> Result<Head, Failure> {
    let mut failed = None;
    let mut text = serde_json::Deserializer::from_slice(body);
    let each = |item: &RawValue| each(item).map_err(|failure| failed = Some(failure)).is_ok();
    let head = text.deserialize_map(Page(each));
    match (failed, head) {
        (Some(failure), _) => Err(failure),
        (None, head) => head.map_err(|error| unreadable(&error)),
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct ListMeta<'a> {
    #[serde(borrow, default)]
    resource_version: Cow<'a, str>,
    #[serde(borrow, default, rename = "continue")]
    next: Option<Cow<'a, str>>,
}

/// A page of a list. What it holds ends the reading where it returns false.
struct Page<F>(F);

impl<'de, F: FnMut(&RawValue) -> bool> Visitor<'de> for Page<F> {
    type Value = Head;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Head, A::Error> {
        let mut meta = ListMeta::default();
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            match name.as_ref() {
                "metadata" => meta = map.next_value()?,
                "items" => map.next_value_seed(Nullable(Items(&mut self.0)))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Head {
            version: ResourceVersion::new(&meta.resource_version),
            next: meta
                .next
                .filter(|next| !next.is_empty())
                .map(Cow::into_owned),
        })
    }
}

struct Items<'f, F>(&'f mut F);

impl<'de, F: FnMut(&RawValue) -> bool> DeserializeSeed<'de> for Items<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(&RawValue) -> bool> Visitor<'de> for Items<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the items of a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<&RawValue>()? {
            if !(self.0)(item) {
                return Err(A::Error::custom("an item is refused"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(body: &str) -> Result<(Head, Vec<String>), Failure> {
        let mut items = Vec::new();
        let head = read(body.as_bytes(), |item| {
            items.push(item.get().to_owned());
            Ok(())
        })?;
        Ok((head, items))
    }

    #[test]
    fn items_come_one_by_one_and_the_head_says_what_is_next() {
        let body = r#"{"kind":"L","metadata":{"resourceVersion":"7","continue":"c","remainingItemCount":3},
            "items":[{"a":1}, {"a":[2]}]}"#;
        let (head, items) = items(body).unwrap();
        assert_eq!(head.next.as_deref(), Some("c"));
        assert_eq!(head.version, ResourceVersion::new("7"));
        assert_eq!(items, [r#"{"a":1}"#, r#"{"a":[2]}"#]);
    }

    #[test]
    fn a_list_that_nobody_filled_is_empty_and_the_last_page_has_no_next() {
        let body = r#"{"items":null,"metadata":{"resourceVersion":"7","continue":""}}"#;
        let (head, items) = items(body).unwrap();
        assert_eq!((head.next, items.len()), (None, 0));
    }

    #[test]
    fn an_item_that_is_refused_ends_the_reading_with_what_was_said() {
        let refused = Failure::NoAnswer("no".into());
        let mut seen = 0;
        let read = read(br#"{"items":[1,2]}"#, |_| {
            seen += 1;
            Err(refused.clone())
        });
        assert_eq!((read, seen), (Err(refused), 1));
        assert!(items("[]").is_err() && items(r#"{"items":[1"#).is_err());
    }
}
