//! Leases: held for a while that is longer than nothing, and made by whoever writes them first.

use super::{
    check::not_negative,
    fields::{number, object_mut, remove},
    path::Path,
    rules::Rules,
};
use crate::field_error::FieldError;

pub(super) const RULES: Rules = Rules {
    default: |object| {
        // Coordinated election is off, as on a cluster: its fields are not kept.
        if let Some(spec) = object_mut(object, "spec") {
            remove(spec, "strategy");
            remove(spec, "preferredHolder");
        }
    },
    validate: |object, errors| {
        let spec = &object["spec"];
        let path = Path::Root("spec");
        if let Some(seconds) = number(spec, "leaseDurationSeconds").filter(|seconds| *seconds <= 0)
        {
            errors.push(FieldError::invalid(
                path.field("leaseDurationSeconds"),
                seconds,
                "must be greater than 0",
            ));
        }
        not_negative(spec, &path, &["leaseTransitions"], errors);
    },
    unconditional_update: false,
    create_on_update: true,
    ..Rules::PLAIN
};
