//! The metadata that all kinds share: what the server sets in it, and what it lets through.

mod create;
pub mod names;
mod owner_references;
mod update;
mod validate;

pub use create::{
    MAX_GENERATED_BASE, SUFFIX_ALPHABET, SUFFIX_LENGTH, check_namespace, generated_name,
    prepare_for_create,
};
pub use update::{prepare_for_update, wipe_system_fields};
pub use validate::{Finalizers, validate, validate_embedded, validate_update};
