//! What a parent's life costs: restarts, lost replies, lost labels, failing handlers, finalizers.

use super::*;
use crate::handler::FinalizeResponse;

const STRATEGIES: [ChildConfig; 4] = [
    ChildConfig::apply(),
    ChildConfig::replace(),
    ChildConfig::recreate(),
    ChildConfig::on_delete(),
];

impl Story {
    /// Somebody deletes the child, and the operator sees that.
    fn loses_its_child(&self) {
        let child = self.cluster.get("things/a").unwrap();
        // Its end has a version of its own.
        let last = self.cluster.put("things/a", child);
        self.cluster.remove("things/a");
        self.sees_gone(THINGS, &last);
    }
}

#[tokio::test(start_paused = true)]
async fn a_child_that_went_is_made_again_once_the_parent_is_known_to_be_there() {
    let story = Story::of(
        Cluster::new(),
        operator(ChildConfig::apply(), vec![thing("a", 1)]),
    )
    .await;
    story.pass().await;
    story.cluster.asked();
    story.loses_its_child();
    assert_eq!(story.pass().await.end, CONVERGED);
    assert_eq!(story.cluster.lines(), ["GET foos/p", "PATCH things/a"]);
}

#[tokio::test(start_paused = true)]
async fn a_child_that_went_because_its_parent_goes_is_not_made_again_although_its_watch_is_ahead() {
    for is_gone in [false, true] {
        let operator = operator(ChildConfig::apply(), vec![thing("a", 1)]);
        let story = Story::of(Cluster::new(), operator).await;
        story.pass().await;
        story.cluster.asked();
        if is_gone {
            story.cluster.remove("foos/p");
        } else {
            let mut going = story.cluster.get("foos/p").unwrap();
            going["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
            going["metadata"]["finalizers"] = json!(["foregroundDeletion"]);
            story.cluster.put("foos/p", going);
        }
        story.loses_its_child();
        assert_eq!(story.pass().await.end, End::Outdated);
        assert_eq!(story.cluster.lines(), ["GET foos/p"]);
        let now = story.context.now();
        if story.context.engine().next(now).is_some() {
            let ended = pass::pass(&story.context, &"P".into()).await;
            assert_eq!(ended.end, CONVERGED);
        }
        assert_eq!(story.cluster.get("things/a"), None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_restart_on_a_converged_cluster_writes_nothing() {
    for config in STRATEGIES {
        let operator = || operator(config, vec![thing("a", 1)]);
        let story = Story::of(Cluster::new(), operator()).await;
        story.pass().await;
        let story = Story::of(story.cluster, operator()).await;
        assert_eq!(story.pass().await.end, CONVERGED);
        let lines = story.cluster.lines();
        assert!(lines.iter().all(|line| line.ends_with("?dry")), "{lines:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_was_lost_after_the_commit_costs_no_second_write() {
    for config in STRATEGIES {
        let operator = || operator(config, vec![thing("a", 1)]);
        let story = Story::of(Cluster::new(), operator()).await;
        story.pass().await;
        let made = story.cluster.get("things/a").unwrap();
        // The operator starts without the child, as if it had never heard of its creation.
        let mut hidden = false;
        let cluster = story.cluster.refusing(move |asked| {
            let first = asked.line == "GET things" && !std::mem::replace(&mut hidden, true);
            let none = json!({"metadata": {"resourceVersion": "1"}, "items": []});
            first.then_some((200, none))
        });
        let story = Story::of(cluster, operator()).await;
        assert_eq!(story.pass().await.end, CONVERGED);
        assert_eq!(story.cluster.get("things/a"), Some(made));
    }
}

#[tokio::test(start_paused = true)]
async fn a_child_whose_label_was_stripped_is_found_again_and_repaired() {
    for config in STRATEGIES {
        let operator = || operator(config, vec![thing("a", 1)]);
        let story = Story::of(Cluster::new(), operator()).await;
        story.pass().await;
        let mut stripped = story.cluster.get("things/a").unwrap();
        let uid = stripped["metadata"]["uid"].clone();
        stripped["metadata"]["labels"] = json!({"theirs": "x"});
        let stripped = story.cluster.put("things/a", stripped);
        // The watch tells that it left the selection.
        story.sees_gone(THINGS, &stripped);
        assert_eq!(story.pass().await.end, CONVERGED);
        let repaired = story.cluster.get("things/a").unwrap();
        assert!(story.decoded(THINGS, &repaired).tracked);
        assert_eq!(repaired["metadata"]["labels"]["theirs"], "x");
        assert_eq!(repaired["metadata"]["uid"], uid);
    }
}

#[tokio::test(start_paused = true)]
async fn a_failing_handler_is_told_once_and_touches_no_child() {
    let story = Story::of(
        Cluster::new(),
        operator(ChildConfig::apply(), vec![thing("a", 1)]),
    )
    .await;
    story.pass().await;
    let fails = |_: SyncRequest<Untyped>| Err::<SyncResponse<Untyped>, _>(Error::retry("broken"));
    let operator = Operator::untyped("op", FOO, fails).with_child_type(THING, ChildConfig::apply());
    let story = Story::of(story.cluster, operator).await;
    assert_eq!(story.pass().await.end, FAILED);
    assert_eq!(story.cluster.lines(), ["PATCH foos/p/status"]);
    assert_eq!(story.condition()["message"], "broken");
    let status = &story.cluster.get("foos/p").unwrap()["status"];
    assert_eq!(status["children"], 1, "what was said before stays");
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(story.pass().await.end, FAILED);
    assert!(story.cluster.lines().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_child_that_waits_for_its_name_is_written_once_that_is_free() {
    let operator = operator(ChildConfig::apply(), vec![thing("a", 2)]);
    let old = self::operator(ChildConfig::apply(), vec![thing("a", 1)]);
    let story = Story::of(Cluster::new(), old).await;
    story.pass().await;
    let mut going = story.cluster.get("things/a").unwrap();
    going["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
    going["metadata"]["finalizers"] = json!(["theirs"]);
    let going = story.cluster.put("things/a", going);
    let story = Story::of(story.cluster, operator).await;
    let end = story.pass().await.end;
    assert!(
        matches!(end, End::Waiting { recheck: false, .. }),
        "{end:?}"
    );
    assert_eq!(story.condition()["reason"], "ChildTerminating");
    story.cluster.remove("things/a");
    let gone = Change::Deleted(story.decoded(THINGS, &going).into());
    let now = story.context.now();
    story.context.engine().apply(THINGS, gone, now);
    assert_eq!(story.pass().await.end, CONVERGED);
    assert_eq!(story.cluster.get("things/a").unwrap()["spec"]["size"], 2);
}

fn finalizing(done: bool) -> Operator {
    let finalize = move |_: SyncRequest<Untyped>| {
        Ok::<_, Error>(if done {
            FinalizeResponse::done()
        } else {
            FinalizeResponse::retry_after(Duration::from_secs(5))
        })
    };
    operator(ChildConfig::apply(), vec![thing("a", 1)]).with_finalize(finalize)
}

#[tokio::test(start_paused = true)]
async fn a_finalizer_is_set_before_anything_is_made_and_removed_when_it_is_done() {
    let story = Story::of(Cluster::new(), finalizing(false)).await;
    assert_eq!(story.pass().await.end, CONVERGED);
    assert_eq!(
        story.cluster.lines(),
        ["PATCH foos/p", "PATCH things/a", "PATCH foos/p/status"]
    );
    story.touched(|parent| {
        parent["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
    });
    let later = End::Converged {
        resync_after: Some(Duration::from_secs(5)),
    };
    assert_eq!(story.pass().await.end, later);
    assert_eq!(story.cluster.lines(), ["PATCH foos/p/status"]);
    assert_eq!(story.condition()["reason"], "Finalizing");

    let story = Story::of(story.cluster, finalizing(true)).await;
    story.pass().await;
    assert_eq!(story.cluster.lines(), ["PATCH foos/p"]);
    assert_eq!(story.cluster.get("foos/p"), None);
    assert_eq!(story.context.engine().next_due(), None);
}

#[tokio::test(start_paused = true)]
async fn a_finalizer_that_is_refused_is_told_and_nothing_is_made() {
    let cluster = Cluster::new().refusing(|asked| {
        (asked.line == "PATCH foos/p").then(|| told(403, r#"User "op" cannot patch it"#))
    });
    let story = Story::of(cluster, finalizing(true)).await;
    assert_eq!(story.pass().await.end, FAILED);
    assert_eq!(
        story.cluster.lines(),
        ["PATCH foos/p", "PATCH foos/p/status"]
    );
    assert_eq!(
        story.condition()["message"],
        concat!(
            "the finalizer example.com/op: patch: 403 Forbidden: User \"op\" cannot patch it; ",
            "add to the ClusterRole of op: {apiGroups: [\"example.com\"], resources: [\"foos\"], ",
            "verbs: [\"get\", \"list\", \"watch\", \"patch\"]}",
        )
    );
    assert_eq!(story.context.engine().unready().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn others_finalizers_are_left_and_a_finalizer_that_nobody_stands_for_goes() {
    let story = Story::of(Cluster::new(), finalizing(true)).await;
    story.pass().await;
    story.touched(|parent| {
        let finalizers = parent["metadata"]["finalizers"].as_array_mut().unwrap();
        finalizers.insert(0, "theirs".into());
    });
    let without = operator(ChildConfig::apply(), vec![thing("a", 1)]);
    let story = Story::of(story.cluster, without).await;
    assert_eq!(story.pass().await.end, CONVERGED);
    // This server keeps no `managedFields`: whether the child is as it should be after a restart has to be asked.
    assert_eq!(
        story.cluster.lines(),
        ["PATCH foos/p", "PATCH things/a?dry"]
    );
    let parent = story.cluster.get("foos/p").unwrap();
    assert_eq!(parent["metadata"]["finalizers"], json!(["theirs"]));
}

#[tokio::test(start_paused = true)]
async fn a_parent_deleted_while_its_status_is_written_is_finalized() {
    let story = Story::of(Cluster::new(), finalizing(true)).await;
    story.pass().await;
    // A change makes it due, and before the status is written it is deleted, unseen.
    story.touched(|parent| parent["metadata"]["generation"] = 2.into());
    let mut going = story.cluster.get("foos/p").unwrap();
    going["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
    story.cluster.put("foos/p", going);
    assert_eq!(story.pass().await.end, End::Outdated);
    story.pass().await;
    assert_eq!(story.cluster.get("foos/p"), None);
}
