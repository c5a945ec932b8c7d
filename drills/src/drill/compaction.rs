//! etcd is compacted under the watches while one is broken and the API server starts anew: what comes next can't be told
//! any more, so the kind is listed again, and nothing is written for it.

use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Api, Patch, PatchParams};
use operator_tests::{Apple, Basket, ControlPlane, Miss, Part, Patience, Record};
use serde_json::json;
use tokio::time::Instant;

use super::{
    closing::{PROMISED, STARTING, closes, converges},
    opening::{AtWork, at_work, behind_gate},
};
use crate::{
    etcd,
    figures::Times,
    fleet::Fleet,
    gate::{Gate, Passage},
    ground::Ground,
    pace::pace,
    report::Outcome,
};

const BASKETS: usize = 48;
/// So many rounds are enough: each is the same.
const MOST: u32 = 20;
/// So many revisions are forgotten that none of the watches was told of.
const UNTOLD: usize = 20;

pub(super) async fn story(ground: &Ground, outcome: &mut Outcome) {
    outcome.rounds = outcome.rounds.min(MOST);
    let fleet = Fleet::open(&ground.cluster, outcome.drill).await;
    let (gate, operate) = behind_gate(ground, &fleet).await;
    let AtWork {
        operator: _operator,
        readiness,
        ..
    } = at_work(ground, &fleet, operate, BASKETS, true).await;
    let (names, setting) = (fleet.names(), &ground.setting);
    let before = pace(&fleet, &names, setting.seed, setting.look).await;

    let (mut to_converge, mut to_list, mut refused, mut writes) =
        (Times::default(), Times::default(), 0, 0);
    for _ in 0..outcome.rounds {
        converges(
            &fleet,
            Instant::now(),
            PROMISED * 10,
            &mut Times::default(),
            outcome,
        )
        .await;
        forget_untold(ground, &fleet).await;
        let mark = gate.mark();
        gate.end_watches(None);
        ground.plane.step(|plane| plane.kill(Part::ApiServer)).await;
        let forgets = async || etcd::compact(ground.plane.etcd()).await;
        let forgot = Patience::default().until("etcd to forget", forgets).await;
        forgot.unwrap_or_else(|why| panic!("{why}"));
        ground.plane.step(ControlPlane::restart).await;
        ground.serves(&fleet.scene).await;
        let back = Instant::now();
        match listed_again(&gate, mark, back).await {
            Ok(took) => to_list.push(took),
            Err(why) => outcome.fails(why),
        }
        converges(&fleet, back, PROMISED + STARTING, &mut to_converge, outcome).await;
        if let Err(why) = readiness.ready_since(back, PROMISED + STARTING).await {
            outcome.fails(why);
        }
        let since = gate.since(mark);
        refused += since
            .iter()
            .filter(|passage| passage.request.status == Some(410))
            .count();
        writes += since
            .iter()
            .filter(|passage| passage.request.is_write())
            .count();
    }
    let during = pace(&fleet, &names, setting.seed, setting.look).await;
    outcome.figure(
        "until every kind was listed again, from the server's return",
        &to_list,
    );
    outcome.figure(
        "until exactly what `sync` says, from the server's return",
        &to_converge,
    );
    outcome.figure(
        "watches refused with 410 before they began (others are told so in their stream)",
        refused,
    );
    outcome.figure("writes that resulted", writes);
    outcome.expect(writes == 0, || format!("{writes} writes resulted"));
    during.tell(&before, outcome);
    closes(fleet, outcome).await;
}

/// Writes what no watch of the operator is told of, so that each resumes from a revision that is forgotten.
async fn forget_untold(ground: &Ground, fleet: &Fleet) {
    let maps: Api<ConfigMap> = Api::namespaced(ground.cluster.client(), &fleet.scene.namespace);
    for number in 0..UNTOLD {
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "untold"},
            "data": {"number": number.to_string(), "at": format!("{:?}", Instant::now())}});
        let written = maps
            .patch(
                "untold",
                &PatchParams::apply("somebody"),
                &Patch::Apply(map),
            )
            .await;
        written.expect("a ConfigMap that is nobody's child");
    }
}

/// Waits until every kind was listed since the mark; how long after the server's return.
async fn listed_again(gate: &Gate, mark: usize, back: Instant) -> Result<Duration, String> {
    let kinds = [
        Basket::TYPE.plural_kind,
        Apple::TYPE.plural_kind,
        "configmaps",
    ];
    let listed = async || {
        let since = gate.since(mark);
        let of = |plural: &&str| {
            let is = |passage: &&Passage| {
                is_list(&passage.request, plural) && passage.request.succeeded()
            };
            since.iter().find(is).map(|passage| passage.at)
        };
        match kinds.iter().find(|plural| of(plural).is_none()) {
            Some(plural) => Miss::because(format!("{plural} were not")),
            None => Ok(kinds.iter().filter_map(of).max()),
        }
    };
    let at = Patience::of(Duration::from_secs(20))
        .until("every kind to be listed again", listed)
        .await?;
    Ok(at
        .map(|at| at.saturating_duration_since(back))
        .unwrap_or_default())
}

/// Whether it is a list of these, or a watch that begins with one. A list of a single object is none: so an operator that was
/// away asks how far the store has come.
fn is_list(request: &Record, plural: &str) -> bool {
    let has = |parameter| request.query.split('&').any(|one| one == parameter);
    request.is_list_of(plural) && !has("limit=1")
        || request.is_about(plural) && has("sendInitialEvents=true")
}
