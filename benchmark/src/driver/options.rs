//! What can be asked of the driver on its command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, builder::PossibleValuesParser};
use operator_benchmark::work::PAYLOAD;
use serde::{Deserialize, Serialize};

use crate::system;

/// Operators side by side: one piece of work, one judge, one table.
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Options {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) benchmark: Benchmark,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serves an embedded API server until its standard input ends.
    Server {
        /// Where its kubeconfig is written.
        kubeconfig: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Benchmark {
    #[command(flatten)]
    pub(crate) size: Size,
    /// How often everything is done, each time in another order.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rounds: u32,
    /// Those of the systems at hand that take part.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "floor,ours,kube-rs,roperator",
        value_parser = PossibleValuesParser::new(system::names())
    )]
    pub(crate) systems: Vec<String>,
    /// Another system that takes part, by the command that starts it; may be given several times.
    #[arg(long = "system", value_name = "NAME=COMMAND")]
    pub(crate) others: Vec<String>,
    /// The command that starts a control plane: each run has a fresh one of its own, and no embedded API server. It is
    /// called as `COMMAND VERSION FOLDER`, writes FOLDER/kubeconfig, and has `down FOLDER` beside it.
    #[arg(long, value_name = "COMMAND", conflicts_with = "kubeconfig")]
    pub(crate) up: Option<PathBuf>,
    /// The version that it is to start.
    #[arg(long, value_name = "VERSION", requires = "up", default_value = "1.37")]
    pub(crate) version: String,
    /// The cluster that all runs share, instead of a server for each.
    #[arg(long, value_name = "FILE")]
    pub(crate) kubeconfig: Option<PathBuf>,
    /// Where the figures go: a table, a plot, all runs in JSON, and what the systems logged.
    #[arg(long, value_name = "FOLDER", default_value = "target/benchmark")]
    pub(crate) out: PathBuf,
    /// For how many seconds no request may come until a system has settled.
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0, value_parser = positive)]
    pub(crate) quiet: f64,
    /// How many seconds an idle system is looked at.
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0, value_parser = positive)]
    pub(crate) idle: f64,
    /// How many seconds anything may take before the run is given up.
    #[arg(long, value_name = "SECONDS", default_value_t = 300.0, value_parser = positive)]
    pub(crate) patience: f64,
    /// What the order of the systems and the edited parents are drawn from.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Lets everything run on all cores, instead of driver and server on the first and the system on the second.
    #[arg(long)]
    pub(crate) no_pin: bool,
}

/// How much there is to do.
#[derive(Clone, Copy, Debug, PartialEq, Args, Serialize, Deserialize)]
pub(crate) struct Size {
    /// How many parents there are.
    #[arg(long, default_value_t = 200, value_parser = at_least_one)]
    pub(crate) parents: usize,
    /// How many children each has.
    #[arg(long, default_value_t = 3, value_parser = at_least_one)]
    pub(crate) children: usize,
    /// How many bytes each child holds.
    #[arg(long, value_name = "BYTES", default_value_t = 128, value_parser = payload)]
    pub(crate) payload: usize,
    /// How many parents are edited one after another.
    #[arg(long, default_value_t = 100, value_parser = at_least_one)]
    pub(crate) edits: usize,
    /// How many edits there are in a second.
    #[arg(long, value_name = "EDITS", default_value_t = 20.0, value_parser = positive)]
    pub(crate) rate: f64,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("write a whole number from 1 on".into()),
        Ok(number) => Ok(number),
    }
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number > 0.0 => Ok(number),
        _ => Err("write a number above 0".into()),
    }
}

fn payload(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(bytes) if PAYLOAD.contains(&bytes) => Ok(bytes),
        _ => Err(format!("write {} to {}", PAYLOAD.start(), PAYLOAD.end())),
    }
}
