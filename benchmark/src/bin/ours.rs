//! The system `ours`: `run` and what else every operator of `operator-core` has.

use std::process::ExitCode;

fn main() -> ExitCode {
    operator_core::cli::main(operator_benchmark::ours::operator())
}
