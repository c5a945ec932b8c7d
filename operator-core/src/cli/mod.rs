//! The commands that every operator binary has: `dev`, `run` and `crds`.

mod cluster;
mod crds;
#[cfg(feature = "dev")]
mod dev;
mod log;
mod run;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tokio::runtime::Runtime;

use crate::operator::Operator;

/// The exit status of an operator that stopped with passes cancelled; 0 is a stop in order, 1 an error.
const CANCELLED: u8 = 3;

#[derive(Debug, Parser)]
#[command(disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the operator on an API server in this process, with its samples, and shows what it does.
    #[cfg(feature = "dev")]
    Dev(dev::Dev),
    /// Runs the operator until it is interrupted.
    Run(run::Run),
    /// Prints the custom resource definitions as YAML.
    Crds(crds::Crds),
}

/// What an operator's `main` is: reads the command line and does what it says.
///
/// - `dev`, with the feature of that name, runs the operator on a Kubernetes API server in this process, with the
///   [samples](Operator::with_sample) that it was given: the CRDs are installed there, the samples applied, and every
///   pass is told with what began it, what was written and what the server answered. It prints a kubeconfig to paste,
///   which goes with the server at the end. With `--once` it ends when everything is as declared. Exit status 0: that,
///   or stopped in order; 1: it did not come to that, with the reasons, or could not start; 3: passes had to be
///   cancelled. With `--cluster [CONTEXT]` it does the same on the cluster of the kubeconfig.
/// - `run` runs the operator: in a pod by its service account, elsewhere with `--cluster [CONTEXT]` by the
///   kubeconfig. Exit status 0: stopped in order; 3: passes had to be cancelled; 1: could not start.
/// - `crds` prints the CRDs, or checks a file against them with `--check FILE`: status 1 and a diff if it is stale.
///
/// ```no_run
/// use std::process::ExitCode;
/// # use operator_core::prelude::*;
/// # fn operator() -> Operator { unimplemented!() }
///
/// fn main() -> ExitCode {
///     operator_core::cli::main(operator())
/// }
/// ```
#[must_use]
pub fn main(operator: Operator) -> ExitCode {
    let done = match Arguments::parse().command {
        #[cfg(feature = "dev")]
        Command::Dev(dev) => dev.main(operator),
        Command::Run(run) => run.main(operator),
        Command::Crds(crds) => crds.main(&operator),
    };
    done.unwrap_or_else(|why| {
        eprintln!("error: {why}");
        ExitCode::FAILURE
    })
}

/// A runtime of as many threads as there are cores: more of them would only wake one another.
fn runtime() -> Result<Runtime, String> {
    Runtime::new().map_err(|error| format!("the runtime can't start: {error}"))
}
