//! Connections die without a word, below TLS: first the one that all requests share, then every one. Each is noticed and
//! replaced.

use std::time::Duration;

use operator_core::k8s_types;
use operator_tests::{Relay, merge};
use serde_json::json;
use tokio::time::Instant;

use super::{
    closing::{PROMISED, closes, converges},
    opening::{AtWork, at_work, settled},
    silent_watch,
};
use crate::{
    figures::Times,
    fleet::{ALWAYS, Fleet},
    ground::Ground,
    kubeconfig,
    operate::Operate,
    pace::pace,
    readiness::Readiness,
    report::Outcome,
};

const BASKETS: usize = 48;
/// One for requests, and one for each watch.
const CONNECTIONS: usize = 4;
/// Within which the dead connection of requests is noticed: it is asked after 15 s, and has 10 to answer.
const NOTICED_WITHIN: Duration = Duration::from_secs(25);

pub(super) async fn story(ground: &Ground, outcome: &mut Outcome) {
    let fleet = Fleet::open(&ground.cluster, outcome.drill).await;
    let relay = Relay::to(ground.cluster.server()).await;
    let kubeconfig = kubeconfig::through(&relay, &ground.plane.kubeconfig());
    let operate = Operate {
        kubeconfig: kubeconfig.path().to_owned(),
        ..ground.operate(&fleet.scene)
    };
    let AtWork {
        operator: _operator,
        readiness,
        ..
    } = at_work(ground, &fleet, operate, BASKETS, true).await;
    let (names, setting) = (fleet.names(), &ground.setting);
    let mark = relay.mark();
    let before = pace(&fleet, &names, setting.seed, setting.look).await;
    settled(&fleet).await;

    let silenced = relay.silence_those_used_since(&mark);
    let from = Instant::now();
    outcome.expect(silenced == 1, || {
        format!("requests went by {silenced} connections, not by one that they share")
    });
    for name in &names {
        fleet.edit(name).await;
    }
    let without = "the connection of requests";
    is_well_again(&fleet, &readiness, without, from, NOTICED_WITHIN, outcome).await;

    let silenced = relay.silence_all();
    let from = Instant::now();
    outcome.expect(silenced == CONNECTIONS, || {
        format!("{silenced} connections were silenced")
    });
    // What nobody tells the operator of: an edit, and somebody who changes a child.
    let (edited, changed) = (&names[0], format!("{}-{ALWAYS}", names[1]));
    fleet.edit(edited).await;
    let maps = fleet.scene.objects(k8s_types::core::v1::ConfigMap);
    merge(&maps, &changed, json!({"data": {"text": "somebody's"}})).await;
    let (without, noticed) = ("any connection", silent_watch::NOTICED_WITHIN);
    is_well_again(&fleet, &readiness, without, from, noticed, outcome).await;

    let after = pace(&fleet, &names, setting.seed, setting.look).await;
    after.tell(&before, outcome);
    closes(fleet, outcome).await;
}

/// Everything is as it should in time, counted from when connections fell silent, and `/readyz` says so.
async fn is_well_again(
    fleet: &Fleet,
    readiness: &Readiness,
    without: &str,
    from: Instant,
    noticed_within: Duration,
    outcome: &mut Outcome,
) {
    let mut times = Times::default();
    converges(fleet, from, noticed_within + PROMISED, &mut times, outcome).await;
    outcome.figure(
        format!("until exactly what `sync` says, without {without}"),
        &times,
    );
    if let Err(why) = readiness.ready_since(Instant::now(), PROMISED).await {
        outcome.fails(why);
    }
}
