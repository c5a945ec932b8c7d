//! [`Path`]: where in an object something is, spelled out only when there is an error to report.

use std::fmt;

/// The path of a field, as the server writes it: `spec.ports[0].name`, `data[a b]`.
#[derive(Clone, Copy)]
pub(super) enum Path<'a> {
    /// A field of the object itself, or several with dots between.
    Root(&'a str),
    /// A field.
    Field(&'a Path<'a>, &'a str),
    /// An item of a list.
    Index(&'a Path<'a>, usize),
    /// An entry of a map.
    Key(&'a Path<'a>, &'a str),
}

impl<'a> Path<'a> {
    pub(super) fn field(&'a self, name: &'a str) -> Path<'a> {
        Path::Field(self, name)
    }

    pub(super) fn index(&'a self, index: usize) -> Path<'a> {
        Path::Index(self, index)
    }

    pub(super) fn key(&'a self, key: &'a str) -> Path<'a> {
        Path::Key(self, key)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(name) => f.write_str(name),
            Self::Field(parent, name) => write!(f, "{parent}.{name}"),
            Self::Index(parent, index) => write!(f, "{parent}[{index}]"),
            Self::Key(parent, key) => write!(f, "{parent}[{key}]"),
        }
    }
}

impl From<Path<'_>> for String {
    fn from(path: Path<'_>) -> Self {
        path.to_string()
    }
}

impl From<&Path<'_>> for String {
    fn from(path: &Path<'_>) -> Self {
        path.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_as_the_server_writes_it() {
        let spec = Path::Root("spec");
        let ports = spec.field("ports");
        let port = ports.index(0);
        assert_eq!(port.field("name").to_string(), "spec.ports[0].name");
        assert_eq!(Path::Root("data").key("a b").to_string(), "data[a b]");
    }
}
