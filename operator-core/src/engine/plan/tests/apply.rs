//! `Apply`: what is ours is kept as it should be, what is not is not looked at.

use super::*;

const APPLY: UpdateStrategy = UpdateStrategy::Apply;

fn story() -> Story {
    Story::of(APPLY).wants(&[thing("a", 1)])
}

#[test]
fn a_new_desired_state_is_applied_to_the_object_that_is_known_and_no_other() {
    let there = story().stored();
    let story = Story::of(APPLY)
        .wants(&[thing("a", 2)])
        .sees(&there, Some(there.last(APPLY)));
    assert_eq!(story.does(), ["apply a 2 to uid-a"]);
}

#[test]
fn a_field_that_is_no_longer_desired_is_a_change_although_everything_desired_is_there() {
    let there = story().stored();
    let mut less = thing("a", 1);
    less.as_object_mut().unwrap().remove("spec");
    let story = Story::of(APPLY)
        .wants(&[less])
        .sees(&there, Some(there.last(APPLY)));
    assert_eq!(story.does(), ["apply a null to uid-a"]);
}

#[test]
fn a_strangers_edit_of_our_field_is_reverted() {
    let there = story().stored();
    let story = story().sees(&there.taken(11, 5), Some(there.last(APPLY)));
    assert_eq!(story.does(), ["apply a 1 to uid-a"]);
}

#[test]
fn a_stranger_who_took_our_field_with_our_value_is_noticed_too() {
    let there = story().stored();
    let story = story().sees(&there.taken(11, 1), Some(there.last(APPLY)));
    assert_eq!(story.does(), ["apply a 1 to uid-a"]);
}

#[test]
fn a_generation_that_moved_without_a_trace_is_looked_into_by_value() {
    let there = story().stored();
    let scaled = |replicas: i64| {
        there.after(11, |object| {
            object["metadata"]["generation"] = 2.into();
            object["spec"]["replicas"] = replicas.into();
        })
    };
    let differs = story().sees(&scaled(5), Some(there.last(APPLY)));
    assert_eq!(differs.does(), ["apply a 1 to uid-a"]);
    // Somebody's own field moved it: that is remembered, so that it is looked at once.
    let same = story().sees(&scaled(1), Some(there.last(APPLY)));
    assert_eq!(same.settles(), scaled(1).last(APPLY));
}

#[test]
fn after_a_restart_an_object_that_is_as_desired_is_remembered_so() {
    let there = story().stored().after(11, |object| {
        object["spec"]["defaulted"] = "by the server".into();
    });
    let story = story().sees(&there, None);
    assert_eq!(story.settles(), there.last(APPLY));
}

#[test]
fn after_a_restart_it_is_asked_whether_what_somebody_added_to_a_list_is_any_of_ours() {
    // A list that is owned whole leaves our entry as soon as anybody adds to it, and no entry of before is known.
    let mut wanted = thing("a", 1);
    wanted["spec"]["subjects"] = json!([{"kind": "User", "name": "ann"}]);
    let story = || Story::of(APPLY).wants(std::slice::from_ref(&wanted));
    let added = story().stored().after(11, |object| {
        object["spec"]["subjects"] = json!([
            {"kind": "User", "name": "ann"}, {"kind": "User", "name": "mallory"}]);
    });
    let after_a_restart = || story().sees(&added, None);
    assert_eq!(after_a_restart().does(), ["try apply a at 11"]);
    let taken = after_a_restart().found("a", dry_run("11", true));
    assert_eq!(taken.does(), ["apply a 1 to uid-a"]);
}

#[test]
fn after_a_restart_one_dry_run_decides_where_that_is_in_doubt() {
    let there = story().stored().after(11, |object| {
        object["spec"]["replicas"] = "one".into();
    });
    let doubtful = || story().sees(&there, None);
    assert_eq!(doubtful().does(), ["try apply a at 11"]);
    let alike = doubtful().found("a", dry_run("11", false));
    assert_eq!(alike.settles(), there.last(APPLY));
    let edited = doubtful().found("a", dry_run("11", true));
    assert_eq!(edited.does(), ["apply a 1 to uid-a"]);
}

#[test]
fn after_a_restart_another_desired_state_is_applied_without_asking() {
    let there = story().stored();
    let story = Story::of(APPLY).wants(&[thing("a", 2)]).sees(&there, None);
    assert_eq!(story.does(), ["apply a 2 to uid-a"]);
}

#[test]
fn a_child_that_lost_its_label_or_its_digest_gets_it_back() {
    let there = story().stored();
    let story = story();
    let stripped = story.sees(&there.stripped(), Some(there.last(APPLY)));
    assert_eq!(stripped.does(), ["apply a 1 to uid-a"]);
    let undigested = there.after(11, |object| object["metadata"]["annotations"] = json!({}));
    let story = Story::of(APPLY)
        .wants(&[thing("a", 1)])
        .sees(&undigested, Some(there.last(APPLY)));
    assert_eq!(story.does(), ["apply a 1 to uid-a"]);
}

#[test]
fn a_response_that_does_not_hold_what_was_sent_is_not_sent_again() {
    // An admission webhook that insists otherwise: what the write returned is the measure.
    let there = story()
        .stored()
        .after(11, |object| object["spec"]["replicas"] = 3.into());
    let story = story().sees(&there, Some(there.last(APPLY)));
    assert!(story.does().is_empty());
}
