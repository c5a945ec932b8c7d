//! [`Path`]: where a walk stands, kept on the stack and spelled out only for an error.

use std::fmt;

/// A place in a value, linked to the place above it.
#[derive(Clone, Copy)]
pub(super) enum Path<'a> {
    /// Where the walk began.
    Root,
    /// A field of a struct: `a.b`.
    Field(&'a Path<'a>, &'a str),
    /// An entry of a map, as validation names it: `a.b`, and `.b` at the root.
    Entry(&'a Path<'a>, &'a str),
    /// An entry of a map, as other checks name it: `a[b]`.
    Key(&'a Path<'a>, &'a str),
    /// An item of a list: `a[0]`.
    Index(&'a Path<'a>, usize),
}

impl Path<'_> {
    pub(super) fn is_root(&self) -> bool {
        matches!(self, Path::Root)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => Ok(()),
            Path::Field(Path::Root, name) => f.write_str(name),
            Path::Field(parent, name) | Path::Entry(parent, name) => write!(f, "{parent}.{name}"),
            Path::Key(parent, name) => write!(f, "{parent}[{name}]"),
            Path::Index(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// The path of an error: what the walk was given, and where in it the error is. An error at no path at all is
/// shown at `<nil>`.
pub(super) fn absolute(prefix: &str, relative: &str) -> String {
    match (prefix, relative.strip_prefix('.').unwrap_or(relative)) {
        ("", "") => "<nil>".to_owned(),
        ("", relative) => relative.to_owned(),
        (prefix, "") => prefix.to_owned(),
        (prefix, relative) => format!("{prefix}.{relative}"),
    }
}
