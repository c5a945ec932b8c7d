//! [`apply`]: a manager's configuration becomes part of an object, and what it gave up goes.

use serde_json::Value;

use super::{
    Version, Writer,
    conflict::Conflicts,
    last_applied,
    managed::{Entry, Id, Managed, Operation},
    merge::merge,
    object_without_fields,
    remove::{remove, with_declared_parents},
    set::Set,
    shape::Type,
    strip::NEVER_OWNED,
    typed::{Duplicates, field_set, same_object, validate},
    update::{Change, Failure, reconcile_all, update},
};
use crate::{
    error::ApiError,
    object::{self, metadata_mut},
    schema::Schema,
};

/// Applies `config`, an object of which only what the manager wants to own is said, to what is stored (`None` if
/// nothing is, then the configuration becomes the object). Returns the object with its new `managedFields`, neither
/// pruned nor defaulted nor validated.
///
/// Fields that the manager applied before and now doesn't are removed, unless somebody else owns them. Fields of
/// `reset` (such as `status`, with all below) are owned by nobody who applies here.
///
/// # Errors
/// - 409 with one cause for each field that others own and that would change; not with `force`, which takes it.
/// - 500 if the configuration does not fit the schema: that is what the API server answers.
/// - 400 if the configuration has `metadata.managedFields`.
pub(crate) fn apply(
    schema: &Schema,
    live: Option<&Value>,
    config: &Value,
    writer: &Writer<'_>,
    force: bool,
    reset: &[&[&str]],
) -> Result<Value, ApiError> {
    if config["metadata"]["managedFields"].is_array() {
        return Err(ApiError::bad_request("metadata.managedFields must be nil"));
    }
    let application = Application {
        schema,
        live: live.unwrap_or(object_without_fields()),
        config,
        writer,
        reset: &Set::of_fields(reset),
    };
    let managed = application.managed(live.is_some(), reset)?;
    let mut object = application.run(managed, force)?;
    if last_applied::is_kubectl(writer) {
        last_applied::keep(&mut object, config);
    }
    Ok(object)
}

struct Application<'a> {
    schema: &'a Schema,
    live: &'a Value,
    config: &'a Value,
    writer: &'a Writer<'a>,
    reset: &'a Set<'a>,
}

impl<'a> Application<'a> {
    /// Who owns what before. If nobody does, all that is there was written before the first apply.
    fn managed(&self, exists: bool, reset: &[&[&'a str]]) -> Result<Managed<'a>, ApiError> {
        let managed = Managed::try_of(self.live);
        let managed =
            managed.map_err(|error| failed(format!("failed to decode managed fields: {error}")))?;
        if !managed.is_empty() || !exists {
            return Ok(managed);
        }
        let nothing = object_without_fields();
        let manager = "before-first-apply";
        update(
            self.schema,
            nothing,
            self.live,
            managed,
            self.writer,
            manager,
            reset,
        )
        .map_err(|error| {
            failed(format!(
                "failed to create manager for existing fields: {error}"
            ))
        })
    }

    fn run(&self, managed: Managed<'a>, force: bool) -> Result<Value, ApiError> {
        let of = Type::object(self.schema);
        validate(of, self.config, Duplicates::Refused).map_err(|errors| {
            let what = describe(self.config);
            failed(format!(
                "failed to create typed patch object ({what}): {errors}"
            ))
        })?;
        validate(of, self.live, Duplicates::Allowed).map_err(|errors| {
            let what = describe(self.live);
            failed(format!(
                "failed to create typed live object ({what}): {errors}"
            ))
        })?;
        let managed = reconcile_all(managed, self.schema, self.writer).map_err(failed)?;
        match self.attempt(managed.clone(), force) {
            Err(Failure::Conflicts(conflicts)) if last_applied::is_kubectl(self.writer) => {
                let left =
                    last_applied::conflicts_left(conflicts, self.schema, self.live, self.writer);
                match left {
                    Some(conflicts) => Err(conflicts.to_error()),
                    None => self.attempt(managed, true).map_err(Failure::into_error),
                }
            }
            result => result.map_err(Failure::into_error),
        }
    }

    fn attempt(&self, mut managed: Managed<'a>, force: bool) -> Result<Value, Failure<'a>> {
        let of = Type::object(self.schema);
        let writer = self.writer;
        let manager = if writer.manager.is_empty() {
            "unknown"
        } else {
            writer.manager
        };
        let id = Id::new(manager, Operation::Apply, "", writer.subresource);
        let last = managed.take(&id);
        let set = field_set(of, self.config).difference_with_children(self.reset);
        managed.put(Entry {
            id,
            api_version: writer.api_version,
            time: last.as_ref().and_then(|last| last.time.clone()),
            set,
        });
        let merged = merge(of, Some(self.live), Some(self.config)).unwrap_or_default();
        let merged = match last {
            Some(last) if !last.set.is_empty() => self.prune(merged, &managed, &last)?,
            _ => merged,
        };
        let changed = !same_object(of, self.live, &merged);
        let managed = {
            let change = Change {
                schema: self.schema,
                old: self.live,
                new: &merged,
                writer,
                reset: self.reset,
            };
            let (mut managed, _) = change.take_over(managed, Some(&id), force)?;
            if let Some(mut own) = managed.take(&id) {
                own.set = own.set.difference(&NEVER_OWNED);
                if changed {
                    own.time = Some(writer.now.into());
                }
                if !own.set.is_empty() {
                    managed.put(own);
                }
            }
            managed.to_value()
        };
        let mut object = if changed { merged } else { self.live.clone() };
        let metadata = metadata_mut(&mut object);
        match managed {
            Some(managed) => metadata.insert("managedFields".to_owned(), managed),
            None => metadata.remove("managedFields"),
        };
        Ok(object)
    }

    /// Removes what the manager applied the last time and does not apply now, and nobody else owns.
    fn prune(
        &self,
        merged: Value,
        managed: &Managed<'_>,
        last: &Entry<'_>,
    ) -> Result<Value, Failure<'a>> {
        let Some(before) = self.version(last.api_version)? else {
            return Ok(merged);
        };
        let of = Type::object(before.schema);
        let last_set = with_declared_parents(Some(of), &last.set);
        let whole = before.of(&merged);
        let mut pruned = before.back(remove(of, &whole, &last_set));
        let mut versions: Vec<&str> = managed.entries().iter().map(|e| e.api_version).collect();
        // First the version of what is removed, then the others.
        versions.sort_by_key(|version| (*version != last.api_version, *version));
        versions.dedup();
        for name in versions {
            let Some(version) = self.version(name)? else {
                continue;
            };
            let of = Type::object(version.schema);
            let entries = managed.entries().iter();
            let entries = entries.filter(|entry| entry.api_version == name);
            let owned = entries.fold(Set::default(), |all, entry| all.union(entry.set.clone()));
            let kept = with_declared_parents(Some(of), &owned);
            let whole = version.of(&merged);
            let gone = removed(of, &whole, &version.of(&pruned)).difference(&kept);
            pruned = version.back(remove(of, &whole, &gone));
        }
        let gone = removed(of, &whole, &before.of(&pruned)).intersection(&last_set);
        Ok(before.back(remove(of, &whole, &gone)))
    }

    fn version(&self, name: &str) -> Result<Option<Version<'a>>, Failure<'a>> {
        self.writer
            .version(self.schema, name)
            .map_err(Failure::Broken)
    }
}

/// The fields that the one value has and the other has not.
fn removed<'a>(of: Type<'a>, whole: &'a Value, rest: &Value) -> Set<'a> {
    let whole = with_declared_parents(Some(of), &field_set(of, whole));
    whole.difference(&with_declared_parents(Some(of), &field_set(of, rest)))
}

/// How an object is called in errors.
fn describe(object: &Value) -> String {
    let version = object["apiVersion"].as_str().unwrap_or_default();
    let version = if version.contains('/') {
        version.to_owned()
    } else {
        format!("/{version}")
    };
    let kind = object["kind"].as_str().unwrap_or_default();
    let (namespace, name) = (object::namespace(object), object::name(object));
    format!("{namespace}/{name}; {version}, Kind={kind}")
}

impl Failure<'_> {
    fn into_error(self) -> ApiError {
        match self {
            Self::Conflicts(conflicts) => Conflicts::to_error(&conflicts),
            Self::Broken(message) => failed(message),
        }
    }
}

/// What the server answers for errors that it has no status for.
fn failed(message: String) -> ApiError {
    ApiError::new(500, "", message)
}
