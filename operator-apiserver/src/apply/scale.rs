//! `managedFields` of a `Scale`: those of the scaled object that own its replicas, and back.

use serde_json::Value;

use super::{
    managed::{Entry, Managed},
    path::Element,
    set::Set,
};

const SCALE_VERSION: &str = "autoscaling/v1";

/// Where the scaled object has its replicas, for each served `apiVersion`: the path's fields, `None` in a version that
/// can't be scaled.
pub type ScalePaths<'a> = [(&'a str, Option<&'a [&'a str]>)];

/// The `managedFields` of the `Scale` of an object with `parent` as its `managedFields`: the managers that own the
/// replicas own `spec.replicas`. `None` if there are none.
#[must_use]
pub fn scale_managed_fields(parent: &Value, paths: &ScalePaths<'_>) -> Option<Value> {
    let parent = managed(parent);
    let entries = parent.into_entries().into_iter().filter_map(|entry| {
        let path = path_in(paths, entry.api_version)??;
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
pub fn parent_managed_fields(
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
        // A version that is not served any more is forgotten.
        let Some(path) = path_in(paths, entry.api_version) else {
            continue;
        };
        if let Some(path) = path.filter(|path| entry.set.has(path)) {
            if scale.take(&entry.id).is_none() {
                let mut taken = Set::default();
                taken.insert(&path);
                entry.set = entry.set.difference(&taken);
            }
        }
        if !entry.set.is_empty() {
            entries.push(entry);
        }
    }
    let path = path_in(paths, api_version).flatten().unwrap_or_default();
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
    match super::managed::Given::read(managed_fields) {
        super::managed::Given::Entries(Ok(managed)) => managed,
        _ => Managed::default(),
    }
}

fn path_in<'a>(paths: &ScalePaths<'a>, api_version: &str) -> Option<Option<Vec<Element<'a>>>> {
    let (_, path) = paths.iter().find(|(version, _)| *version == api_version)?;
    Some(path.map(|path| path.iter().copied().map(Element::Field).collect()))
}
