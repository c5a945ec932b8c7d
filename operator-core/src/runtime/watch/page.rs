//! Reading a page of a list item by item, in one pass over its text.

use std::borrow::Cow;

use serde::Deserialize;

use crate::{
    object::{ResourceVersion, scan::Scanner},
    runtime::api::{self, Failure},
};

/// What a page says of the whole list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// The version of the list, the same on all its pages.
    pub(super) version: ResourceVersion,
    /// What the next page is asked for with; `None` on the last.
    pub(super) next: Option<String>,
}

/// Reads a page: `each` is called at each of its items as it comes, and has to pass it. What it returns ends the reading.
pub(super) fn read<'a>(
    body: &'a [u8],
    mut each: impl FnMut(&mut Scanner<'a>) -> Result<(), Failure>,
) -> Result<Head, Failure> {
    let mut scanner = Scanner::new(api::text(body)?);
    let mut meta = ListMeta::default();
    scanner.object(|scanner, name| {
        match &*name {
            "metadata" => meta = serde_json::from_str(scanner.pass()?)?,
            "items" => scanner.list(&mut each)?,
            _ => {
                scanner.pass()?;
            }
        }
        Ok::<_, Failure>(())
    })?;
    scanner.end()?;
    let next = meta.next.filter(|next| !next.is_empty());
    Ok(Head {
        version: ResourceVersion::new(&meta.resource_version),
        next: next.map(Cow::into_owned),
    })
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct ListMeta<'a> {
    #[serde(borrow, default)]
    resource_version: Cow<'a, str>,
    #[serde(borrow, default, rename = "continue")]
    next: Option<Cow<'a, str>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(body: &str) -> Result<(Head, Vec<String>), Failure> {
        let mut items = Vec::new();
        let head = read(body.as_bytes(), |scanner| {
            items.push(scanner.pass()?.to_owned());
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
