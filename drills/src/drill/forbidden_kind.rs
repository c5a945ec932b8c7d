//! One kind of children may not be seen any more: everything else is served, `/readyz` names it, nothing of it is written,
//! and granting it again is enough.

use std::time::Duration;

use operator_tests::{Apple, BasketSpec, EVERYTHING};
use tokio::time::Instant;

use super::{
    closing::{PROMISED, closes, converges},
    opening::{AtWork, at_work, behind_gate},
};
use crate::{
    figures::{Times, millis},
    fleet::Fleet,
    ground::Ground,
    pace::{Pace, pace},
    report::Outcome,
};

const BASKETS: usize = 48;
/// So many rounds: taken and given back.
const ROUNDS: u32 = 3;
/// A server that said no is asked again after at most this long.
const ASKED_AGAIN: Duration = Duration::from_secs(10);
const WITHOUT: &[&str] = &["get", "create", "patch", "update", "delete"];

pub(super) async fn story(ground: &Ground, outcome: &mut Outcome) {
    outcome.rounds = ROUNDS.min(ground.setting.rounds);
    let fleet = Fleet::open(&ground.cluster, outcome.drill).await;
    let (gate, mut operate) = behind_gate(ground, &fleet).await;
    let user = format!("operator-{}", fleet.scene.namespace);
    operate.user = Some(user.clone());
    fleet.scene.bind(&user).await;
    fleet.scene.allow_with_apples(&user, EVERYTHING).await;
    let AtWork {
        operator: _operator,
        readiness,
        ..
    } = at_work(ground, &fleet, operate, BASKETS, true).await;
    let (all, plain) = (fleet.names(), fleet.names_of(without_apple));
    let setting = &ground.setting;
    let before = pace(&fleet, &plain, setting.seed, setting.look).await;

    let (mut told, mut to_converge, mut others, mut during) = (
        Times::default(),
        Times::default(),
        Times::default(),
        Pace::default(),
    );
    for round in 0..outcome.rounds {
        fleet.scene.allow_with_apples(&user, WITHOUT).await;
        let taken = Instant::now();
        outcome.expect(gate.end_watches(Some(Apple::TYPE.plural_kind)) == 1, || {
            "apples were not watched".into()
        });
        match readiness
            .names_since(taken, &["Apple", "403"], PROMISED)
            .await
        {
            Ok(took) => told.push(took),
            Err(why) => outcome.fails(why),
        }
        let mark = gate.mark();
        during.add(
            &pace(
                &fleet,
                &plain,
                setting.seed.wrapping_add(round.into()),
                setting.look,
            )
            .await,
        );
        for name in all.iter().take(BASKETS / 2) {
            fleet.edit(name).await;
        }
        match fleet.converged_of(Instant::now(), without_apple).await {
            Ok(took) => others.push(took),
            Err(why) => outcome.fails(why),
        }
        let unseen = gate
            .since(mark)
            .iter()
            .filter(|passage| {
                passage.request.is_write() && passage.request.is_about(Apple::TYPE.plural_kind)
            })
            .count();
        outcome.expect(unseen == 0, || {
            format!("{unseen} apples were written that could not be seen")
        });

        fleet.scene.allow_with_apples(&user, EVERYTHING).await;
        let given = Instant::now();
        converges(
            &fleet,
            given,
            ASKED_AGAIN + PROMISED,
            &mut to_converge,
            outcome,
        )
        .await;
        if let Err(why) = readiness.ready_since(given, ASKED_AGAIN + PROMISED).await {
            outcome.fails(why);
        }
    }
    outcome.figure("until `/readyz` named the kind and why", &told);
    outcome.figure(
        "until all that needs none of it was as it should, from its edit",
        &others,
    );
    outcome.figure(
        format!(
            "until exactly what `sync` says, from the grant (asked again within {})",
            millis(ASKED_AGAIN)
        ),
        &to_converge,
    );
    during.tell(&before, outcome);
    closes(fleet, outcome).await;
}

fn without_apple(spec: &BasketSpec) -> bool {
    spec.note.is_none()
}
