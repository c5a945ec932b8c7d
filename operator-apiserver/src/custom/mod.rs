//! Custom resource definitions (CRDs), and the kinds that they make.
//!
//! [`Definition`] treats the CRDs themselves; [`resources`] turns an accepted one into the [`Resource`]s of its
//! versions, whose objects [`CustomStrategy`] treats. What controllers do on a cluster (accepting names, establishing,
//! cleaning up) are pure functions of the CRD here: [`names`], [`termination`], [`api_approval`].
//!
//! [`Resource`]: crate::resource::Resource

pub(crate) mod age;
pub(crate) mod api_approval;
mod condition;
pub(crate) mod conversion;
mod definition;
mod dns;
mod finalizers;
mod internal_form;
pub(crate) mod json_path;
mod kind;
pub(crate) mod names;
mod printer_columns;
pub(crate) mod scale;
mod schema_warnings;
mod selectable_fields;
mod spec;
mod spec_rules;
mod strategy;
pub(crate) mod structural_schema;
mod subresources;
pub(crate) mod termination;
pub(crate) mod v1beta1;
mod v1beta1_definition;
mod validate_definition;
mod version_rules;

pub(crate) use definition::Definition;
pub(crate) use kind::{resources, stored_resource};
pub(crate) use v1beta1_definition::v1beta1_definition;
pub use validate_definition::validate_definition;
