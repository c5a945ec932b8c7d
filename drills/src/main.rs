//! Holds the fire drills and writes the report: see the crate's documentation.

use std::{error::Error, fs, path::PathBuf, process::ExitCode, time::Duration};

use clap::{Args, Parser, Subcommand};
use operator_drills::{Drill, EMBEDDED, Operate, Outcome, REAL, Setting, run};

/// Fire drills for the engine.
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    hold: Hold,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the operator that is drilled.
    #[command(hide = true)]
    Operate(Operate),
}

#[derive(Args, Debug)]
struct Hold {
    /// The command that starts a control plane: `UP VERSION DIR`, with `down DIR` beside it. Without it the drills on the
    /// embedded server are held alone.
    #[arg(long)]
    up: Option<PathBuf>,
    /// The version that it is to start.
    #[arg(long, default_value = "1.37")]
    version: String,
    /// How often a server is killed; there are ten times as many seeds.
    #[arg(long, default_value_t = 100)]
    rounds: u32,
    /// Where the report goes, as Markdown; it is always printed as well.
    #[arg(long)]
    report: Option<PathBuf>,
    /// Only the drill of this name; may be given more than once.
    #[arg(long)]
    only: Vec<String>,
    /// What everything random comes from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many seconds a drill looks at how other parents fare.
    #[arg(long, default_value_t = 10)]
    look: u64,
    /// A folder for what the operators say, and for the requests of a seed that failed.
    #[arg(long)]
    logs: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.command {
        Some(Command::Operate(operate)) => self::operate(operate),
        None => hold(&arguments.hold),
    };
    done.unwrap_or_else(|why| {
        eprintln!("error: {why}");
        ExitCode::FAILURE
    })
}

fn operate(operate: Operate) -> Result<ExitCode, Box<dyn Error>> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(operate.run())?;
    Ok(ExitCode::SUCCESS)
}

fn hold(hold: &Hold) -> Result<ExitCode, Box<dyn Error>> {
    let drills = chosen(hold)?;
    if let Some(logs) = &hold.logs {
        fs::create_dir_all(logs).map_err(|error| format!("{}: {error}", logs.display()))?;
    }
    let setting = Setting {
        up: hold.up.clone().unwrap_or_default(),
        version: hold.version.clone(),
        exe: std::env::current_exe()?,
        logs: hold.logs.clone(),
        rounds: hold.rounds,
        seed: hold.seed,
        look: Duration::from_secs(hold.look),
        storm: Duration::from_secs(10),
        strict: true,
        crowd: 1_000,
    };
    let report = run(&drills, &setting, "drills", |outcome: &Outcome| {
        eprintln!("{outcome}");
    });
    if let Some(path) = &hold.report {
        fs::write(path, report.to_string())
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    println!("{report}");
    Ok(if report.passed() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The drills that were asked for.
fn chosen(hold: &Hold) -> Result<Vec<Drill>, String> {
    let real = hold.up.iter().flat_map(|_| REAL);
    let all: Vec<Drill> = real.chain(EMBEDDED).copied().collect();
    if hold.only.is_empty() {
        return Ok(all);
    }
    let named = |name: &String| {
        let found = all.iter().find(|drill| drill.name == name).copied();
        found.ok_or_else(|| {
            let names: Vec<_> = all.iter().map(|drill| drill.name).collect();
            let up = if hold.up.is_none() {
                "; those on a real control plane need `--up`"
            } else {
                ""
            };
            format!("there is no drill {name:?} among {}{up}", names.join(", "))
        })
    };
    hold.only.iter().map(named).collect()
}
