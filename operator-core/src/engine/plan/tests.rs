//! What a plan does, strategy by strategy. Here: what all of them share.

mod apply;
mod on_delete;
mod recreate;
mod replace;
mod story;

use serde_json::json;

use self::story::*;
use super::*;

#[test]
fn an_absent_child_is_created_by_whatever_strategy() {
    for strategy in STRATEGIES {
        let verb = if strategy == UpdateStrategy::Replace {
            "post"
        } else {
            "create"
        };
        let story = Story::of(strategy).wants(&[thing("a", 1)]);
        assert_eq!(story.does(), [format!("{verb} a 1")]);
    }
}

#[test]
fn a_child_as_it_was_last_written_costs_no_request() {
    for strategy in STRATEGIES {
        let story = Story::of(strategy).wants(&[thing("a", 1)]);
        let there = story.stored();
        let story = story.sees(&there, Some(there.last(strategy)));
        assert!(story.does().is_empty(), "{strategy:?}");
    }
}

#[test]
fn a_change_of_status_or_a_strangers_label_is_nobodys_business() {
    for strategy in STRATEGIES {
        let story = Story::of(strategy).wants(&[thing("a", 1)]);
        let there = story.stored();
        let now = there.after(11, |object| {
            object["status"] = json!({"ready": 1});
            object["metadata"]["labels"]["team"] = "x".into();
            object["metadata"]["annotations"]["seen"] = "y".into();
        });
        let story = story.sees(&now, Some(there.last(strategy)));
        assert!(story.does().is_empty(), "{strategy:?}");
    }
}

#[test]
fn a_child_that_should_not_exist_is_deleted_once() {
    for strategy in STRATEGIES {
        let there = Story::of(strategy).wants(&[thing("a", 1)]).stored();
        let story = Story::of(strategy).sees(&there, None);
        assert_eq!(story.does(), ["delete a of uid-a"]);
        let going = Story::of(strategy).sees(&there.terminating(), None);
        assert!(going.does().is_empty(), "{strategy:?}");
    }
}

#[test]
fn a_child_that_is_being_deleted_is_waited_for() {
    for strategy in STRATEGIES {
        let story = Story::of(strategy).wants(&[thing("a", 2)]);
        let there = story.stored().terminating();
        assert_eq!(story.sees(&there, None).waits(), [Waiting::Terminating]);
    }
}

#[test]
fn nothing_of_a_suspended_kind_is_written_and_the_plan_says_what_waits_for_it() {
    let why = Waiting::Suspended("no watch".into());
    for strategy in STRATEGIES {
        let story = Story::of(strategy).wants(&[thing("new", 1), thing("changed", 2)]);
        let old = Story::of(strategy).wants(&[thing("changed", 1)]).stored();
        let unwanted = Story::of(strategy).wants(&[thing("unwanted", 1)]).stored();
        let story = story
            .sees(&old, Some(old.last(strategy)))
            .sees(&unwanted, None);
        // A prune waits as a creation does: else nobody would know that it is still to be done.
        assert_eq!(
            story.suspended("no watch").waits(),
            [why.clone(), why.clone(), why.clone()]
        );
    }
}

#[test]
fn the_siblings_of_a_suspended_kind_are_written() {
    let story = Story::of(UpdateStrategy::Apply)
        .wants(&[thing("a", 1), gadget("b")])
        .suspended("no watch")
        .plan();
    assert_eq!(
        story.operations.iter().map(told).collect::<Vec<_>>(),
        ["create b null"]
    );
    assert_eq!(story.waiting.len(), 1);
}

#[test]
fn a_taken_name_is_left_alone() {
    for strategy in STRATEGIES {
        let story = Story::of(strategy)
            .wants(&[thing("a", 1), thing("b", 1)])
            .found("a", Finding::Taken("somebody's".into()));
        let plan = story.plan();
        assert_eq!(plan.operations.len(), 1, "its sibling is made");
        assert_eq!(plan.waiting[0].2, Waiting::Taken("somebody's".into()));
    }
}

#[test]
fn a_taken_name_that_turns_out_to_be_ours_is_ours() {
    let story = Story::of(UpdateStrategy::Apply).wants(&[thing("a", 2)]);
    let old = Story::of(UpdateStrategy::Apply)
        .wants(&[thing("a", 1)])
        .stored();
    let story = story
        .found("a", Finding::Taken("somebody's".into()))
        .sees(&old, Some(old.last(UpdateStrategy::Apply)));
    assert_eq!(story.does(), ["apply a 2 to uid-a"]);
}

#[test]
fn a_child_that_is_fought_over_waits_unless_it_is_as_it_should_be() {
    let rival = || Finding::Contended("kubectl".into());
    for strategy in [UpdateStrategy::Apply, UpdateStrategy::Replace] {
        let story = || Story::of(strategy).wants(&[thing("a", 1)]);
        let there = story().stored();
        let fought = story()
            .sees(&there.taken(11, 5), Some(there.last(strategy)))
            .found("a", rival());
        assert_eq!(fought.waits(), [Waiting::Contended("kubectl".into())]);
        let calm = story()
            .sees(&there, Some(there.last(strategy)))
            .found("a", rival());
        assert!(calm.does().is_empty());
    }
}

#[test]
fn what_should_exist_comes_first_in_the_handlers_order_and_then_what_should_not_by_kind_and_name() {
    let strategy = UpdateStrategy::Apply;
    let old = Story::of(strategy).wants(&[thing("z", 1), gadget("y"), thing("x", 1)]);
    let unwanted: Vec<Stored> = old.desired.iter().map(|child| Stored::of(child)).collect();
    let story = Story::of(strategy).wants(&[gadget("c"), thing("b", 1), thing("a", 1)]);
    // As the index gives them: by kind, namespace and name.
    let story = story
        .sees(&unwanted[2], None)
        .sees(&unwanted[0], None)
        .sees(&unwanted[1], None);
    assert_eq!(
        story.does(),
        [
            "create c null",
            "create b 1",
            "create a 1",
            "delete x of uid-x",
            "delete z of uid-z",
            "delete y of uid-y",
        ]
    );
}

#[test]
fn a_dry_run_counts_for_the_version_that_it_was_made_of() {
    for strategy in [
        UpdateStrategy::Apply,
        UpdateStrategy::Replace,
        UpdateStrategy::Recreate,
    ] {
        let story = Story::of(strategy).wants(&[thing("a", 1)]);
        let there = story
            .stored()
            .after(12, |object| object["spec"]["replicas"] = 7.into());
        let story = story.sees(&there, None).found("a", dry_run("11", true));
        assert!(story.does()[0].starts_with("try "), "{strategy:?}");
    }
}

#[test]
fn what_a_dry_run_changes_of_the_servers_or_the_engines_marks_is_no_change() {
    let there = Story::of(UpdateStrategy::Apply)
        .wants(&[thing("a", 1)])
        .stored();
    let marked = there.after(11, |object| {
        object["metadata"]["generation"] = 9.into();
        object["metadata"]["managedFields"] = json!([]);
        object["metadata"]["annotations"]["example.com/applied"] = "other".into();
        object["metadata"]["labels"] = json!({});
    });
    assert!(!changes(&there.0, &marked.0, &identity()));
    let edited = there.after(11, |object| object["spec"]["replicas"] = 2.into());
    assert!(changes(&there.0, &edited.0, &identity()));
    let labelled = there.after(11, |object| {
        object["metadata"]["labels"]["team"] = "x".into();
    });
    assert!(changes(&there.0, &labelled.0, &identity()));
}
