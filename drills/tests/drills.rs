//! The drills in a short form: the embedded ones always, the real ones where the environment names a control plane to
//! start (see the documentation of `operator_tests`).

use std::{env, path::Path, time::Duration};

use operator_drills::{Drill, EMBEDDED, Outcome, REAL, Setting, run};

fn setting(up: &Path, version: &str) -> Setting {
    Setting {
        up: up.to_owned(),
        version: version.to_owned(),
        exe: env!("CARGO_BIN_EXE_drills").into(),
        logs: None,
        rounds: 3,
        seed: 1,
        look: Duration::from_secs(2),
        storm: Duration::from_secs(2),
        strict: false,
        crowd: 100,
    }
}

fn hold(drills: &[Drill], setting: &Setting, story: &str) {
    let report = run(drills, setting, story, |outcome: &Outcome| {
        println!("{outcome}");
    });
    assert!(report.passed(), "{report}");
}

#[test]
fn a_hot_parent_and_a_few_dozen_seeds() {
    hold(EMBEDDED, &setting(Path::new(""), ""), "embedded");
}

/// Holds those of the real drills that `which` picks, on a control plane of their own.
fn hold_real(story: &str, which: impl Fn(&str) -> bool) {
    let (up, version) = ("OPERATOR_TEST_UP", "OPERATOR_TEST_VERSION");
    let (Some(up), Ok(version)) = (env::var_os(up), env::var(version)) else {
        eprintln!("skipped: {story} needs a control plane of its own: set {up} and {version}");
        return;
    };
    let drills: Vec<Drill> = REAL
        .iter()
        .filter(|drill| which(drill.name))
        .copied()
        .collect();
    assert!(!drills.is_empty());
    hold(&drills, &setting(Path::new(&up), &version), story);
}

fn is_kill(name: &str) -> bool {
    name.starts_with("kill-") || name == "compaction"
}

/// They have to wait for longer than a minute.
const SILENT: [&str; 2] = ["silent-watch", "dead-connections"];

#[test]
fn processes_are_killed() {
    hold_real("kills", is_kill);
}

#[test]
fn what_is_connected_falls_silent() {
    hold_real("silent", |name| SILENT.contains(&name));
}

#[test]
fn requests_are_refused_and_handlers_misbehave() {
    hold_real("refusals", |name| !is_kill(name) && !SILENT.contains(&name));
}
