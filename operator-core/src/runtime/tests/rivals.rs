//! Others who write the same: a fight slows down however it is fought, and what another operator keeps is left.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_child_that_somebody_keeps_deleting_is_made_again_ever_more_slowly_and_that_is_told() {
    for config in [ChildConfig::apply(), ChildConfig::replace()] {
        let story = Story::of(Cluster::new(), operator(config, vec![thing("a", 1)])).await;
        story.pass().await;
        let mut made = 1;
        for _ in 0..20 {
            let Some(child) = story.cluster.get("things/a") else {
                break;
            };
            story.cluster.remove("things/a");
            story.sees_gone(THINGS, &child);
            story.pass().await;
            made += usize::from(story.cluster.get("things/a").is_some());
        }
        assert!((3..10).contains(&made), "made {made} times");
        assert_eq!(story.condition()["reason"], "NotConverging");
    }
}

#[tokio::test(start_paused = true)]
async fn a_status_that_somebody_keeps_changing_back_is_written_ever_more_slowly_and_that_is_told() {
    let story = Story::of(Cluster::new(), operator(ChildConfig::apply(), vec![])).await;
    story.pass().await;
    let mut written = 1;
    let mut last = CONVERGED;
    for _ in 0..20 {
        story.touched(|parent| {
            if parent["status"]["children"] == 0 {
                parent["status"] = json!({"children": 7});
                parent["metadata"]["managedFields"] = json!([{"manager": "rival",
                    "fieldsV1": {"f:status": {"f:children": {}}}}]);
            }
        });
        last = story.pass().await.end;
        let status = &story.cluster.get("foos/p").unwrap()["status"];
        written += usize::from(status["children"] == 0);
    }
    assert!((3..10).contains(&written), "written {written} times");
    let resync_after = Some(Duration::from_secs(30));
    assert_eq!(last, End::Converged { resync_after });
    let events = story.context.events.as_ref().unwrap();
    assert_eq!(events.pending(), 1);
    let event = events.next().await;
    assert_eq!(
        event.text(),
        "the status: rival (status.children) keeps changing it back: it is written every 30 s only, until that ends"
    );
    events.done();

    // Every half a minute it is written, and that is not taken for the end of it.
    for _ in 0..3 {
        tokio::time::advance(Duration::from_secs(30)).await;
        story.pass().await;
        story.touched(|parent| {
            assert_eq!(parent["status"]["children"], 0);
            parent["status"] = json!({"children": 7});
        });
        story.pass().await;
        assert_eq!(events.pending(), 0);
    }
    // The rival gives up: that is told once a minute has passed without it.
    tokio::time::advance(Duration::from_secs(30)).await;
    story.pass().await;
    assert_eq!(events.pending(), 0);
    tokio::time::advance(Duration::from_secs(62)).await;
    assert_eq!(story.pass().await.end, CONVERGED);
    assert_eq!(events.next().await.text(), "everything is as declared");
}

#[tokio::test(start_paused = true)]
async fn an_object_that_another_operator_keeps_is_left_to_it() {
    let story = Story::of(
        Cluster::new(),
        operator(ChildConfig::apply(), vec![thing("a", 1)]),
    )
    .await;
    story.pass().await;
    let mut taken = story.cluster.get("things/a").unwrap();
    taken["metadata"]["labels"] = json!({"example.com/tracked-by": "other-op"});
    let taken = story.cluster.put("things/a", taken);
    story.sees_gone(THINGS, &taken);
    story.pass().await;
    assert_eq!(story.cluster.get("things/a"), Some(taken));
    let condition = story.condition();
    assert_eq!(condition["reason"], "NameTaken");
    let message = condition["message"].as_str().unwrap();
    assert!(message.contains("the operator other-op keeps"), "{message}");
}

#[tokio::test]
async fn the_status_of_a_built_in_kind_is_not_the_engines() {
    let sync = |_: SyncRequest<Untyped>| Ok::<_, Error>(SyncResponse::new());
    let keeps = |operator: Operator| {
        let context = Context::new(operator, Cluster::new().client(), None);
        let keeps = context.engine().keeps;
        (keeps.observed_generation, keeps.conditions)
    };
    let deployment = crate::k8s_types::apps::v1::Deployment;
    assert_eq!(
        keeps(Operator::untyped("op", deployment, sync)),
        (false, false)
    );
    assert_eq!(keeps(Operator::untyped("op", FOO, sync)), (true, true));
}
