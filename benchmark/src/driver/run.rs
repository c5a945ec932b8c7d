//! One run: a system from its cold start to its rest, in phases, and what each of them took.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use operator_benchmark::requests::Requests;
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use crate::{
    cluster::{self, Cluster, NAMESPACE},
    judge::Judge,
    options::Size,
    server::Server,
    system::{Process, System},
    view::View,
};

/// How often the driver asks the server for its counts while it waits for rest: seldom, since a real server's metrics
/// are long.
const COUNT: Duration = Duration::from_millis(500);
/// How long a system that was started again may take until it lists; one that streams its lists never does.
const LISTS: Duration = Duration::from_secs(10);
/// How the driver's own edits are counted.
const EDIT: &str = "PATCH benchmarks";

/// How a run is done.
pub(crate) struct Terms {
    pub(crate) size: Size,
    pub(crate) quiet: Duration,
    pub(crate) idle: Duration,
    pub(crate) patience: Duration,
    pub(crate) pinned: bool,
    pub(crate) seed: u64,
}

/// What one run of one system came to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) system: String,
    pub(crate) round: u32,
    pub(crate) server: String,
    /// Whether the server was this run's alone.
    pub(crate) fresh: bool,
    pub(crate) pinned: bool,
    pub(crate) size: Size,
    pub(crate) cold: Start,
    pub(crate) edits: Edits,
    pub(crate) storm: Storm,
    pub(crate) restart: Restart,
    pub(crate) idle: Idle,
}

/// All parents there, the system started.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Start {
    /// From the start of the process until all was right.
    pub(crate) seconds: f64,
    /// Its processor time until then.
    pub(crate) cpu_seconds: f64,
    /// The most memory it had until then.
    pub(crate) peak_memory_kib: u64,
    /// Until it had settled.
    pub(crate) requests: Requests,
}

/// Edits one after another.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Edits {
    /// How long each took, sorted.
    pub(crate) milliseconds: Vec<f64>,
    /// How long the server took to answer each edit itself, sorted.
    pub(crate) answer_milliseconds: Vec<f64>,
    /// The system's processor time, until it had settled.
    pub(crate) cpu_seconds: f64,
    /// Less the edits themselves.
    pub(crate) requests: Requests,
}

/// All parents edited at once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Storm {
    /// From the first edit until all was right.
    pub(crate) seconds: f64,
    /// The system's processor time until then.
    pub(crate) cpu_seconds: f64,
    /// The most memory that it had since its start, edits and storm included.
    pub(crate) peak_memory_kib: u64,
    /// The edits among them.
    pub(crate) requests: Requests,
}

/// Killed and started again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Restart {
    /// Its processor time until it had settled.
    pub(crate) cpu_seconds: f64,
    /// The most memory it had until then.
    pub(crate) peak_memory_kib: u64,
    /// Until it had settled.
    pub(crate) requests: Requests,
}

/// Left alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Idle {
    /// For how long.
    pub(crate) seconds: f64,
    /// The system's processor time in it.
    pub(crate) cpu_seconds: f64,
    /// The requests in it.
    pub(crate) requests: Requests,
}

/// A run that is under way.
struct Stage<'a> {
    terms: &'a Terms,
    cluster: Cluster,
    view: View,
    process: Process,
    /// How many edits there were.
    edits: usize,
}

/// Runs a system on a cluster from beginning to end.
pub(crate) async fn run(
    system: &System,
    round: u32,
    server: &Server,
    log: PathBuf,
    terms: &Terms,
) -> Result<Run, String> {
    let size = terms.size;
    let kubeconfig = server.kubeconfig();
    let cluster = Cluster::prepare(&kubeconfig).await?;
    let view = View::open(&cluster, &size).await?;
    cluster.create(&size).await?;
    let there = |judge: &Judge| (judge.parents_there() == size.parents).then_some(());
    view.until(there).await?;
    let before = settled(&cluster, terms).await?;
    let start = || system.start(&kubeconfig, NAMESPACE, &log, terms.pinned);

    let since = Instant::now();
    let mut stage = Stage {
        terms,
        process: start()?,
        cluster,
        view,
        edits: 0,
    };
    let seconds = stage.all_right(since).await?;
    let cold = Start {
        seconds,
        cpu_seconds: stage.process.cpu()?.as_secs_f64(),
        peak_memory_kib: stage.process.peak_memory()?,
        requests: stage.settled().await?.since(&before),
    };
    let edits = stage.edit_one_after_another().await?;
    let storm = stage.edit_all_at_once().await?;

    stage.process.kill().await?;
    let before = settled(&stage.cluster, terms).await?;
    stage.process = start()?;
    let restart = stage.started_again(&before).await?;
    let idle = stage.idle().await?;
    stage.watches_still().await?;

    stage.process.kill().await?;
    Ok(Run {
        system: system.name.clone(),
        round,
        server: stage.cluster.version().await?,
        fresh: server.is_fresh(),
        pinned: terms.pinned,
        size,
        cold,
        edits,
        storm,
        restart,
        idle,
    })
}

/// Waits until the counts stand still.
async fn settled(cluster: &Cluster, terms: &Terms) -> Result<Requests, String> {
    let deadline = Instant::now() + terms.patience;
    let mut last = cluster.requests().await?;
    let mut since = Instant::now();
    while since.elapsed() < terms.quiet {
        tokio::time::sleep(COUNT).await;
        let now = cluster.requests().await?;
        if now != last {
            if Instant::now() > deadline {
                let news = now.since(&last);
                return Err(format!("the requests never end; lately {news}"));
            }
            (last, since) = (now, Instant::now());
        }
    }
    Ok(last)
}

impl Stage<'_> {
    /// Waits for something that the system has to bring about.
    async fn patiently<T>(
        &mut self,
        what: impl AsyncFnOnce(&View, &Cluster) -> Result<T, String>,
    ) -> Result<T, String> {
        let Self {
            terms,
            cluster,
            view,
            process,
            ..
        } = self;
        tokio::select! {
            biased;
            done = what(view, cluster) => done,
            why = process.ended() => Err(why),
            () = tokio::time::sleep(terms.patience) => Err(format!(
                "given up after {} s: {} of {} parents are right; --patience makes it longer",
                terms.patience.as_secs_f64(),
                view.judge().right(),
                terms.size.parents
            )),
        }
    }

    /// Waits until all is right: how many seconds after `since` that was.
    async fn all_right(&mut self, since: Instant) -> Result<f64, String> {
        let right = self
            .patiently(async |view, _| view.until(Judge::all_right_since).await)
            .await?;
        Ok(right.saturating_duration_since(since).as_secs_f64())
    }

    async fn settled(&mut self) -> Result<Requests, String> {
        let terms = self.terms;
        self.patiently(async |_, cluster| settled(cluster, terms).await)
            .await
    }

    /// In an open loop: an edit that takes long does not hold up the next.
    async fn edit_one_after_another(&mut self) -> Result<Edits, String> {
        let size = self.terms.size;
        let before = self.cluster.requests().await?;
        let cpu = self.process.cpu()?;
        self.view.judge().take_latencies();
        let mut random = fastrand::Rng::with_seed(self.terms.seed);
        let mut every = tokio::time::interval(Duration::from_secs_f64(1.0 / size.rate));
        let mut sent = JoinSet::new();
        for _ in 0..size.edits {
            every.tick().await;
            self.edits += 1;
            let (index, number) = (random.usize(..size.parents), self.edits);
            let cluster = self.cluster.clone();
            self.view.judge().want(index, number, Instant::now());
            sent.spawn_local(async move {
                let since = Instant::now();
                let edited = cluster.edit(index, number, size.payload).await;
                edited.map(|()| since.elapsed())
            });
        }
        let mut answers = Vec::with_capacity(size.edits);
        while let Some(ended) = sent.join_next().await {
            answers.push(ended.map_err(|error| error.to_string())??);
        }
        let over = |judge: &Judge| (!judge.is_open()).then_some(());
        self.patiently(async |view, _| view.until(over).await)
            .await?;
        let requests = self.settled().await?.since(&before);
        let latencies = self.view.judge().take_latencies();
        Ok(Edits {
            milliseconds: sorted(&latencies),
            answer_milliseconds: sorted(&answers),
            cpu_seconds: self.process.cpu_since(cpu)?.as_secs_f64(),
            requests: requests.less(EDIT, size.edits),
        })
    }

    async fn edit_all_at_once(&mut self) -> Result<Storm, String> {
        let size = self.terms.size;
        let before = self.cluster.requests().await?;
        let cpu = self.process.cpu()?;
        self.edits += 1;
        let number = self.edits;
        let since = Instant::now();
        self.patiently(async |view, cluster| {
            let edit = async |index| {
                view.judge().want(index, number, Instant::now());
                cluster.edit(index, number, size.payload).await
            };
            cluster::each(size.parents, edit).await
        })
        .await?;
        let seconds = self.all_right(since).await?;
        Ok(Storm {
            seconds,
            cpu_seconds: self.process.cpu_since(cpu)?.as_secs_f64(),
            peak_memory_kib: self.process.peak_memory()?,
            requests: self.settled().await?.since(&before),
        })
    }

    /// Waits until a system that was started again has listed both kinds, or long enough, and then for its rest.
    async fn started_again(&mut self, before: &Requests) -> Result<Restart, String> {
        let deadline = Instant::now() + LISTS;
        let listed = |requests: &Requests| {
            ["benchmarks", "configmaps"]
                .iter()
                .all(|resource| requests.of("LIST", resource) > 0)
        };
        self.patiently(async |_, cluster| {
            while !listed(&cluster.requests().await?.since(before)) && Instant::now() < deadline {
                tokio::time::sleep(COUNT).await;
            }
            Ok(())
        })
        .await?;
        let requests = self.settled().await?.since(before);
        Ok(Restart {
            cpu_seconds: self.process.cpu()?.as_secs_f64(),
            peak_memory_kib: self.process.peak_memory()?,
            requests,
        })
    }

    async fn idle(&mut self) -> Result<Idle, String> {
        let before = self.cluster.requests().await?;
        let cpu = self.process.cpu()?;
        let idle = self.terms.idle;
        let requests = self
            .patiently(async |_, cluster| {
                tokio::time::sleep(idle).await;
                cluster.requests().await
            })
            .await?;
        Ok(Idle {
            seconds: idle.as_secs_f64(),
            cpu_seconds: self.process.cpu_since(cpu)?.as_secs_f64(),
            requests: requests.since(&before),
        })
    }

    /// One more edit shows that the system was at work all the time: one that is dead is quiet as well.
    async fn watches_still(&mut self) -> Result<(), String> {
        self.edits += 1;
        let (number, length) = (self.edits, self.terms.size.payload);
        self.view.judge().want(0, number, Instant::now());
        self.cluster.edit(0, number, length).await?;
        self.all_right(Instant::now()).await.map(drop)
    }
}

/// Times in milliseconds, the shortest first.
fn sorted(times: &[Duration]) -> Vec<f64> {
    let mut milliseconds: Vec<f64> = times.iter().map(|time| time.as_secs_f64() * 1e3).collect();
    milliseconds.sort_by(f64::total_cmp);
    milliseconds
}

#[cfg(test)]
impl Run {
    /// A run of which nothing counts but how long the cold start took.
    pub(crate) fn for_test(system: &str, round: u32, seconds: f64) -> Self {
        let requests = Requests::default;
        Self {
            system: system.into(),
            round,
            server: "v1".into(),
            fresh: true,
            pinned: false,
            size: Size {
                parents: 1,
                children: 1,
                payload: 10,
                edits: 1,
                rate: 20.0,
            },
            cold: Start {
                seconds,
                cpu_seconds: 0.0,
                peak_memory_kib: 0,
                requests: requests(),
            },
            edits: Edits {
                milliseconds: vec![1.0],
                answer_milliseconds: vec![1.0],
                cpu_seconds: 0.0,
                requests: requests(),
            },
            storm: Storm {
                seconds: 0.0,
                cpu_seconds: 0.0,
                peak_memory_kib: 0,
                requests: requests(),
            },
            restart: Restart {
                cpu_seconds: 0.0,
                peak_memory_kib: 0,
                requests: requests(),
            },
            idle: Idle {
                seconds: 1.0,
                cpu_seconds: 0.0,
                requests: requests(),
            },
        }
    }
}
