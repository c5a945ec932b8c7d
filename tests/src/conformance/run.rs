//! [`run`]: all cases of a table on one server, several at a time.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures::{StreamExt, stream};
use serde_json::{Value, json};

use crate::conformance::{
    bench::{Bench, Outcome},
    case::{Case, Section, Step, Table},
    report::{Failure, Report},
    target::Target,
    template::Variables,
};

/// How many cases run at a time: they mostly wait for the server.
const AT_A_TIME: usize = 8;

/// How often a case is run at most that a real server may decide otherwise than it should.
const TRIES: usize = 3;

/// Where the CRDs are.
const CRDS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/// How a case went.
enum Ran {
    Passed { differences: usize },
    Failed(Failure),
    Skipped(String),
}

/// A case that was run, and how long it took.
struct Done {
    ran: Ran,
    case: String,
    took: Duration,
}

/// Runs the cases whose id contains `filter`. A run that records prints the answers of the steps that expect nothing yet.
///
/// # Errors
/// If the server can't be reached, or refuses what all cases need.
pub async fn run(
    table: &Table,
    target: &Target,
    filter: &str,
    record: bool,
) -> Result<Report, String> {
    let mut variables = Variables::default();
    let run = run_id();
    variables.set("group", format!("{run}.conformance.example.com"));
    variables.set("run", run);
    let compacted = target.is_compacted().await?;
    let mut counts_quotas = true;
    let mut shared = Bench::new(target, variables.clone());
    for kind in &table.kinds {
        install(&mut shared, kind).await?;
    }
    let cases = table
        .sections
        .iter()
        .flat_map(|section| section.cases.iter().map(move |case| (section, case)));
    let mut chosen: Vec<_> = cases.filter(|(_, case)| case.id.contains(filter)).collect();
    if chosen.iter().any(|(_, case)| case.quotas) {
        counts_quotas = target.counts_quotas(&shared.variables).await?;
    }
    chosen.sort_by_key(|(_, case)| !case.slow);
    let done: Vec<Done> = stream::iter(chosen.into_iter().enumerate())
        .map(|(number, (section, case))| {
            let variables = variables.clone();
            let runner = Runner {
                table,
                target,
                section,
                case,
                record,
            };
            async move {
                let started = Instant::now();
                let missing = if case.compacted && !compacted {
                    Some("the history is not compacted yet")
                } else if case.quotas && !counts_quotas {
                    Some("nobody counts what resource quotas limit")
                } else {
                    None
                };
                let ran = match missing {
                    Some(why) => Ran::Skipped(format!("{}: {why}", case.id)),
                    None => runner.run_as_often(number, variables).await,
                };
                Done {
                    ran,
                    case: case.id.clone(),
                    took: started.elapsed(),
                }
            }
        })
        .buffer_unordered(AT_A_TIME)
        .collect()
        .await;
    shared.clear_away().await?;
    Ok(report(table, target, done))
}

fn report(table: &Table, target: &Target, mut done: Vec<Done>) -> Report {
    done.sort_by_key(|done| std::cmp::Reverse(done.took));
    let mut report = Report {
        target: target.name,
        sections: table.sections.iter().map(Into::into).collect(),
        failures: Vec::new(),
        skipped: Vec::new(),
        differences: 0,
        slowest: done
            .iter()
            .take(3)
            .map(|done| (done.case.clone(), done.took))
            .collect(),
    };
    for Done { ran, .. } in done {
        match ran {
            Ran::Passed { differences } => report.differences += differences,
            Ran::Failed(failure) => report.failures.push(failure),
            Ran::Skipped(why) => report.skipped.push(why),
        }
    }
    report.failures.sort_by(|a, b| a.case.cmp(&b.case));
    report
}

/// Something that no other run on the same server has, and that is short enough for a label.
fn run_id() -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    format!("c{:x}", now.as_millis())
}

/// Makes a CRD and waits until its objects can be listed.
async fn install(bench: &mut Bench<'_>, kind: &Value) -> Result<(), String> {
    let spec = &kind["spec"];
    let (version, plural) = (
        spec["versions"][0]["name"].as_str(),
        spec["names"]["plural"].as_str(),
    );
    let objects = format!(
        "GET /apis/{{group}}/{}/{}",
        version.unwrap_or_default(),
        plural.unwrap_or_default()
    );
    let made = json!({"do": format!("POST {CRDS}"), "body": kind, "expect": 201});
    let established = json!({"do": objects, "until": true, "expect": 200});
    for step in [made, established] {
        let step: Step = serde_json::from_value(step).map_err(|e| e.to_string())?;
        if let Outcome::Wrong(wrong) = bench.take(&step, None).await? {
            return Err(format!("the CRD of {plural:?}: {wrong}"));
        }
    }
    Ok(())
}

/// One case in a run.
struct Runner<'a> {
    table: &'a Table,
    target: &'a Target,
    section: &'a Section,
    case: &'a Case,
    record: bool,
}

impl Runner<'_> {
    /// Runs the case until it passes, as often as it may be run, each time in a namespace of its own.
    async fn run_as_often(&self, number: usize, mut variables: Variables) -> Ran {
        let again = match &self.case.races {
            Some(_) if !self.target.embedded => TRIES - 1,
            _ => 0,
        };
        variables.set("n", number.to_string());
        let mut ran = self.run(variables.clone()).await;
        for retry in 1..=again {
            if !matches!(ran, Ran::Failed(_)) {
                break;
            }
            println!("again: {}", self.case.id);
            variables.set("n", format!("{number}r{retry}"));
            ran = self.run(variables.clone()).await;
        }
        ran
    }

    async fn run(&self, variables: Variables) -> Ran {
        let mut bench = match self.prepare(variables).await {
            Ok(bench) => bench,
            Err(e) => return self.failed(0, &e),
        };
        let mut ran = Ran::Passed { differences: 0 };
        for (index, step) in self.case.steps.iter().enumerate() {
            let number = index + 1;
            let accepted = self.table.differences.iter().find(|accepted| {
                self.target.embedded && accepted.case == self.case.id && accepted.step == number
            });
            match (bench.take(step, accepted).await, &mut ran) {
                (Ok(Outcome::DiffersAsListed), Ran::Passed { differences }) => *differences += 1,
                (Ok(Outcome::Recorded(found)), _) if self.record => {
                    println!("RECORD {} {number} {found}", self.case.id);
                }
                (Ok(Outcome::Recorded(found)), _) => {
                    ran = self.failed(number, &format!("nothing is expected yet: {found}"));
                }
                (Ok(Outcome::Wrong(wrong)) | Err(wrong), _) => ran = self.failed(number, &wrong),
                (Ok(_), _) => {}
            }
            if matches!(ran, Ran::Failed(_)) || accepted.is_some_and(|accepted| accepted.ends) {
                break;
            }
        }
        match bench.clear_away().await {
            Err(e) if !matches!(ran, Ran::Failed(_)) => {
                self.failed(self.case.steps.len(), &format!("clearing away: {e}"))
            }
            _ => ran,
        }
    }

    async fn prepare(&self, mut variables: Variables) -> Result<Bench<'_>, String> {
        let namespace = variables.fill("{run}-{n}")?;
        variables.set("ns", namespace.clone());
        let own = variables.fill("n{n}.{group}")?;
        variables.set("own", own);
        for (name, text) in &self.section.abbreviations {
            let text = variables.fill(text)?;
            variables.set(name, text);
        }
        let mut bench = Bench::new(self.target, variables);
        bench.make_namespace(&namespace).await?;
        Ok(bench)
    }

    fn failed(&self, step: usize, difference: &str) -> Ran {
        let does = step
            .checked_sub(1)
            .and_then(|index| self.case.steps.get(index))
            .map(|step| {
                let words = [&step.request, &step.watch, &step.events]
                    .into_iter()
                    .flatten()
                    .next();
                words.cloned().unwrap_or_default()
            });
        Ran::Failed(Failure {
            case: self.case.id.clone(),
            statement: self.section.statement(self.case).to_owned(),
            step,
            does: does.unwrap_or_else(|| "to prepare".to_owned()),
            difference: difference.to_owned(),
        })
    }
}
