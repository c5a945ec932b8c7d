//! Custom resource definitions (CRDs), and the kinds that they make.
//!
//! [`Definition`] treats the CRDs themselves; [`resources`] turns an accepted one into the [`Resource`]s of its
//! versions, whose objects [`CustomStrategy`] treats. What controllers do on a cluster (accepting names, establishing,
//! cleaning up) are pure functions of the CRD here: [`names`], [`termination`], [`api_approval`].
//!
//! [`Resource`]: crate::resource::Resource

pub mod age;
pub mod api_approval;
mod condition;
pub mod conversion;
mod definition;
mod dns;
mod finalizers;
mod go_fmt;
mod go_json;
pub mod json_path;
mod kind;
pub mod names;
mod printer_columns;
pub mod scale;
mod schema_warnings;
mod selectable_fields;
mod spec;
mod spec_rules;
mod strategy;
pub mod structural_schema;
mod subresources;
pub mod termination;
pub mod v1beta1;
mod v1beta1_definition;
mod version_rules;

pub use condition::is_true;
pub use definition::Definition;
pub use kind::{resources, storage_version, stored_resource};
pub use strategy::CustomStrategy;
pub use v1beta1_definition::v1beta1_definition;
