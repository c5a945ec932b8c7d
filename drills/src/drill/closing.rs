//! How every drill ends: exactly what `sync` says, in time; nothing left, nothing made twice.

use std::time::Duration;
use tokio::time::Instant;

use crate::{
    figures::{Times, millis},
    fleet::Fleet,
    report::Outcome,
};

/// Within which everything has to be as it should once what went wrong is over.
pub(crate) const PROMISED: Duration = Duration::from_secs(2);

/// How much patience an API server that starts asks for, by `Retry-After`, before it serves custom resources: an operator
/// that asked a moment too early comes again after that.
pub(crate) const STARTING: Duration = Duration::from_secs(5);

/// Waits for what the baskets ask for, and notes whether that came within the promise, counted from `since`.
pub(crate) async fn converges(
    fleet: &Fleet,
    since: Instant,
    promised: Duration,
    times: &mut Times,
    outcome: &mut Outcome,
) {
    match fleet.converged(since).await {
        Ok(took) => {
            times.push(took);
            outcome.expect_in_time(took <= promised, || {
                format!(
                    "in round {} it took {} until everything was as it should",
                    times.count(),
                    millis(took)
                )
            });
        }
        Err(why) => outcome.fails(why),
    }
}

/// Everything is as it should, nothing is left over, and no child was made twice.
pub(crate) async fn closes(fleet: Fleet, outcome: &mut Outcome) {
    for holds in [
        fleet.converged(Instant::now()).await.map(drop),
        fleet.nothing_left().await,
    ] {
        if let Err(why) = holds {
            outcome.fails(why);
        }
    }
    let (alive, gone) = fleet.made_twice().await;
    outcome.figure("children made twice", alive.len());
    if gone > 0 {
        outcome.figure(
            "children made again for a parent that was gone, and collected",
            gone,
        );
    }
    outcome.expect(alive.is_empty(), || format!("made twice: {alive:?}"));
    fleet.scene.close().await;
}
