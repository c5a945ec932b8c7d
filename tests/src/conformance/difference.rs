//! [`Difference`]: what the embedded server is known to answer differently, and why that is accepted.

use serde::Deserialize;

use crate::conformance::expectation::Expectation;

/// One step that the embedded server answers differently.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// The case's id.
    pub case: String,
    /// The step's number in the case, from 1.
    pub step: usize,
    /// Why the difference is accepted.
    pub why: String,
    /// What the embedded server answers.
    pub embedded: Expectation,
    /// Whether the rest of the case makes no sense on the embedded server.
    #[serde(default)]
    pub ends: bool,
}
