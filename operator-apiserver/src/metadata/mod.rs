//! The metadata that all kinds share: what the server sets in it, and what it lets through.

mod create;
pub(crate) mod names;
mod owner_references;
mod update;
mod validate;

pub(crate) use create::{
    SUFFIX_ALPHABET, SUFFIX_LENGTH, check_namespace, generated_name, prepare_for_create,
};
pub(crate) use update::{prepare_for_update, wipe_system_fields};
pub(crate) use validate::{
    Finalizers, validate, validate_changed, validate_embedded, validate_update,
};
