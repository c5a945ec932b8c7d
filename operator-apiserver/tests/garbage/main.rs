//! The server survives garbage: no panic, no hang, no memory without bound.
//!
//! A few cases run with all tests. `OPERATOR_FUZZ_SECONDS=3600 cargo test --release --test garbage -- --nocapture` goes
//! on for an hour, from another seed each time; `OPERATOR_FUZZ_CASE=target:seed` repeats one case. `../../fuzz` has the
//! same targets for a fuzzer that watches the code.

mod choices;
mod samples;
mod target;

use std::{
    alloc::System,
    env,
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

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
/// How many bytes a case has at most.
const BYTES: usize = 1_500;

fn case(seed: u64) -> Vec<u8> {
    let mut dice = Rng::with_seed(seed);
    let length = dice.usize(..BYTES);
    (0..length).map(|_| dice.u8(..)).collect()
}

/// Runs a case; a failure says how to repeat it.
fn run(name: &str, target: fn(&[u8]), seed: u64) {
    let before = ALLOCATOR.max_allocated();
    let outcome = catch_unwind(AssertUnwindSafe(|| target(&case(seed))));
    let more = ALLOCATOR.max_allocated() - before;
    if more > REMARKABLE {
        println!("{name}:{seed} needs {more} bytes more than all before");
    }
    assert!(
        outcome.is_ok(),
        "to repeat it: OPERATOR_FUZZ_CASE={name}:{seed}"
    );
}

fn few(name: &str) {
    let target = TARGETS.iter().find(|(known, _)| *known == name);
    let (_, target) = target.expect("it is one of the targets");
    for seed in 0..CASES {
        run(name, *target, seed);
    }
}

#[test]
fn whole_requests_of_any_sort_are_answered() {
    few("requests");
}

#[test]
fn patches_of_any_sort_are_answered() {
    few("patches");
}

#[test]
fn selectors_of_any_sort_are_answered() {
    few("selectors");
}

#[test]
fn continue_tokens_of_any_sort_are_answered() {
    few("continue_tokens");
}

#[test]
fn schemas_of_any_sort_are_answered() {
    few("schemas");
}

#[test]
fn rules_of_any_sort_are_answered() {
    few("rules");
}

#[test]
fn it_goes_on_for_as_long_as_it_is_told() {
    if let Ok(wanted) = env::var("OPERATOR_FUZZ_CASE") {
        let (name, seed) = wanted.split_once(':').expect("target:seed");
        let target = TARGETS.iter().find(|(known, _)| *known == name);
        let seed = seed.parse().expect("the seed is a number");
        return run(name, target.expect("it is one of the targets").1, seed);
    }
    let seconds = env::var("OPERATOR_FUZZ_SECONDS").ok();
    let Some(seconds) = seconds.and_then(|seconds| seconds.parse().ok()) else {
        return;
    };
    let end = Instant::now() + Duration::from_secs(seconds);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let mut seeds = Rng::with_seed(now.as_secs());
    let (mut cases, mut failures) = (0_u64, 0);
    while Instant::now() < end {
        for (name, target) in TARGETS {
            let seed = seeds.u64(..);
            // Should it never end, or end everything, this was it.
            println!("{name}:{seed}");
            let outcome = catch_unwind(AssertUnwindSafe(|| run(name, *target, seed)));
            failures += u64::from(outcome.is_err());
            cases += 1;
        }
    }
    println!("{cases} cases, {failures} failures");
    assert_eq!(failures, 0);
}
