//! A watch falls silent and its connection stays open: that is noticed, and it is replaced, while requests on other
//! connections go on.

use std::time::Duration;

use operator_core::k8s_types;
use operator_tests::{Miss, Patience, merge};
use serde_json::json;
use tokio::time::Instant;

use super::{
    closing::{PROMISED, closes, converges},
    opening::{AtWork, at_work, behind_gate, settled},
};
use crate::{
    figures::{Times, millis},
    fleet::{ALWAYS, Fleet},
    gate::Passage,
    ground::Ground,
    pace::pace,
    report::Outcome,
};

const BASKETS: usize = 48;
/// Within which a silent watch is noticed: a server sends a bookmark about once a minute.
pub(super) const NOTICED_WITHIN: Duration = Duration::from_secs(75);
/// How much later it may be seen to be replaced.
const SEEN_WITHIN: Duration = Duration::from_secs(1);
const SILENT: &str = "configmaps";

pub(super) async fn story(ground: &Ground, outcome: &mut Outcome) {
    let fleet = Fleet::open(&ground.cluster, outcome.drill).await;
    let (gate, operate) = behind_gate(ground, &fleet).await;
    let AtWork {
        operator: _operator,
        readiness,
        ..
    } = at_work(ground, &fleet, operate, BASKETS, true).await;
    let (names, setting) = (fleet.names(), &ground.setting);
    let before = pace(&fleet, &names[1..], setting.seed, setting.look).await;
    settled(&fleet).await;

    let mark = gate.mark();
    let silenced = gate.silence_watches(SILENT);
    let from = Instant::now();
    outcome.expect(silenced == 1, || {
        format!("{silenced} watches were silenced")
    });
    // What nobody tells the operator of: somebody changes a child.
    let child = format!("{}-{ALWAYS}", names[0]);
    merge(
        &fleet.scene.objects(k8s_types::core::v1::ConfigMap),
        &child,
        json!({"data": {"text": "somebody's"}}),
    )
    .await;
    let during = pace(&fleet, &names[1..], setting.seed, setting.look).await;

    let again = async || {
        let is =
            |passage: &&Passage| passage.request.is_watch() && passage.request.is_about(SILENT);
        match gate.since(mark).iter().find(is) {
            Some(passage) => Ok(passage.at),
            None => Miss::because("no new watch"),
        }
    };
    let patience = Patience::of(NOTICED_WITHIN + Duration::from_secs(15));
    match patience
        .until("the silent watch to be replaced", again)
        .await
    {
        Ok(at) => {
            let took = at - from;
            outcome.figure("until the silent watch was replaced", millis(took));
            outcome.expect_in_time(took <= NOTICED_WITHIN + SEEN_WITHIN, || {
                format!("it took {} until the watch was replaced", millis(took))
            });
            let mut times = Times::default();
            converges(&fleet, at, PROMISED, &mut times, outcome).await;
            outcome.figure("until exactly what `sync` says, from then on", &times);
            if let Err(why) = readiness.ready_since(at, PROMISED).await {
                outcome.fails(why);
            }
        }
        Err(why) => outcome.fails(why),
    }
    outcome.figure("requests of the operator meanwhile", gate.since(mark).len());
    during.tell(&before, outcome);
    closes(fleet, outcome).await;
}
