//! `operator-benchmark`: operators side by side. See the README.

mod cluster;
mod figures;
mod judge;
mod options;
mod plot;
mod run;
mod server;
mod system;
mod table;
mod view;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use clap::Parser;
use operator_core::runtime::shutdown;
use tokio::task::LocalSet;

use crate::{
    cluster::{Cluster, NAMESPACE},
    options::{Benchmark, Command, Options},
    run::{Run, Terms},
    server::Server,
    system::System,
};

fn main() -> ExitCode {
    let options = Options::parse();
    let outcome = match &options.command {
        Some(Command::Server { kubeconfig }) => server::main(kubeconfig),
        None => benchmark(&options.benchmark).map(|()| ExitCode::SUCCESS),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("operator-benchmark: {error}");
        ExitCode::FAILURE
    })
}

/// Builds the systems, runs them all, and writes what came of it.
fn benchmark(options: &Benchmark) -> Result<(), String> {
    if cfg!(debug_assertions) {
        return Err("a build without optimisations measures nothing: run it with --release".into());
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("the runtime can't start: {error}"))?;
    let mut systems = Vec::new();
    for name in &options.systems {
        systems.push(System::at_hand(name, NAMESPACE)?);
    }
    for text in &options.others {
        systems.push(System::other(text)?);
    }
    for (at, system) in systems.iter().enumerate() {
        let name = &system.name;
        if systems[..at].iter().any(|earlier| earlier.name == *name) {
            return Err(format!(
                "{name} takes part twice: name it once, or give the other one another name"
            ));
        }
    }
    runtime.block_on(system::build(&systems))?;
    let pinned = !options.no_pin && system::can_pin();
    if pinned {
        system::pin_driver()?;
    } else if !options.no_pin {
        eprintln!(
            "nothing is pinned: that takes `taskset`, and a driver that may run on two cores at least"
        );
    }
    LocalSet::new().block_on(&runtime, async {
        tokio::select! {
            done = all_rounds(options, &systems, pinned) => done,
            // A run that is dropped takes with it what it has started.
            () = shutdown::signal() => Err("stopped before its end; the runs that were done are in JSON".into()),
        }
    })
}

async fn all_rounds(options: &Benchmark, systems: &[System], pinned: bool) -> Result<(), String> {
    let out = Out::new(&options.out)?;
    let mut random = fastrand::Rng::with_seed(options.seed);
    let names: Vec<&str> = systems.iter().map(|system| system.name.as_str()).collect();
    let mut runs: Vec<Run> = Vec::new();
    let mut failed = Vec::new();
    for round in 1..=options.rounds {
        let terms = Terms {
            size: options.size,
            quiet: Duration::from_secs_f64(options.quiet),
            idle: Duration::from_secs_f64(options.idle),
            patience: Duration::from_secs_f64(options.patience),
            pinned,
            seed: random.u64(..),
        };
        let mut order: Vec<&System> = systems.iter().collect();
        random.shuffle(&mut order);
        for system in order {
            eprintln!("round {round} of {}: {}", options.rounds, system.name);
            match one(options, system, round, &out, &terms).await {
                Ok(run) => {
                    out.keep(&run)?;
                    runs.push(run);
                }
                // What the others do is worth as much without it.
                Err(error) => {
                    let said = format!("{}, round {round}: {error}", system.name);
                    eprintln!("{said}");
                    failed.push(said);
                }
            }
        }
    }
    if !runs.is_empty() {
        let table = table::render(&names, &runs);
        out.write("table.md", &table)?;
        out.write("plot.svg", &plot::render(&names, &runs))?;
        println!("{table}");
    }
    if let Some(kubeconfig) = &options.kubeconfig {
        let left = async { Cluster::prepare(kubeconfig).await?.leave().await };
        if let Err(error) = left.await {
            failed.push(format!("the cluster was not left as it was: {error}"));
        }
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("not all is in the table:\n{}", failed.join("\n")))
    }
}

/// One run, on a server of its own unless there is one to share.
async fn one(
    options: &Benchmark,
    system: &System,
    round: u32,
    out: &Out,
    terms: &Terms,
) -> Result<Run, String> {
    let log = out.folder.join(format!("logs/{}-{round}.log", system.name));
    let server = Server::of(options, &out.folder).await?;
    run::run(system, round, &server, log, terms).await
}

/// The folder where the figures go.
struct Out {
    folder: PathBuf,
}

impl Out {
    /// Takes a folder, less what an earlier benchmark left in it.
    fn new(folder: &Path) -> Result<Self, String> {
        for part in ["runs", "logs"] {
            let part = folder.join(part);
            let told = |error| format!("{}: {error}", part.display());
            if part.exists() {
                fs::remove_dir_all(&part).map_err(told)?;
            }
            fs::create_dir_all(&part).map_err(told)?;
        }
        for file in ["table.md", "plot.svg"] {
            let file = folder.join(file);
            if file.exists() {
                fs::remove_file(&file).map_err(|error| format!("{}: {error}", file.display()))?;
            }
        }
        let told = |error| format!("{}: {error}", folder.display());
        Ok(Self {
            folder: folder.canonicalize().map_err(told)?,
        })
    }

    fn keep(&self, run: &Run) -> Result<(), String> {
        let json = serde_json::to_string_pretty(run).map_err(|error| error.to_string())?;
        self.write(&format!("runs/{}-{}.json", run.system, run.round), &json)
    }

    fn write(&self, file: &str, text: &str) -> Result<(), String> {
        let path = self.folder.join(file);
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
    }
}
