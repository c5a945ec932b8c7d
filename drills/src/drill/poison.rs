//! One parent of a thousand whose handler always fails, and one whose handler panics: the others don't notice, and the two
//! are tried less and less often.

use std::{net::SocketAddr, time::Duration};

use operator_tests::{BasketSpec, Miss, Patience, probe};
use tokio::time::{Instant, sleep};

use super::{
    closing::closes,
    opening::{AtWork, at_work},
};
use crate::{
    fleet::Fleet,
    ground::Ground,
    operate::{FAILS, PANICS},
    pace::pace,
    report::Outcome,
};

/// The engine's default: the first wait is 200 ms, of which up to a quarter is taken off, and each is twice the last.
const FIRST: Duration = Duration::from_millis(150);
/// The longest wait, less that quarter.
const LONGEST: Duration = Duration::from_secs(225);

pub(super) async fn story(ground: &Ground, outcome: &mut Outcome) {
    let fleet = Fleet::open(&ground.cluster, outcome.drill).await;
    let operate = ground.operate(&fleet.scene);
    let address = operate.listen;
    let setting = &ground.setting;
    let AtWork {
        operator: _operator,
        readiness,
        filled,
    } = at_work(ground, &fleet, operate, setting.crowd, false).await;
    let names = fleet.names();
    let before = pace(&fleet, &names, setting.seed, setting.look).await;

    let calm = retries(address).await;
    let poisoned = Instant::now();
    for name in [FAILS, PANICS] {
        fleet.scene.create(name, BasketSpec::default()).await;
    }
    let during = pace(&fleet, &names, setting.seed, setting.look).await;
    for (name, reason) in [(FAILS, "HandlerFailed"), (PANICS, "HandlerPanicked")] {
        let condition = fleet.scene.not_synced(name, reason).await;
        outcome.figure(
            format!("`{name}` says"),
            format!("`{}`: {}", condition.reason, condition.message),
        );
    }
    sleep((poisoned + setting.look * 3).saturating_duration_since(Instant::now())).await;
    let (failed, length) = (retries(address).await - calm, poisoned.elapsed());
    let bound = 2 * (1 + tries_within(length));
    outcome.figure("beside them", format!("{} healthy parents", names.len()));
    outcome.figure(
        "failures of the two",
        format!(
            "{failed} in {:.1} s, at most {bound} by the backoff",
            length.as_secs_f64()
        ),
    );
    outcome.figure(
        "retries of the two in their first hour, by the backoff",
        2 * tries_within(Duration::from_hours(1)),
    );
    outcome.expect((2..=bound).contains(&failed), || {
        format!("they failed {failed} times, and {bound} times were allowed")
    });
    let unready = readiness.lost_between(filled, Instant::now());
    outcome.expect(unready.is_none(), || {
        "a parent that fails is no reason not to be ready".into()
    });
    during.tell(&before, outcome);
    closes(fleet, outcome).await;
}

/// How often one parent is tried again at most within this time.
fn tries_within(length: Duration) -> u64 {
    let (mut wait, mut at, mut tries) = (FIRST, FIRST, 0);
    while at <= length {
        tries += 1;
        wait = (wait * 2).min(LONGEST);
        at += wait;
    }
    tries
}

/// How often a handler failed, by the operator's own account: each failure is to be tried again.
async fn retries(address: SocketAddr) -> u64 {
    let read = async || {
        let (_, metrics) = probe::get(address, "/metrics").await?;
        let line = metrics
            .lines()
            .find_map(|line| line.strip_prefix("workqueue_retries_total{"));
        let count = line.and_then(|line| line.rsplit(' ').next()?.parse().ok());
        match count {
            Some(count) => Ok(count),
            None => Miss::because(metrics),
        }
    };
    let read = Patience::of(Duration::from_secs(10))
        .until("the operator's metrics", read)
        .await;
    read.unwrap_or_else(|why| panic!("{why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_become_rare() {
        assert_eq!(tries_within(Duration::from_millis(150)), 1);
        assert_eq!(tries_within(Duration::from_secs(1)), 2);
        // A dozen until the longest wait, then one each.
        assert!((24..=28).contains(&tries_within(Duration::from_hours(1))));
    }
}
