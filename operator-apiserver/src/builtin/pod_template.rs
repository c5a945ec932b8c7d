//! Pod templates that stand alone.

use super::{
    path::Path,
    pod_spec::default_template,
    pod_validation::validate_template,
    rules::{Deletion, Generation, Rules},
};

pub(super) const RULES: Rules = Rules {
    default: default_template,
    validate: |object, errors| {
        validate_template(&object["template"], &Path::Root("template"), errors);
    },
    generation: Generation::Spec,
    deletion: Deletion::Returned,
    ..Rules::PLAIN
};
