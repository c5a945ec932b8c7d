//! Passes against a server of this process: what is asked for, in which order, and how a pass ends.

mod cluster;
mod lives;
mod memory;
mod outages;
mod probing;
mod refusals;
mod rivals;
mod watches;

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use self::cluster::{Asked, Cluster, gone, told};
use super::*;
use crate::{
    config::ChildConfig,
    engine::index::Change,
    handler::{Error, SyncRequest, SyncResponse},
    object::ResourceVersion,
    untyped::Untyped,
};

const FOO: &K8sType = &K8sType {
    api_version: "example.com/v1",
    kind: "Foo",
    plural_kind: "foos",
};
const THING: &K8sType = &K8sType {
    api_version: "example.com/v1",
    kind: "Thing",
    plural_kind: "things",
};
const THINGS: KindId = KindId(1);

fn operator(config: ChildConfig, children: Vec<Value>) -> Operator {
    let sync = move |_: SyncRequest<Untyped>| {
        let response = SyncResponse::status(json!({"children": children.len()}));
        let add =
            |response: SyncResponse<Untyped>, child: &Value| response.with_raw_child(child.clone());
        Ok::<_, Error>(children.iter().fold(response, add))
    };
    Operator::untyped("op", FOO, sync).with_child_type(THING, config)
}

fn thing(name: &str, size: u64) -> Value {
    json!({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": name},
        "spec": {"size": size}})
}

/// An operator that has seen everything there is, and whose watches tell it nothing more.
struct Story {
    cluster: Cluster,
    context: Context,
}

impl Story {
    async fn of(cluster: Cluster, operator: Operator) -> Self {
        if cluster.get("foos/p").is_none() {
            cluster.put(
                "foos/p",
                json!({"apiVersion": "example.com/v1", "kind": "Foo",
                    "metadata": {"name": "p", "namespace": "ns", "uid": "P"}}),
            );
        }
        let context = Context::new(operator, cluster.client(), None);
        let mut story = Self { cluster, context };
        for kind in [KindId::PARENT, THINGS] {
            story.lists(kind).await;
        }
        story.cluster.asked();
        story
    }

    async fn lists(&mut self, kind: KindId) {
        let context = &self.context;
        let found = Endpoint::discover(context.client.clone(), context.kind(kind), "op").await;
        let endpoint = found.unwrap().unwrap();
        context.endpoints.set(kind, endpoint.clone());
        let page = endpoint.list(None, None, None).await.unwrap();
        let list: Value = serde_json::from_slice(&page).unwrap();
        let version = list["metadata"]["resourceVersion"].as_str().unwrap();
        let objects = list["items"].as_array().unwrap().iter();
        let objects = objects.map(|object| self.decoded(kind, object)).collect();
        let (mut engine, now) = (context.engine(), context.now());
        engine.discovered(kind, true, &[None]);
        let listing = engine.index.listing(kind, objects);
        engine.reset(kind, &None, listing, &ResourceVersion::new(version), now);
        engine.live(kind, &None, now);
    }

    fn decoded(&self, kind: KindId, object: &Value) -> Object {
        let text = object.to_string();
        self.context.decode(kind, text.as_bytes()).unwrap()
    }

    /// Somebody writes the parent, and the operator sees it.
    fn touched(&self, edit: impl FnOnce(&mut Value)) {
        let mut parent = self.cluster.get("foos/p").unwrap();
        edit(&mut parent);
        let parent = self.cluster.put("foos/p", parent);
        self.sees(KindId::PARENT, &parent);
    }

    /// Somebody asks for these sizes one after the other, each after a pause.
    async fn edited(&self, pause: Duration, sizes: std::ops::RangeInclusive<u64>) {
        for size in sizes {
            tokio::time::sleep(pause).await;
            self.touched(|parent| parent["spec"] = json!({"size": size}));
        }
    }

    fn sees(&self, kind: KindId, object: &Value) {
        self.takes(kind, Change::Applied(self.decoded(kind, object).into()));
    }

    fn sees_gone(&self, kind: KindId, object: &Value) {
        self.takes(kind, Change::Deleted(self.decoded(kind, object).into()));
    }

    fn takes(&self, kind: KindId, change: Change) {
        let now = self.context.now();
        self.context.engine().apply(kind, change, now);
    }

    async fn pass(&self) -> Ended {
        let job = self.context.engine().next(self.context.now());
        assert_eq!(job.map(|job| job.uid).as_deref(), Some("P"), "it is due");
        let ended = pass::pass(&self.context, &"P".into()).await;
        let now = self.context.now();
        let mut engine = self.context.engine();
        engine.finish(&"P".into(), ended.end, ended.refused.clone(), now);
        ended
    }

    fn condition(&self) -> Value {
        let status = &self.cluster.get("foos/p").unwrap()["status"];
        let conditions = status["conditions"].as_array().unwrap();
        conditions[0].clone()
    }
}

const FAILED: End = End::Failed {
    class: ErrorClass::Backoff,
};

fn unserved(patience: Option<Duration>) -> End {
    End::Unserved {
        patience,
        outage: false,
    }
}

#[tokio::test(start_paused = true)]
async fn a_parent_with_two_children_takes_three_writes_and_then_none() {
    let children = vec![thing("a", 1), thing("b", 1)];
    let story = Story::of(Cluster::new(), operator(ChildConfig::apply(), children)).await;
    assert_eq!(story.pass().await.end, CONVERGED);
    assert_eq!(
        story.cluster.lines(),
        ["PATCH things/a", "PATCH things/b", "PATCH foos/p/status"]
    );
    story.touched(|_| {});
    assert_eq!(story.pass().await.end, CONVERGED);
    assert!(story.cluster.lines().is_empty());
}

const CONVERGED: End = End::Converged { resync_after: None };

#[tokio::test(start_paused = true)]
async fn children_are_written_at_once_as_many_as_writes_may_be_under_way() {
    let second = Duration::from_secs(1);
    for (limit, seconds) in [(64, 2), (4, 3), (1, 9)] {
        let slow = move |asked: &Asked| {
            let is_write = asked.line.starts_with("PATCH");
            if is_write { second } else { Duration::ZERO }
        };
        let cluster = Cluster::new().delaying(slow);
        let children = (0..8).map(|number| thing(&format!("t{number}"), 1));
        let operator = operator(ChildConfig::apply(), children.collect())
            .configure(|config| config.with_writes_in_flight(limit));
        let story = Story::of(cluster, operator).await;
        let began = tokio::time::Instant::now();
        assert_eq!(story.pass().await.end, CONVERGED);
        // Eight children, and the status once these are there.
        assert_eq!(began.elapsed().as_secs(), seconds, "{limit} at once");
        assert_eq!(story.cluster.most_writes(), limit.min(8));
    }
}

#[tokio::test(start_paused = true)]
async fn a_parent_of_many_children_leaves_room_for_others() {
    let slow = |asked: &Asked| Duration::from_secs(asked.line.starts_with("PATCH").into());
    let cluster = Cluster::new().delaying(slow);
    let children = (0..40).map(|number| thing(&format!("t{number}"), 1));
    let operator = operator(ChildConfig::apply(), children.collect());
    let story = Story::of(cluster, operator).await;
    assert_eq!(story.pass().await.end, CONVERGED);
    assert_eq!(story.cluster.most_writes(), 16);
}

#[tokio::test(start_paused = true)]
async fn parents_that_are_worked_on_at_once_share_one_limit_of_writes() {
    let slow = |asked: &Asked| {
        let is_write = asked.line.starts_with("PATCH");
        Duration::from_secs(is_write.into())
    };
    let cluster = Cluster::new().delaying(slow);
    for name in ["p", "q"] {
        cluster.put(
            &format!("foos/{name}"),
            json!({"apiVersion": "example.com/v1", "kind": "Foo",
                "metadata": {"name": name, "namespace": "ns", "uid": name}}),
        );
    }
    #[allow(clippy::needless_pass_by_value)] // a handler takes its request by value
    let sync = |request: SyncRequest<Untyped>| {
        let children =
            (0..3).map(|number| thing(&format!("{}{number}", request.raw_parent().name()), 1));
        let add = SyncResponse::with_raw_child;
        Ok::<_, Error>(children.fold(SyncResponse::new(), add))
    };
    let operator = Operator::untyped("op", FOO, sync)
        .with_child_type(THING, ChildConfig::apply())
        .configure(|config| config.with_writes_in_flight(4));
    let stop = tokio::time::sleep(Duration::from_secs(60));
    run(operator, cluster.client(), stop, None).await.unwrap();
    assert_eq!(cluster.most_writes(), 4);
    let lines = cluster.lines();
    let writes = lines.iter().filter(|line| line.starts_with("PATCH"));
    assert_eq!(writes.count(), 8);
}

#[tokio::test(start_paused = true)]
async fn a_child_that_fails_does_not_stop_a_sibling_that_takes_several_rounds() {
    let recreate = ChildConfig::recreate();
    let story = Story::of(Cluster::new(), operator(recreate, vec![thing("a", 1)])).await;
    story.pass().await;
    let refuse = |asked: &Asked| (asked.line == "PATCH things/bad").then(|| told(422, "never"));
    let cluster = story.cluster.refusing(refuse);
    let children = vec![thing("bad", 1), thing("a", 2)];
    let story = Story::of(cluster, operator(recreate, children)).await;
    assert_eq!(story.pass().await.end, FAILED);
    assert_eq!(
        story.cluster.lines(),
        [
            "PATCH things/bad",
            "PATCH things/a?dry",
            "DELETE things/a",
            "PATCH things/a",
            "PATCH foos/p/status"
        ]
    );
    assert_eq!(story.condition()["reason"], "WriteFailed");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_asks_for_patience_is_asked_for_nothing_more() {
    let refuse = |asked: &Asked| {
        let busy = json!({"code": 429, "message": "busy", "retryAfterSeconds": 9});
        (asked.line == "PATCH things/a").then_some((429, busy))
    };
    let cluster = Cluster::new().refusing(refuse);
    let children = vec![thing("a", 1), thing("b", 1)];
    let story = Story::of(cluster, operator(ChildConfig::apply(), children)).await;
    let patience = Some(Duration::from_secs(9));
    assert_eq!(story.pass().await.end, unserved(patience));
    assert_eq!(story.cluster.lines(), ["PATCH things/a", "PATCH things/b"]);
}

#[tokio::test(start_paused = true)]
async fn what_the_server_asked_for_counts_although_the_parent_changed_meanwhile() {
    let refuse = |asked: &Asked| {
        let busy = json!({"code": 429, "message": "busy", "retryAfterSeconds": 9});
        (asked.line == "PATCH things/a").then_some((429, busy))
    };
    let cluster = Cluster::new().refusing(refuse);
    let story = Story::of(cluster, operator(ChildConfig::apply(), vec![thing("a", 1)])).await;
    let patience = Some(Duration::from_secs(9));
    assert_eq!(story.pass().await.end, unserved(patience));
    tokio::time::advance(Duration::from_secs(9)).await;
    // The second time it is told in the status, which is out of date.
    let parent = story.cluster.get("foos/p").unwrap();
    story.cluster.put("foos/p", parent);
    assert_eq!(story.pass().await.end, unserved(patience));
    let lines = story.cluster.lines();
    assert!(lines.contains(&"PATCH foos/p/status".into()), "{lines:?}");
}

#[tokio::test(start_paused = true)]
async fn a_status_that_moved_unseen_recreates_nothing() {
    let recreate = ChildConfig::recreate();
    let story = Story::of(Cluster::new(), operator(recreate, vec![thing("a", 1)])).await;
    story.pass().await;
    // Somebody's field differs from what is compared by value, so that only a dry run can tell.
    let mut there = story.cluster.get("things/a").unwrap();
    there["spec"]["size"] = json!("1");
    story.cluster.put("things/a", there.clone());
    let operator = operator(
        recreate,
        vec![{
            let mut child = thing("a", 1);
            child["spec"]["size"] = json!("1");
            child
        }],
    );
    let story = Story::of(story.cluster, operator).await;
    there["status"] = json!({"ready": true});
    story.cluster.put("things/a", there);
    assert_eq!(story.pass().await.end, CONVERGED);
    let lines = story.cluster.lines();
    assert_eq!(
        lines[..3],
        ["PATCH things/a?dry", "GET things/a", "PATCH things/a?dry"]
    );
    assert!(!lines.iter().any(|line| line.starts_with("DELETE")));
}

#[tokio::test(start_paused = true)]
async fn a_status_that_is_refused_though_nothing_changed_is_not_tried_again_at_once() {
    for code in [404, 409] {
        let refuse =
            move |asked: &Asked| (asked.line == "PATCH foos/p/status").then(|| told(code, "no"));
        let cluster = Cluster::new().refusing(refuse);
        let story = Story::of(cluster, operator(ChildConfig::apply(), vec![])).await;
        assert_eq!(story.pass().await.end, FAILED);
    }
}

#[tokio::test(start_paused = true)]
async fn a_parent_that_changed_under_its_pass_is_worked_on_again_at_once() {
    let story = Story::of(Cluster::new(), operator(ChildConfig::apply(), vec![])).await;
    let parent = story.cluster.get("foos/p").unwrap();
    story.cluster.put("foos/p", parent);
    assert_eq!(story.pass().await.end, End::Outdated);
    assert_eq!(story.pass().await.end, CONVERGED);
}

#[tokio::test(start_paused = true)]
async fn a_parent_that_is_gone_is_forgotten() {
    let refuse = |asked: &Asked| asked.line.contains("foos/p").then(|| gone("foos/p"));
    let story = Story::of(Cluster::new(), operator(ChildConfig::apply(), vec![])).await;
    let story = Story {
        cluster: story.cluster.refusing(refuse),
        ..story
    };
    assert_eq!(story.pass().await.end, End::Outdated);
    assert_eq!(story.context.engine().next_due(), None);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_serve_a_kind_for_a_moment_has_not_lost_its_objects() {
    let is_served = Arc::new(AtomicBool::new(false));
    let served = Arc::clone(&is_served);
    let refuse = move |asked: &Asked| {
        let is_of_them = asked.line.contains("foos/p") || asked.line.contains("things/");
        (is_of_them && !served.load(Ordering::Relaxed)).then(|| told(404, "404 page not found"))
    };
    let story = Story::of(
        Cluster::new(),
        operator(ChildConfig::apply(), vec![thing("a", 1)]),
    )
    .await;
    story.pass().await;
    let again = operator(ChildConfig::apply(), vec![thing("a", 2)]);
    let story = Story::of(story.cluster.refusing(refuse), again).await;
    assert_eq!(story.pass().await.end, FAILED);
    assert!(story.context.engine().index.parent(&"P".into()).is_some());
    is_served.store(true, Ordering::Relaxed);
    tokio::time::advance(Duration::from_secs(300)).await;
    assert_eq!(story.pass().await.end, CONVERGED);
    assert_eq!(story.cluster.get("things/a").unwrap()["spec"]["size"], 2);
}

#[tokio::test(start_paused = true)]
async fn a_child_that_somebody_took_over_unseen_is_not_deleted() {
    let story = Story::of(
        Cluster::new(),
        operator(ChildConfig::apply(), vec![thing("a", 1)]),
    )
    .await;
    story.pass().await;
    let story = Story::of(story.cluster, operator(ChildConfig::apply(), vec![])).await;
    let mut theirs = story.cluster.get("things/a").unwrap();
    theirs["metadata"]["ownerReferences"] = json!([]);
    let theirs = story.cluster.put("things/a", theirs);
    story.pass().await;
    assert_eq!(story.cluster.get("things/a"), Some(theirs));
    let lines = story.cluster.lines();
    assert_eq!(lines[..2], ["DELETE things/a", "GET things/a"]);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_went_back_is_not_asked_in_a_circle() {
    let story = Story::of(Cluster::new(), operator(ChildConfig::apply(), vec![])).await;
    // The parent as it was before, of a version that is older than what was seen.
    let parent = story.cluster.get("foos/p").unwrap();
    let mut newer = parent.clone();
    newer["metadata"]["resourceVersion"] = "900".into();
    story.sees(KindId::PARENT, &newer);
    assert_eq!(story.pass().await.end, FAILED);
}

/// Refuses our condition, wherever it stands among the others.
fn refuses_our_condition(reason: &'static str) -> impl FnMut(&Asked) -> Option<(u16, Value)> {
    move |asked: &Asked| {
        let conditions = asked.body["status"]["conditions"].as_array()?;
        let at = conditions.iter().position(|one| one["type"] == "Synced")?;
        let field = format!("status.conditions[{at}].lastUpdateTime");
        let causes = json!([{"reason": reason, "field": field, "message": "no"}]);
        let body = json!({"code": 422, "reason": "Invalid", "details": {"causes": causes}});
        asked.line.ends_with("/status").then_some((422, body))
    }
}

#[tokio::test(start_paused = true)]
async fn a_schema_that_refuses_our_condition_has_the_handlers_status_and_others_conditions() {
    let theirs = json!([{"type": "Theirs", "status": "True"}]);
    let cluster = Cluster::new();
    cluster.put(
        "foos/p",
        json!({"apiVersion": "example.com/v1", "kind": "Foo",
            "metadata": {"name": "p", "namespace": "ns", "uid": "P"},
            "status": {"conditions": theirs}}),
    );
    let cluster = cluster.refusing(refuses_our_condition("FieldValueRequired"));
    let story = Story::of(cluster, operator(ChildConfig::apply(), vec![])).await;
    assert_eq!(story.pass().await.end, CONVERGED);
    let status = &story.cluster.get("foos/p").unwrap()["status"];
    assert_eq!(*status, json!({"children": 0, "conditions": theirs}));
    assert!(!story.context.engine().keeps.conditions);
}

#[tokio::test(start_paused = true)]
async fn a_value_of_our_condition_that_is_refused_once_is_left_out_once() {
    let cluster = Cluster::new().refusing(refuses_our_condition("FieldValueTooLong"));
    let story = Story::of(cluster, operator(ChildConfig::apply(), vec![])).await;
    assert_eq!(story.pass().await.end, CONVERGED);
    let status = &story.cluster.get("foos/p").unwrap()["status"];
    assert_eq!(*status, json!({"children": 0}));
    assert!(story.context.engine().keeps.conditions);
}

#[tokio::test(start_paused = true)]
async fn parents_whose_first_statuses_are_refused_at_the_same_time_blame_no_handler() {
    let slow = |asked: &Asked| Duration::from_secs(asked.line.ends_with("/status").into());
    let cluster = Cluster::new()
        .refusing(refuses_our_condition("FieldValueRequired"))
        .delaying(slow);
    for name in ["p", "q", "r"] {
        let metadata = json!({"name": name, "namespace": "ns", "uid": name});
        cluster.put(&format!("foos/{name}"), json!({"metadata": metadata}));
    }
    let stop = tokio::time::sleep(Duration::from_secs(60));
    let operator = operator(ChildConfig::apply(), vec![]);
    run(operator, cluster.client(), stop, None).await.unwrap();
    for name in ["p", "q", "r"] {
        let status = &cluster.get(&format!("foos/{name}")).unwrap()["status"];
        assert_eq!(*status, json!({"children": 0}), "{name}");
    }
    let lines = cluster.lines();
    let of = |line: &str| lines.iter().filter(|one| one.contains(line)).count();
    assert_eq!((of("/status"), of("POST")), (6, 0));
}

#[tokio::test(start_paused = true)]
async fn a_child_whose_status_changes_all_the_time_is_deleted_all_the_same() {
    for config in [ChildConfig::apply(), ChildConfig::recreate()] {
        let story = Story::of(Cluster::new(), operator(config, vec![thing("a", 1)])).await;
        story.pass().await;
        let mut changes = 2;
        let cluster = story.cluster.changing(move |asked, objects| {
            if asked.line == "DELETE things/a" && changes > 0 {
                changes -= 1;
                let there = objects.get_mut("things/a").unwrap();
                there["metadata"]["resourceVersion"] = format!("90{changes}").into();
            }
        });
        let story = Story::of(cluster, operator(config, vec![])).await;
        assert_eq!(story.pass().await.end, CONVERGED);
        assert_eq!(story.cluster.get("things/a"), None);
        let lines = story.cluster.lines();
        let (delete, get) = ("DELETE things/a", "GET things/a");
        assert_eq!(lines[..5], [delete, get, delete, get, delete]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_forbidden_status_write_is_told_by_readiness() {
    let refuse = |asked: &Asked| {
        (asked.line == "PATCH foos/p/status").then(|| told(403, r#"User "op" cannot patch it"#))
    };
    let cluster = Cluster::new().refusing(refuse);
    let story = Story::of(cluster, operator(ChildConfig::apply(), vec![])).await;
    story.pass().await;
    assert_eq!(
        story.context.engine().unready(),
        [concat!(
            "Foo.example.com/v1: patch status: 403 Forbidden: User \"op\" cannot patch it\n",
            "  add to the ClusterRole of op:\n",
            "  - apiGroups: [\"example.com\"]\n",
            "    resources: [\"foos/status\"]\n",
            "    verbs: [\"patch\"]",
        )]
    );
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_somebody_elses_is_left_alone_by_every_strategy() {
    let strategies = [
        ChildConfig::apply(),
        ChildConfig::replace(),
        ChildConfig::recreate(),
        ChildConfig::on_delete(),
    ];
    for config in strategies {
        let cluster = Cluster::new();
        let theirs = cluster.put(
            "things/a",
            json!({"metadata": {"name": "a", "namespace": "ns", "uid": "theirs"}}),
        );
        let story = Story::of(cluster, operator(config, vec![thing("a", 1)])).await;
        let end = story.pass().await.end;
        assert!(matches!(end, End::Waiting { recheck: true, .. }), "{end:?}");
        assert_eq!(story.condition()["reason"], "NameTaken");
        assert_eq!(story.cluster.get("things/a"), Some(theirs));
    }
}

#[tokio::test(start_paused = true)]
async fn a_child_whose_owner_was_removed_unseen_comes_back_when_the_owner_does() {
    let replace = ChildConfig::replace();
    let story = Story::of(Cluster::new(), operator(replace, vec![thing("a", 1)])).await;
    story.pass().await;
    let operator = operator(replace, vec![thing("a", 2)]);
    let story = Story::of(story.cluster, operator).await;
    let ours = story.cluster.get("things/a").unwrap();
    let mut theirs = ours.clone();
    theirs["metadata"]["ownerReferences"] = json!([]);
    story.cluster.put("things/a", theirs);
    story.pass().await;
    assert_eq!(story.condition()["reason"], "NameTaken");
    story.sees(THINGS, &story.cluster.put("things/a", ours));
    assert_eq!(story.pass().await.end, CONVERGED);
    assert_eq!(story.cluster.get("things/a").unwrap()["spec"]["size"], 2);
}

/// Its answer differs each time.
fn restless() -> Operator {
    let sizes = std::sync::atomic::AtomicU64::new(0);
    let sync = move |_: SyncRequest<Untyped>| {
        let size = sizes.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok::<_, Error>(SyncResponse::new().with_raw_child(thing("restless", size)))
    };
    Operator::untyped("op", FOO, sync).with_child_type(THING, ChildConfig::apply())
}

/// The size that a parent asks for.
fn asked_size(request: &SyncRequest<Untyped>) -> Result<u64, Error> {
    let parent: Value = request.raw_parent().parse()?;
    Ok(parent["spec"]["size"].as_u64().unwrap_or_default())
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_differs_each_time_is_told_with_the_child_that_it_is_about() {
    let story = Story::of(Cluster::new(), restless()).await;
    assert_eq!(story.pass().await.end, FAILED);
    let condition = story.condition();
    assert_eq!(condition["reason"], "NotConverging");
    let message = condition["message"].as_str().unwrap();
    let named = "(Thing ns/restless, which differs each time in spec.size)";
    assert!(message.contains(named), "{message}");
}

#[tokio::test(start_paused = true)]
async fn a_parent_that_is_edited_faster_than_it_converges_is_no_mistake_of_the_handlers() {
    const EDITS: u64 = 50;
    let second = Duration::from_secs(1);
    #[allow(clippy::needless_pass_by_value)] // a handler takes its request by value
    let sync = |request: SyncRequest<Untyped>| {
        let size = asked_size(&request)?;
        Ok::<_, Error>(SyncResponse::new().with_raw_child(thing("a", size)))
    };
    let operator = Operator::untyped("op", FOO, sync).with_child_type(THING, ChildConfig::apply());
    let story = Story::of(Cluster::new().delaying(move |_| second), operator).await;
    let edits = story.edited(second / 2, 1..=EDITS);
    let passes = async {
        let mut ends = vec![story.pass().await.end];
        while ends.last() == Some(&End::Outdated) {
            ends.push(story.pass().await.end);
        }
        ends
    };
    let (ends, ()) = tokio::join!(passes, edits);
    // The first two leave their place to others once they have taken ten rounds.
    assert_eq!(ends, [End::Outdated, End::Outdated, CONVERGED]);
    assert_eq!(
        story.cluster.get("things/a").unwrap()["spec"]["size"],
        EDITS
    );
    assert_eq!(story.condition()["reason"], "Synced");
    let lines = story.cluster.lines();
    let told = lines.iter().filter(|line| line.contains("status"));
    assert_eq!(told.count(), 1, "{lines:?}");
}

#[tokio::test(start_paused = true)]
async fn an_edit_or_two_excuse_no_handler_that_answers_differently_each_time() {
    let second = Duration::from_secs(1);
    let story = Story::of(Cluster::new().delaying(move |_| second), restless()).await;
    let edits = async {
        story.edited(3 * second, 1..=2).await;
        // What others say of it is no edit.
        for number in 1..=6 {
            tokio::time::sleep(second / 2).await;
            story.touched(|parent| parent["status"] = json!({"theirs": number}));
        }
    };
    let (ended, ()) = tokio::join!(story.pass(), edits);
    assert_eq!(ended.end, FAILED);
    assert_eq!(story.condition()["reason"], "NotConverging");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_although_edits_kept_a_sibling_from_coming_to_rest() {
    let second = Duration::from_secs(1);
    #[allow(clippy::needless_pass_by_value)] // a handler takes its request by value
    let sync = |request: SyncRequest<Untyped>| {
        let size = asked_size(&request)?;
        let response = SyncResponse::new().with_raw_child(thing("a", size));
        Ok::<_, Error>(response.with_raw_child(thing("forbidden", 1)))
    };
    let operator = Operator::untyped("op", FOO, sync).with_child_type(THING, ChildConfig::apply());
    let forbidding = |asked: &Asked| {
        let message = "User \"op\" cannot patch resource \"things\"";
        asked
            .line
            .ends_with("things/forbidden")
            .then(|| told(403, message))
    };
    let cluster = Cluster::new()
        .refusing(forbidding)
        .delaying(move |_| second);
    let story = Story::of(cluster, operator).await;
    let edits = story.edited(second / 2, 1..=18);
    let (ended, ()) = tokio::join!(story.pass(), edits);
    assert_eq!(ended.end, FAILED);
    assert_eq!(ended.refused.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_child_that_waits_for_another_is_made_in_the_same_pass() {
    #[allow(clippy::needless_pass_by_value)] // a handler takes its request by value
    let sync = |request: SyncRequest<Untyped>| {
        let first = request
            .raw_children(THING)?
            .iter()
            .any(|one| one.name() == "a");
        let response = SyncResponse::new().with_raw_child(thing("a", 1));
        Ok::<_, Error>(if first {
            response.with_raw_child(thing("b", 1))
        } else {
            response
        })
    };
    let operator = Operator::untyped("op", FOO, sync).with_child_type(THING, ChildConfig::apply());
    let story = Story::of(Cluster::new(), operator).await;
    assert_eq!(story.pass().await.end, CONVERGED);
    assert_eq!(
        story.cluster.lines(),
        ["PATCH things/a", "PATCH things/b", "PATCH foos/p/status"]
    );
}
