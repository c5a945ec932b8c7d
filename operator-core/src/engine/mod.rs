//! The loop as values, without I/O and without a clock: what is known ([`index`]), what is due ([`queue`],
//! [`backoff`], [`outage`]), what to write ([`desired`], [`plan`], [`status`]), what became of it ([`state`]), and what is
//! told of it ([`news`], [`readiness`], [`activity`]).
//!
//! Everything here is a function call away from a test. Time comes in as an argument; what a request
//! answered comes in as an event. Nothing iterates over a hash map, so one history gives one sequence of
//! requests.

pub(crate) mod activity;
pub(crate) mod backoff;
pub(crate) mod contention;
pub(crate) mod desired;
pub(crate) mod diff;
pub(crate) mod digest;
pub(crate) mod index;
pub(crate) mod news;
pub(crate) mod outage;
pub(crate) mod plan;
pub(crate) mod queue;
mod readiness;
pub(crate) mod state;
pub(crate) mod status;
mod texts;

#[cfg(test)]
mod properties;
