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
            let gone = Change::Deleted(story.decoded(THINGS, &child).into());
            let now = story.context.now();
            story.context.engine().apply(THINGS, gone, now);
            story.pass().await;
            made += usize::from(story.cluster.get("things/a").is_some());
        }
        assert!((3..10).contains(&made), "made {made} times");
        assert_eq!(story.condition()["reason"], "NotConverging");
    }
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
    let gone = Change::Deleted(story.decoded(THINGS, &taken).into());
    let now = story.context.now();
    story.context.engine().apply(THINGS, gone, now);
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
