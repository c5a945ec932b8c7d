//! Reads: one object, or a list.

use std::sync::Arc;

use bytes::Bytes;

use super::{Answer, Api, List, call::Call, present, selection::Selection};
use crate::{
    custom::conversion::{self, Undecodable},
    error::ApiError,
    kinds::Kind,
    object,
    store::{
        At, Unavailable,
        encoding::decode_identity,
        list_options::{ListOptions, get_at},
    },
};

impl Api {
    pub(super) fn get(&mut self, call: &Call<'_>) -> Result<Answer, ApiError> {
        let version = call.query.get("resourceVersion").unwrap_or_default();
        if let At::NotOlderThan(revision) = get_at(version)?
            && revision > self.store.revision()
        {
            return Ok(Answer::Wait(revision));
        }
        if let Some(gone) = call.kind.undecodable(call.namespace(), call.name()) {
            return Err(gone.on_read());
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
        self.page(call, false)
    }

    /// A list. A real server makes it of what it has in memory, unless it is a page of everything or `from_disk`.
    pub(super) fn page(&mut self, call: &Call<'_>, from_disk: bool) -> Result<Answer, ApiError> {
        let options = ListOptions::parse(call.query.pairs())?;
        options.validate()?;
        let selection = Selection::of(call, &options)?;
        let from_disk = selection.is_everything() && (from_disk || options.limit > 0);
        if !from_disk {
            check_listable(&call.kind)?;
        }
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
            Err(Unavailable::Future { asked, .. }) if matches!(read.at, At::NotOlderThan(_)) => {
                return Ok(Answer::Wait(asked));
            }
            Err(why) => return Err(read.refusal(why)),
        };
        let everything = selection.is_everything();
        let selects = |bytes: &Bytes| everything || selection.selects(bytes);
        let page = objects.page(read.limit, selects);
        let revision = page.revision;
        check_page(kind, call.namespace(), &page.objects)?;
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

/// Refuses what needs all objects of a kind if some of them can't be read.
pub(crate) fn check_listable(kind: &Kind) -> Result<(), ApiError> {
    if kind.undecodable.is_empty() {
        return Ok(());
    }
    let resource = &kind.resource;
    let (group, plural) = (&resource.group, &resource.plural);
    Err(conversion::unlistable(group, plural, &kind.undecodable))
}

/// Refuses a page with objects that can't be read.
fn check_page(kind: &Kind, namespace: &str, page: &[&Bytes]) -> Result<(), ApiError> {
    let suspects = kind.undecodable.iter().filter(|one| one.is_in(namespace));
    let in_page = |one: &&Undecodable| {
        page.iter().any(|bytes| {
            let object = decode_identity(bytes);
            one.is(object::namespace(&object), object::name(&object))
        })
    };
    let gone: Vec<&Undecodable> = suspects.filter(in_page).collect();
    if gone.is_empty() {
        return Ok(());
    }
    let resource = &kind.resource;
    let (group, plural) = (&resource.group, &resource.plural);
    Err(conversion::unreadable_page(group, plural, &gone))
}

/// The revision of a stored object, by its own word; 0 where it has none.
pub(super) fn revision_of(bytes: &[u8]) -> u64 {
    let object: serde_json::Value = serde_json::from_slice(bytes).unwrap_or_default();
    object::resource_version(&object)
        .parse()
        .unwrap_or_default()
}
