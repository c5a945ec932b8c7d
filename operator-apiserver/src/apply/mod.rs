//! Who owns which field (`metadata.managedFields`), and server-side apply, as the API server of Kubernetes does both.
//!
//! What the pipeline does, in this order:
//!
//! - create: decode, prune and default the body, [`track_update`] with `old` `None`, admission, then the strategy's
//!   preparation and validation;
//! - update and patch: the same with what is stored as `old`; after the strategy's preparation
//!   [`ignore_new_times`], then compare with what is stored to see whether there is anything to write;
//! - apply: [`apply`] in the place of `track_update`; what it returns is then decoded, pruned and defaulted (what is
//!   defaulted belongs to nobody) and goes the way of an update, or of a creation if nothing is stored;
//! - `status` and other subresources that are the object itself: the same with the subresource in the [`Writer`] and
//!   the other fields as `reset`; the strategy then puts back what is not written here, but keeps `managedFields`;
//! - `scale`: [`scale_managed_fields`] go into the stored `Scale`, which is updated or applied to as any object is, in
//!   version `autoscaling/v1`; [`parent_managed_fields`] of the result go into the scaled object.

use std::{borrow::Cow, sync::LazyLock};

use serde_json::{Map, Value};

use crate::{schema::Schema, strategy::Convert};

mod apply_config;
mod compare;
mod conflict;
mod fields_v1;
mod json_text;
mod last_applied;
mod managed;
mod merge;
mod path;
mod reconcile;
mod remove;
mod scale;
mod set;
mod shape;
mod strip;
#[cfg(test)]
mod tests;
mod times;
mod typed;
mod update;
mod value;

pub(crate) use apply_config::apply;
pub(crate) use scale::{ScalePaths, parent_managed_fields, scale_managed_fields};
pub(crate) use times::ignore_new_times;
pub(crate) use update::track_update;

/// Who writes, in which version, through which endpoint, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Writer<'a> {
    /// The field manager; if the request names none, what its user agent has before the first `/`.
    pub(crate) manager: &'a str,
    /// The `apiVersion` of the endpoint.
    pub(crate) api_version: &'a str,
    /// `status`, `scale` …, empty for the object itself.
    pub(crate) subresource: &'a str,
    /// The time, as `2006-01-02T15:04:05Z`.
    pub(crate) now: &'a str,
    /// The other served versions of the kind. What is owned in a version that is not served is forgotten.
    pub(crate) other_versions: &'a [OtherVersion<'a>],
}

/// Another version of a kind than the one that is written in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OtherVersion<'a> {
    /// Its `apiVersion`.
    pub(crate) api_version: &'a str,
    /// Its schema.
    pub(crate) schema: &'a Schema,
    /// How objects of the writer's version become objects of this one; `None` if the two differ in their schemas only,
    /// as CRDs' versions do without a webhook.
    pub(crate) conversion: Option<Conversion>,
}

/// What turns the objects of two versions into each other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Conversion {
    /// From the writer's version to the other.
    pub(crate) there: Convert,
    /// From the other version to the writer's.
    pub(crate) back: Convert,
}

/// A version in which objects can be looked at: the writer's own or another.
#[derive(Clone, Copy)]
struct Version<'s> {
    schema: &'s Schema,
    conversion: Option<Conversion>,
}

impl Version<'_> {
    /// An object of the writer's version in this one.
    fn of<'o>(&self, object: &'o Value) -> Cow<'o, Value> {
        match self.conversion {
            Some(Conversion { there, .. }) => {
                let mut object = object.clone();
                there(&mut object);
                Cow::Owned(object)
            }
            None => Cow::Borrowed(object),
        }
    }

    /// An object of this version in the writer's.
    fn back(&self, mut object: Value) -> Value {
        if let Some(Conversion { back, .. }) = self.conversion {
            back(&mut object);
        }
        object
    }
}

impl<'a> Writer<'a> {
    /// A version by its name, `None` if it is not served.
    fn version<'s>(&self, own: &'s Schema, version: &str) -> Result<Option<Version<'s>>, String>
    where
        'a: 's,
    {
        if version == self.api_version {
            return Ok(Some(Version {
                schema: own,
                conversion: None,
            }));
        }
        if version.matches('/').count() > 1 {
            return Err(format!("unexpected GroupVersion string: {version}"));
        }
        let mut others = self.other_versions.iter();
        let other = others.find(|other| other.api_version == version);
        Ok(other.map(|other| Version {
            schema: other.schema,
            conversion: other.conversion,
        }))
    }
}

/// What an object was before it was created.
fn object_without_fields() -> &'static Value {
    static EMPTY: LazyLock<Value> = LazyLock::new(|| Value::Object(Map::new()));
    &EMPTY
}
