//! [`pace`]: edits of healthy baskets at an even pace, whatever became of the ones before, and how long each took to
//! reach its child.

use std::{collections::BTreeSet, time::Duration};

use fastrand::Rng;
use futures::{StreamExt, stream::FuturesUnordered};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::{
    figures::{Times, millis},
    fleet::{ALWAYS, Fleet},
    report::Outcome,
};

/// So long between two edits.
const TICK: Duration = Duration::from_millis(40);
/// An edit that has not reached its child after this time is counted as lost.
const LOST: Duration = Duration::from_secs(20);
/// What the work of this machine may add to a time by itself.
const NOISE: Duration = Duration::from_millis(200);

/// What came of the edits.
#[derive(Default)]
pub(crate) struct Pace {
    pub(crate) times: Times,
    pub(crate) lost: usize,
}

/// Edits one of these baskets at each tick, for so long. A basket whose last edit is under way is left out.
pub(crate) async fn pace(fleet: &Fleet, names: &[String], seed: u64, length: Duration) -> Pace {
    let mut rng = Rng::with_seed(seed);
    let (mut pace, mut ticks, began) = (Pace::default(), interval(TICK), Instant::now());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut under_way, mut busy) = (FuturesUnordered::new(), BTreeSet::new());
    let one = async |name: String| {
        let asked = Instant::now();
        let text = fleet.touch(&name).await;
        let child = format!("{name}-{ALWAYS}");
        let seen = timeout(LOST, fleet.sightings.says(&child, &text)).await;
        (
            name,
            seen.ok().map(|seen| seen.saturating_duration_since(asked)),
        )
    };
    loop {
        tokio::select! {
            Some((name, took)) = under_way.next(), if !under_way.is_empty() => {
                let name: String = name;
                busy.remove(&name);
                match took {
                    Some(took) => pace.times.push(took),
                    None => pace.lost += 1,
                }
            }
            _ = ticks.tick(), if began.elapsed() < length => {
                let name = &names[rng.usize(..names.len())];
                if busy.insert(name.clone()) {
                    under_way.push(one(name.clone()));
                }
            }
            else => {}
        }
        if under_way.is_empty() && began.elapsed() >= length {
            return pace;
        }
    }
}

impl Pace {
    /// Adds what came of more edits.
    pub(crate) fn add(&mut self, more: &Self) {
        self.times.extend(&more.times);
        self.lost += more.lost;
    }

    /// Tells how long edits took before and during a drill, and notes if they took longer or were lost.
    pub(crate) fn tell(&self, before: &Self, outcome: &mut Outcome) {
        outcome.figure("edits of healthy parents before", &before.times);
        outcome.figure("edits of healthy parents during it", &self.times);
        outcome.expect(self.lost + before.lost == 0, || {
            format!(
                "{} edits of healthy parents never reached their child",
                self.lost + before.lost
            )
        });
        for share in [0.5, 0.99] {
            let (was, is) = (before.times.quantile(share), self.times.quantile(share));
            outcome.expect_in_time(is <= was * 2 + NOISE, || {
                format!(
                    "other parents were slowed: the {share} quantile was {} and became {}",
                    millis(was),
                    millis(is)
                )
            });
        }
    }
}
