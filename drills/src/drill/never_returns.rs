//! A handler that awaits for ever and one that blocks its thread for ever, beside two hundred that do neither.

use std::time::Duration;

use operator_tests::BasketSpec;
use tokio::time::{Instant, sleep};

use super::{
    closing::closes,
    opening::{AtWork, at_work},
};
use crate::{
    fleet::Fleet,
    ground::Ground,
    operate::{AWAITS, BLOCKS},
    pace::pace,
    report::Outcome,
};

const BASKETS: usize = 200;
/// How long a handler may take, in seconds.
const DEADLINE: u64 = 2;

pub(super) async fn story(ground: &Ground, outcome: &mut Outcome) {
    let fleet = Fleet::open(&ground.cluster, outcome.drill).await;
    let mut operate = ground.operate(&fleet.scene);
    operate.deadline = DEADLINE;
    let AtWork {
        operator: _operator,
        readiness,
        filled,
    } = at_work(ground, &fleet, operate, BASKETS, false).await;
    let (names, setting) = (fleet.names(), &ground.setting);
    let before = pace(&fleet, &names, setting.seed, setting.look).await;

    for name in [AWAITS, BLOCKS] {
        fleet.scene.create(name, BasketSpec::default()).await;
    }
    let during = pace(&fleet, &names, setting.seed, setting.look).await;
    sleep(Duration::from_secs(DEADLINE)).await;
    let condition = fleet.scene.not_synced(AWAITS, "DeadlineExceeded").await;
    outcome.figure(
        format!("`{AWAITS}` says"),
        format!("`{}`: {}", condition.reason, condition.message),
    );
    // Which of the two it says depends on whether it was due again since.
    let blocked = fleet
        .scene
        .baskets()
        .get(BLOCKS)
        .await
        .expect("the basket whose handler blocks");
    let blocked = operator_tests::synced_condition(&blocked);
    outcome.figure(
        format!("`{BLOCKS}` says"),
        blocked.as_ref().map_or_else(
            || "nothing".to_owned(),
            |it| format!("`{}`: {}", it.reason, it.message),
        ),
    );
    outcome.expect(blocked.is_some_and(|it| it.status == "False"), || {
        "nothing is said of the handler that blocks".into()
    });
    let unready = readiness.lost_between(filled, Instant::now());
    outcome.expect(unready.is_none(), || {
        "a handler that never returns is no reason not to be ready".into()
    });
    outcome.figure("beside them", format!("{} healthy parents", names.len()));
    during.tell(&before, outcome);
    closes(fleet, outcome).await;
}
