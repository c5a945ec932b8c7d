//! `kill -9` of the API server, of etcd or of the operator, and its restart, at random moments while baskets are created,
//! edited and deleted.

use std::{cell::Cell, time::Duration};

use fastrand::Rng;
use operator_tests::{ControlPlane, Part};
use tokio::time::{Instant, sleep, timeout};

use super::{
    closing::{PROMISED, STARTING, closes, converges},
    opening::{AtWork, at_work},
};
use crate::{
    figures::Times,
    fleet::{Fleet, Hands},
    ground::Ground,
    pace::pace,
    process::OperatorProcess,
    readiness::Readiness,
    report::Outcome,
};

const BASKETS: usize = 48;

/// Within which an operator says that it is not ready once its server is away, and that it is once that is back.
const TOLD_WITHIN: Duration = Duration::from_secs(1);

/// An old etcd forgets what it acknowledged in the last tenth of a second before it is killed, which is nothing that an
/// operator could make good: it is only killed when nobody has written for longer than this.
const COMMIT: Duration = Duration::from_millis(500);

/// An old API server may never find an etcd again that was killed under it. One that serves nothing for this long after
/// that is killed as well, as whoever runs it would.
const STUCK: Duration = Duration::from_secs(40);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Victim {
    ApiServer,
    Etcd,
    Operator,
}

pub(super) async fn api_server(ground: &Ground, outcome: &mut Outcome) {
    Kills::hold(ground, Victim::ApiServer, outcome).await;
}

pub(super) async fn etcd(ground: &Ground, outcome: &mut Outcome) {
    Kills::hold(ground, Victim::Etcd, outcome).await;
}

pub(super) async fn operator(ground: &Ground, outcome: &mut Outcome) {
    Kills::hold(ground, Victim::Operator, outcome).await;
}

/// When it was killed, and when it was there again.
struct Outage {
    from: Instant,
    /// When it answered something again: it may be watched from here on.
    answered: Instant,
    until: Instant,
    /// The API server had to be started anew as well.
    was_stuck: bool,
}

struct Kills<'a> {
    ground: &'a Ground,
    victim: Victim,
    fleet: Fleet,
    readiness: Readiness,
}

impl Kills<'_> {
    async fn hold(ground: &Ground, victim: Victim, outcome: &mut Outcome) {
        let fleet = Fleet::open(&ground.cluster, outcome.drill).await;
        let operate = ground.operate(&fleet.scene);
        let AtWork {
            mut operator,
            readiness,
            ..
        } = at_work(ground, &fleet, operate, BASKETS, true).await;
        let kills = Kills {
            ground,
            victim,
            fleet,
            readiness,
        };
        let (names, setting) = (kills.fleet.names(), &ground.setting);
        let before = pace(&kills.fleet, &names, setting.seed, setting.look).await;

        let (mut to_converge, mut outages, mut unready) =
            (Times::default(), Times::default(), Times::default());
        let mut stuck = 0;
        for round in 0..outcome.rounds {
            let seed = setting.seed.wrapping_add(u64::from(round) * 7919);
            let (outage, still) = kills.round(&mut operator, seed).await;
            outages.push(outage.until - outage.from);
            stuck += usize::from(outage.was_stuck);
            converges(
                &kills.fleet,
                outage.until.max(still),
                kills.promised(&outage),
                &mut to_converge,
                outcome,
            )
            .await;
            kills.told_the_truth(&outage, &mut unready, outcome).await;
        }
        let names = kills.fleet.names();
        let after = pace(&kills.fleet, &names, setting.seed, setting.look).await;

        outcome.figure("away for", &outages);
        outcome.figure(
            "until exactly what `sync` says, from its return",
            &to_converge,
        );
        if victim == Victim::ApiServer {
            outcome.figure("until `/readyz` told that the server is away", &unready);
        }
        if stuck > 0 {
            let what = "API servers that never found their etcd again, and were killed as well";
            outcome.figure(what, stuck);
        }
        outcome.figure("edits before", &before.times);
        outcome.figure("edits after the last round", &after.times);
        outcome.expect(before.lost + after.lost == 0, || {
            "edits never reached their child".into()
        });
        closes(kills.fleet, outcome).await;
    }

    fn promised(&self, outage: &Outage) -> Duration {
        if self.victim == Victim::ApiServer || outage.was_stuck {
            PROMISED + STARTING
        } else {
            PROMISED
        }
    }

    /// One kill and restart under churn. Returns when the victim was away, and when the last edit was acknowledged.
    async fn round(&self, operator: &mut OperatorProcess, seed: u64) -> (Outage, Instant) {
        let mut rng = Rng::with_seed(seed);
        let hands = Cell::new(Hands::Busy);
        let disruption = async {
            sleep(Duration::from_millis(rng.u64(100..900))).await;
            if self.victim == Victim::Etcd && self.ground.plane.has_old_etcd() {
                hands.set(Hands::Still);
                // Whatever this finds is found again after the round.
                let _ = self.fleet.converged(Instant::now()).await;
                sleep(COMMIT).await;
                hands.set(Hands::Busy);
            }
            // In every other round those who edit are held up as well: what is asked for is then all from before.
            let also_while_away = rng.bool();
            let outage = self.kill(operator, &mut rng, || {
                if !also_while_away {
                    hands.set(Hands::Done);
                }
            });
            let outage = outage.await;
            hands.set(Hands::Done);
            outage
        };
        let churn = async {
            self.fleet.churn(&hands, seed).await;
            Instant::now()
        };
        tokio::join!(disruption, churn)
    }

    async fn kill(
        &self,
        operator: &mut OperatorProcess,
        rng: &mut Rng,
        killed: impl FnOnce(),
    ) -> Outage {
        let part = match self.victim {
            Victim::ApiServer => Part::ApiServer,
            Victim::Etcd => Part::Etcd,
            Victim::Operator => {
                operator.kill();
                let from = Instant::now();
                killed();
                sleep(Duration::from_millis(rng.u64(0..300))).await;
                operator.restart();
                let now = Instant::now();
                return Outage {
                    from,
                    answered: now,
                    until: now,
                    was_stuck: false,
                };
            }
        };
        self.ground.plane.step(move |plane| plane.kill(part)).await;
        let from = Instant::now();
        killed();
        let back = async {
            let scene = &self.fleet.scene;
            let patience = match self.victim {
                Victim::Etcd => STUCK,
                Victim::ApiServer | Victim::Operator => Duration::MAX,
            };
            let was_stuck = timeout(patience, self.ground.serves(scene)).await.is_err();
            if was_stuck {
                self.ground
                    .plane
                    .step(|plane| plane.kill(Part::ApiServer))
                    .await;
                self.ground.plane.step(ControlPlane::restart).await;
                self.ground.serves(scene).await;
            }
            (Instant::now(), was_stuck)
        };
        let answers = async {
            self.ground.answers(&self.fleet.scene).await;
            Instant::now()
        };
        let restart = self.ground.plane.step(ControlPlane::restart);
        let ((), answered, (until, was_stuck)) = tokio::join!(restart, answers, back);
        Outage {
            from,
            answered,
            until,
            was_stuck,
        }
    }

    /// Whether `/readyz` told that the server was away, and that it was back.
    async fn told_the_truth(&self, outage: &Outage, unready: &mut Times, outcome: &mut Outcome) {
        let Outage {
            from,
            answered,
            until,
            ..
        } = *outage;
        // Without etcd an API server still watches, from its memory: nobody sees a difference until something is written.
        if self.victim == Victim::ApiServer && answered - from > TOLD_WITHIN {
            match self.readiness.lost_between(from, answered) {
                Some(at) => {
                    unready.push(at - from);
                    outcome.expect_in_time(at - from <= TOLD_WITHIN, || {
                        format!(
                            "/readyz told only after {:?} that the server is away",
                            at - from
                        )
                    });
                    let untrue = self.readiness.ready_between(at, answered);
                    outcome.expect(untrue == 0, || {
                        format!(
                            "/readyz said {untrue} times that it is ready while the server was away"
                        )
                    });
                }
                None => outcome.fails(format!(
                    "/readyz never told that the server was away for {:?}",
                    answered - from
                )),
            }
        }
        if let Err(why) = self
            .readiness
            .ready_since(until, self.promised(outage))
            .await
        {
            outcome.fails(why);
        }
    }
}
