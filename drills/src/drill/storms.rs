//! For ten seconds everything that is asked is refused: with 429 and a `Retry-After`, or with 503. Retries are bounded,
//! the server's wish is honoured, and all is well soon after.

use std::{collections::BTreeMap, time::Duration};

use fastrand::Rng;
use operator_tests::{Basket, Record};
use tokio::time::{Instant, sleep};

use super::{
    closing::{PROMISED, closes, converges},
    opening::{AtWork, at_work, behind_gate, settled},
};
use crate::{
    figures::{Times, millis},
    fleet::Fleet,
    gate::{Passage, Refusal},
    ground::{Ground, Setting},
    pace::pace,
    report::Outcome,
};

const BASKETS: usize = 48;
const EDITED: usize = 24;
/// How much earlier than it was asked to a request may come, by the clock of the gate.
const EARLY: Duration = Duration::from_millis(15);
/// So many requests a pass makes for such a basket at most: two items, an apple, one item that goes, the status.
const OF_A_PASS: usize = 5;

pub(super) async fn too_many(ground: &Ground, outcome: &mut Outcome) {
    hold(
        ground,
        Refusal {
            code: 429,
            retry_after: Some(1),
        },
        outcome,
    )
    .await;
}

pub(super) async fn unavailable(ground: &Ground, outcome: &mut Outcome) {
    hold(
        ground,
        Refusal {
            code: 503,
            retry_after: None,
        },
        outcome,
    )
    .await;
}

async fn hold(ground: &Ground, refusal: Refusal, outcome: &mut Outcome) {
    let fleet = Fleet::open(&ground.cluster, outcome.drill).await;
    let (gate, operate) = behind_gate(ground, &fleet).await;
    let AtWork {
        operator: _operator,
        readiness,
        ..
    } = at_work(ground, &fleet, operate, BASKETS, true).await;
    let (names, setting) = (fleet.names(), &ground.setting);
    let before = pace(&fleet, &names, setting.seed, setting.look).await;
    settled(&fleet).await;

    let patience = Duration::from_secs(refusal.retry_after.unwrap_or_default());
    let mut times = Times::default();
    for ends_watches in [false, true] {
        let mark = gate.mark();
        gate.refuse(Some(refusal));
        let from = Instant::now();
        let edits = edit_some(&fleet, &names, setting);
        let watches = async {
            if ends_watches {
                // Some of the edits are seen before, and some are not.
                sleep(setting.storm / 10).await;
                gate.end_watches(None);
            }
        };
        tokio::join!(edits, watches);
        sleep((from + setting.storm).saturating_duration_since(Instant::now())).await;
        let over = Instant::now();
        gate.refuse(None);
        converges(&fleet, over, PROMISED + patience, &mut times, outcome).await;
        let storm = Storm::of(&gate.since(mark));
        storm.tell(refusal, ends_watches, outcome);
        match (ends_watches, readiness.lost_between(from, over)) {
            (true, Some(lost)) => {
                let again = readiness.ready_between(lost, over);
                outcome.expect(again == 0, || {
                    format!("/readyz said {again} times in the storm that all is well again")
                });
            }
            (true, None) => outcome.fails("/readyz did not tell that nothing can be watched"),
            (false, lost) => outcome.expect(lost.is_none(), || {
                "/readyz told of watches that went on".into()
            }),
        }
        if let Err(why) = readiness.ready_since(over, PROMISED + patience).await {
            outcome.fails(why);
        }
    }
    outcome.figure(
        "until exactly what `sync` says, from the end of the storm",
        &times,
    );
    let after = pace(&fleet, &names, setting.seed, setting.look).await;
    after.tell(&before, outcome);
    closes(fleet, outcome).await;
}

/// Edits some baskets over the first half of the storm.
async fn edit_some(fleet: &Fleet, names: &[String], setting: &Setting) {
    let mut rng = Rng::with_seed(setting.seed);
    for _ in 0..EDITED {
        fleet.edit(&names[rng.usize(..names.len())]).await;
        sleep(setting.storm / 2 / u32::try_from(EDITED).unwrap_or(1)).await;
    }
}

/// What was asked in a storm.
struct Storm {
    refused: usize,
    /// When each basket was asked for something, in the order in which it was.
    by_basket: BTreeMap<String, Vec<Instant>>,
    /// When each thing was asked for, by method and path.
    by_thing: BTreeMap<String, Vec<Instant>>,
}

impl Storm {
    fn of(passages: &[Passage]) -> Self {
        let mut storm = Self {
            refused: 0,
            by_basket: BTreeMap::new(),
            by_thing: BTreeMap::new(),
        };
        for passage in passages.iter().filter(|passage| passage.refused) {
            let (request, at) = (&passage.request, passage.at);
            storm.refused += 1;
            if let Some(basket) = basket(request) {
                storm.by_basket.entry(basket).or_default().push(at);
            }
            let watches = if request.is_watch() { " watch" } else { "" };
            storm
                .by_thing
                .entry(format!("{} {}{watches}", request.method, request.path))
                .or_default()
                .push(at);
        }
        storm
    }

    fn tell(&self, refusal: Refusal, ends_watches: bool, outcome: &mut Outcome) {
        let most = self
            .by_basket
            .values()
            .map(Vec::len)
            .max()
            .unwrap_or_default();
        let how = if ends_watches {
            "watches ended"
        } else {
            "watches open"
        };
        outcome.figure(
            format!("requests refused ({how})"),
            format!(
                "{}, for {} baskets, at most {most} for one",
                self.refused,
                self.by_basket.len()
            ),
        );
        let gaps = self.by_thing.iter().flat_map(|(thing, times)| {
            times.windows(2).map(move |pair| (pair[1] - pair[0], thing))
        });
        let shortest = gaps.min();
        if let Some((gap, thing)) = shortest {
            outcome.figure(
                format!("shortest time between two requests for the same ({how})"),
                millis(gap),
            );
            let asked = Duration::from_secs(refusal.retry_after.unwrap_or_default());
            outcome.expect(gap + EARLY >= asked, || {
                format!("{thing} was asked for again after {gap:?}, not {asked:?}")
            });
        }
        // Without a wish of the server a pass follows its backoff: the first after 150 ms, and half as often each time.
        let passes = if refusal.retry_after.is_some() { 11 } else { 8 };
        // Every edit of a basket is a reason to look at it again.
        let bound = (passes + EDITED / 4) * OF_A_PASS;
        outcome.expect(most <= bound, || {
            format!("one basket was asked for {most} times, more than {bound}")
        });
        outcome.expect(self.refused > 0, || {
            "nothing was asked for in the storm".into()
        });
    }
}

/// The basket that a request is for.
fn basket(request: &Record) -> Option<String> {
    let name = request
        .parts()
        .skip_while(|part| *part != "namespaces")
        .nth(3)?;
    let is_child = request.is_about("configmaps");
    let basket = if is_child {
        name.rsplit_once('-')?.0
    } else {
        name
    };
    let is_known =
        is_child || request.is_about("apples") || request.is_about(Basket::TYPE.plural_kind);
    (is_known && !request.is_watch()).then(|| basket.to_owned())
}
