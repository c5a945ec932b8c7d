//! What the macro says of a type, as a `const`: the part of a CRD that doesn't come from a schema.

use super::{Crd, CrdError, columns, schema};
use crate::{K8sType, root::Root};

/// Whether objects of a type live in a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Scope {
    /// Each object lives in a namespace.
    Namespaced,
    /// Objects belong to the whole cluster.
    Cluster,
}

/// A column of `kubectl get` as declared; its type comes from the schema.
#[derive(Clone, Copy, Debug)]
pub struct DeclaredColumn {
    /// The heading.
    pub name: &'static str,
    /// The field's name in `spec`, as serde writes it.
    pub field: &'static str,
}

/// Everything of a CRD but its schema.
#[derive(Clone, Copy, Debug)]
pub struct Declaration {
    /// Group, version, kind and plural.
    pub of: &'static K8sType,
    /// The singular name.
    pub singular: &'static str,
    /// Short names for `kubectl`.
    pub short_names: &'static [&'static str],
    /// Groups of kinds that `kubectl get` knows, e.g. `all`.
    pub categories: &'static [&'static str],
    /// Whether objects live in a namespace.
    pub scope: Scope,
    /// Columns from fields of `spec`.
    pub columns: &'static [DeclaredColumn],
}

impl Declaration {
    /// The CRD of a root struct.
    ///
    /// # Errors
    /// Where a schema or a column can't be said in a CRD.
    pub fn crd<R: Root>(&self) -> Result<Crd, CrdError> {
        let status = R::HAS_STATUS.then(schema::status::of::<R::StatusOrUnit>);
        self.build(schema::of::<R::Spec>("spec"), status)
    }

    fn build(
        &self,
        spec: schema::Outcome,
        status: Option<schema::Outcome>,
    ) -> Result<Crd, CrdError> {
        let has_status = status.is_some();
        let mut problems = spec.problems;
        let columns = columns::resolve(self.columns, &spec.schema, &spec.type_name, &mut problems);
        let status = status.map(|status| {
            problems.extend(status.problems);
            status.schema
        });
        let crd = Crd {
            of: *self.of,
            singular: self.singular.to_owned(),
            short_names: self.short_names.iter().map(ToString::to_string).collect(),
            categories: self.categories.iter().map(ToString::to_string).collect(),
            scope: self.scope,
            columns,
            has_status,
            schema: schema::root(spec.schema, status),
        };
        if problems.is_empty() {
            Ok(crd)
        } else {
            Err(CrdError {
                crd: crd.name(),
                problems,
            })
        }
    }
}
