//! Reads: one object, or a list.

use std::sync::Arc;

use bytes::Bytes;

use super::{Answer, Api, List, call::Call, present, selection::Selection};
use crate::{
    error::ApiError,
    store::{
        At, Unavailable,
        list_options::{ListOptions, get_at},
    },
};

impl Api {
    pub(super) fn get(&mut self, call: &Call<'_>) -> Result<Answer, ApiError> {
        let version = call.query.get("resourceVersion").unwrap_or_default();
        if let At::AtLeast(revision) = get_at(version)?
            && revision > self.store.revision()
        {
            return Ok(Answer::Wait(revision));
        }
        let stored = self
            .store
            .get(call.kind.collection, call.namespace(), call.name());
        let stored = stored.ok_or_else(|| call.not_found())?;
        let bytes = present(&call.kind, &stored.bytes, stored.revision)?;
        Ok(Answer::Object {
            code: 200,
            kind: Arc::clone(&call.kind),
            bytes,
        })
    }

    pub(super) fn list(&mut self, call: &Call<'_>) -> Result<Answer, ApiError> {
        let options = ListOptions::parse(call.query.pairs())?;
        options.validate()?;
        let selection = Selection::of(call, &options)?;
        let mut read = options.read()?;
        if let (Some(revision), None) = (call.stale, &read.from) {
            read.at = At::Exactly(revision);
        }
        let from = read.from.clone().unwrap_or_default();
        let kind = &call.kind;
        let objects = match self
            .store
            .list(kind.collection, call.namespace(), &from, read.at)
        {
            Ok(objects) => objects,
            Err(Unavailable::Future { asked, .. }) if matches!(read.at, At::AtLeast(_)) => {
                return Ok(Answer::Wait(asked));
            }
            Err(why) => return Err(read.refusal(why)),
        };
        let everything = selection.is_everything();
        let selects = |bytes: &Bytes| everything || selection.selects(bytes);
        let page = objects.page(read.limit, selects);
        let revision = page.revision;
        let items: Vec<Bytes> = if kind.is_stored_version() && kind.schema_since == 0 {
            page.objects.iter().map(|bytes| (*bytes).clone()).collect()
        } else {
            page.objects
                .iter()
                .map(|bytes| present(kind, bytes, revision_of(bytes)))
                .collect::<Result<_, _>>()?
        };
        Ok(Answer::List(List {
            kind: Arc::clone(kind),
            items,
            revision,
            next: page.continue_token(call.namespace()),
            remaining: page
                .remaining_item_count(everything)
                .map(|count| count as u64),
        }))
    }
}

/// The revision of a stored object, by its own word; 0 where it has none.
pub(super) fn revision_of(bytes: &[u8]) -> u64 {
    let object: serde_json::Value = serde_json::from_slice(bytes).unwrap_or_default();
    crate::object::resource_version(&object)
        .parse()
        .unwrap_or_default()
}
