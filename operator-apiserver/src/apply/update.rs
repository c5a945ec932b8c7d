//! [`track_update`]: who owns what after a write that says how the object shall be as a whole.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::{
    Writer,
    compare::Comparison,
    conflict::Conflicts,
    managed::{Entry, Given, Id, Managed, Operation},
    object_without_fields,
    reconcile::reconcile,
    set::Set,
    shape::Type,
    strip::NEVER_OWNED,
    typed::{Duplicates, validate},
};
use crate::{object::metadata_mut, schema::Schema};

/// The number of entries of updates from which on the oldest are thrown together.
const MAX_UPDATES: usize = 10;

/// Writes `metadata.managedFields` of an object that was created, updated or patched.
///
/// `old` is what is stored (`None` on creation), `new` what shall be, decoded and defaulted. What changed belongs to
/// the writer from now on, who takes it from the others. Fields of `reset` (such as `status`, with all below) can't
/// be written here and are tracked for nobody.
///
/// `managedFields` that the client sent replace the stored ones if they are valid, and are ignored if not; `[{}]`, and
/// `[]` for built-in kinds, forget all tracking. An object that isn't tracked is not tracked by an update. An error in tracking fails
/// no write: then the stored `managedFields` stay.
pub(crate) fn track_update(
    schema: &Schema,
    old: Option<&Value>,
    new: &mut Value,
    writer: &Writer<'_>,
    reset: &[&[&str]],
) {
    let given = metadata_mut(new)
        .remove("managedFields")
        .unwrap_or_default();
    let stored = || old.map(Managed::of).unwrap_or_default();
    let managed = if writer.subresource.is_empty() {
        match Given::read(&given) {
            // An empty list does not survive decoding a custom resource's metadata.
            Given::Reset if schema.definition.is_none() && given == json!([]) => stored(),
            Given::Reset => Managed::default(),
            Given::Entries(Ok(managed)) if !managed.is_empty() => managed,
            Given::Entries(_) | Given::Nothing => stored(),
        }
    } else {
        // A subresource's body is no place to change them.
        stored()
    };
    if old.is_some() && managed.is_empty() {
        return;
    }
    let live = old.unwrap_or(object_without_fields());
    let managed = match update(schema, live, new, managed, writer, writer.manager, reset) {
        Ok(managed) => managed.to_value(),
        Err(_) => old.and_then(|old| old["metadata"].get("managedFields").cloned()),
    };
    if let Some(managed) = managed {
        metadata_mut(new).insert("managedFields".to_owned(), managed);
    }
}

/// Who owns what after an update by `manager`.
///
/// # Errors
/// If one of the objects does not fit its schema.
pub(super) fn update<'m>(
    schema: &'m Schema,
    old: &'m Value,
    new: &'m Value,
    managed: Managed<'m>,
    writer: &'m Writer<'m>,
    manager: &'m str,
    reset: &[&[&'m str]],
) -> Result<Managed<'m>, String> {
    let of = Type::object(schema);
    for object in [new, old] {
        validate(of, object, Duplicates::Allowed).map_err(|errors| errors.to_string())?;
    }
    let reset = Set::of_fields(reset);
    let managed = reconcile_all(managed, schema, writer)?;
    let change = Change {
        schema,
        old,
        new,
        writer,
        reset: &reset,
    };
    let (mut managed, comparison) = match change.take_over(managed, None, true) {
        Ok(taken) => taken,
        Err(Failure::Broken(error)) => return Err(error),
        Err(Failure::Conflicts(_)) => return Err("an update has no conflicts".to_owned()),
    };
    let set = comparison.modified.union(comparison.added);
    let set = set.difference(&NEVER_OWNED);
    if !set.is_empty() {
        let manager = if manager.is_empty() {
            "unknown"
        } else {
            manager
        };
        let id = Id::new(
            manager,
            Operation::Update,
            writer.api_version,
            writer.subresource,
        );
        let before = managed.take(&id).map(|entry| entry.set);
        managed.put(Entry {
            id,
            api_version: writer.api_version,
            time: Some(writer.now.into()),
            set: set.union(before.unwrap_or_default()),
        });
    }
    cap(&mut managed);
    Ok(managed)
}

/// Why there is no result.
pub(super) enum Failure<'a> {
    /// Others own what would change.
    Conflicts(Conflicts<'a>),
    /// Something does not fit its schema.
    Broken(String),
}

/// Brings all sets up to the schemas of their versions.
pub(super) fn reconcile_all<'m>(
    mut managed: Managed<'m>,
    schema: &Schema,
    writer: &Writer<'_>,
) -> Result<Managed<'m>, String> {
    let mut result = Ok(());
    managed.retain(|entry| match writer.version(schema, entry.api_version) {
        Ok(Some(version)) => {
            reconcile(Type::object(version.schema), &mut entry.set);
            true
        }
        // What is said of a version that is served no longer says nothing any more.
        Ok(None) => false,
        Err(error) => {
            result = Err(error);
            true
        }
    });
    result.map(|()| managed)
}

/// A version by its name, its schema, and what was and what shall be in it.
type Seen<'m, 'o> = (&'m str, &'o Schema, Cow<'o, Value>, Cow<'o, Value>);

/// One object that becomes another.
pub(super) struct Change<'c, 'o> {
    pub(super) schema: &'o Schema,
    pub(super) old: &'o Value,
    pub(super) new: &'o Value,
    pub(super) writer: &'c Writer<'o>,
    pub(super) reset: &'c Set<'c>,
}

impl<'o> Change<'_, 'o> {
    /// Takes what changes from all managers but `applier`, and forgets what is gone; those who have nothing left are
    /// dropped. Without `force`, changes of what others own are conflicts.
    ///
    /// Returns the change in the version of the writer.
    pub(super) fn take_over<'m>(
        &self,
        mut managed: Managed<'m>,
        applier: Option<&Id<'_>>,
        force: bool,
    ) -> Result<(Managed<'m>, Comparison<'o>), Failure<'m>> {
        let own = Comparison::of(Type::object(self.schema), self.old, self.new).without(self.reset);
        let seen = self.in_other_versions(&managed, applier)?;
        let others: Vec<(&str, Comparison<'_>)> = seen
            .iter()
            .map(|(version, schema, old, new)| {
                let comparison = Comparison::of(Type::object(schema), old, new);
                (*version, comparison.without(self.reset))
            })
            .collect();
        let comparison_in = |version: &str| {
            let other = others.iter().find(|(other, _)| *other == version);
            other.map_or(&own, |(_, comparison)| comparison)
        };
        if !force {
            let entries = managed.entries().iter();
            let entries = entries.filter(|entry| applier != Some(&entry.id));
            let conflicts = entries.filter_map(|entry| {
                let changed = comparison_in(entry.api_version);
                let set = entry.set.intersection(&changed.modified);
                let set = set.union(entry.set.intersection(&changed.added));
                (!set.is_empty()).then_some((entry.id, set))
            });
            let conflicts: Vec<_> = conflicts.collect();
            if !conflicts.is_empty() {
                return Err(Failure::Conflicts(Conflicts::new(conflicts)));
            }
        }
        managed.retain(|entry| {
            if applier != Some(&entry.id) {
                let changed = comparison_in(entry.api_version);
                let set = std::mem::take(&mut entry.set);
                let set = set.difference(&changed.modified).difference(&changed.added);
                entry.set = set.difference(&changed.removed);
            }
            !entry.set.is_empty()
        });
        drop(others);
        Ok((managed, own))
    }

    /// The change as it looks in each of the other versions in which somebody owns something.
    fn in_other_versions<'m>(
        &self,
        managed: &Managed<'m>,
        applier: Option<&Id<'_>>,
    ) -> Result<Vec<Seen<'m, 'o>>, Failure<'m>> {
        let mut seen: Vec<Seen<'m, 'o>> = Vec::new();
        for entry in managed.entries() {
            let name = entry.api_version;
            let known = name == self.writer.api_version
                || applier == Some(&entry.id)
                || seen.iter().any(|(known, ..)| *known == name);
            if known {
                continue;
            }
            let version = self.writer.version(self.schema, name);
            let Some(version) = version.map_err(Failure::Broken)? else {
                continue;
            };
            let (old, new) = (version.of(self.old), version.of(self.new));
            let of = Type::object(version.schema);
            for object in [&old, &new] {
                validate(of, object, Duplicates::Refused)
                    .map_err(|errors| Failure::Broken(errors.to_string()))?;
            }
            seen.push((name, version.schema, old, new));
        }
        Ok(seen)
    }
}

/// Throws the oldest updates of each version together until there are no more than ten.
fn cap(managed: &mut Managed<'_>) {
    let is_update = |entry: &&Entry<'_>| entry.id.operation == Operation::Update;
    let mut left = managed.entries().iter().filter(is_update).count();
    if left <= MAX_UPDATES {
        return;
    }
    let updates = managed.entries().iter().filter(is_update);
    let mut oldest: Vec<_> = updates
        .map(|entry| (entry.sort_time().to_owned(), entry.id.text(), entry.id))
        .collect();
    oldest.sort();
    let mut first_of_version: Vec<(&str, Id<'_>)> = Vec::new();
    for (_, _, id) in oldest {
        if left <= MAX_UPDATES {
            break;
        }
        let version = id.api_version;
        let Some((_, first)) = first_of_version.iter().find(|(v, _)| *v == version) else {
            first_of_version.push((version, id));
            continue;
        };
        let bucket = Id::new("ancient-changes", Operation::Update, version, "");
        let before = match managed.take(&bucket) {
            Some(entry) => Some(entry),
            None => managed.take(first),
        };
        if let Some(entry) = managed.take(&id) {
            let before = before.map(|before| before.set).unwrap_or_default();
            managed.put(Entry {
                id: bucket,
                set: entry.set.union(before),
                ..entry
            });
        }
        left -= 1;
    }
}
