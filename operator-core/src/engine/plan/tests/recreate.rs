//! `Recreate`: a dry run decides; nothing is deleted for what the handler does not name.

use super::*;

const RECREATE: UpdateStrategy = UpdateStrategy::Recreate;

fn story() -> Story {
    Story::of(RECREATE).wants(&[thing("a", 1)])
}

fn changed() -> Story {
    Story::of(RECREATE).wants(&[thing("a", 2)])
}

#[test]
fn a_new_desired_state_is_tried_first() {
    let there = story().stored();
    let story = changed().sees(&there, Some(there.last(RECREATE)));
    assert_eq!(story.does(), ["try apply a at 10 to recreate"]);
}

#[test]
fn what_would_change_the_object_deletes_it_and_makes_it_anew() {
    let there = story().stored();
    let story = changed()
        .sees(&there, Some(there.last(RECREATE)))
        .found("a", dry_run("10", true));
    assert_eq!(story.does(), ["delete a of uid-a"]);
    assert_eq!(
        changed().found("a", dry_run("10", true)).does(),
        ["create a 2"]
    );
}

#[test]
fn what_would_change_only_the_engines_marks_is_applied_in_place() {
    let there = story().stored();
    let story = changed()
        .sees(&there, Some(there.last(RECREATE)))
        .found("a", dry_run("10", false));
    assert_eq!(story.does(), ["apply a 2 to uid-a"]);
}

#[test]
fn a_lost_label_deletes_nothing() {
    let there = story().stored();
    let story = story()
        .sees(&there.stripped(), Some(there.last(RECREATE)))
        .found("a", dry_run("11", false));
    assert_eq!(story.does(), ["apply a 1 to uid-a"]);
}

#[test]
fn a_strangers_edit_of_our_field_recreates_and_counts_as_a_fight() {
    let there = story().stored();
    let taken = there.taken(11, 5);
    let seen = || story().sees(&taken, Some(there.last(RECREATE)));
    assert_eq!(seen().does(), ["try apply a at 11 to recreate"]);
    assert_eq!(
        seen().found("a", dry_run("11", true)).does(),
        ["delete a of uid-a"]
    );
}

#[test]
fn a_stranger_who_took_our_field_with_our_value_recreates_nothing() {
    let there = story().stored();
    let taken = there.taken(11, 1);
    let story = story()
        .sees(&taken, Some(there.last(RECREATE)))
        .found("a", dry_run("11", false));
    assert_eq!(story.settles(), taken.last(RECREATE));
}

#[test]
fn after_a_restart_an_object_that_is_as_desired_is_remembered_so_without_a_dry_run() {
    let there = story().stored();
    assert_eq!(story().sees(&there, None).settles(), there.last(RECREATE));
}

#[test]
fn after_a_restart_one_dry_run_decides_where_that_is_in_doubt() {
    let there = story()
        .stored()
        .after(11, |object| object["spec"]["replicas"] = "one".into());
    let doubtful = || story().sees(&there, None);
    assert_eq!(doubtful().does(), ["try apply a at 11 to recreate"]);
    let alike = doubtful().found("a", dry_run("11", false));
    assert_eq!(alike.settles(), there.last(RECREATE));
    let edited = doubtful().found("a", dry_run("11", true));
    assert_eq!(edited.does(), ["delete a of uid-a"]);
}
