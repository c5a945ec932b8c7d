//! How most drills begin: an operator, behind a gate where it has to be lied to, whose baskets are all as they should be.

use tokio::time::Instant;

use crate::{
    fleet::Fleet, gate::Gate, ground::Ground, operate::Operate, process::OperatorProcess,
    readiness::Readiness,
};

/// A gate before the server, and how an operator behind it is to be run.
pub(crate) async fn behind_gate(ground: &Ground, fleet: &Fleet) -> (Gate, Operate) {
    let gate = Gate::to(&ground.cluster).await;
    let operate = Operate {
        kubeconfig: gate.kubeconfig().to_owned(),
        ..ground.operate(&fleet.scene)
    };
    (gate, operate)
}

/// An operator at work.
pub(crate) struct AtWork {
    pub(crate) operator: OperatorProcess,
    pub(crate) readiness: Readiness,
    /// When its baskets had been asked for.
    pub(crate) filled: Instant,
}

/// Starts an operator, asks for so many baskets, with or without apples, and waits until they are as they should be.
pub(crate) async fn at_work(
    ground: &Ground,
    fleet: &Fleet,
    operate: Operate,
    baskets: usize,
    apples: bool,
) -> AtWork {
    let readiness = Readiness::of(operate.listen);
    let operator = ground.start(operate);
    fleet.fill(baskets, apples).await;
    let filled = Instant::now();
    settled(fleet).await;
    AtWork {
        operator,
        readiness,
        filled,
    }
}

/// Waits until every basket is as it should be.
pub(crate) async fn settled(fleet: &Fleet) {
    fleet
        .converged(Instant::now())
        .await
        .unwrap_or_else(|why| panic!("{why}"));
}
