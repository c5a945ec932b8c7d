//! What a request asks for, before anybody looks at what is there.

mod body;
mod options;
mod path;
mod query;

pub(crate) use body::{Body, Duplicate, decode_body, decode_yaml, media_type, read_ahead};
pub(crate) use options::{DeleteOptions, FieldValidation, PatchOptions, Propagation, WriteOptions};
pub(crate) use path::{Path, ResourcePath};
pub(crate) use query::Query;
