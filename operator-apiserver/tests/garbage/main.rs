//! The server survives garbage: no panic, no hang, no memory without bound.
//!
//! A few cases of chance run with all tests, and some of those that a fuzzer has found to reach new code, which are kept
//! in `../../fuzz/kept`; with `OPERATOR_FUZZ_KEPT=all` all of these do. `../../fuzz` has the same targets for a fuzzer
//! that watches the code, to find more.

mod choices;
mod samples;
mod target;

use std::{
    alloc::System,
    env, fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use cap::Cap;
use fastrand::Rng;
use target::TARGETS;

/// More than that no case may need, whatever it sends.
const MEMORY: usize = 1 << 29;

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, MEMORY);

/// How much more than all before a case has to need to be worth a line.
const REMARKABLE: usize = 1 << 26;

/// How many cases of each target run with all tests.
const CASES: u64 = 12;
/// How many of each target's kept cases do, about.
const KEPT: usize = 40;
/// How many bytes a case of chance has at most.
const BYTES: usize = 1_500;

fn case(seed: u64) -> Vec<u8> {
    let mut dice = Rng::with_seed(seed);
    let length = dice.usize(..BYTES);
    (0..length).map(|_| dice.u8(..)).collect()
}

/// Runs a case; a failure says which it was.
fn run(name: &str, target: fn(&[u8]), which: &str, case: &[u8]) {
    let before = ALLOCATOR.max_allocated();
    let outcome = catch_unwind(AssertUnwindSafe(|| target(case)));
    let more = ALLOCATOR.max_allocated() - before;
    if more > REMARKABLE {
        println!("{name}, {which}: it needs {more} bytes more than all before");
    }
    assert!(outcome.is_ok(), "{name}, {which}");
}

/// The cases that a fuzzer found, one in base64 on each line.
fn kept(name: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/kept");
    let text = fs::read_to_string(folder.join(format!("{name}.txt"))).expect("a list of cases");
    text.lines().map(str::to_owned).collect()
}

fn survives(name: &str) {
    let target = TARGETS.iter().find(|(known, _)| *known == name);
    let (_, target) = target.expect("it is one of the targets");
    for seed in 0..CASES {
        run(name, *target, &format!("seed {seed}"), &case(seed));
    }
    let kept = kept(name);
    let all = env::var("OPERATOR_FUZZ_KEPT").is_ok_and(|which| which == "all");
    let step = if all { 1 } else { kept.len() / KEPT + 1 };
    for line in kept.iter().step_by(step) {
        let case = STANDARD.decode(line).expect("base64");
        run(name, *target, line, &case);
    }
}

#[test]
fn whole_requests_of_any_sort_are_answered() {
    survives("requests");
}

#[test]
fn patches_of_any_sort_are_answered() {
    survives("patches");
}

#[test]
fn selectors_of_any_sort_are_answered() {
    survives("selectors");
}

#[test]
fn continue_tokens_of_any_sort_are_answered() {
    survives("continue_tokens");
}

#[test]
fn schemas_of_any_sort_are_answered() {
    survives("schemas");
}

#[test]
fn rules_of_any_sort_are_answered() {
    survives("rules");
}
