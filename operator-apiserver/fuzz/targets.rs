//! The targets, which are those of the test; each program uses one of them.

#![allow(dead_code)] // the others

#[path = "../tests/garbage/choices.rs"]
pub(crate) mod choices;
#[path = "../tests/garbage/samples.rs"]
pub(crate) mod samples;
#[path = "../tests/garbage/target.rs"]
pub(crate) mod target;
