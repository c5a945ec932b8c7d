//! A failed parent waits, alone, as long as it has to and no longer.

use super::*;

/// `p` is handed out because somebody changed it; so is nobody else.
fn story() -> Story {
    let mut story = Story::runs(&["p", "q"]);
    story.sees(PARENT, parent("p", 2));
    assert_eq!(story.due(), ["p"]);
    story
}

fn patience(seconds: u64) -> End {
    End::Unserved {
        patience: Some(Duration::from_secs(seconds)),
        outage: false,
    }
}

#[test]
fn failures_in_a_row_wait_longer_each_time_up_to_a_limit_and_a_success_resets_that() {
    let mut story = story();
    for doubled in [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0] {
        story.works("p", failed(ErrorClass::Backoff));
        let wait = story.due_in().unwrap();
        assert!(wait <= doubled && wait >= 0.75 * doubled, "{wait}");
        story.passes(60);
        assert_eq!(story.due(), ["p"]);
    }
    story.works("p", CONVERGED);
    assert_eq!(story.due_in(), None);
    story.sees(PARENT, parent("p", 3));
    story.next();
    story.works("p", failed(ErrorClass::Backoff));
    assert!(story.due_in().unwrap() <= 1.0);
}

#[test]
fn a_failed_parent_holds_nobody_else_up() {
    let mut story = story();
    story.works("p", failed(ErrorClass::Backoff));
    story.sees(PARENT, parent("q", 3));
    assert_eq!(story.due(), ["q"]);
}

#[test]
fn an_event_ends_a_backoff() {
    let mut story = story();
    for _ in 0..9 {
        story.works("p", failed(ErrorClass::Backoff));
        story.passes(60);
        story.next();
    }
    story.works("p", failed(ErrorClass::Backoff));
    story.sees(CHILDREN, child("a", 3, "p"));
    assert_eq!(story.due(), ["p"]);
}

#[test]
fn what_a_handler_asked_for_is_kept_to_the_second() {
    let mut story = story();
    let after = ErrorClass::After(Duration::from_secs(7));
    story.works("p", failed(after));
    assert_eq!(story.due_in(), Some(7.0));
}

#[test]
fn a_server_that_says_when_to_come_again_is_asked_then() {
    let mut story = story();
    for _ in 0..8 {
        story.works("p", patience(2));
        assert!(story.due_in().unwrap() <= 2.0);
        story.passes(60);
        assert_eq!(story.due(), ["p"]);
    }
}

#[test]
fn who_is_not_served_while_nobody_is_is_due_at_once_and_backs_off_while_others_are() {
    let unserved = |outage| End::Unserved {
        patience: None,
        outage,
    };
    let mut story = story();
    for _ in 0..3 {
        story.works("p", unserved(true));
        assert_eq!(story.due(), ["p"]);
    }
    story.works("p", unserved(false));
    assert!(story.due_in().unwrap() > 2.0);
}

#[test]
fn an_event_does_not_shorten_what_the_server_asked_for() {
    let mut story = story();
    story.works("p", patience(30));
    assert_eq!(story.due_in(), Some(30.0));
    story.passes(10);
    story.sees(PARENT, parent("p", 3));
    assert_eq!(story.due_in(), Some(20.0));
    story.passes(20);
    assert_eq!(story.due(), ["p"]);
    // Once it is over, events count again.
    story.works("p", failed(ErrorClass::Backoff));
    story.sees(PARENT, parent("p", 4));
    assert_eq!(story.due(), ["p"]);
}

#[test]
fn an_event_during_the_pass_does_not_shorten_it_either() {
    let mut story = story();
    story.views("p");
    story.sees(CHILDREN, child("a", 3, "p"));
    story.ends("p", patience(30));
    assert_eq!(story.due_in(), Some(30.0));
}

#[test]
fn an_event_during_the_pass_is_seen_to_when_the_server_allows_it_even_if_the_backoff_is_longer() {
    let mut story = story();
    for _ in 0..9 {
        story.works("p", failed(ErrorClass::Backoff));
        story.passes(60);
        story.next();
    }
    story.views("p");
    story.sees(CHILDREN, child("a", 3, "p"));
    story.ends("p", patience(5));
    assert_eq!(story.due_in(), Some(5.0));
}

#[test]
fn patience_too_long_to_be_told_does_no_harm() {
    let mut story = story();
    story.works(
        "p",
        End::Unserved {
            patience: Some(Duration::MAX),
            outage: false,
        },
    );
    assert_eq!(story.due_in(), None);
    story.sees(PARENT, parent("p", 3));
    assert_eq!(story.due(), ["p"]);
}

#[test]
fn a_permanent_failure_is_not_tried_again_until_the_content_changes() {
    let mut story = story();
    story.works("p", failed(ErrorClass::Permanent));
    assert_eq!(story.due_in(), None);
    story.sees(CHILDREN, child("a", 3, "p"));
    let status = edited("p", 4, |json| json["status"] = json!({"failed": true}));
    story.sees(PARENT, status);
    assert!(story.due().is_empty());
    let changed = edited("p", 5, |json| json["spec"]["size"] = 2.into());
    story.sees(PARENT, changed);
    assert_eq!(story.due(), ["p"]);
}

#[test]
fn a_permanent_failure_is_of_what_the_handler_saw() {
    let mut story = story();
    story.views("p");
    // The mistake is put right while the handler still thinks about it.
    let changed = edited("p", 3, |json| json["spec"]["size"] = 2.into());
    story.sees(PARENT, changed);
    story.ends("p", failed(ErrorClass::Permanent));
    assert_eq!(story.due(), ["p"]);
}

#[test]
fn a_parent_that_no_parser_takes_is_held_like_any_other() {
    let mut story = Story::runs(&["p"]);
    let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
    let json = format!(
        r#"{{"metadata":{{"name":"p","namespace":"ns","uid":"p","resourceVersion":"2"}},"spec":{deep}}}"#
    );
    let identity = Identity::new("example.com", "op");
    story.sees(PARENT, Object::decode(&json, FOO, &identity).unwrap());
    story.next();
    story.works("p", failed(ErrorClass::Permanent));
    story.sees(PARENT, parent("p", 3));
    assert_eq!(story.due(), ["p"]);
}

#[test]
fn a_parent_that_failed_for_good_is_finalized_when_it_is_deleted() {
    let mut story = story();
    story.works("p", failed(ErrorClass::Permanent));
    let going = edited("p", 3, |json| {
        json["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
    });
    story.sees(PARENT, going);
    assert_eq!(story.due(), ["p"]);
}

#[test]
fn a_name_that_is_taken_is_looked_at_again_more_slowly_but_never_too_slowly() {
    let mut story = story();
    let recheck = End::Waiting {
        recheck: true,
        suspended: false,
        resync_after: None,
    };
    let mut waits = Vec::new();
    for _ in 0..8 {
        story.works("p", recheck);
        waits.push(story.due_in().unwrap());
        story.passes(10);
        assert_eq!(story.due(), ["p"]);
    }
    assert!(waits[0] <= 1.0 && waits.iter().all(|wait| *wait <= 10.0));
    assert!(waits[7] > 5.0);
}

#[test]
fn what_an_event_will_tell_is_not_asked_for() {
    let mut story = story();
    let waiting = End::Waiting {
        recheck: false,
        suspended: false,
        resync_after: Some(Duration::from_secs(60)),
    };
    story.works("p", waiting);
    assert_eq!(story.due_in(), Some(60.0), "only the handler's own wish");
}
