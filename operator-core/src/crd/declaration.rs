//! What the macro says of a resource, as a `const`: everything of a CRD but its schema.

use serde_json::Value;

use super::{
    Crd, CrdError, Problem, columns,
    declared::{
        Descriptions, FieldColumn, Rule, ScaleRole, Shape,
        apply::{At, Placed, Walk},
        describe,
        find::Place,
    },
    flat, kubernetes, scale, schema, selectable, size, v1beta1,
};
use crate::{K8sType, root::Root};

/// Whether objects of a type live in a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Scope {
    /// Each object lives in a namespace.
    Namespaced,
    /// Objects belong to the whole cluster.
    Cluster,
}

/// A column that is written on the struct.
#[derive(Clone, Copy, Debug)]
pub struct WrittenColumn {
    /// The JSON path from the top of the resource.
    pub path: &'static str,
    /// What is said of it.
    pub column: FieldColumn,
}

/// The scale subresource as written on the struct.
#[derive(Clone, Copy, Debug)]
pub struct WrittenScale {
    /// The path of the number that is wanted.
    pub replicas: Option<&'static str>,
    /// The path of the number that there is.
    pub status: Option<&'static str>,
    /// The path of the label selector.
    pub selector: Option<&'static str>,
}

impl WrittenScale {
    const NONE: Self = Self {
        replicas: None,
        status: None,
        selector: None,
    };

    pub(super) fn path(&self, role: ScaleRole) -> Option<&'static str> {
        match role {
            ScaleRole::Replicas => self.replicas,
            ScaleRole::Status => self.status,
            ScaleRole::Selector => self.selector,
        }
    }
}

/// Everything of a CRD but its schema.
// Each is an attribute that is there or not, of its own.
#[allow(clippy::struct_excessive_bools)]
#[derive(Clone, Copy, Debug)]
pub struct Declaration {
    /// Group, version, kind and plural.
    pub of: &'static K8sType,
    /// The singular name.
    pub singular: &'static str,
    /// The kind of its lists, if that isn't the kind with `List`.
    pub list_kind: Option<&'static str>,
    /// Short names for `kubectl`.
    pub short_names: &'static [&'static str],
    /// Groups of kinds that `kubectl get` knows, e.g. `all`.
    pub categories: &'static [&'static str],
    /// Whether objects live in a namespace.
    pub scope: Scope,
    /// Whether the struct's fields stand at the top of the resource, and not in `spec`.
    pub flat: bool,
    /// Whether the version is served.
    pub served: bool,
    /// Whether objects are stored in it.
    pub storage: bool,
    /// Whether it is deprecated, and what clients are told then.
    // What an attribute says that may be there without a value.
    #[allow(clippy::option_option)]
    pub deprecated: Option<Option<&'static str>>,
    /// Labels of the CRD.
    pub labels: &'static [(&'static str, &'static str)],
    /// Annotations of the CRD.
    pub annotations: &'static [(&'static str, &'static str)],
    /// The scale subresource.
    pub scale: WrittenScale,
    /// Columns besides those of fields.
    pub columns: &'static [WrittenColumn],
    /// Selectable fields besides those that say so themselves.
    pub selectable: &'static [&'static str],
    /// Rules about the whole resource.
    pub rules: &'static [Rule<'static>],
    /// What becomes of all descriptions.
    pub descriptions: Descriptions,
    /// The minor version of the oldest Kubernetes 1.x that it has to work on.
    pub oldest: Option<u32>,
    /// Whether it has to be possible to say it in `v1beta1`.
    pub v1beta1: bool,
    /// What is known of the spec.
    pub spec: Shape,
    /// What is known of the status.
    pub status: Shape,
}

impl Declaration {
    /// One of which nothing else is said.
    #[must_use]
    pub const fn new(
        of: &'static K8sType,
        singular: &'static str,
        spec: Shape,
        status: Shape,
    ) -> Self {
        Self {
            of,
            singular,
            list_kind: None,
            short_names: &[],
            categories: &[],
            scope: Scope::Namespaced,
            flat: false,
            served: true,
            storage: true,
            deprecated: None,
            labels: &[],
            annotations: &[],
            scale: WrittenScale::NONE,
            columns: &[],
            selectable: &[],
            rules: &[],
            descriptions: Descriptions::Kept,
            oldest: None,
            v1beta1: false,
            spec,
            status,
        }
    }

    /// The CRD of a root struct.
    ///
    /// # Errors
    /// Where a schema, or what is declared of it, can't be said in a CRD.
    pub fn crd<R: Root>(&self) -> Result<Crd, CrdError> {
        let status = R::HAS_STATUS.then(schema::status::of::<R::StatusOrUnit>);
        let place = if self.flat { "" } else { "spec" };
        self.build(schema::of::<R::Spec>(place), status)
    }

    fn build(
        &self,
        mut spec: schema::Outcome,
        status: Option<schema::Outcome>,
    ) -> Result<Crd, CrdError> {
        let has_status = status.is_some();
        let mut problems = std::mem::take(&mut spec.problems);
        for problem in &mut problems {
            problem.field = problem.field.trim_start_matches('.').to_owned();
        }
        let mut placed = Vec::new();
        let start = At::start((!self.flat).then_some("spec"));
        let mut apply = |shape, half: &mut schema::Outcome, start: &At, problems: &mut Vec<_>| {
            let mut walk = Walk::new(problems);
            walk.visit(Place::of(shape), &mut half.schema, start);
            walk.missed(&half.declared);
            placed.extend(walk.placed);
        };
        apply(self.spec, &mut spec, &start, &mut problems);
        let status = status.map(|mut status| {
            problems.append(&mut status.problems);
            let start = At::start(Some("status"));
            apply(self.status, &mut status, &start, &mut problems);
            status.schema
        });
        let mut schema = if self.flat {
            schema::flat_root(spec.schema, status)
        } else {
            schema::root(spec.schema, status)
        };
        self.whole(&mut schema, &mut problems);
        if self.flat && problems.is_empty() {
            flat::check(&schema, has_status, &mut problems);
        }
        let crd = self.with_schema(schema, &placed, has_status, &mut problems);
        self.check(&crd, &mut problems);
        for problem in &mut problems {
            if problem.type_name.is_empty() {
                self.of.kind.clone_into(&mut problem.type_name);
            }
        }
        if problems.is_empty() {
            Ok(crd)
        } else {
            Err(CrdError {
                crd: crd.name(),
                problems,
            })
        }
    }

    /// What is said of the resource as a whole.
    fn whole(&self, schema: &mut Value, problems: &mut Vec<Problem>) {
        let mut walk = Walk::new(problems);
        walk.rules(schema, self.rules, &At::start(None));
        describe(schema, self.descriptions);
    }

    fn with_schema(
        &self,
        schema: Value,
        placed: &[Placed],
        has_status: bool,
        problems: &mut Vec<Problem>,
    ) -> Crd {
        // What is wrong with the schema of a field explains why it can't show.
        let known = problems.len();
        let problem = &mut |problem: Problem| {
            if problems[..known].iter().all(|it| it.field != problem.field) {
                problems.push(problem);
            }
        };
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        let pairs = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter();
            pairs
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect()
        };
        Crd {
            of: *self.of,
            singular: self.singular.to_owned(),
            list_kind: self
                .list_kind
                .map_or_else(|| format!("{}List", self.of.kind), str::to_owned),
            short_names: owned(self.short_names),
            categories: owned(self.categories),
            scope: self.scope,
            labels: pairs(self.labels),
            annotations: pairs(self.annotations),
            served: self.served,
            storage: self.storage,
            deprecated: self.deprecated,
            columns: columns::resolve(placed, self.columns, &schema, problem),
            selectable: selectable::resolve(placed, self.selectable, &schema, problem),
            scale: scale::resolve(placed, &self.scale, &schema, problem),
            has_status,
            schema,
            other_versions: Vec::new(),
        }
    }

    /// What only the whole can be asked.
    fn check(&self, crd: &Crd, problems: &mut Vec<Problem>) {
        if let Some(oldest) = self.oldest {
            kubernetes::check(crd, oldest, problems);
        }
        if self.v1beta1 {
            problems.extend(v1beta1::unsayable(crd));
        }
        // A schema that is wrong may be of any size.
        if problems.is_empty() {
            problems.extend(size::beyond_the_store(crd));
        }
    }
}
