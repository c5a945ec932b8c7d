//! `managedFields` of a `Scale`: those of the scaled object that own its replicas, and back.

use serde_json::Value;

use super::{
    managed::{Entry, Given, Managed},
    path::Element,
    set::Set,
};

const SCALE_VERSION: &str = "autoscaling/v1";

/// Where the scaled object has its replicas, for each served `apiVersion`: the path's fields, `None` in a version that
/// can't be scaled.
pub(crate) type ScalePaths<'a> = [(&'a str, Option<&'a [&'a str]>)];

/// The `managedFields` of the `Scale` of an object with `parent` as its `managedFields`: the managers that own the
/// replicas own `spec.replicas`. `None` if there are none.
#[must_use]
pub(crate) fn scale_managed_fields(parent: &Value, paths: &ScalePaths<'_>) -> Option<Value> {
    let parent = managed(parent);
    let entries = parent.into_entries().into_iter().filter_map(|entry| {
        let InVersion::At(path) = path_in(paths, entry.api_version) else {
            return None;
        };
        entry.set.has(&path).then(|| Entry {
            api_version: SCALE_VERSION,
            set: Set::of_fields(&[&["spec", "replicas"]]),
            ..entry
        })
    });
    Managed::from_entries(entries.collect()).to_value()
}

/// The `managedFields` of the scaled object, which had `parent`, after a write of its `Scale`, which has `scale` now:
/// who owns the replicas there owns them here, in version `api_version`. `None` if there are none.
#[must_use]
pub(crate) fn parent_managed_fields(
    parent: &Value,
    scale: &Value,
    api_version: &str,
    paths: &ScalePaths<'_>,
) -> Option<Value> {
    let parent = managed(parent);
    let mut scale = managed(scale);
    let times: Vec<_> = parent
        .entries()
        .iter()
        .map(|e| (e.id, e.time.clone()))
        .collect();
    let replicas = [Element::Field("spec"), Element::Field("replicas")];
    let mut entries = Vec::new();
    for mut entry in parent.into_entries() {
        match path_in(paths, entry.api_version) {
            // A version that is not served any more is forgotten.
            InVersion::NotServed => continue,
            InVersion::At(path) if entry.set.has(&path) && scale.take(&entry.id).is_none() => {
                let mut taken = Set::default();
                taken.insert(&path);
                entry.set = entry.set.difference(&taken);
            }
            InVersion::At(_) | InVersion::Nowhere => {}
        }
        if !entry.set.is_empty() {
            entries.push(entry);
        }
    }
    let path = match path_in(paths, api_version) {
        InVersion::At(path) => path,
        InVersion::Nowhere | InVersion::NotServed => Vec::new(),
    };
    for entry in scale.into_entries() {
        if entry.set.has(&replicas) {
            let mut set = Set::default();
            set.insert(&path);
            // That of the write itself is not kept: the server looks for the manager among those it had before.
            let time = times.binary_search_by(|(id, _)| id.cmp(&entry.id));
            entries.push(Entry {
                api_version,
                time: time.ok().and_then(|at| times[at].1.clone()),
                set,
                ..entry
            });
        }
    }
    Managed::from_entries(entries).to_value()
}

fn managed(managed_fields: &Value) -> Managed<'_> {
    match Given::read(managed_fields) {
        Given::Entries(Ok(managed)) => managed,
        _ => Managed::default(),
    }
}

/// Where a version has its replicas.
enum InVersion<'a> {
    At(Vec<Element<'a>>),
    Nowhere,
    NotServed,
}

fn path_in<'a>(paths: &ScalePaths<'a>, api_version: &str) -> InVersion<'a> {
    match paths.iter().find(|(version, _)| *version == api_version) {
        None => InVersion::NotServed,
        Some((_, None)) => InVersion::Nowhere,
        Some((_, Some(path))) => InVersion::At(path.iter().copied().map(Element::Field).collect()),
    }
}
