//! etcd is compacted under the watches while one is broken and the API server starts anew: what comes next can't be told
//! any more, so the kind is listed again, and nothing is written for it.

use std::{net::SocketAddr, time::Duration};

use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Api, Patch, PatchParams};
use operator_tests::{Apple, Basket, ControlPlane, Miss, Part, Patience, Record, probe};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    closing::{PROMISED, STARTING, closes, converges},
    opening::{AtWork, at_work, behind_gate},
};
use crate::{
    figures::Times,
    fleet::Fleet,
    gate::{Gate, Passage},
    ground::Ground,
    pace::pace,
    report::Outcome,
};

const BASKETS: usize = 48;
/// Where etcd is asked for keys.
const RANGE: &str = "/v3/kv/range";
/// So many rounds are enough: each is the same.
const MOST: u32 = 20;
/// So many revisions are forgotten that none of the watches was told of.
const UNTOLD: usize = 20;

pub(super) async fn story(ground: &Ground, outcome: &mut Outcome) {
    outcome.rounds = outcome.rounds.min(MOST);
    if !has_gateway(ground.plane.etcd()).await {
        outcome.figure("not held", "this etcd can't be asked over HTTP");
        return;
    }
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
        compact(ground.plane.etcd()).await;
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

/// Whether etcd takes over HTTP what it takes over gRPC: an old one that is part of another program does not.
async fn has_gateway(etcd: SocketAddr) -> bool {
    let asked = probe::post(etcd, RANGE, &anything().to_string()).await;
    asked.is_ok_and(|(status, _)| status != 404)
}

/// Asks for nothing but the head of the answer.
fn anything() -> Value {
    json!({"key": "AA=="})
}

/// Has etcd forget everything up to now.
async fn compact(etcd: SocketAddr) {
    let ask = async |path: &str, body: &Value| {
        let done = async || match probe::post(etcd, path, &body.to_string()).await? {
            (200, body) => Ok(body),
            (status, body) => Miss::because(format!("{status}: {body}")),
        };
        let done = Patience::default().until("etcd to answer", done).await;
        done.unwrap_or_else(|why| panic!("{why}"))
    };
    let head = ask(RANGE, &anything()).await;
    let revision = revision(&head).unwrap_or_else(|| panic!("no revision in {head}"));
    ask(
        "/v3/kv/compaction",
        &json!({"revision": revision, "physical": true}),
    )
    .await;
}

/// The revision in the head of an answer of etcd, which writes its numbers as texts.
fn revision(answer: &str) -> Option<&str> {
    answer.split("\"revision\":\"").nth(1)?.split('"').next()
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

/// Whether it is a list of these, or a watch that begins with one.
fn is_list(request: &Record, plural: &str) -> bool {
    request.is_list_of(plural)
        || request.is_about(plural) && request.query.contains("sendInitialEvents=true")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_revision_is_found_in_what_etcd_answers() {
        let head =
            r#"{"header":{"cluster_id":"1","member_id":"2","revision":"345","raft_term":"2"}}"#;
        assert_eq!(revision(head), Some("345"));
        assert_eq!(revision("{}"), None);
    }
}
