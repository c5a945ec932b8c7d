//! `dev`: the operator on an API server in this process, with its samples, and a live account of what it does.

mod apply;
mod intro;
mod kubeconfig;
mod layout;
mod ledger;
mod samples;
mod screen;
mod steady;
mod text;

use std::{
    future::{Future, pending},
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    pin::Pin,
    process::ExitCode,
    time::Duration,
};

use clap::Args;
use jiff::Timestamp;
use kube::Client;
use operator_apiserver::{LocalCluster, Served};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::Instant,
};
use tracing::level_filters::LevelFilter;

use self::{
    apply::Applied,
    kubeconfig::Kubeconfig,
    layout::Overview,
    ledger::{Entry, Ledger},
    samples::Sample,
    screen::Screen,
};
use super::{CANCELLED, cluster, log};
use crate::{
    crd::install,
    operator::Operator,
    runtime::{Probe, RunError, Stopped, Told, api, shutdown},
};

#[derive(Debug, Args)]
pub(super) struct Dev {
    /// Applies the objects in this YAML file, or in those of this folder, after the operator's own samples.
    #[arg(long, value_name = "FILE|FOLDER", num_args = 1..)]
    samples: Vec<PathBuf>,
    /// Ends when everything is as declared: with status 0, or with 1 and the reasons if it does not come to that.
    #[arg(long)]
    once: bool,
    /// How long --once waits for that, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, requires = "once", value_parser = clap::value_parser!(u32))]
    timeout: u32,
    /// Writes the kubeconfig to this file instead of a temporary one. It is removed at the end.
    #[arg(long, value_name = "PATH")]
    kubeconfig: Option<PathBuf>,
    /// Where the API server listens; by default on a port of loopback that is free. Whoever has the kubeconfig may do
    /// anything there.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Uses the cluster of your kubeconfig ($KUBECONFIG or ~/.kube/config) instead of a server in this process, with
    /// this context or its current one: installs the CRDs and applies the samples there.
    #[arg(
        long,
        value_name = "CONTEXT",
        num_args = 0..=1,
        default_missing_value = "",
        conflicts_with_all = ["kubeconfig", "listen"]
    )]
    cluster: Option<String>,
    /// How much is logged beside the account: off, error, warn, info, debug or trace.
    #[arg(long, value_name = "LEVEL", default_value = "error")]
    log: LevelFilter,
    /// Plain lines, even where a person watches.
    #[arg(long)]
    plain: bool,
}

impl Dev {
    pub(super) fn main(self, operator: Operator) -> Result<ExitCode, String> {
        let screen = Screen::new(self.plain);
        log::to(screen.clone(), self.log);
        let runtime = super::runtime()?;
        let result = runtime.block_on(self.run(operator, &screen));
        screen.end();
        // A handler that blocks its thread must not keep the process.
        runtime.shutdown_background();
        result
    }

    async fn run(self, operator: Operator, screen: &Screen) -> Result<ExitCode, String> {
        let deadline = Instant::now() + Duration::from_secs(self.timeout.into());
        operator.check().map_err(|error| error.to_string())?;
        let samples = samples::read(&operator, &self.samples)?;
        let place = self.place(&operator, &samples, screen).await?;
        install(&place.client, &operator, screen).await?;
        let kind = operator.config().parent().kind;
        let mut show = Show::start(operator, &place.client, screen);
        let plan = Steps {
            manager: format!("{}-samples", show.name),
            samples,
            client: place.client.clone(),
            probe: show.probe.clone(),
        };
        let ended = show
            .follow(plan, self.once.then_some(deadline), kind, place.path())
            .await;
        let stopped = show.stop().await;
        place.end().await;
        finish(ended, stopped, self.once, screen)
    }

    async fn place(
        &self,
        operator: &Operator,
        samples: &[Sample],
        screen: &Screen,
    ) -> Result<Place, String> {
        let (name, lines) = (operator.config().name(), intro::kubectl(operator, samples));
        if let Some(context) = &self.cluster {
            let (client, url) = cluster::client(context).await?;
            let crds = operator.crds().map_err(|error| error.to_string())?;
            let crds: Vec<String> = crds.iter().map(crate::crd::Crd::name).collect();
            let place = (url.as_str(), context.as_str());
            screen.say(&intro::cluster(name, place, &crds, samples.len(), &lines));
            return Ok(Place {
                client,
                local: None,
            });
        }
        let cluster = LocalCluster::start();
        let address = self.listen.unwrap_or((Ipv4Addr::LOCALHOST, 0).into());
        let served = cluster
            .serve_on(address)
            .await
            .map_err(|error| format!("the API server can't be started: {}", api::told(&error)))?;
        let kubeconfig = Kubeconfig::write(self.kubeconfig.as_deref(), &served.kubeconfig())?;
        screen.say(&intro::local(
            name,
            &served.url(),
            kubeconfig.path(),
            &lines,
        ));
        let local = Local {
            served,
            kubeconfig,
            _cluster: cluster.clone(),
        };
        Ok(Place {
            client: cluster.client(),
            local: Some(local),
        })
    }
}

/// Where the operator runs.
struct Place {
    client: Client,
    local: Option<Local>,
}

/// A server in this process.
struct Local {
    served: Served,
    kubeconfig: Kubeconfig,
    _cluster: LocalCluster,
}

impl Place {
    fn path(&self) -> Option<PathBuf> {
        self.local
            .as_ref()
            .map(|local| local.kubeconfig.path().to_owned())
    }

    async fn end(self) {
        if let Some(local) = self.local {
            drop(local.kubeconfig);
            local.served.stop().await;
        }
    }
}

async fn install(client: &Client, operator: &Operator, screen: &Screen) -> Result<(), String> {
    let crds = operator.crds().map_err(|error| error.to_string())?;
    install::install(client, operator.config().name(), &crds)
        .await
        .map_err(|error| error.to_string())?;
    for crd in crds {
        let subject = format!("CustomResourceDefinition {}", crd.name());
        screen.entry(&Entry::note(Timestamp::now(), subject, "installed"));
    }
    Ok(())
}

/// What is done while the operator runs.
struct Steps {
    client: Client,
    probe: Probe,
    manager: String,
    samples: Vec<Sample>,
}

impl Steps {
    async fn apply(&self, told: mpsc::UnboundedSender<(Timestamp, Heard)>) -> Result<(), String> {
        // An object that is there before is only found; one that comes is seen to come.
        steady::sees(self.probe.clone()).await;
        apply::apply(&self.client, &self.manager, &self.samples, |applied| {
            drop(told.send((Timestamp::now(), Heard::Applied(applied))));
        })
        .await
    }
}

/// What the account is made from.
enum Heard {
    Told(Told),
    Applied(Applied),
}

/// How it came to an end.
enum Ended {
    /// Somebody asked for it.
    Asked,
    /// Everything is as declared.
    Converged(String),
    /// With an error.
    Failed(String),
}

type Running = JoinHandle<Result<Stopped, RunError>>;

/// The operator, and the account of what it does.
struct Show<'a> {
    name: String,
    screen: &'a Screen,
    ledger: Ledger,
    probe: Probe,
    hearing: mpsc::UnboundedReceiver<(Timestamp, Heard)>,
    telling: mpsc::UnboundedSender<(Timestamp, Heard)>,
    running: Running,
    stop: Option<oneshot::Sender<()>>,
}

impl<'a> Show<'a> {
    fn start(operator: Operator, client: &Client, screen: &'a Screen) -> Self {
        let (telling, hearing) = mpsc::unbounded_channel();
        let told = telling.clone();
        let probe =
            Probe::telling(move |one| drop(told.send((Timestamp::now(), Heard::Told(one)))));
        let (stop, stopped) = oneshot::channel();
        let (name, looking_on, client) = (
            operator.config().name().to_owned(),
            probe.clone(),
            client.clone(),
        );
        let running = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            operator.run_observed(client, stopped, &looking_on).await
        });
        Self {
            name,
            screen,
            ledger: Ledger::default(),
            probe,
            hearing,
            telling,
            running,
            stop: Some(stop),
        }
    }

    /// Shows what happens, until that has an end: by `deadline` if there is one, else when somebody asks for it.
    async fn follow(
        &mut self,
        steps: Steps,
        deadline: Option<Instant>,
        kind: &str,
        kubeconfig: Option<PathBuf>,
    ) -> Ended {
        let start = Instant::now();
        let applying = steps.apply(self.telling.clone());
        tokio::pin!(applying);
        let mut asked = std::pin::pin!(asked_to_stop(kubeconfig));
        let mut late = std::pin::pin!(at(deadline));
        let mut pace = tokio::time::interval(Screen::pace());
        let mut applied = false;
        let mut rest: Pin<Box<dyn Future<Output = bool> + Send>> = Box::pin(pending());
        loop {
            tokio::select! {
                biased;
                Some((at, heard)) = self.hearing.recv() => self.hear(at, heard),
                () = &mut asked => return Ended::Asked,
                ended = &mut self.running => return Ended::Failed(why(ended)),
                result = &mut applying, if !applied => {
                    if let Err(error) = result {
                        return Ended::Failed(error);
                    }
                    applied = true;
                    if deadline.is_some() {
                        rest = at_rest(&steps, false);
                    }
                }
                goes_on = &mut rest => {
                    self.hear_all();
                    let (parents, _) = self.ledger.counts();
                    match self.verdict() {
                        None => {
                            let (writes, took) = (self.ledger.writes(), text::duration(start.elapsed()));
                            return Ended::Converged(format!("converged: {parents} {kind} synced with {writes} writes in {took}"));
                        }
                        Some(why) if !goes_on => return Ended::Failed(format!("not converged, and nothing more happens by itself:{why}")),
                        Some(_) => rest = at_rest(&steps, true),
                    }
                }
                () = &mut late => {
                    self.hear_all();
                    let why = self.going_on();
                    let limit = text::duration(start.elapsed());
                    return Ended::Failed(format!("not converged after {limit}:{why}"));
                }
                _ = pace.tick() => {
                    if self.screen.is_unread() && deadline.is_none() {
                        return Ended::Asked;
                    }
                    self.screen.overview(|| overview(&self.ledger, &self.probe, kind));
                }
            }
        }
    }

    fn hear(&mut self, at: Timestamp, heard: Heard) {
        match heard {
            Heard::Told(told) => {
                if let Some(entry) = self.ledger.take(at, told) {
                    self.screen.entry(&entry);
                }
            }
            Heard::Applied(applied) => {
                let done = if applied.created {
                    "sample created"
                } else {
                    "sample applied"
                };
                self.screen.entry(&Entry::note(at, applied.object, done));
            }
        }
    }

    fn hear_all(&mut self) {
        while let Ok((at, heard)) = self.hearing.try_recv() {
            self.hear(at, heard);
        }
    }

    /// What is wrong with the parents, as a list; `None` if nothing is.
    fn verdict(&self) -> Option<String> {
        let reasons = match self.ledger.counts() {
            (0, _) => vec!["there is no parent: declare one with `Operator::with_sample`, or name a file with --samples".to_owned()],
            _ => self.ledger.unsynced(),
        };
        (!reasons.is_empty()).then(|| listed(&reasons))
    }

    /// What is still going on, as a list.
    fn going_on(&self) -> String {
        let mut reasons: Vec<String> = self.ledger.lost().collect();
        reasons.extend(self.ledger.unsynced());
        reasons.extend(
            self.ledger
                .under_way()
                .map(|(parent, _)| format!("{parent} is still worked on")),
        );
        if reasons.is_empty() && self.ledger.counts().0 == 0 {
            return self.verdict().unwrap_or_default();
        }
        if reasons.is_empty() {
            reasons.push(
                "the operator does not come to rest: its parents change again and again".into(),
            );
        }
        listed(&reasons)
    }

    /// Lets what is under way end, and shows it.
    async fn stop(mut self) -> Result<Stopped, String> {
        drop(self.stop.take());
        if self.running.is_finished() {
            // Said already, as the reason for the end.
            return Ok(Stopped::Drained);
        }
        loop {
            tokio::select! {
                biased;
                Some((at, heard)) = self.hearing.recv() => self.hear(at, heard),
                ended = &mut self.running => {
                    self.hear_all();
                    return match ended {
                        Ok(Ok(stopped)) => Ok(stopped),
                        other => Err(why(other)),
                    };
                }
            }
        }
    }
}

fn listed(reasons: &[String]) -> String {
    reasons
        .iter()
        .fold(String::new(), |list, reason| list + "\n  - " + reason)
}

/// When the operator has come to rest, if need be after something has changed first.
fn at_rest(steps: &Steps, after_a_change: bool) -> Pin<Box<dyn Future<Output = bool> + Send>> {
    let (mut probe, client) = (steps.probe.clone(), steps.client.clone());
    Box::pin(async move {
        if after_a_change {
            probe.changed().await;
        }
        steady::rest(probe, &client).await
    })
}

async fn at(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => pending().await,
    }
}

fn why(ended: Result<Result<Stopped, RunError>, tokio::task::JoinError>) -> String {
    match ended {
        Ok(Ok(_)) => "the operator ended by itself".into(),
        Ok(Err(error)) => error.to_string(),
        Err(error) => format!("the operator ended by a defect of the engine: {error}"),
    }
}

fn overview(ledger: &Ledger, probe: &Probe, kind: &str) -> Overview {
    let (parents, synced) = ledger.counts();
    let activity = probe.activity();
    let now = Timestamp::now();
    let longest = ledger.under_way().min_by_key(|(_, since)| *since);
    let retrying = activity.as_ref().map_or(0, |activity| activity.retrying);
    let next = activity.as_ref().and_then(|activity| activity.next_due);
    Overview {
        kind: kind.to_owned(),
        parents,
        synced,
        under_way: longest.map(|(parent, since)| {
            let time = Duration::try_from(now.duration_since(since)).unwrap_or_default();
            (parent.to_string(), time)
        }),
        due: activity.map_or(0, |activity| activity.due),
        retrying: (
            retrying,
            next.map(|at| at.saturating_duration_since(std::time::Instant::now())),
        ),
        trouble: ledger.trouble(),
    }
}

/// Completes when the process is asked to end. If it is asked again meanwhile, it ends at once.
async fn asked_to_stop(kubeconfig: Option<PathBuf>) {
    shutdown::signal().await;
    tokio::spawn(async move {
        shutdown::signal().await;
        if let Some(path) = kubeconfig {
            Kubeconfig::remove(Path::new(&path));
        }
        std::process::exit(CANCELLED.into());
    });
}

fn finish(
    ended: Ended,
    stopped: Result<Stopped, String>,
    once: bool,
    screen: &Screen,
) -> Result<ExitCode, String> {
    screen.end();
    match (ended, stopped) {
        (Ended::Failed(error), _) | (_, Err(error)) => Err(error),
        (Ended::Converged(text), Ok(_)) => {
            screen.say(&text);
            Ok(ExitCode::SUCCESS)
        }
        (Ended::Asked, Ok(_)) if once => {
            Err("interrupted before everything was as declared".into())
        }
        (Ended::Asked, Ok(Stopped::Drained)) => {
            screen.say("stopped in order");
            Ok(ExitCode::SUCCESS)
        }
        (Ended::Asked, Ok(Stopped::Cancelled { passes })) => {
            screen.say(&format!("stopped; {passes} passes had to be cancelled"));
            Ok(ExitCode::from(CANCELLED))
        }
    }
}
