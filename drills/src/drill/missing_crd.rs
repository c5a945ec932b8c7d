//! A kind of children that the cluster may lack is missing, appears, is removed while the operator runs, and appears
//! again: parents that need none of it never notice.

use std::time::Duration;

use operator_tests::{Apple, BasketSpec, Miss, Patience, install, remove, synced_condition};
use tokio::time::Instant;

use super::closing::{PROMISED, closes, converges};
use crate::{
    figures::{Times, millis},
    fleet::{Fleet, children},
    ground::Ground,
    pace::{Pace, pace},
    readiness::Readiness,
    report::Outcome,
};

const BASKETS: usize = 48;
/// A server that lacks a kind is asked for it again after at most this long.
const ASKED_AGAIN: Duration = Duration::from_secs(10);

/// How long a server may take to serve a kind no more. Kubernetes 1.20 first waits for the kind's watches to end, which
/// takes it a minute or more.
const GOING: Duration = Duration::from_secs(300);

pub(super) async fn story(ground: &Ground, outcome: &mut Outcome) {
    let fleet = Fleet::open(&ground.cluster, outcome.drill).await;
    let crd = Apple::crd().expect("a CRD");
    take_away(&fleet).await;
    let mut operate = ground.operate(&fleet.scene);
    operate.optional_apples = true;
    let readiness = Readiness::of(operate.listen);
    let _operator = ground.start(operate);
    let began = Instant::now();
    fleet.fill(BASKETS, true).await;
    let plain = fleet.names_of(without_apple);
    let setting = &ground.setting;

    let (mut to_converge, mut to_tell, mut with, mut without) = (
        Times::default(),
        Times::default(),
        Pace::default(),
        Pace::default(),
    );
    for round in 0..2 {
        if round > 0 {
            take_away(&fleet).await;
        }
        let missing = Instant::now();
        match fleet.converged_of(missing, without_apple).await {
            Ok(took) => outcome.expect_in_time(round == 0 || took <= PROMISED * 2, || {
                format!("the others took {}", millis(took))
            }),
            Err(why) => outcome.fails(why),
        }
        without.add(&pace(&fleet, &plain, setting.seed, setting.look).await);
        match told(&fleet, missing).await {
            Ok(took) => to_tell.push(took),
            Err(why) => outcome.fails(why),
        }
        // It may be missing: that is no reason not to be ready.
        if let Err(why) = readiness
            .ready_since(if round == 0 { began } else { missing }, PROMISED * 2)
            .await
        {
            outcome.fails(why);
        }
        // The children of this kind went with it, and come again.
        fleet.sightings.forget();
        install(&fleet.scene.client, &crd).await;
        let there = Instant::now();
        converges(
            &fleet,
            there,
            ASKED_AGAIN + PROMISED,
            &mut to_converge,
            outcome,
        )
        .await;
        with.add(&pace(&fleet, &plain, setting.seed, setting.look).await);
    }
    outcome.figure(
        "until every basket that needs the kind said that it is missing",
        &to_tell,
    );
    outcome.figure(
        format!(
            "until exactly what `sync` says, once the kind is there (asked again within {})",
            millis(ASKED_AGAIN)
        ),
        &to_converge,
    );
    without.tell(&with, outcome);
    closes(fleet, outcome).await;
}

fn without_apple(spec: &BasketSpec) -> bool {
    spec.note.is_none()
}

/// Removes the kind and waits until it is gone.
async fn take_away(fleet: &Fleet) {
    let crd = Apple::crd().expect("a CRD").to_json();
    remove(&fleet.scene.client, &crd).await;
    let apples = fleet.scene.objects(Apple::TYPE);
    let gone = async || match apples.list(&children()).await {
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        Err(error) => Miss::because(error),
        Ok(_) => Miss::because("it is still served"),
    };
    let gone = Patience::of(GOING).until("the kind to be gone", gone).await;
    gone.unwrap_or_else(|why| panic!("{why}"));
}

/// Waits until each basket that wants an apple says that there can be none.
async fn told(fleet: &Fleet, since: Instant) -> Result<Duration, String> {
    let wanting = fleet.names_of(|spec| spec.note.is_some());
    let said = async || {
        let baskets = fleet
            .scene
            .baskets()
            .list(&kube::api::ListParams::default())
            .await?;
        let says = |name: &str| {
            let basket = baskets
                .items
                .iter()
                .find(|basket| basket.metadata.name.as_deref() == Some(name))?;
            Some(synced_condition(basket)?.reason)
        };
        match wanting
            .iter()
            .find(|name| says(name).as_deref() != Some("KindUnavailable"))
        {
            Some(name) => Miss::because(format!("{name} says {:?}", says(name))),
            None => Ok(()),
        }
    };
    // The handler of a basket that was settled before is not called until something happens to it.
    for name in &wanting {
        fleet.touch(name).await;
    }
    Patience::of(ASKED_AGAIN * 2)
        .until(
            "every basket with an apple to say that the kind is missing",
            said,
        )
        .await?;
    Ok(since.elapsed())
}
