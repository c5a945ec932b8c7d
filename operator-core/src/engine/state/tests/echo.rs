//! What a pass did itself queues nobody; what anybody else did meanwhile is never lost.

use super::*;

/// A pass of `p` is about to write the status of what it saw at version 2.
fn story() -> Story {
    let mut story = Story::runs(&["p"]);
    story.sees(PARENT, parent("p", 2));
    story.next();
    story.views("p");
    story
}

fn with_status(version: u64) -> Object {
    edited("p", version, |json| json["status"] = json!({"ready": 1}))
}

#[test]
fn the_event_of_a_status_write_queues_nobody_after_the_response() {
    let mut story = story();
    story.engine.fold_parent(with_status(3));
    story.ends("p", CONVERGED);
    story.sees(PARENT, with_status(3));
    assert_eq!(story.due_in(), None);
}

#[test]
fn the_event_of_a_status_write_queues_nobody_before_the_response() {
    let mut story = story();
    story.sees(PARENT, with_status(3));
    story.engine.fold_parent(with_status(3));
    story.ends("p", CONVERGED);
    assert_eq!(story.due_in(), None);
}

#[test]
fn an_edit_after_the_status_write_is_not_lost_whenever_the_response_comes() {
    let edit = || edited("p", 4, |json| json["spec"]["size"] = 2.into());
    let mut late = story();
    late.sees(PARENT, with_status(3));
    late.sees(PARENT, edit());
    late.engine.fold_parent(with_status(3));
    late.ends("p", CONVERGED);
    assert_eq!(late.due(), ["p"]);
    assert_eq!(late.views("p").parent.value()["spec"]["size"], 2);

    let mut early = story();
    early.engine.fold_parent(with_status(3));
    early.sees(PARENT, edit());
    early.ends("p", CONVERGED);
    assert_eq!(early.due(), ["p"]);
}

#[test]
fn a_child_that_changed_before_the_status_write_is_not_lost() {
    for echo_first in [true, false] {
        let mut story = story();
        story.sees(CHILDREN, child("a", 3, "p"));
        if echo_first {
            story.sees(PARENT, with_status(4));
        }
        story.engine.fold_parent(with_status(4));
        story.ends("p", CONVERGED);
        assert_eq!(story.due(), ["p"]);
    }
}

#[test]
fn the_events_of_child_writes_queue_nobody() {
    let mut story = story();
    // One comes before its response, one after; the next round looks at both.
    story.sees(CHILDREN, child("a", 3, "p"));
    story.engine.index.fold(CHILDREN, child("a", 3, "p"), None);
    story.engine.index.fold(CHILDREN, child("b", 4, "p"), None);
    assert_eq!(story.views("p").observed.len(), 2);
    story.sees(CHILDREN, child("b", 4, "p"));
    story.engine.fold_parent(with_status(5));
    story.ends("p", CONVERGED);
    assert_eq!(story.due_in(), None);
}

#[test]
fn a_strangers_write_of_a_child_after_ours_is_seen_to() {
    let mut story = story();
    story.engine.index.fold(CHILDREN, child("a", 3, "p"), None);
    story.views("p");
    story.sees(CHILDREN, child("a", 3, "p"));
    story.sees(CHILDREN, child("a", 4, "p"));
    story.ends("p", CONVERGED);
    assert_eq!(story.due(), ["p"]);
}

#[test]
fn a_child_deleted_before_the_response_of_its_creation_is_missed() {
    let mut story = story();
    story.sees(CHILDREN, child("a", 3, "p"));
    story.sees_gone(CHILDREN, child("a", 4, "p"));
    story.engine.index.fold(CHILDREN, child("a", 3, "p"), None);
    assert!(story.views("p").observed.is_empty());
}

#[test]
fn a_parent_deleted_before_the_response_of_its_status_stays_gone() {
    let mut story = story();
    story.sees(PARENT, with_status(3));
    story.sees_gone(PARENT, with_status(4));
    story.engine.fold_parent(with_status(3));
    story.ends("p", CONVERGED);
    assert!(story.engine.view(&"p".into()).is_none());
    assert_eq!(story.due_in(), None);
}

#[test]
fn a_pass_that_was_overtaken_is_repeated_at_once() {
    let mut story = story();
    story.ends("p", End::Outdated);
    assert_eq!(story.due(), ["p"]);
}
