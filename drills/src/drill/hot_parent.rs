//! Ten thousand edits of one parent in one second, of the paused clock and of the real one: at most one pass of it is under
//! way, its last state wins, there are no more writes than edits, and the others are served meanwhile.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::future::join_all;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Api, Patch, PatchParams};
use operator_core::{k8s_types, prelude::*};
use operator_testkit::{Request, TestKit};
use operator_tests::{Basket, BasketSpec, Witness, fill};
use serde_json::json;
use tokio::time::{Instant, interval, sleep};

use crate::{
    figures::{Times, millis},
    fleet::{ALWAYS, Place, objects},
    ground::Setting,
    operate::NAME,
    report::Outcome,
    sightings::Sightings,
};

const HOT: &str = "hot";
const OTHERS: usize = 20;
/// So many hands edit the hot parent at the same time,
const HANDS: u32 = 5;
/// and each of them so often a millisecond: together ten thousand times a second.
const AT_ONCE: u32 = 2;
const TICK: Duration = Duration::from_millis(1);
/// How long a call of the handler takes.
const CALL: Duration = Duration::from_millis(2);

/// A clock, and what is promised on it.
#[derive(Clone, Copy)]
enum Clock {
    /// Requests take no time.
    Paused,
    Real,
}

impl Clock {
    /// So long, at most, until an edit of another parent, or the last of the hot one, has reached the child.
    fn serves_within(self) -> Duration {
        Duration::from_millis(match self {
            Self::Paused => 20,
            Self::Real => 200,
        })
    }
}

/// How many calls for the hot parent there were, are, and were at most at the same time.
#[derive(Default)]
struct Calls {
    all: AtomicUsize,
    now: AtomicUsize,
    most: AtomicUsize,
}

pub(super) fn story(setting: &Setting, outcome: &mut Outcome) {
    super::paused().block_on(hold(setting, Clock::Paused, outcome));
}

pub(super) fn in_real_time(setting: &Setting, outcome: &mut Outcome) {
    let runtime = tokio::runtime::Runtime::new().expect("a tokio runtime");
    runtime.block_on(hold(setting, Clock::Real, outcome));
}

fn operator(calls: &Arc<Calls>) -> Operator {
    let calls = Arc::clone(calls);
    let sync = move |request: SyncRequest<Basket>| {
        let calls = Arc::clone(&calls);
        async move {
            let is_hot = request.raw_parent().name() == HOT;
            if is_hot {
                calls.all.fetch_add(1, Ordering::Relaxed);
                let now = calls.now.fetch_add(1, Ordering::Relaxed) + 1;
                calls.most.fetch_max(now, Ordering::Relaxed);
            }
            sleep(CALL).await;
            if is_hot {
                calls.now.fetch_sub(1, Ordering::Relaxed);
            }
            fill(&request)
        }
    };
    Operator::new(NAME, sync).with_child::<ConfigMap>(ChildConfig::apply())
}

/// What one hand does of so many edits of the hot parent.
async fn heat(baskets: Api<Basket>, hand: u32, edits: u32) {
    let parameters = PatchParams::default();
    // What it falls behind it catches up with.
    let mut ticks = interval(TICK);
    for edit in 0..edits / HANDS {
        if edit.is_multiple_of(AT_ONCE) {
            ticks.tick().await;
        }
        let text = format!("edit {edit} of hand {hand}");
        let patch = Patch::Merge(json!({"spec": {"items": {ALWAYS: text}}}));
        let edited = baskets.patch(HOT, &parameters, &patch).await;
        edited.expect("an edit");
    }
}

/// Whether a status or an Event says that the handler's answers differ for the same request.
fn is_accusation(write: &Request) -> bool {
    let said = write.body.as_ref().map(ToString::to_string);
    said.is_some_and(|said| said.contains("NotConverging"))
}

async fn hold(setting: &Setting, clock: Clock, outcome: &mut Outcome) {
    let calls = Arc::<Calls>::default();
    let kit = TestKit::builder(operator(&calls))
        .seed(setting.seed)
        .start()
        .await
        .expect("a kit");
    let place = Place {
        client: kit.client(),
        namespace: kit.namespace().to_owned(),
    };
    let sightings = Arc::<Sightings>::default();
    let seen = Arc::clone(&sightings);
    let maps = objects(&place, k8s_types::core::v1::ConfigMap);
    let _witness = Witness::heeding(maps, move |child| seen.note(child));
    let others: Vec<String> = (0..OTHERS).map(|number| format!("p{number}")).collect();
    for name in others.iter().map(String::as_str).chain([HOT]) {
        let basket = Basket::new(name, BasketSpec::of(&[(ALWAYS, "made")]));
        kit.create_parent(&basket).await.expect("a basket");
    }
    kit.reconcile().await.expect("rest");

    let (edits, mark, before) = (
        outcome.rounds * 100,
        kit.mark(),
        calls.all.load(Ordering::Relaxed),
    );
    let began = Instant::now();
    let edit = async |name: &str, text: &str| {
        let patch = json!({"spec": {"items": {ALWAYS: text}}});
        kit.edit::<Basket>(name, patch).await.expect("an edit");
    };
    let hot = async {
        let hands = (0..HANDS).map(|hand| {
            let baskets = Api::namespaced(place.client.clone(), &place.namespace);
            tokio::spawn(heat(baskets, hand, edits))
        });
        for hand in join_all(hands).await {
            hand.expect("a hand");
        }
        edit(HOT, "last").await;
        began.elapsed()
    };
    let served = async {
        let mut times = Times::default();
        for (round, name) in others.iter().enumerate() {
            let (asked, text) = (Instant::now(), format!("round {round}"));
            edit(name, &text).await;
            times.push(sightings.says(&format!("{name}-{ALWAYS}"), &text).await - asked);
        }
        times
    };
    let (length, served) = tokio::join!(hot, served);
    let seen = sightings.says(&format!("{HOT}-{ALWAYS}"), "last").await;
    let last = seen.saturating_duration_since(began + length);
    kit.reconcile().await.expect("rest");

    let child = format!("{HOT}-{ALWAYS}");
    let mut writes = kit.writes_since(mark);
    let accused = writes.iter().filter(|write| is_accusation(write)).count();
    writes.retain(|write| write.path.contains(&format!("/{child}?")));
    let calls_made = calls.all.load(Ordering::Relaxed) - before;
    let (most, edits) = (calls.most.load(Ordering::Relaxed), edits as usize + 1);
    outcome.figure(
        "edits of one parent",
        format!("{edits} in {}", millis(length)),
    );
    outcome.figure(
        "calls of its handler",
        format!("{calls_made}, at most {most} at a time"),
    );
    outcome.figure("writes of its child", writes.len());
    outcome.figure("until its last state had reached its child", millis(last));
    outcome.figure("edits of others meanwhile", &served);
    outcome.expect(most == 1, || {
        format!("{most} passes of one parent were under way at a time")
    });
    outcome.expect(writes.len() <= edits && calls_made <= edits, || {
        format!(
            "{} writes and {calls_made} calls for {edits} edits",
            writes.len()
        )
    });
    outcome.expect(accused == 0, || {
        format!("{accused} times the handler was blamed for edits that were made under it")
    });
    let slowest = served.max().max(last);
    let served_soon = slowest <= clock.serves_within();
    let waited = || format!("a parent waited for {}", millis(slowest));
    match clock {
        Clock::Paused => outcome.expect(served_soon, waited),
        Clock::Real => {
            let pace = TICK * outcome.rounds * 100 / (HANDS * AT_ONCE);
            outcome.expect_in_time(length <= pace * 5 / 4, || {
                format!("the edits took {}, not {}", millis(length), millis(pace))
            });
            outcome.expect_in_time(served_soon, waited);
        }
    }
}
