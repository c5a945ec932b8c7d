//! [`CrdError`]: all that keeps a struct from being said as a CRD, each problem with its type and field.

use std::fmt;

use super::Crd;

/// One thing that a CRD can't say, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The Rust type whose schema it is, as `schemars` names it.
    pub type_name: String,
    /// The path of the field in the resource, e.g. `spec.mode`; list items are `[]` and map values `{}`.
    pub field: String,
    /// What is wrong, and what to write.
    pub message: String,
}

impl Problem {
    /// A problem of what is at a JSON path; whoever reports it knows the type.
    pub(super) fn at(path: &str, message: String) -> Self {
        Self {
            type_name: String::new(),
            field: path.trim_start_matches('.').to_owned(),
            message,
        }
    }

    /// A problem of a resource as a whole, or of what is at a JSON path in it.
    pub(super) fn of(crd: &Crd, path: &str, message: String) -> Self {
        Self {
            type_name: crd.kind().to_owned(),
            ..Self::at(path, message)
        }
    }
}

/// Whether a field, as problems say it, is another one or below it.
pub(super) fn is_within(field: &str, other: &str) -> bool {
    other.is_empty()
        || field
            .strip_prefix(other)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[', '{']))
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.type_name)?;
        if !self.field.is_empty() {
            write!(f, " at `{}`", self.field)?;
        }
        write!(f, ": {}", self.message)
    }
}

/// Why a type has no CRD. It is a mistake in the struct: trying again doesn't help.
///
/// It holds every problem that was found, not just the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrdError {
    pub(super) crd: String,
    pub(super) problems: Vec<Problem>,
}

impl CrdError {
    /// The problems, in the order of the schema. There is at least one.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for CrdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} can't be said as a CRD", self.crd)?;
        match self.problems.as_slice() {
            [only] => write!(f, ": {only}"),
            several => several
                .iter()
                .try_for_each(|problem| write!(f, "\n  {problem}")),
        }
    }
}

impl std::error::Error for CrdError {}
