//! The command `temp_namespace`: `run`, `crds` and what else every operator has.

use std::process::ExitCode;

fn main() -> ExitCode {
    operator_core::cli::main(operator_examples::temp_namespace::operator())
}
