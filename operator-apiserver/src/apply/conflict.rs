//! [`Conflicts`]: the fields that an apply would change and others own, as the client is told.

use super::{
    managed::{Id, Operation},
    path::Element,
    set::Set,
};
use crate::{
    error::{ApiError, Cause},
    go_text,
};

/// Which fields of which managers are in the way.
#[derive(Debug)]
pub(super) struct Conflicts<'a> {
    by_manager: Vec<(Id<'a>, Set<'a>)>,
}

impl<'a> Conflicts<'a> {
    /// Conflicts in the order in which they are told.
    pub(super) fn new(mut by_manager: Vec<(Id<'a>, Set<'a>)>) -> Self {
        by_manager.sort_by_cached_key(|(id, _)| id.text());
        Self { by_manager }
    }

    /// The conflicts about fields that are not in `allowed`; `None` if there is none left.
    pub(super) fn except(self, allowed: &Set<'_>) -> Option<Self> {
        let conflicts = self.by_manager.into_iter();
        let conflicts = conflicts.map(|(id, set)| (id, set.difference(allowed)));
        let by_manager: Vec<_> = conflicts.filter(|(_, set)| !set.is_empty()).collect();
        (!by_manager.is_empty()).then_some(Self { by_manager })
    }

    /// The refusal.
    pub(super) fn to_error(&self) -> ApiError {
        let mut causes = Vec::new();
        let mut lists = Vec::new();
        for (id, set) in &self.by_manager {
            let manager = name(id);
            let mut list = format!("conflicts with {manager}:");
            set.for_each(&mut |path: &[&Element<'_>]| {
                let field: String = path.iter().map(ToString::to_string).collect();
                list.push_str("\n- ");
                list.push_str(&field);
                causes.push(Cause {
                    reason: "FieldManagerConflict".to_owned(),
                    message: format!("conflict with {manager}"),
                    field,
                });
            });
            lists.push(list);
        }
        let message = match causes.as_slice() {
            [one] => format!(
                "Apply failed with 1 conflict: {}: {}",
                one.message, one.field
            ),
            many => format!(
                "Apply failed with {} conflicts: {}",
                many.len(),
                lists.join("\n")
            ),
        };
        let mut error = ApiError::new(409, "Conflict", message);
        error.details.causes = causes;
        error
    }
}

fn name(id: &Id<'_>) -> String {
    let mut name = go_text::quote(id.manager);
    if !id.subresource.is_empty() {
        name.push_str(" with subresource ");
        name.push_str(&go_text::quote(id.subresource));
    }
    if id.operation == Operation::Update {
        name.push_str(" using ");
        name.push_str(id.api_version);
    }
    name
}
