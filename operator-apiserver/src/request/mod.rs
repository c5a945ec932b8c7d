//! What a request asks for, before anybody looks at what is there.

mod body;
mod options;
mod path;
mod query;

pub use body::{Body, Duplicate, decode_body, decode_yaml, media_type};
pub use options::{DeleteOptions, FieldValidation, PatchOptions, Propagation, WriteOptions};
pub use path::{Path, ResourcePath};
pub use query::Query;
