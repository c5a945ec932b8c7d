//! The command `echo_server`: `run`, `crds` and what else every operator has.

use std::process::ExitCode;

fn main() -> ExitCode {
    operator_core::cli::main(operator_examples::echo_server::operator())
}
